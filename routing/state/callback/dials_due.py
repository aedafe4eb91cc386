"""Dials whose time has come: bells to ring again, and what lost workers held."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from routing.state import leases
from routing.state.call.rings import Freed
from routing.state.callback.dials import end
from routing.state.database import Database
from routing.state.leases import Ring
from routing.state.tables import dials, reservations

SILENCE = timedelta(minutes=10)


def due(db: Database, now: datetime, real: datetime, most: int) -> tuple[Ring, ...]:
    """Bells to ring (again), after what a lost worker held was freed."""
    rows = leases.waiting(db, dials, now, real, most)
    if not rows:
        return ()
    with db.writing() as tx:
        leases.free_lost(tx, dials, now, real)
        return leases.ring_again(tx, dials, rows, now)


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
