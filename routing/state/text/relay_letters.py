"""A text from a coordinator's own phone that is not passed on: what she wished, or why not, with its letter."""

from dataclasses import dataclass, field
from datetime import datetime

from routing.state.database import Database
from routing.state.inbox import Letter, file
from routing.state.text.relay_wishes import begin_relay, end_relay, withdraw
from routing.state.text.relays import RelayText, keep, tell


@dataclass(frozen=True, slots=True)
class Hers:
    """Her text with its answer: ``letter`` carries it, or with ``by_rest`` a text of its own does. ``answer`` is None
    where nothing is said."""

    letter: Letter
    answer: RelayText | None
    by_rest: bool = False


def note_told(db: Database, hers: Hers, now: datetime) -> None:
    """:raises Refused: for a copy of the webhook."""
    with db.writing() as tx:
        file(tx, hers.letter, None, None, now)
        if hers.answer is None:
            return
        write = tell if hers.by_rest else keep
        write(tx, db.vault, hers.answer, now)


@dataclass(frozen=True, slots=True)
class RelayWish:
    practice: str
    coordinator: str
    phone: str = field(repr=False)
    ends: bool


def note_relay_wish(db: Database, letter: Letter, wish: RelayWish, now: datetime) -> None:
    """:raises Refused: for a copy of the webhook."""
    with db.writing() as tx:
        file(tx, letter, wish.practice, None, now)
        if wish.ends:
            end_relay(tx, wish.practice, wish.coordinator, wish.coordinator, now)
            withdraw(tx, db.vault, wish.practice, wish.phone, now)
        else:
            begin_relay(tx, wish.practice, wish.coordinator, now)
