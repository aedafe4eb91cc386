"""The practice ground: a simulated phone network that drives the gateway from outside."""
