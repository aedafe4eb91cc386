"""A double of the provider's REST over the simulated network."""
