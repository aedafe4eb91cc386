"""Who is there: what coordinators want to be is a row, what they are is live state, and both are kept in step here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, TypeVar

from routing.desk import Desk, release
from routing.pursuit import reseat
from routing.rules.asking import milliseconds
from routing.rules.book import Book, Coordinator
from routing.rules.candidates import HEARTBEAT_S, Candidate, Desired, Effective
from routing.rules.hours import verdict
from routing.state.call.outcomes import Recorded, record_outcome
from routing.state.database import Database, Refused
from routing.state.ledger import announce
from routing.state.live.claims import Held, Pending
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.live.loads import loads
from routing.state.live.roster import desired_of, reject_offer
from routing.state.live.standing import Look
from routing.state.practice import practices

Answer = TypeVar("Answer")
Seen = Effective | Literal["unknown"]
"""Unknown while live state is down."""
LOOKS = 3
"""So often the row is read again after live state was told."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``by`` is the person or token the audit log names."""

    coordinator: str
    status: Desired
    by: str


def wish(desk: Desk, book: Book, wanted: Wish, now: datetime) -> Seen:
    """Writes the row, then live state, and tells what the coordinator is now. Whoever steps away while an offer stands
    has rejected it (routing-semantics section 8)."""
    write_wish(desk.db, book.practice, wanted, now)
    try:
        pending = follow_row(desk, book, wanted, now)
        if pending:
            turn_down(desk, book, wanted.coordinator, pending, now)
        return seen_now(desk, book, [wanted.coordinator], now)[wanted.coordinator]
    except (LiveStateDown, NotSeated):
        return "unknown"


def write_wish(db: Database, practice: str, wanted: Wish, now: datetime) -> None:
    """Of two first wishes at once one is refused by the index and then finds the other's row."""
    said = (wanted.status, wanted.by)
    try:
        practices.desire(db, practice, wanted.coordinator, said, now)
    except Refused:
        practices.desire(db, practice, wanted.coordinator, said, now)


def follow_row(desk: Desk, book: Book, wanted: Wish, now: datetime) -> Pending | None:
    """Two wishes at once may reach live state in another order than the rows: whoever comes last looks again."""
    applied = wanted.status
    for _ in range(LOOKS):
        status = applied
        pending = seated(desk, book, now, partial(stand, desk, book, wanted.coordinator, status, now))
        with desk.db.reading() as tx:
            applied = desired_of(tx, book.practice, [wanted.coordinator])[wanted.coordinator]
        if applied == status:
            break
    return pending


def stand(desk: Desk, book: Book, coordinator: str, status: Desired, now: datetime) -> Pending | None:
    live, now_ms = desk.by.live, milliseconds(now)
    if status == "available":
        live.come_free(book.practice, coordinator, now_ms)
        return None
    return live.step_away(book.practice, coordinator, status, now_ms)


def turn_down(desk: Desk, book: Book, coordinator: str, pending: Pending, now: datetime) -> None:
    """The row decides; if it was accepted meanwhile, nothing is taken back. The caller's leg goes on by itself."""
    if reject(desk.db, book.practice, pending.reservation, now):
        release(desk, Held(book.practice, coordinator, pending.fence), "rejected", now)


def reject(db: Database, practice: str, reservation: str, now: datetime) -> bool:
    with db.writing() as tx:
        lead = reject_offer(tx, practice, reservation, now)
        if lead:
            announce(tx, practice, "lead", lead, now)
        return lead is not None


def finish(desk: Desk, book: Book, said: Recorded, now: datetime) -> bool:
    """The outcome is recorded and the wrap-up over; False when there was none to end."""
    fence = record_outcome(desk.db, book.practice, said, desk.new_id, now)
    if fence is None:
        return False
    release(desk, Held(book.practice, said.coordinator, fence), "done", now)
    return True


def heartbeat(desk: Desk, book: Book, coordinator: str, now: datetime) -> None:
    """A console is alive, in real time. :raises LiveStateDown: so that it tries again."""
    seated(desk, book, now, lambda: desk.by.live.heartbeat(book.practice, coordinator, desk.by.real_ms()))


@dataclass(frozen=True, slots=True)
class Attendant:
    id: str
    name: str
    role: str
    desired: Desired
    effective: Seen
    load: float
    cap: float
    on_shift: bool


def attendants(desk: Desk, book: Book, ids: Sequence[str], now: datetime) -> tuple[Attendant, ...]:
    """These coordinators; desired status and load from the rows, so that they are known while live state is down."""
    with desk.db.reading() as tx:
        desired = desired_of(tx, book.practice, ids)
        load = loads(tx, book.practice, now, ids)
    effective: dict[str, Seen]
    try:
        effective = dict(seen_now(desk, book, ids, now))
    except (LiveStateDown, NotSeated):
        effective = {}
    return tuple(
        Attendant(
            id=who.id,
            name=who.name,
            role=who.role,
            desired=desired.get(who.id, "offline"),
            effective=effective.get(who.id, "unknown"),
            load=load.get(who.id, 0.0),
            cap=who.cap,
            on_shift=on_shift(who, now),
        )
        for who in (book.coordinators[each] for each in ids)
    )


def seen_now(desk: Desk, book: Book, ids: Sequence[str], now: datetime) -> dict[str, Effective]:
    look = Look(milliseconds(now), desk.by.real_ms(), lambda who: on_shift(who, now))
    found = seated(desk, book, now, lambda: desk.by.live.snapshot_of(book, ids, look))
    return {each.id: lowered(each) for each in found.candidates}


def lowered(who: Candidate) -> Effective:
    """A console that fell silent is not there, whatever was wished."""
    silent = who.heartbeat_age_s is not None and who.heartbeat_age_s > HEARTBEAT_S
    return "away" if silent and who.effective == "free" else who.effective


def on_shift(who: Coordinator, now: datetime) -> bool:
    return who.shifts is None or verdict(who.shifts, now).open


def seated(desk: Desk, book: Book, now: datetime, ask: Callable[[], Answer]) -> Answer:
    """Where live state was lost everybody is written again from the rows first."""
    try:
        return ask()
    except NotSeated:
        reseat(desk.by, book, now)
        return ask()
