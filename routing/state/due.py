"""Rows whose time has come. Each is claimed by a conditional update, so that several clocks do no harm."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import case, exists, func, select, update

from routing.rules.candidates import Desired
from routing.state.database import Database
from routing.state.leases import UNANSWERED
from routing.state.ledger import Settled, announce
from routing.state.tables import desired_statuses, dials, inquiries, reservations, tasks


@dataclass(frozen=True, slots=True)
class Expired:
    practice: str
    coordinator: str
    fence: int
    settled_as: Settled


def expire_offers(db: Database, now: datetime, most: int) -> tuple[Expired, ...]:
    """Pending offers past their end become ``timeout``, or ``rescinded`` while nobody knows whether a phone was ever
    rung for them."""
    rung = ~exists().where(dials.c.reservation_id == reservations.c.id, dials.c.state.in_(UNANSWERED))
    with db.reading() as tx:
        wanted = select(reservations.c.id).where(reservations.c.state == "pending", reservations.c.expires_at <= now)
        ids = tx.execute(wanted.order_by(reservations.c.expires_at).limit(most)).scalars().all()
    if not ids:
        return ()
    with db.writing() as tx:
        gone = tx.execute(
            update(reservations)
            .where(reservations.c.id.in_(ids), reservations.c.state == "pending")
            .values(state=case((rung, "timeout"), else_="rescinded"), settled_at=now)
            .returning(
                reservations.c.practice_id, reservations.c.coordinator_id, reservations.c.fence, reservations.c.state
            )
        )
        return tuple(Expired(*row) for row in gone)


def complete_wrap_ups(db: Database, now: datetime, most: int) -> int:
    with db.reading() as tx:
        wanted = select(reservations.c.id).where(reservations.c.state == "wrapping", reservations.c.wrap_until <= now)
        ids = tx.execute(wanted.limit(most)).scalars().all()
    if not ids:
        return 0
    with db.writing() as tx:
        done = tx.execute(
            update(reservations)
            .where(reservations.c.id.in_(ids), reservations.c.state == "wrapping")
            .values(state="completed")
            .returning(reservations.c.id)
        )
        return len(done.all())


def ring_tasks(db: Database, now: datetime, most: int) -> tuple[str, ...]:
    """Open tasks that are due and were not yet rung; their ids."""
    with db.reading() as tx:
        wanted = select(tasks.c.id).where(tasks.c.state == "open", tasks.c.due_at <= now, tasks.c.rung_at.is_(None))
        ids = tx.execute(wanted.order_by(tasks.c.due_at).limit(most)).scalars().all()
    if not ids:
        return ()
    with db.writing() as tx:
        rung = tx.execute(
            update(tasks)
            .where(tasks.c.id.in_(ids), tasks.c.rung_at.is_(None))
            .values(rung_at=now, ring=tasks.c.ring + 1)
            .returning(tasks.c.id, tasks.c.practice_id)
        ).all()
        for task, practice in rung:
            announce(tx, practice, "task_due", task, now)
        return tuple(task for task, _ in rung)


@dataclass(frozen=True, slots=True)
class Wished:
    practice: str
    coordinator: str
    status: Desired
    since: datetime


WISH = (
    desired_statuses.c.practice_id,
    desired_statuses.c.coordinator_id,
    desired_statuses.c.status,
    desired_statuses.c.since,
)
"""In the order of Wished."""


def available(db: Database) -> tuple[Wished, ...]:
    """Everybody who wants to be available."""
    with db.reading() as tx:
        return tuple(Wished(*row) for row in tx.execute(select(*WISH).where(desired_statuses.c.status == "available")))


@dataclass(frozen=True, slots=True)
class Moved:
    """A reservation as it stands now; ``state`` as in the row."""

    coordinator: str
    fence: int
    kind: Literal["call", "chat"]
    state: str
    wrap_until: datetime | None


def moved_since(db: Database, practice: str, since: datetime) -> tuple[tuple[Moved, ...], tuple[Wished, ...]]:
    """Reservations accepted or settled, and wishes made, from ``since`` on; oldest fence first."""
    mine = reservations.c.practice_id == practice
    moved = select(
        reservations.c.coordinator_id,
        reservations.c.fence,
        reservations.c.kind,
        reservations.c.state,
        reservations.c.wrap_until,
    ).where(mine, (reservations.c.accepted_at >= since) | (reservations.c.settled_at >= since))
    wished = select(*WISH).where(desired_statuses.c.practice_id == practice, desired_statuses.c.since >= since)
    with db.reading() as tx:
        rows = tx.execute(moved.order_by(reservations.c.fence)).all()
        return tuple(Moved(*row) for row in rows), tuple(Wished(*row) for row in tx.execute(wished))


def stranded(db: Database, before: datetime, most: int) -> tuple[str, ...]:
    """Calls whose last offer was settled before ``before`` while the provider's own report never came: their ids."""
    newest = (
        select(func.max(reservations.c.settled_at))
        .where(reservations.c.inquiry_id == inquiries.c.id)
        .correlate(inquiries)
        .scalar_subquery()
    )
    pending = select(reservations.c.id).where(
        reservations.c.inquiry_id == inquiries.c.id, reservations.c.state.in_(("pending", "accepted"))
    )
    with db.reading() as tx:
        wanted = select(inquiries.c.id).where(inquiries.c.state == "offered", ~pending.exists(), newest <= before)
        return tuple(tx.execute(wanted.limit(most)).scalars())
