"""Calls that we owe, and the dials that keep the promise."""
