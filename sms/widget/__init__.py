"""The chat widget: one script for pages of the practices, as it is served."""
