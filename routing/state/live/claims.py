"""What is claimed in live state, and how it ends."""

from dataclasses import dataclass
from typing import Literal

OFFER_MS = 40_000
"""A reservation ends by itself so long after its claim (routing-semantics section 7)."""
Ending = Literal["done", "rejected", "missed", "returned"]
"""``returned``: canceled, rescinded, or our own fault; it uses up no turn."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a claim is for. ``step`` counts the offers of this inquiry; ``reservation`` is the id of the row to be."""

    practice: str
    queue: str
    inquiry: str
    step: int
    reservation: str
    lasts_ms: int = OFFER_MS


@dataclass(frozen=True, slots=True)
class Claimed:
    """``settled`` is a reservation that had run out unnoticed on this coordinator: its row is to be closed."""

    coordinator: str
    fence: int
    reservation: str
    settled: str | None
    queue: str


@dataclass(frozen=True, slots=True)
class Held:
    """A reservation as its holder knows it; whoever comes with an older fence changes nothing."""

    practice: str
    coordinator: str
    fence: int


@dataclass(frozen=True, slots=True)
class Pending:
    """The offer that stood when its coordinator stepped away."""

    reservation: str
    fence: int
