"""Two leads that turn out to be one person's become one: by hand, with audit."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, select, update
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.database import Database
from routing.state.lead.cases import Case, CaseRefused, held
from routing.state.lead.splitting import OF_INQUIRY, is_under_way
from routing.state.ledger import NewId, announce
from routing.state.tables import (
    assignments,
    callbacks,
    consents,
    conversations,
    inquiries,
    leads,
    messages,
    outcomes,
    people,
    person_numbers,
    tasks,
)

OF_LEAD: tuple[Table, ...] = (*OF_INQUIRY, inquiries, outcomes, conversations)
RANK = ("new", "attempted", "contacted", "not_interested", "scheduled", "showed_up", "intake_completed")


class NotMergeable(CaseRefused):
    """``why``: ``same_lead``, ``under_way`` while a call goes on, ``open_twice`` where the two people have further
    leads of one category."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def merge(db: Database, case: Case, other: str, ids: NewId, now: datetime) -> None:
    """``other`` goes into the lead of the case and is closed as its duplicate; the earlier clock wins, the further
    status stands, the owner stays (routing-semantics section 13).

    :raises UnknownLead: LeadClosed, NotMergeable.
    """
    if other == case.lead:
        raise NotMergeable("same_lead")
    with db.writing() as tx:
        # In one order, so that two who merge crosswise do not wait for each other.
        rows = {name: held(tx, Case(case.practice, name, case.by)) for name in sorted((case.lead, other))}
        kept, gone = rows[case.lead], rows[other]
        if is_under_way(tx, select(inquiries.c.id).where(inquiries.c.lead_id == other)):
            raise NotMergeable("under_way")
        close_duplicate(tx, kept, gone, now)
        move_all(tx, OF_LEAD, other, case.lead)
        move_tasks(tx, kept, gone, now)
        if kept.person_id != gone.person_id:
            move_person(tx, db, case.practice, kept.person_id, gone.person_id)
        tx.execute(update(leads).where(leads.c.id == case.lead).values(**together(kept, gone)))
        audited(tx, case.practice, now, case.by, "merge", case.lead, before=other, after=case.lead)
        audited(tx, case.practice, now, case.by, "merged", other, before=gone.status, after=case.lead)
        for lead in (case.lead, other):
            announce(tx, case.practice, "lead", lead, now)


def together(kept: Row[Any], gone: Row[Any]) -> dict[str, Any]:
    both = (kept, gone)
    further = max(both, key=lambda row: RANK.index(row.status) if row.status in RANK else 0)
    return {
        "clock_started_at": min(row.clock_started_at for row in both),
        "due_at": min(row.due_at for row in both),
        "first_response_at": first(row.first_response_at for row in both),
        "contacted_at": first(row.contacted_at for row in both),
        "status": further.status,
        "campaign": kept.campaign or gone.campaign,
        "location": kept.location or gone.location,
        "version": leads.c.version + 1,
    }


def first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def close_duplicate(tx: Connection, kept: Row[Any], gone: Row[Any], now: datetime) -> None:
    over = {"status": "closed", "closed_at": now, "close_cause": "duplicate", "merged_into": kept.id}
    tx.execute(update(leads).where(leads.c.id == gone.id).values(**over, version=leads.c.version + 1))
    still = (assignments.c.lead_id == gone.id) & assignments.c.until.is_(None)
    tx.execute(update(assignments).where(still).values(until=now))
    waiting = (callbacks.c.lead_id == gone.id) & callbacks.c.settled_at.is_(None) & (callbacks.c.state == "due")
    tx.execute(update(callbacks).where(waiting).values(state="withdrawn", settled_at=now, code="merged"))


def move_all(tx: Connection, tables: Sequence[Table], source: str, target: str) -> None:
    for table in tables:
        tx.execute(update(table).where(table.c.lead_id == source).values(lead_id=target))


def move_tasks(tx: Connection, kept: Row[Any], gone: Row[Any], now: datetime) -> None:
    """What is owed twice is owed once."""
    mine = (tasks.c.lead_id == kept.id) & (tasks.c.state == "open")
    owed = tx.execute(select(tasks.c.kind).where(mine)).scalars().all()
    theirs = (tasks.c.lead_id == gone.id) & (tasks.c.state == "open")
    tx.execute(update(tasks).where(theirs, tasks.c.kind.in_(owed)).values(state="withdrawn", closed_at=now))
    tx.execute(update(tasks).where(tasks.c.lead_id == gone.id).values(lead_id=kept.id))
    tx.execute(update(tasks).where(mine).values(owner_id=kept.owner_id))


def move_person(tx: Connection, db: Database, practice: str, kept: str, gone: str) -> None:
    """All that is known of the one is known of the other from now on; her numbers lead here."""
    move_numbers(tx, db, practice, kept, gone)
    for table in (consents, inquiries, callbacks):
        tx.execute(update(table).where(table.c.person_id == gone).values(person_id=kept))
    open_both = (leads.c.person_id.in_((kept, gone))) & leads.c.closed_at.is_(None)
    categories = tx.execute(select(leads.c.category).where(leads.c.practice_id == practice, open_both)).scalars().all()
    if len(categories) != len(set(categories)):
        raise NotMergeable("open_twice")
    tx.execute(update(leads).where(leads.c.person_id == gone).values(person_id=kept))
    hers = (conversations.c.person_id == kept) & conversations.c.closed_at.is_(None)
    theirs = (conversations.c.person_id == gone) & conversations.c.closed_at.is_(None)
    if tx.execute(select(conversations.c.id).where(hers)).first() is not None:
        last = select(messages.c.created_at).where(messages.c.conversation_id == conversations.c.id)
        ended = last.order_by(messages.c.created_at.desc()).limit(1).scalar_subquery()
        tx.execute(update(conversations).where(theirs).values(closed_at=ended))
    tx.execute(update(conversations).where(conversations.c.person_id == gone).values(person_id=kept))


def move_numbers(tx: Connection, db: Database, practice: str, kept: str, gone: str) -> None:
    """Sealed anew, for a seal is bound to its row."""
    vault, column = db.vault, person_numbers.c.number
    mine = (person_numbers.c.practice_id == practice) & (person_numbers.c.person_id == kept)
    known = {row.number_index for row in tx.execute(select(person_numbers).where(mine))}
    theirs = (person_numbers.c.practice_id == practice) & (person_numbers.c.person_id == gone)
    for row in tx.execute(select(person_numbers).where(theirs)).all():
        this = theirs & (person_numbers.c.number_index == row.number_index)
        if row.number_index in known:
            give_way(tx, (practice, row.number_index), kept, row)
            continue
        sealed = vault.seal(column, kept, vault.unseal(column, gone, row.number))
        tx.execute(update(person_numbers).where(this).values(person_id=kept, number=sealed))
    tx.execute(update(people).where(people.c.id == gone).values(merged_into=kept))
    before, after = (tx.execute(select(people).where(people.c.id == each)).one() for each in (gone, kept))
    told: dict[str, Any] = {}
    if after.name is None and before.name is not None:
        told["name"] = vault.seal(people.c.name, kept, vault.unseal(people.c.name, gone, before.name))
    if after.email is None and before.email is not None:
        tx.execute(update(people).where(people.c.id == gone).values(is_first_of_email=False))
        told["email"] = vault.seal(people.c.email, kept, vault.unseal(people.c.email, gone, before.email))
        told |= {"email_index": before.email_index, "is_first_of_email": before.is_first_of_email}
    if told:
        tx.execute(update(people).where(people.c.id == kept).values(**told))


def give_way(tx: Connection, number: tuple[str, bytes], kept: str, gone: Row[Any]) -> None:
    """Both are on the number: whom it means first is the one who stays."""
    if not gone.is_first:
        return
    practice, index = number
    on_it = (person_numbers.c.practice_id == practice) & (person_numbers.c.number_index == index)
    hers, theirs = on_it & (person_numbers.c.person_id == kept), on_it & (person_numbers.c.person_id == gone.person_id)
    place = tx.execute(select(person_numbers.c.place).where(hers)).scalar_one()
    tx.execute(update(person_numbers).where(theirs).values(is_first=False, place=None))
    tx.execute(update(person_numbers).where(hers).values(is_first=True, place=gone.place))
    tx.execute(update(person_numbers).where(theirs).values(place=place))
