"""Whose turn it is: callers in the line and callbacks with a kept place, in one order. A kept place is neither faster
nor slower than staying on the line (routing-semantics section 11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.callbacks import call_back
from routing.desk import Desk
from routing.links import Links
from routing.rules.asking import milliseconds
from routing.rules.book import Book
from routing.state.call.line import Waiting, line, practices_waiting
from routing.state.callback import callbacks
from routing.state.callback.callbacks import Due
from routing.state.callback.dial_joins import expected
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.live.standing import Look
from routing.waiting import AT_ONCE, called_up

NEW = timedelta(minutes=1)
"""So long whoever is owed a call is looked at each second although nobody is there: it may not be lawful yet."""


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
    if owed and not anybody_there(desk, book, now):
        owed = tuple(due for due in owed if now - due.due_at < NEW)
    all_of_them: list[Waiting | Due] = [*waiting, *owed]
    for who in sorted(all_of_them, key=lambda each: (each.waiting_key, each.id)):
        bell = served(desk, links, book, who, now)
        if bell:
            yield bell


def anybody_there(desk: Desk, book: Book, now: datetime) -> bool:
    """Free, or claimed: perhaps by a worker that has died with its claim, which is taken up again."""
    look = Look(milliseconds(now), desk.by.real_ms(), lambda _: True)
    try:
        seen = desk.by.live.snapshot_of(book, tuple(book.coordinators), look)
    except NotSeated:
        return True
    except LiveStateDown:
        return False
    return any(each.effective in ("free", "offered") for each in seen.candidates)


def served(desk: Desk, links: Links, book: Book, who: Waiting | Due, now: datetime) -> Bell | None:
    if isinstance(who, Waiting):
        move = called_up(desk, links, book, who, now)
        return Bell("move_call", move.row, move.ring) if move else None
    dial = call_back(desk, links, who, now)
    return Bell("dial_callback", dial.row, dial.ring) if dial else None
