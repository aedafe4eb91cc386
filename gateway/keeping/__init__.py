"""Keeps a whole house running on one machine: its processes, its Valkey, its demo, its health."""
