"""What people type at a terminal, and what they are shown."""
