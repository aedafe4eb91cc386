"""The web chat at the door: its script, its session and its WebSocket."""
