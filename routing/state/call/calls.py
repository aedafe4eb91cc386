"""One call as it stands: who has it, and what is being done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.engine import Connection

from routing.state.tables import conferences, guests, holds, inquiries, reservations, transfers


@dataclass(frozen=True, slots=True)
class CallSeen:
    """``coordinator`` has the caller. The newest conference, hold and transfer; every guest."""

    call: Row[Any]
    coordinator: str | None
    conference: Row[Any] | None
    hold: Row[Any] | None
    transfer: Row[Any] | None
    guests: tuple[Mapping[str, Any], ...]


SHOWN = ("id", "role", "kind", "who", "mode", "wants", "state", "code", "joined_at", "settled_at")
"""Of a guest: her number is nobody's business here."""


def call_seen(tx: Connection, practice: str, inquiry: str) -> CallSeen | None:
    """None for what is no call of this practice."""
    mine = (inquiries.c.id == inquiry) & (inquiries.c.practice_id == practice) & (inquiries.c.channel == "call")
    call = tx.execute(select(inquiries).where(mine)).first()
    if call is None:
        return None
    has = (reservations.c.inquiry_id == inquiry) & (reservations.c.step == call.step)
    who = tx.execute(select(reservations.c.coordinator_id).where(has, reservations.c.state == "accepted"))
    invited = select(*(guests.c[name] for name in SHOWN)).where(guests.c.inquiry_id == inquiry)
    return CallSeen(
        call,
        who.scalar_one_or_none(),
        newest(tx, conferences, inquiry),
        newest(tx, holds, inquiry),
        newest(tx, transfers, inquiry),
        tuple(dict(row._mapping) for row in tx.execute(invited.order_by(guests.c.number))),
    )


def newest(tx: Connection, table: Table, inquiry: str) -> Row[Any] | None:
    mine = select(table).where(table.c.inquiry_id == inquiry)
    return tx.execute(mine.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(1)).first()
