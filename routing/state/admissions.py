"""A new inquiry comes into the books: person, lead, owner, receipt, offer or promise, and the answer, in one go."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from routing.rules.book import Book
from routing.rules.identity import Who
from routing.rules.mismatch import note_of
from routing.rules.receipt import Decision
from routing.rules.values import Plan
from routing.state.call.abandons import resume
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.lead.identity import Entering, put_on_record
from routing.state.lead.people import Known, Newcomer, index_on_record, welcome
from routing.state.ledger import (
    Assignment,
    NewId,
    Offer,
    Promise,
    announce,
    assign,
    promise,
    record_decision,
    reserve,
    standing_of,
)
from routing.state.live.loads import loads
from routing.state.tables import inquiries, leads, practices


class CapReached(Refused):
    """Others filled the chosen owner's cap meanwhile; whoever chooses again sees it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an inquiry came from: ids of the provider, the dialled number, and the person's own contact if given."""

    account: str | None
    sid: str | None
    tracking_number: str | None
    contact: str | None
    extras: str | None = None
    who: Who | None = None
    """What she said of herself, where a channel asks for more than a number."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Everything a new inquiry writes. ``decision`` holds inquiry, person, owner, looks and lead id."""

    book: Book
    plan: Plan
    decision: Decision
    source: Source
    known: Known
    person: str
    stored: str
    """The canonical input that later steps plan from again."""
    offer: Offer | None
    promise: Promise | None
    letter: Letter
    resumes: str | None = None
    """The abandoned inquiry whose place this one has."""
    waits: bool = False
    """Nobody is free, but somebody at work soon is: the inquiry joins the line."""
    reach: int = 0
    """So many stops of the plan serve her from the line from the first."""
    asks: bool = False
    """The caller is asked first; nobody is claimed before she answers."""
    beside: "Beside | None" = None
    """What its channel writes in the same transaction, such as a text's thread."""
    due_at: datetime | None = None
    """When she asked to be contacted, if that is not at once."""
    counted_at: datetime | None = None
    """The owner was chosen from rows while under the cap, with loads as of this instant: counted again when written."""


Beside = Callable[[Connection, Admission], None]


def admit(db: Database, new: Admission, ids: NewId, now: datetime) -> None:
    """One inquiry with its lead, owner, receipt, reservation or task, and the answer that was given.

    :raises Refused: when a copy of the webhook, another offer to the coordinator or another inquiry of the person was
        first; nothing is written.
    """
    with db.writing() as tx:
        inquiry = new.decision.inquiry
        if new.counted_at:
            keep_cap(tx, new, new.counted_at)
        file(tx, new.letter, new.book.practice, inquiry.id, now)
        who, language = new.source.who, inquiry.value("language")
        if who:
            put_on_record(tx, db.vault, Entering(new.book.practice, new.person, who, new.known, language), now)
        elif new.known.person.id is None:
            newcomer = Newcomer(new.person, new.book.practice, Who(new.source.contact), language)
            welcome(tx, db.vault, newcomer, now)
        if new.known.lead_for(new.plan.category) is None:
            open_lead(tx, new, ids, now)
        record_inquiry(tx, db, new, now)
        if new.resumes:
            resume(tx, new.resumes, inquiry.id, new.decision.lead, now)
        record_decision(tx, new.book, new.decision)
        if new.offer:
            reserve(tx, new.book.practice, inquiry.id, new.decision.lead, new.offer, now)
        if new.promise:
            promise(tx, new.book.practice, new.decision.lead, inquiry.id, new.promise, now)
        announce(tx, new.book.practice, "lead", new.decision.lead, now)
        if new.beside:
            new.beside(tx, new)


def keep_cap(tx: Connection, new: Admission, at: datetime) -> None:
    """One such admission of a practice at a time, so that no two of them count the same last place.

    :raises CapReached: when the place was taken since.
    """
    practice, owner = new.book.practice, new.decision.owner
    # NO KEY UPDATE: calls that only refer to the practice do not wait for it. SQLite has one writer anyway.
    tx.execute(select(practices.c.id).where(practices.c.id == practice).with_for_update(key_share=True))
    load = loads(tx, practice, at, [owner]).get(owner, 0.0)
    if round(load, 6) >= round(new.book.coordinators[owner].cap, 6):
        raise CapReached("the owner's cap was reached meanwhile")


def open_lead(tx: Connection, new: Admission, ids: NewId, now: datetime) -> None:
    plan, decision = new.plan, new.decision
    tx.execute(
        insert(leads),
        {
            "id": decision.lead,
            "practice_id": new.book.practice,
            "person_id": new.person,
            "status": "new",
            "owner_id": decision.owner,
            "queue": plan.queue,
            "category": plan.category or "",
            "routed_category": plan.category or "",
            "location": plan.location,
            "campaign": plan.facts.get("campaign"),
            "payer": plan.facts.get("payer"),
            "level_of_care": plan.facts.get("level_of_care"),
            "language": plan.facts.get("language"),
            "reason": plan.reason,
            "note": note_of(new.book, plan),
            "rulebook_version": new.book.version,
            "clock_started_at": decision.inquiry.received_at,
            "due_at": new.due_at or plan.due_at,
            "version": 1,
            "is_test": decision.inquiry.is_test,
            "created_at": now,
        },
    )
    assign(tx, Assignment(ids("as"), new.book.practice, decision.lead, decision.owner, plan.queue, plan.reason), now)


def record_inquiry(tx: Connection, db: Database, new: Admission, now: datetime) -> None:
    inquiry, source = new.decision.inquiry, new.source
    contact = source.who.number if source.who else source.contact
    extras = db.vault.seal(inquiries.c.extras, inquiry.id, source.extras) if source.extras else None
    tx.execute(
        insert(inquiries),
        {
            "id": inquiry.id,
            "practice_id": new.book.practice,
            "lead_id": new.decision.lead,
            "person_id": new.person,
            "channel": inquiry.channel,
            "account": source.account,
            "sid": source.sid,
            "contact_index": index_on_record(tx, db.vault, new.person, new.book.practice, contact),
            "tracking_number": source.tracking_number,
            "campaign": new.plan.facts.get("campaign"),
            "state": "asked" if new.asks else standing_of(new.offer, waits=new.waits),
            "step": new.offer.step if new.offer else 0,
            "plan": new.stored,
            "rulebook_version": new.book.version,
            "received_at": inquiry.received_at,
            "effective_start": new.plan.effective_start,
            "waiting_key": new.plan.waiting_key_ms,
            "reach": new.reach,
            "extras": extras,
            "is_test": inquiry.is_test,
        },
    )
