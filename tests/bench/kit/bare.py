"""What a bare job does."""


def nothing(row: str) -> None:
    """Takes an id, as ours do."""
