"""Dials whose time has come: bells to ring again, and what lost workers held."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from routing.state.call.moves import RING_AGAIN, Holder
from routing.state.call.rings import Freed
from routing.state.callback.dials import UNHEARD, end
from routing.state.database import Database
from routing.state.tables import dials, reservations

SILENCE = timedelta(minutes=10)


def drop(db: Database, by: Holder) -> None:
    """A process has died: what it held need not wait for the end of the lease."""
    with db.writing() as tx:
        mine = update(dials).where(dials.c.holder == by.name, dials.c.settled_at.is_(None))
        tx.execute(mine.where(dials.c.lease_until > by.real).values(lease_until=by.real))


def holders(db: Database, real: datetime) -> frozenset[str]:
    """Who has a dial in hand at this moment."""
    with db.reading() as tx:
        held = dials.c.settled_at.is_(None) & (dials.c.lease_until > real)
        return frozenset(str(name) for name in tx.execute(select(dials.c.holder).where(held)).scalars())


@dataclass(frozen=True, slots=True)
class Ring:
    dial: str
    ring: int


def due(db: Database, now: datetime, real: datetime, most: int) -> tuple[Ring, ...]:
    """Bells to ring (again). What a lost worker held is freed first: no request was made yet, or nobody knows."""
    waiting = dials.c.settled_at.is_(None) & (dials.c.due_at <= now)
    asked = dials.c.state.in_(UNHEARD)
    with db.reading() as tx:
        wanted = select(dials.c.id).where(
            waiting, asked, or_(dials.c.lease_until.is_(None), dials.c.lease_until <= real)
        )
        ids = tx.execute(wanted.order_by(dials.c.due_at).limit(most)).scalars().all()
    if not ids:
        return ()
    with db.writing() as tx:
        dead = dials.c.id.in_(ids) & dials.c.settled_at.is_(None) & (dials.c.lease_until <= real)
        for held, state in (("claimed", "new"), ("posting", "ambiguous"), ("looking", "ambiguous")):
            unheld = {"state": state, "due_at": now, "rung_at": now - RING_AGAIN, "lease_until": None}
            tx.execute(update(dials).where(dead, dials.c.state == held).values(**unheld))
        rung = tx.execute(
            update(dials)
            .where(dials.c.id.in_(ids), waiting, dials.c.state.in_(("new", "ambiguous")))
            .where(dials.c.rung_at <= now - RING_AGAIN)
            .values(ring=dials.c.ring + 1, rung_at=now)
            .returning(dials.c.id, dials.c.ring)
        ).all()
        return tuple(Ring(*row) for row in rung)


def stale(db: Database, now: datetime, most: int) -> tuple[Freed, ...]:
    """Dials whose offer has ended without them, and those that were dropped and never reported their end. One whose
    answer was lost is looked for first, however long that takes."""
    gone = reservations.c.state.not_in(("pending", "accepted")) & dials.c.state.in_(("new", "created"))
    dropped = (dials.c.state == "dropped") & (dials.c.due_at <= now)
    wanted = (
        select(dials)
        .join(reservations, reservations.c.id == dials.c.reservation_id)
        .where(dials.c.settled_at.is_(None), gone | dropped)
        .order_by(dials.c.created_at)
        .limit(most)
    )
    with db.reading() as tx:
        rows = tx.execute(wanted).all()
    freed = []
    for row in rows:
        with db.writing() as tx:
            freed.append(end(tx, row, ("canceled", row.code or "unheard"), now))
    return tuple(each for each in freed if each)


def silent(db: Database, now: datetime, most: int) -> tuple[tuple[str, str, str], ...]:
    """Accepted dials of which nothing was heard for long: id, account and the coordinator's leg."""
    quiet = dials.c.settled_at.is_(None) & (dials.c.state == "accepted") & (dials.c.due_at <= now - SILENCE)
    with db.reading() as tx:
        ids = tx.execute(select(dials.c.id).where(quiet).order_by(dials.c.due_at).limit(most)).scalars().all()
    if not ids:
        return ()
    with db.writing() as tx:
        asked = update(dials).where(quiet, dials.c.id.in_(ids)).values(due_at=now)
        rows = tx.execute(asked.returning(dials.c.id, dials.c.account, dials.c.sid)).all()
    return tuple((row.id, row.account, row.sid) for row in rows if row.sid)


def place_of(db: Database, dial: str) -> tuple[str, int] | None:
    """Inquiry and step."""
    with db.reading() as tx:
        row = tx.execute(select(dials.c.inquiry_id, dials.c.step).where(dials.c.id == dial)).first()
    return (row.inquiry_id, row.step) if row else None
