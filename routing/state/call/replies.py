"""A caller has answered the menu: her inquiry is planned again and claimed in one go, its clock untouched."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, update

from routing.rules.mismatch import note_of
from routing.state.admissions import Admission, keep_cap, open_lead
from routing.state.audit import audited
from routing.state.database import Database, Refused
from routing.state.inbox import file
from routing.state.lead.people import OpenLead
from routing.state.ledger import (
    Assignment,
    NewId,
    announce,
    hand_over,
    promise,
    record_decision,
    reserve,
    standing_of,
)
from routing.state.tables import assignments, inquiries, leads

Fit = Literal["opened", "refined", "joined"]
"""What becomes of the lead: another is opened, the one that this inquiry opened gets the new plan, or the inquiry joins
one that was open before."""


def open_leads(tx: Connection, practice: str, person: str) -> tuple[OpenLead, ...]:
    """Newest first."""
    rows = tx.execute(
        select(leads.c.id, leads.c.owner_id, leads.c.category, leads.c.status)
        .where(leads.c.practice_id == practice, leads.c.person_id == person, leads.c.closed_at.is_(None))
        .order_by(leads.c.created_at.desc())
    )
    return tuple(OpenLead(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Replied:
    """``new`` is the inquiry as planned again. ``surplus`` is the lead it had opened, now that it joins another.
    ``crisis`` is the category that was recognised."""

    new: Admission
    fit: Fit
    owner_before: str
    surplus: str | None = None
    crisis: str | None = None
    by: str = "menu"


def reply(db: Database, replied: Replied, ids: NewId, now: datetime) -> None:
    """:raises Refused: when a copy was first, the caller has left, or the coordinator has another offer."""
    new = replied.new
    practice, lead, inquiry = new.book.practice, new.decision.lead, new.decision.inquiry.id
    with db.writing() as tx:
        if new.counted_at:
            keep_cap(tx, new, new.counted_at)
        file(tx, new.letter, practice, inquiry, now)
        if replied.fit == "opened":
            open_lead(tx, new, ids, now)
        if replied.fit == "refined":
            refine(tx, replied, ids, now)
        plan_again(tx, new)
        if replied.surplus:
            close_surplus(tx, replied.surplus, now)
        record_decision(tx, new.book, new.decision)
        if new.offer:
            reserve(tx, practice, inquiry, lead, new.offer, now)
        if new.promise:
            promise(tx, practice, lead, inquiry, new.promise, now)
        announce(tx, practice, "lead", lead, now)
        if replied.crisis:
            page(tx, practice, lead, replied.crisis, now)


def plan_again(tx: Connection, new: Admission) -> None:
    """:raises Refused: when the inquiry is no longer being asked."""
    moved = tx.execute(
        update(inquiries)
        .where(inquiries.c.id == new.decision.inquiry.id, inquiries.c.state == "asked")
        .values(
            lead_id=new.decision.lead,
            state=standing_of(new.offer, waits=new.waits),
            step=new.offer.step if new.offer else 0,
            plan=new.stored,
            waiting_key=new.plan.waiting_key_ms,
            reach=new.reach,
        )
        .returning(inquiries.c.id)
    ).first()
    if moved is None:
        raise Refused("the inquiry is no longer being asked")


def refine(tx: Connection, replied: Replied, ids: NewId, now: datetime) -> None:
    new, plan, lead = replied.new, replied.new.plan, replied.new.decision.lead
    tx.execute(
        update(leads)
        .where(leads.c.id == lead)
        .values(
            queue=plan.queue,
            category=plan.category or "",
            routed_category=plan.category or "",
            location=plan.location,
            payer=plan.facts.get("payer"),
            level_of_care=plan.facts.get("level_of_care"),
            language=plan.facts.get("language"),
            reason=plan.reason,
            note=note_of(new.book, plan),
            due_at=plan.due_at,
            version=leads.c.version + 1,
        )
    )
    owner = new.decision.owner
    given = Assignment(
        ids("as"), new.book.practice, lead, owner, plan.queue, plan.reason, replied.owner_before, by=replied.by
    )
    hand_over(tx, given, now)


def close_surplus(tx: Connection, lead: str, now: datetime) -> None:
    """It was opened a few seconds ago for this very inquiry, which belongs to another lead."""
    tx.execute(
        update(assignments).where(assignments.c.lead_id == lead, assignments.c.until.is_(None)).values(until=now)
    )
    tx.execute(
        update(leads)
        .where(leads.c.id == lead)
        .values(status="closed", closed_at=now, close_cause="duplicate", version=leads.c.version + 1)
    )


def page(tx: Connection, practice: str, lead: str, category: str, now: datetime) -> None:
    """Supervisors see it at once; the category is kept, the words are not (compliance facts section 8)."""
    announce(tx, practice, "crisis", lead, now)
    audited(tx, practice, now, "menu", "crisis", lead, reason=category)
