"""What was one lead by mistake becomes two: by hand, with audit. The other person is on the same number, and neither
learns about the other."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, exists, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.identity import Who
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.lead.cases import Case, CaseRefused, held
from routing.state.lead.identity import Same, inherit
from routing.state.lead.people import Newcomer, put_behind, welcome
from routing.state.ledger import CONTACT_TALK_S, Assignment, NewId, announce, assign
from routing.state.sealed import SealedBytes, Vault
from routing.state.tables import (
    attempts,
    callbacks,
    consents,
    conversations,
    decisions,
    inquiries,
    leads,
    messages,
    people,
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
    """Whether she is on the line, or is being called back."""
    live = inquiries.c.id.in_(which) & inquiries.c.state.in_(GOING_ON) & inquiries.c.ended_at.is_(None)
    dialled = callbacks.c.inquiry_id.in_(which) & callbacks.c.settled_at.is_(None) & (callbacks.c.state != "due")
    return tx.execute(select(exists().where(live) | exists().where(dialled))).scalar_one()


@dataclass(frozen=True, slots=True)
class Splitting:
    """These inquiries of the lead are somebody else's; ``name`` is hers, if it is known."""

    case: Case
    inquiries: tuple[str, ...]
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Apart:
    """``person`` is not the one she was taken for."""

    practice: str
    taken_for: str
    person: str


def split(db: Database, wish: Splitting, ids: NewId, now: datetime) -> str:
    """The new lead's id. Another person on the same number, one episode with the first; her clock runs from her own
    first inquiry, she keeps the owner, and who was answered or reached is told anew for both.

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
        welcome(tx, db.vault, Newcomer(person, case.practice, Who(name=wish.name)), now)
        apart, came = Apart(case.practice, row.person_id, person), arrivals(tx, names)
        give_numbers(tx, db.vault, apart, came)
        give_records(tx, db.vault, apart, came, now)
        new_lead(tx, row, (lead, person), min(each.received_at for each in chosen), now)
        assign(tx, Assignment(ids("as"), case.practice, lead, row.owner_id, row.queue, "split", by=case.by), now)
        move_threads(tx, names, lead, person)
        for table in (*OF_INQUIRY, tasks):
            tx.execute(update(table).where(table.c.inquiry_id.in_(names)).values(lead_id=lead))
        tx.execute(update(inquiries).where(inquiries.c.id.in_(names)).values(lead_id=lead, person_id=person))
        tx.execute(update(callbacks).where(callbacks.c.inquiry_id.in_(names)).values(lead_id=lead, person_id=person))
        tx.execute(update(consents).where(consents.c.source.in_(names)).values(person_id=person))
        for each in (case.lead, lead):
            tell_anew(tx, each)
            owe_one(tx, (case.practice, each, row.owner_id), ids, now)
        audited(tx, case.practice, now, case.by, "split", case.lead, before=case.lead, after=lead)
        audited(tx, case.practice, now, case.by, "split_from", lead, before=case.lead, after=",".join(sorted(names)))
        for each in (case.lead, lead):
            announce(tx, case.practice, "lead", each, now)
    return lead


def arrivals(tx: Connection, names: Sequence[str]) -> frozenset[datetime]:
    """When these inquiries came on record."""
    entered = select(func.min(decisions.c.at)).where(decisions.c.inquiry_id.in_(names)).group_by(decisions.c.inquiry_id)
    return frozenset(tx.execute(entered).scalars())


def give_numbers(tx: Connection, vault: Vault, of: Apart, came: Set[datetime]) -> None:
    """Numbers that came on record with her inquiries are hers, unless nothing is left to the one she was taken for; if
    none did, the two share what was on record then."""
    mine = (person_numbers.c.practice_id == of.practice) & (person_numbers.c.person_id == of.taken_for)
    rows = tx.execute(select(person_numbers).where(mine).order_by(person_numbers.c.created_at)).all()
    brought = [row for row in rows if row.created_at in came]
    known = [row for row in rows if row.created_at <= max(came)]
    for row in brought or known:
        number = vault.unseal(person_numbers.c.number, of.taken_for, row.number)
        sealed = vault.seal(person_numbers.c.number, of.person, number)
        if brought and len(brought) < len(rows):
            hand_on(tx, row, of.person, sealed)
        else:
            put_behind(tx, row, of.person, sealed)


def hand_on(tx: Connection, row: Row[Any], person: str, sealed: SealedBytes) -> None:
    """With whoever on it had been merged into the one who had it."""
    on_it = (person_numbers.c.practice_id == row.practice_id) & (person_numbers.c.number_index == row.number_index)
    there = select(person_numbers.c.person_id).where(on_it)
    merged = people.c.id.in_(there) & (people.c.merged_into == row.person_id)
    tx.execute(update(people).where(merged).values(merged_into=person))
    this = on_it & (person_numbers.c.person_id == row.person_id)
    tx.execute(update(person_numbers).where(this).values(person_id=person, number=sealed))


def give_records(tx: Connection, vault: Vault, of: Apart, came: Set[datetime], now: datetime) -> None:
    """Who came with her inquiries and had been merged into the one she was taken for, is she: with name and address."""
    there = (people.c.practice_id == of.practice) & (people.c.merged_into == of.taken_for)
    tx.execute(update(people).where(there, people.c.created_at.in_(came)).values(merged_into=of.person))
    hers = select(people).where(people.c.practice_id == of.practice, people.c.merged_into == of.person)
    for record in tx.execute(hers.order_by(people.c.created_at, people.c.id)).all():
        if record.email and record.email_place is None:
            take_back_email(tx, vault, of, record)
        inherit(tx, vault, Same(of.practice, of.person, record.id), now)


def take_back_email(tx: Connection, vault: Vault, of: Apart, record: Row[Any]) -> None:
    """From the one she was taken for, who took it over with its place."""
    indexes = vault.indexes(of.practice, vault.unseal(people.c.email, record.id, record.email))
    lent = (people.c.id == of.taken_for) & people.c.email_index.in_(indexes)
    found = tx.execute(select(people.c.email_place).where(lent)).first()
    if found:
        tx.execute(update(people).where(lent).values(email=None, email_index=None, email_place=None))
        tx.execute(update(people).where(people.c.id == record.id).values(email_place=found.email_place))


def move_threads(tx: Connection, names: Sequence[str], lead: str, person: str) -> None:
    """A thread in which nobody else has written is hers."""
    theirs = select(messages.c.conversation_id).where(messages.c.inquiry_id.not_in(names))
    hers = select(messages.c.conversation_id).where(messages.c.inquiry_id.in_(names))
    mine = conversations.c.id.in_(hers) & conversations.c.id.not_in(theirs)
    moved = update(conversations).where(mine).values(lead_id=lead, person_id=person).returning(conversations.c.id)
    of_thread = messages.c.conversation_id.in_(tx.execute(moved).scalars().all())
    tx.execute(update(messages).where(of_thread).values(lead_id=lead))


EARLY = ("new", "attempted", "contacted")
"""Further than that it was brought by somebody's word, which stands."""


def tell_anew(tx: Connection, lead: str) -> None:
    """When she was answered and when reached, by the attempts that are hers."""
    mine = tx.execute(select(attempts).where(attempts.c.lead_id == lead).order_by(attempts.c.started_at)).all()
    answered_at = next((each.started_at for each in mine if each.is_human), None)
    talks = (each for each in mine if each.result == "answered" and (each.talk_s or 0) >= CONTACT_TALK_S)
    reached_at = next((each.ended_at for each in talks), None)
    status = "contacted" if reached_at else "attempted" if answered_at else "new"
    this = leads.c.id == lead
    told = {"first_response_at": answered_at, "contacted_at": reached_at, "version": leads.c.version + 1}
    tx.execute(update(leads).where(this).values(**told))
    tx.execute(update(leads).where(this, leads.c.status.in_(EARLY)).values(status=status))


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
