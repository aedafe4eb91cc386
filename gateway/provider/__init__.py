"""The phone provider at the door: every webhook signed, read strictly, and answered also in an outage."""
