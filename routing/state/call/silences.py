"""Calls that go on for so long that their end may have been lost: the provider is asked, and believed the second time
(F27: its answers lag behind)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from routing.state.database import Database
from routing.state.tables import inquiries, silences

SILENT_AFTER = timedelta(minutes=10)
"""More than twice an ordinary talk, and longer than anybody is kept waiting."""
ASK_EVERY = timedelta(minutes=5)
CONFIRM_AFTER = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Silent:
    """``ring`` counts how often the bell was rung."""

    inquiry: str
    ring: int


@dataclass(frozen=True, slots=True)
class Asked:
    account: str
    sid: str


def due(db: Database, now: datetime, most: int) -> tuple[Silent, ...]:
    """Calls to ask after now; each is due again after a while, whatever becomes of the bell."""
    silent = (
        select(inquiries.c.id, silences.c.ring)
        .join(silences, silences.c.inquiry_id == inquiries.c.id, isouter=True)
        .where(
            inquiries.c.channel == "call",
            inquiries.c.sid.is_not(None),
            inquiries.c.state.in_(("asked", "offered", "waiting", "connected")),
            inquiries.c.received_at <= now - SILENT_AFTER,
            or_(silences.c.ask_at.is_(None), silences.c.ask_at <= now),
        )
        .limit(most)
    )
    with db.reading() as tx:
        found = tx.execute(silent).all()
    if not found:
        return ()
    with db.writing() as tx:
        for row in found:
            told = {"ask_at": now + ASK_EVERY, "ring": (row.ring or 0) + 1}
            known = tx.execute(update(silences).where(silences.c.inquiry_id == row.id).values(**told)).rowcount
            if not known:
                tx.execute(insert(silences), {"inquiry_id": row.id, **told})
    return tuple(Silent(row.id, (row.ring or 0) + 1) for row in found)


def asked_after(db: Database, inquiry: str) -> Asked | None:
    """None for a call that has ended meanwhile."""
    wanted = select(inquiries.c.account, inquiries.c.sid).where(
        inquiries.c.id == inquiry, inquiries.c.ended_at.is_(None), inquiries.c.sid.is_not(None)
    )
    with db.reading() as tx:
        row = tx.execute(wanted).first()
    return Asked(row.account, row.sid) if row else None


def is_over(db: Database, inquiry: str, now: datetime) -> bool:
    """The provider says that the call is over: True if it has said so before, at least ``CONFIRM_AFTER`` ago."""
    with db.writing() as tx:
        seen = tx.execute(
            delete(silences)
            .where(silences.c.inquiry_id == inquiry, silences.c.over_seen_at <= now - CONFIRM_AFTER)
            .returning(silences.c.inquiry_id)
        ).first()
        if seen is None:
            tx.execute(
                update(silences)
                .where(silences.c.inquiry_id == inquiry)
                .values(ask_at=now + CONFIRM_AFTER, over_seen_at=now)
            )
        return seen is not None


def goes_on(db: Database, inquiry: str) -> None:
    with db.writing() as tx:
        tx.execute(update(silences).where(silences.c.inquiry_id == inquiry).values(over_seen_at=None))
