"""Many calls at once, and what became of them."""
