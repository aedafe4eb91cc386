"""The front door: every URL and every command."""
