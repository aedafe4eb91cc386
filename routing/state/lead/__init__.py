"""Leads and the people behind them: who they are, what is done with them, where they came from."""
