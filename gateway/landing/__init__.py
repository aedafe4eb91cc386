"""Landing pages at the door: what they post, as values, and how often they may."""
