"""Lawful contact: the dated rows of the law, whom they bind, and what a person said about being contacted."""
