"""The verbs that move a lead: each is one short transaction, guarded by the unique indexes and by compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, case, insert, select, update

from routing.rules.book import Book
from routing.rules.receipt import Decision, digest, receipt
from routing.rules.values import Plan
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.people import Known, Newcomer, welcome
from routing.state.tables import (
    assignments,
    attempts,
    decisions,
    events,
    inquiries,
    leads,
    reservations,
    tasks,
)

NewId = Callable[[str], str]
"""Takes a prefix such as ``ld`` and gives a fresh id."""

Settled = Literal["rejected", "timeout", "canceled", "rescinded"]


@dataclass(frozen=True, slots=True)
class Promise:
    """A task that somebody named owes the person."""

    id: str
    kind: str
    owner: str
    reason: str
    due_at: datetime
    target_queue: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A claim that was won, as the row to be written. ``step`` counts the offers of an inquiry, ``plan_step`` names the
    stop of its plan."""

    id: str
    coordinator: str
    kind: Literal["call", "chat"]
    queue: str
    step: int
    plan_step: int
    fence: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Where an inquiry came from: ids of the provider, the dialled number, and the person's own contact if given."""

    account: str | None
    sid: str | None
    tracking_number: str | None
    contact: str | None
    extras: str | None = None


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


def admit(db: Database, new: Admission, ids: NewId, now: datetime) -> None:
    """One inquiry with its lead, owner, receipt, reservation or task, and the answer that was given.

    :raises Refused: when a copy of the webhook, another offer to the coordinator or another inquiry of the person was
        first; nothing is written.
    """
    with db.writing() as tx:
        inquiry = new.decision.inquiry
        file(tx, new.letter, new.book.practice, inquiry.id, now)
        if new.known.person.id is None:
            language = inquiry.value("language")
            welcome(tx, db.vault, Newcomer(new.person, new.book.practice, new.source.contact, language), now)
        if new.known.lead_for(new.plan.category) is None:
            open_lead(tx, new, ids, now)
        record_inquiry(tx, db, new, now)
        record_decision(tx, new.book, new.decision)
        if new.offer:
            reserve(tx, new.book.practice, inquiry.id, new.decision.lead, new.offer, now)
        if new.promise:
            promise(tx, new.book.practice, new.decision.lead, inquiry.id, new.promise, now)
        announce(tx, new.book.practice, "lead", new.decision.lead, now)


def open_lead(tx: Connection, new: Admission, ids: NewId, now: datetime) -> None:
    plan, decision = new.plan, new.decision
    tx.execute(
        insert(leads).values(
            id=decision.lead,
            practice_id=new.book.practice,
            person_id=new.person,
            status="new",
            owner_id=decision.owner,
            queue=plan.queue,
            category=plan.category or "",
            routed_category=plan.category or "",
            location=plan.location,
            campaign=plan.facts.get("campaign"),
            payer=plan.facts.get("payer"),
            level_of_care=plan.facts.get("level_of_care"),
            language=plan.facts.get("language"),
            reason=plan.reason,
            note=plan.note,
            rulebook_version=new.book.version,
            clock_started_at=decision.inquiry.received_at,
            due_at=plan.due_at,
            version=1,
            is_test=decision.inquiry.is_test,
            created_at=now,
        )
    )
    assign(tx, Assignment(ids("as"), new.book.practice, decision.lead, decision.owner, plan.queue, plan.reason), now)


@dataclass(frozen=True, slots=True)
class Assignment:
    id: str
    practice: str
    lead: str
    owner: str
    queue: str
    reason: str
    previous: str | None = None
    is_provisional: bool = True
    by: str = "desk"


def assign(tx: Connection, given: Assignment, now: datetime) -> None:
    tx.execute(
        insert(assignments).values(
            id=given.id,
            practice_id=given.practice,
            lead_id=given.lead,
            owner_id=given.owner,
            previous_owner=given.previous,
            queue=given.queue,
            reason=given.reason,
            is_provisional=given.is_provisional,
            made_by=given.by,
            since=now,
        )
    )


def record_inquiry(tx: Connection, db: Database, new: Admission, now: datetime) -> None:
    inquiry, source = new.decision.inquiry, new.source
    extras = db.vault.seal(inquiries.c.extras, inquiry.id, source.extras) if source.extras else None
    tx.execute(
        insert(inquiries).values(
            id=inquiry.id,
            practice_id=new.book.practice,
            lead_id=new.decision.lead,
            person_id=new.person,
            channel=inquiry.channel,
            account=source.account,
            sid=source.sid,
            tracking_number=source.tracking_number,
            campaign=new.plan.facts.get("campaign"),
            state="offered" if new.offer else "promised",
            step=new.offer.step if new.offer else 0,
            plan=new.stored,
            rulebook_version=new.book.version,
            received_at=inquiry.received_at,
            effective_start=new.plan.effective_start,
            head_start_s=new.plan.head_start_s,
            extras=extras,
            is_test=inquiry.is_test,
        )
    )


def record_decision(tx: Connection, book: Book, decision: Decision) -> None:
    """Chained to the newest receipt of the same inquiry."""
    previous = tx.execute(
        select(decisions.c.digest)
        .where(decisions.c.inquiry_id == decision.inquiry.id)
        .order_by(decisions.c.at.desc(), decisions.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    text = receipt(book, decision, previous)
    tx.execute(
        insert(decisions).values(
            id=decision.id,
            practice_id=book.practice,
            inquiry_id=decision.inquiry.id,
            lead_id=decision.lead,
            at=decision.at,
            trigger=decision.trigger,
            receipt=text,
            digest=digest(text),
        )
    )


def reserve(tx: Connection, practice: str, inquiry: str, lead: str, offer: Offer, now: datetime) -> None:
    """An expired offer of the same coordinator is settled first: the claim has already ended it in live state."""
    tx.execute(
        update(reservations)
        .where(reservations.c.practice_id == practice, reservations.c.coordinator_id == offer.coordinator)
        .where(reservations.c.state == "pending", reservations.c.expires_at <= now)
        .values(state="timeout", settled_at=now)
    )
    tx.execute(
        insert(reservations).values(
            id=offer.id,
            practice_id=practice,
            inquiry_id=inquiry,
            lead_id=lead,
            coordinator_id=offer.coordinator,
            kind=offer.kind,
            queue=offer.queue,
            step=offer.step,
            plan_step=offer.plan_step,
            state="pending",
            fence=offer.fence,
            created_at=now,
            expires_at=offer.expires_at,
        )
    )


def promise(tx: Connection, practice: str, lead: str, inquiry: str | None, task: Promise, now: datetime) -> None:
    tx.execute(
        insert(tasks).values(
            id=task.id,
            practice_id=practice,
            lead_id=lead,
            inquiry_id=inquiry,
            owner_id=task.owner,
            kind=task.kind,
            state="open",
            reason=task.reason,
            target_queue=task.target_queue,
            due_at=task.due_at,
            ring=0,
            created_at=now,
        )
    )


def announce(tx: Connection, practice: str, topic: str, subject: str, now: datetime) -> None:
    tx.execute(insert(events).values(practice_id=practice, at=now, topic=topic, subject_id=subject))


@dataclass(frozen=True, slots=True)
class Turn:
    """An inquiry goes on: the last offer is settled, then either another is made or somebody owes a callback."""

    book: Book
    decision: Decision
    step: int
    settled_as: Settled
    offer: Offer | None
    promise: Promise | None
    letter: Letter


def go_on(db: Database, turn: Turn, now: datetime) -> None:
    """:raises Refused: when a copy was first, or the offer was meanwhile accepted, or the caller has left."""
    with db.writing() as tx:
        inquiry = turn.decision.inquiry.id
        file(tx, turn.letter, turn.book.practice, inquiry, now)
        settle(tx, inquiry, turn.step, turn.settled_as, now)
        moved = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == inquiry, inquiries.c.step == turn.step, inquiries.c.state == "offered")
            .values(step=turn.offer.step if turn.offer else turn.step, state="offered" if turn.offer else "promised")
            .returning(inquiries.c.lead_id)
        ).first()
        if moved is None:
            raise Refused("the inquiry has moved on")
        record_decision(tx, turn.book, turn.decision)
        if turn.offer:
            reserve(tx, turn.book.practice, inquiry, turn.decision.lead, turn.offer, now)
        if turn.promise:
            promise(tx, turn.book.practice, turn.decision.lead, inquiry, turn.promise, now)
        announce(tx, turn.book.practice, "lead", turn.decision.lead, now)


def settle(tx: Connection, inquiry: str, step: int, state: Settled, now: datetime) -> bool:
    """Out of ``pending``, once; False when something else had already settled it."""
    won = tx.execute(
        update(reservations)
        .where(reservations.c.inquiry_id == inquiry, reservations.c.step == step, reservations.c.state == "pending")
        .values(state=state, settled_at=now)
        .returning(reservations.c.id)
    ).first()
    return won is not None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """``fence`` of the offer that was accepted and the coordinator's leg it was accepted on."""

    inquiry: str
    step: int
    leg_sid: str | None
    letter: Letter


@dataclass(frozen=True, slots=True)
class Taken:
    practice: str
    lead: str
    coordinator: str
    fence: int
    previous_owner: str


def accept(db: Database, said: Acceptance, ids: NewId, now: datetime) -> Taken:
    """Who accepts owns, in the same transaction (routing-semantics section 6); it is the first human response.

    :raises Refused: when the offer is no longer pending or the coordinator is on another live call.
    """
    with db.writing() as tx:
        won = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == said.inquiry, reservations.c.step == said.step)
            .where(reservations.c.state == "pending", reservations.c.expires_at > now)
            .values(state="accepted", accepted_at=now, leg_sid=said.leg_sid)
            .returning(reservations)
        ).first()
        connected = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == said.inquiry, inquiries.c.state == "offered", inquiries.c.step == said.step)
            .values(state="connected")
            .returning(inquiries.c.channel)
        ).first()
        if won is None or connected is None:
            raise Refused("the offer is no longer pending")
        file(tx, said.letter, won.practice_id, said.inquiry, now)
        owner = tx.execute(select(leads.c.owner_id).where(leads.c.id == won.lead_id)).scalar_one()
        given = Assignment(
            ids("as"), won.practice_id, won.lead_id, won.coordinator_id, won.queue, "accepted", owner, False
        )
        hand_over(tx, given, now)
        tx.execute(
            update(leads)
            .where(leads.c.id == won.lead_id, leads.c.first_response_at.is_(None))
            .values(first_response_at=now, status="attempted")
        )
        tx.execute(
            insert(attempts).values(
                id=ids("at"),
                practice_id=won.practice_id,
                lead_id=won.lead_id,
                inquiry_id=said.inquiry,
                reservation_id=won.id,
                coordinator_id=won.coordinator_id,
                channel=connected.channel,
                direction="inbound",
                is_human=True,
                started_at=now,
            )
        )
        announce(tx, won.practice_id, "lead", won.lead_id, now)
        return Taken(won.practice_id, won.lead_id, won.coordinator_id, won.fence, owner)


def hand_over(tx: Connection, given: Assignment, now: datetime) -> None:
    """Owner, open tasks and history move together; the lead is never without an owner in between."""
    tx.execute(
        update(assignments).where(assignments.c.lead_id == given.lead, assignments.c.until.is_(None)).values(until=now)
    )
    assign(tx, given, now)
    tx.execute(update(leads).where(leads.c.id == given.lead).values(owner_id=given.owner, version=leads.c.version + 1))
    tx.execute(update(tasks).where(tasks.c.lead_id == given.lead, tasks.c.state == "open").values(owner_id=given.owner))


def decline(db: Database, said: Acceptance, state: Settled, now: datetime) -> bool:
    """A refusal by key. The caller's leg goes on by itself; True if the offer was still pending."""
    with db.writing() as tx:
        file(tx, said.letter, None, said.inquiry, now)
        return settle(tx, said.inquiry, said.step, state, now)


CONTACT_TALK_S = 10
WRAP_UP = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Talk:
    """A connected call is over. ``talk_s`` as the provider reports it, None if it did not say; ``caller_waits`` when
    only the coordinator has hung up."""

    inquiry: str
    step: int
    talk_s: int | None
    caller_waits: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """What was ended: the reservation's coordinator and fence, and until when the wrap-up lasts."""

    practice: str
    lead: str
    coordinator: str
    fence: int
    wrap_until: datetime


def talk_over(db: Database, talk: Talk, now: datetime) -> Ended | None:
    """Closes the talk once, whichever webhook reports it first; None when it was closed before or never connected."""
    with db.writing() as tx:
        won = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == talk.inquiry, reservations.c.step == talk.step)
            .where(reservations.c.state == "accepted")
            .values(state="wrapping", settled_at=now, wrap_until=now + WRAP_UP)
            .returning(reservations)
        ).first()
        if won is None:
            return None
        elapsed = int((now - won.accepted_at).total_seconds())
        talk_s = elapsed if talk.talk_s is None else min(talk.talk_s, elapsed)
        cut_short = talk.caller_waits and talk_s < CONTACT_TALK_S
        tx.execute(
            update(attempts)
            .where(attempts.c.reservation_id == won.id)
            .values(ended_at=now, talk_s=talk_s, result="answered")
        )
        tx.execute(
            update(inquiries)
            .where(inquiries.c.id == talk.inquiry, inquiries.c.state == "connected")
            .values(
                **({"state": "offered"} if cut_short else {"state": "ended", "ended_at": now, "outcome": "answered"})
            )
        )
        if talk_s >= CONTACT_TALK_S:
            contacted(tx, won.lead_id, now)
        announce(tx, won.practice_id, "lead", won.lead_id, now)
        return Ended(won.practice_id, won.lead_id, won.coordinator_id, won.fence, now + WRAP_UP)


def contacted(tx: Connection, lead: str, now: datetime) -> None:
    """A live talk fulfils the open callback promises of the lead."""
    tx.execute(
        update(leads)
        .where(leads.c.id == lead, leads.c.status.in_(("new", "attempted")))
        .values(status="contacted", contacted_at=now)
    )
    tx.execute(
        update(tasks)
        .where(tasks.c.lead_id == lead, tasks.c.state == "open", tasks.c.kind == "callback")
        .values(state="withdrawn", closed_at=now)
    )


@dataclass(frozen=True, slots=True)
class Departure:
    """The caller hung up before anybody was connected."""

    inquiry: str
    outcome: Literal["abandoned", "short"]
    promise: Promise | None
    letter: Letter


@dataclass(frozen=True, slots=True)
class Left:
    """``coordinator`` and ``fence`` of the offer that was still pending, if there was one."""

    practice: str
    lead: str
    coordinator: str | None
    fence: int | None


def caller_left(db: Database, gone: Departure, now: datetime) -> Left | None:
    """None when the inquiry had ended or connected before; then only the letter is filed."""
    with db.writing() as tx:
        file(tx, gone.letter, None, gone.inquiry, now)
        ended = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == gone.inquiry, inquiries.c.state.in_(("offered", "promised")))
            .where(inquiries.c.ended_at.is_(None))
            .values(
                state="ended",
                ended_at=now,
                outcome=case((inquiries.c.state == "promised", "promised"), else_=gone.outcome),
            )
            .returning(inquiries)
        ).first()
        if ended is None:
            return None
        pending = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == gone.inquiry, reservations.c.state == "pending")
            .values(state="canceled", settled_at=now)
            .returning(reservations.c.coordinator_id, reservations.c.fence)
        ).first()
        owed = tx.execute(select(tasks.c.id).where(tasks.c.lead_id == ended.lead_id, tasks.c.state == "open")).first()
        if gone.promise and owed is None:
            promise(tx, ended.practice_id, ended.lead_id, gone.inquiry, gone.promise, now)
        announce(tx, ended.practice_id, "lead", ended.lead_id, now)
        return Left(
            ended.practice_id,
            ended.lead_id,
            pending.coordinator_id if pending else None,
            pending.fence if pending else None,
        )
