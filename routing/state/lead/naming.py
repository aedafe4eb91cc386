"""Whoever was nameless when her lead was made turns out to be somebody on record: the lead goes to her."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from routing.rules.identity import Who
from routing.state.database import Database
from routing.state.lead.cases import Case, CaseRefused
from routing.state.lead.identity import Same, told_apart
from routing.state.lead.merging import merge, move_person
from routing.state.lead.people import STRANGER
from routing.state.ledger import NewId, announce
from routing.state.tables import leads, people, person_numbers, source_events, tasks

BY = "desk"


def join_known(db: Database, event: str, who: Who, ids: NewId, now: datetime) -> None:
    """Nothing where the lead is somebody's already, or nobody on record is meant. Where she has an open lead the two
    become one; what cannot become one stays, to be looked at."""
    if who.is_nobody:
        return
    with db.reading() as tx:
        lead = nameless_lead(tx, event)
        found = told_apart(tx, db.vault, lead.practice, who) if lead else STRANGER
    if lead is None or found.person.id is None:
        return
    with suppress(CaseRefused):
        if found.leads:
            merge(db, Case(lead.practice, found.leads[0].id, BY), lead.id, ids, now)
        with db.writing() as tx:
            if not found.leads:
                move_person(tx, db, Same(lead.practice, found.person.id, lead.person), ids, now)
            owe_once(tx, lead, found.leads[0].id if found.leads else lead.id, now)


@dataclass(frozen=True, slots=True)
class Nameless:
    """A lead whose person is nobody we could tell apart or reach."""

    id: str
    practice: str
    person: str
    inquiry: str


def nameless_lead(tx: Connection, event: str) -> Nameless | None:
    """The open lead of the report, if it is one."""
    numbered = select(person_numbers.c.person_id).where(person_numbers.c.person_id == people.c.id)
    bare = people.c.email_index.is_(None) & people.c.name.is_(None) & ~numbered.exists()
    mine = (
        select(leads.c.id, leads.c.practice_id, leads.c.person_id, source_events.c.inquiry_id)
        .join(source_events, source_events.c.lead_id == leads.c.id)
        .join(people, people.c.id == leads.c.person_id)
        .where(source_events.c.id == event, leads.c.closed_at.is_(None), bare)
    )
    row = tx.execute(mine).first()
    return Nameless(*row) if row else None


def owe_once(tx: Connection, lead: Nameless, kept: str, now: datetime) -> None:
    """Nothing is left to look up: she is called, unless that is owed already."""
    still = (tasks.c.lead_id == kept) & (tasks.c.state == "open")
    looked_up = still & (tasks.c.kind == "review") & (tasks.c.inquiry_id == lead.inquiry)
    other = select(tasks.c.id).where(still, tasks.c.kind.in_(("call", "callback", "text")))
    told = {"state": "withdrawn", "closed_at": now} if tx.execute(other).first() else {"kind": "call"}
    tx.execute(update(tasks).where(looked_up).values(**told))
    announce(tx, lead.practice, "lead", kept, now)
