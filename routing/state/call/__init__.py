"""One call from the first webhook to its end: the line, offers, phones that ring, the talk, what was recorded."""
