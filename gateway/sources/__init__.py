"""Where leads come from besides our own doors: one module a vendor, each with its proof, its model and its map."""
