"""Calls with more than two in them, or one on hold: conferences, transfers, guests."""
