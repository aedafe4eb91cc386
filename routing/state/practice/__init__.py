"""What belongs to a practice as a whole: its rulebook versions, closures, tokens, accounts and board."""
