"""Live state in Redis: who is there, who is free, whose turn it is; written again from the rows when it is lost."""
