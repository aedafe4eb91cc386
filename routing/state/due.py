"""Rows whose time has come. Each is claimed by a conditional update, so that several clocks do no harm."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from routing.state.database import Database
from routing.state.ledger import announce
from routing.state.tables import desired_statuses, reservations, tasks


@dataclass(frozen=True, slots=True)
class Expired:
    practice: str
    coordinator: str
    fence: int


def expire_offers(db: Database, now: datetime, most: int) -> tuple[Expired, ...]:
    """Pending offers past their end become ``timeout``."""
    with db.reading() as tx:
        wanted = select(reservations.c.id).where(reservations.c.state == "pending", reservations.c.expires_at <= now)
        ids = tx.execute(wanted.order_by(reservations.c.expires_at).limit(most)).scalars().all()
    if not ids:
        return ()
    with db.writing() as tx:
        gone = tx.execute(
            update(reservations)
            .where(reservations.c.id.in_(ids), reservations.c.state == "pending")
            .values(state="timeout", settled_at=now)
            .returning(reservations.c.practice_id, reservations.c.coordinator_id, reservations.c.fence)
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


def available(db: Database) -> tuple[tuple[str, str], ...]:
    """Practice and coordinator of everybody who wants to be available."""
    with db.reading() as tx:
        rows = tx.execute(
            select(desired_statuses.c.practice_id, desired_statuses.c.coordinator_id).where(
                desired_statuses.c.status == "available"
            )
        )
        return tuple((practice, coordinator) for practice, coordinator in rows)
