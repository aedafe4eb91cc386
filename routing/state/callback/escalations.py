"""Calls owed by somebody on call who did not try in time: the next rung of the rota becomes their owner."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from routing.state.audit import audited
from routing.state.database import Database
from routing.state.ledger import Assignment, NewId, announce, hand_over
from routing.state.tables import leads, tasks


@dataclass(frozen=True, slots=True)
class Unattempted:
    practice: str
    lead: str
    owner: str
    queue: str
    task: str


def unattempted(db: Database, now: datetime, most: int) -> tuple[Unattempted, ...]:
    """On-call leads whose task is past its time while no human has responded, latest first: those whose ladder has
    ended must not hold up the others."""
    with db.reading() as tx:
        rows = tx.execute(
            select(leads.c.practice_id, leads.c.id, leads.c.owner_id, leads.c.queue, tasks.c.id)
            .join(tasks, tasks.c.lead_id == leads.c.id)
            .where(tasks.c.state == "open", tasks.c.due_at <= now, leads.c.reason == "on_call")
            .where(leads.c.first_response_at.is_(None), leads.c.closed_at.is_(None))
            .order_by(tasks.c.due_at.desc())
            .limit(most)
        )
        return tuple(Unattempted(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Escalation:
    """``due_at`` is when the new owner is to have tried; the lead's own clock runs on."""

    late: Unattempted
    to: str
    due_at: datetime


def escalate(db: Database, made: Escalation, ids: NewId, now: datetime) -> bool:
    """Owner, tasks and history in one transaction; False when somebody responded or took the lead meanwhile."""
    late = made.late
    with db.writing() as tx:
        held = tx.execute(
            update(tasks)
            .where(tasks.c.id == late.task, tasks.c.state == "open", tasks.c.due_at <= now)
            .where(tasks.c.owner_id == late.owner)
            .values(due_at=made.due_at, rung_at=None)
            .returning(tasks.c.id)
        ).first()
        waits = tx.execute(
            select(leads.c.id).where(
                leads.c.id == late.lead, leads.c.owner_id == late.owner, leads.c.first_response_at.is_(None)
            )
        ).first()
        if held is None or waits is None:
            return False
        given = Assignment(
            id=ids("as"),
            practice=late.practice,
            lead=late.lead,
            owner=made.to,
            queue=late.queue,
            reason="no_attempt",
            previous=late.owner,
            by="clock",
        )
        hand_over(tx, given, now)
        audited(
            tx,
            late.practice,
            now,
            "clock",
            "escalated",
            late.lead,
            before=late.owner,
            after=made.to,
            reason="no_attempt",
        )
        announce(tx, late.practice, "lead", late.lead, now)
        return True
