"""Whose turn it is: callers in the line and callbacks with a kept place, in one order. A kept place is neither faster
nor slower than staying on the line (routing-semantics section 11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from routing.callbacks import call_back
from routing.desk import Desk
from routing.links import Links
from routing.rules.book import Book
from routing.state.call.line import Waiting, line, practices_waiting
from routing.state.callback import callbacks
from routing.state.callback.callbacks import Due
from routing.state.callback.dial_joins import expected
from routing.waiting import AT_ONCE, called_up


@dataclass(frozen=True, slots=True)
class Bell:
    """A job to ring for."""

    job: str
    row: str
    ring: int


def serve_all(desk: Desk, links: Links, now: datetime) -> tuple[Bell, ...]:
    """Every practice where somebody waits or is owed a call; the bells to ring."""
    practices = dict.fromkeys((*practices_waiting(desk.db), *callbacks.practices_owing(desk.db, now)))
    books = [desk.shelf.book(practice) for practice in practices]
    return tuple(bell for book in books if book for bell in serve(desk, links, book, now))


def serve(desk: Desk, links: Links, book: Book, now: datetime) -> Iterable[Bell]:
    with desk.db.reading() as tx:
        met = expected(tx, book.practice)
        waiting = [who for who in line(tx, book.practice, AT_ONCE) if who.id not in met]
        owed = callbacks.line(tx, book.practice, now, AT_ONCE)
    all_of_them: list[Waiting | Due] = [*waiting, *owed]
    for who in sorted(all_of_them, key=lambda each: (each.waiting_key, each.id)):
        bell = served(desk, links, book, who, now)
        if bell:
            yield bell


def served(desk: Desk, links: Links, book: Book, who: Waiting | Due, now: datetime) -> Bell | None:
    if isinstance(who, Waiting):
        move = called_up(desk, links, book, who, now)
        return Bell("move_call", move.move, move.ring) if move else None
    dial = call_back(desk, links, who, now)
    return Bell("dial_callback", dial.dial, dial.ring) if dial else None
