"""Who has the caller when the coordinator leaves a talk of three: the guest, in a conference of their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, func, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Database
from routing.state.ledger import announce
from routing.state.tables import conferences, guests, holds, inquiries


@dataclass(frozen=True, slots=True)
class Succession:
    """Guest ``number`` has the caller from now on. ``left_step`` was the talk of the coordinator who left."""

    room: str
    step: int
    number: int
    left_step: int


@dataclass(frozen=True, slots=True)
class Seat:
    """The seat that ``side`` has left, by a word of its own, so that a copy of the webhook is told the same again."""

    side: Literal["caller", "guest"]
    word: str

    @property
    def came_from(self) -> str:
        return f"{self.side}_from"

    @property
    def joined(self) -> str:
        return "caller_joined_at" if self.side == "caller" else "coordinator_joined_at"


def succeed(db: Database, inquiry: str, seat: Seat, now: datetime) -> Succession | None:
    """The coordinator has left, her conference has ended with that, and each of the other two legs asks where to go on.
    None where there is no guest, or for who leaves the seat that she got in this way."""
    with db.writing() as tx:
        # Both legs ask at once: the second is to see what the first was told.
        mine = (conferences.c.inquiry_id == inquiry) & conferences.c.settled_at.is_(None)
        row = tx.execute(select(conferences).where(mine).with_for_update()).first()
        call = tx.execute(select(inquiries.c.state).where(inquiries.c.id == inquiry)).scalar_one_or_none()
        if row is None or call != "connected":
            return None
        if row.heir is not None and getattr(row, seat.came_from) in (None, seat.word):
            came = {seat.joined: now, seat.came_from: seat.word}
            tx.execute(update(conferences).where(conferences.c.id == row.id).values(**came))
            had = tx.execute(select(guests).where(guests.c.id == row.heir)).one()
            return Succession(row.room, row.step, had.number, had.first_step)
        inside = (guests.c.conference_id == row.id) & (guests.c.state == "in") & (guests.c.role != "supervisor")
        heir = tx.execute(select(guests).where(inside).order_by(guests.c.number)).first()
        return inherited(tx, row, heir, seat, now) if heir is not None and heir.id != row.heir else None


def inherited(tx: Connection, row: Row[Any], heir: Row[Any], seat: Seat, now: datetime) -> Succession:
    """A coordinator has her like any other from now on; somebody from outside stays a guest."""
    room, inquiry = f"{row.id}-{heir.number}", row.inquiry_id
    step = row.step if heir.offer_step is None else heir.offer_step
    nobody = {"caller_joined_at": None, "coordinator_joined_at": None, "caller_from": None, "guest_from": None}
    seats = nobody | {seat.joined: now, seat.came_from: seat.word}
    values = {"room": room, "heir": heir.id, "step": step, "coordinator_sid": heir.sid, "asked_at": now, **seats}
    tx.execute(update(conferences).where(conferences.c.id == row.id).values(**values))
    on_hold = (holds.c.conference_id == row.id) & holds.c.settled_at.is_(None)
    over = {"state": "over", "over_at": now, "settled_at": now, "code": func.coalesce(holds.c.code, "left")}
    tx.execute(update(holds).where(on_hold).values(**over))
    if heir.offer_step is not None:
        tx.execute(update(guests).where(guests.c.id == heir.id).values(state="heir", settled_at=now))
        tx.execute(update(inquiries).where(inquiries.c.id == inquiry).values(step=step))
    announce(tx, row.practice_id, "call", inquiry, now)
    return Succession(room, step, heir.number, heir.first_step)
