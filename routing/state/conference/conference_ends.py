"""How a talk in a conference ends: it never came about, the call is over, or the caller goes to the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, update
from sqlalchemy.engine import Connection

from routing.state.call.moves import Move, settle_open
from routing.state.conference.transfers import planned
from routing.state.database import Database
from routing.state.ledger import announce
from routing.state.tables import conferences, holds, inquiries, moves


@dataclass(frozen=True, slots=True)
class Ending:
    """``moves`` are where legs go now."""

    row: Row[Any]
    how: Literal["failed", "over"]
    code: str
    moves: Sequence[Move] = ()


def end(db: Database, ending: Ending, now: datetime) -> bool:
    with db.writing() as tx:
        return ended(tx, ending, now)


def ended(tx: Connection, ending: Ending, now: datetime) -> bool:
    """False when it was ended before."""
    row = ending.row
    mine = (conferences.c.id == row.id) & conferences.c.settled_at.is_(None)
    values = {"state": ending.how, "settled_at": now, "code": ending.code}
    if tx.execute(update(conferences).where(mine).values(**values)).rowcount == 0:
        return False
    on_hold = (holds.c.conference_id == row.id) & holds.c.settled_at.is_(None)
    tx.execute(update(holds).where(on_hold).values(**values, over_at=now))
    if row.move_id:
        settle_open(tx, moves.c.id == row.move_id, "void", "withdrawn", now)
    for move in ending.moves:
        planned(tx, move, now)
    announce(tx, row.practice_id, "call", row.inquiry_id, now)
    return True


def to_line(db: Database, ending: Ending, step: int, now: datetime) -> bool:
    """Nobody has her: she waits with her old key, so that she is next."""
    with db.writing() as tx:
        mine = (inquiries.c.id == ending.row.inquiry_id) & (inquiries.c.state == "connected")
        waits = tx.execute(update(inquiries).where(mine).values(state="waiting", step=step)).rowcount == 1
        return waits and ended(tx, ending, now)
