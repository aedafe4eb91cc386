"""What was one lead by mistake becomes two: by hand, with audit. The other person is on the same number, and neither
learns about the other."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.identity import Who
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.lead.cases import Case, CaseRefused, held
from routing.state.lead.leads import person_of
from routing.state.lead.people import Newcomer, welcome
from routing.state.ledger import Assignment, NewId, announce, assign
from routing.state.tables import (
    attempts,
    callbacks,
    consents,
    decisions,
    inquiries,
    leads,
    messages,
    person_numbers,
    questions,
    recordings,
    reservations,
    source_events,
    tasks,
)

OF_INQUIRY: tuple[Table, ...] = (attempts, decisions, messages, recordings, reservations, source_events, questions)
"""What goes with an inquiry; each has both ids."""
GOING_ON = ("asked", "offered", "waiting", "connected")


class NotSplittable(CaseRefused):
    """``why``: ``unknown_inquiry``, ``nothing_left``, ``under_way``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def is_under_way(tx: Connection, which: Any) -> bool:
    live = inquiries.c.id.in_(which) & inquiries.c.state.in_(GOING_ON) & inquiries.c.ended_at.is_(None)
    return tx.execute(select(inquiries.c.id).where(live).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Splitting:
    """These inquiries of the lead are somebody else's; ``name`` is hers, if it is known."""

    case: Case
    inquiries: tuple[str, ...]
    name: str = field(default="", repr=False)


def split(db: Database, wish: Splitting, ids: NewId, now: datetime) -> str:
    """The new lead's id. Another person on the same number, one episode with the first; her clock runs from her own
    first inquiry, and she keeps the owner.

    :raises UnknownLead: LeadClosed, NotSplittable.
    """
    case, lead, person = wish.case, ids("ld"), ids("pe")
    with db.writing() as tx:
        row = held(tx, case)
        theirs = tx.execute(select(inquiries).where(inquiries.c.lead_id == case.lead)).all()
        chosen = [each for each in theirs if each.id in wish.inquiries]
        if len(chosen) != len(set(wish.inquiries)) or not chosen:
            raise NotSplittable("unknown_inquiry")
        if len(chosen) == len(theirs):
            raise NotSplittable("nothing_left")
        names = [each.id for each in chosen]
        if is_under_way(tx, names):
            raise NotSplittable("under_way")
        newcomer(tx, db, row, Newcomer(person, case.practice, Who(name=wish.name)), now)
        new_lead(tx, row, (lead, person), min(each.received_at for each in chosen), now)
        assign(tx, Assignment(ids("as"), case.practice, lead, row.owner_id, row.queue, "split", by=case.by), now)
        for table in OF_INQUIRY:
            tx.execute(update(table).where(table.c.inquiry_id.in_(names)).values(lead_id=lead))
        moved = update(inquiries).where(inquiries.c.id.in_(names))
        tx.execute(moved.values(lead_id=lead, person_id=person))
        tx.execute(update(consents).where(consents.c.source.in_(names)).values(person_id=person))
        tx.execute(update(tasks).where(tasks.c.inquiry_id.in_(names)).values(lead_id=lead))
        waiting = callbacks.c.inquiry_id.in_(names)
        tx.execute(update(callbacks).where(waiting).values(lead_id=lead, person_id=person))
        owe_one(tx, (case.practice, lead, row.owner_id), ids, now)
        audited(tx, case.practice, now, case.by, "split", case.lead, before=case.lead, after=lead)
        audited(tx, case.practice, now, case.by, "split_from", lead, before=case.lead, after=",".join(sorted(names)))
        for each in (case.lead, lead):
            announce(tx, case.practice, "lead", each, now)
    return lead


def newcomer(tx: Connection, db: Database, row: Row[Any], new: Newcomer, now: datetime) -> None:
    """On every number of the one she was taken for."""
    welcome(tx, db.vault, new, now)
    for number in person_of(tx, db.vault, row.id).numbers:
        index = db.vault.index(new.practice, number)
        on_it = (person_numbers.c.practice_id == new.practice) & (person_numbers.c.number_index == index)
        place = len(tx.execute(select(person_numbers.c.person_id).where(on_it)).all())
        told = {
            "practice_id": new.practice,
            "number_index": index,
            "person_id": new.id,
            "number": db.vault.seal(person_numbers.c.number, new.id, number),
            "is_first": False,
            "place": place,
            "is_shared": True,
            "created_at": now,
        }
        tx.execute(insert(person_numbers), told)


COPIED = ("practice_id", "owner_id", "queue", "category", "routed_category", "location", "campaign", "payer")
COPIED_TOO = ("level_of_care", "language", "reason", "rulebook_version", "due_at", "is_test")


def new_lead(tx: Connection, row: Row[Any], new: tuple[str, str], started_at: datetime, now: datetime) -> None:
    lead, person = new
    told = {name: getattr(row, name) for name in (*COPIED, *COPIED_TOO)}
    tx.execute(
        insert(leads),
        {
            **told,
            "id": lead,
            "person_id": person,
            "status": "new",
            "clock_started_at": started_at,
            "version": 1,
            "created_at": now,
        },
    )


def owe_one(tx: Connection, of: tuple[str, str, str], ids: NewId, now: datetime) -> None:
    """Nobody is left without a next step (A-38)."""
    practice, lead, owner = of
    waiting = (tasks.c.lead_id == lead) & (tasks.c.state == "open")
    if tx.execute(select(tasks.c.id).where(waiting).limit(1)).first() is None:
        told = {
            "id": ids("tk"),
            "practice_id": practice,
            "lead_id": lead,
            "owner_id": owner,
            "kind": "review",
            "state": "open",
            "reason": "split",
            "due_at": now,
            "ring": 0,
            "created_at": now,
        }
        tx.execute(insert(tasks), told)
