"""The rows that several verbs write, each in its caller's transaction: owner, receipt, offer, promise, event.

The verbs themselves are in ``admissions``, ``offers``, ``talks`` and ``cases``: each is one short transaction, guarded
by the unique indexes and by compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, case, insert, select, update

from routing.rules.book import Book
from routing.rules.receipt import Decision, digest, receipt
from routing.state.database import Refused
from routing.state.tables import assignments, decisions, events, inquiries, leads, reservations, tasks

NewId = Callable[[str], str]
"""Takes a prefix such as ``ld`` and gives a fresh id."""

Settled = Literal["rejected", "timeout", "canceled", "rescinded"]

CONTACT_TALK_S = 10
"""Shorter talks are no contact."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A task that somebody named owes the person."""

    id: str
    kind: str
    owner: str
    reason: str
    due_at: datetime
    target_queue: str | None = None
    joins: bool = False
    """It is owed already, under this id: then it is due by the earlier of the two instants."""


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


def lock_call(tx: Connection, inquiry: str) -> None:
    """Whoever changes several rows of a call takes the call's own first, so that two never wait for each other."""
    tx.execute(select(inquiries.c.id).where(inquiries.c.id == inquiry).with_for_update())


def assign(tx: Connection, given: Assignment, now: datetime) -> None:
    tx.execute(
        insert(assignments),
        {
            "id": given.id,
            "practice_id": given.practice,
            "lead_id": given.lead,
            "owner_id": given.owner,
            "previous_owner": given.previous,
            "queue": given.queue,
            "reason": given.reason,
            "is_provisional": given.is_provisional,
            "made_by": given.by,
            "since": now,
        },
    )


def hand_over(tx: Connection, given: Assignment, now: datetime) -> None:
    """Owner, open tasks and history move together; the lead is never without an owner in between."""
    tx.execute(
        update(assignments).where(assignments.c.lead_id == given.lead, assignments.c.until.is_(None)).values(until=now)
    )
    assign(tx, given, now)
    tx.execute(update(leads).where(leads.c.id == given.lead).values(owner_id=given.owner, version=leads.c.version + 1))
    tx.execute(update(tasks).where(tasks.c.lead_id == given.lead, tasks.c.state == "open").values(owner_id=given.owner))


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
        insert(decisions),
        {
            "id": decision.id,
            "practice_id": book.practice,
            "inquiry_id": decision.inquiry.id,
            "lead_id": decision.lead,
            "at": decision.at,
            "trigger": decision.trigger,
            "receipt": text,
            "digest": digest(text),
        },
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
        insert(reservations),
        {
            "id": offer.id,
            "practice_id": practice,
            "inquiry_id": inquiry,
            "lead_id": lead,
            "coordinator_id": offer.coordinator,
            "kind": offer.kind,
            "queue": offer.queue,
            "step": offer.step,
            "plan_step": offer.plan_step,
            "state": "pending",
            "fence": offer.fence,
            "created_at": now,
            "expires_at": offer.expires_at,
        },
    )


def settle(tx: Connection, inquiry: str, step: int, state: Settled, now: datetime) -> bool:
    """Out of ``pending``, once; False when something else had already settled it."""
    won = tx.execute(
        update(reservations)
        .where(reservations.c.inquiry_id == inquiry, reservations.c.step == step, reservations.c.state == "pending")
        .values(state=state, settled_at=now)
        .returning(reservations.c.id)
    ).first()
    return won is not None


def promise(tx: Connection, practice: str, lead: str, inquiry: str | None, task: Promise, now: datetime) -> None:
    """:raises Refused: when what it joins was settled meanwhile."""
    if task.joins:
        hasten(tx, task)
        return
    tx.execute(
        insert(tasks),
        {
            "id": task.id,
            "practice_id": practice,
            "lead_id": lead,
            "inquiry_id": inquiry,
            "owner_id": task.owner,
            "kind": task.kind,
            "state": "open",
            "reason": task.reason,
            "target_queue": task.target_queue,
            "due_at": task.due_at,
            "ring": 0,
            "created_at": now,
        },
    )


def hasten(tx: Connection, task: Promise) -> None:
    sooner = case((tasks.c.due_at > task.due_at, task.due_at), else_=tasks.c.due_at)
    still = (tasks.c.id == task.id) & (tasks.c.state == "open")
    if tx.execute(update(tasks).where(still).values(due_at=sooner)).rowcount != 1:
        raise Refused("the task was settled meanwhile")


SAME_WAY = ("call", "callback")


def owed_already(tx: Connection, lead: str, kind: str) -> str | None:
    """The open task that asks for the same: one callback of a lead is open at a time (routing-semantics section 11)."""
    kinds = SAME_WAY if kind in SAME_WAY else (kind,)
    same = (tasks.c.lead_id == lead) & (tasks.c.state == "open") & tasks.c.kind.in_(kinds)
    return tx.execute(select(tasks.c.id).where(same).order_by(tasks.c.due_at).limit(1)).scalar_one_or_none()


def contacted(tx: Connection, lead: str, now: datetime, began: datetime | None = None) -> None:
    """A live talk fulfils whatever call was owed to the lead when it ``began``, not what is promised in it."""
    tx.execute(
        update(leads)
        .where(leads.c.id == lead, leads.c.status.in_(("new", "attempted")))
        .values(status="contacted", contacted_at=now)
    )
    tx.execute(
        update(tasks)
        .where(tasks.c.lead_id == lead, tasks.c.state == "open", tasks.c.kind.in_(("call", "callback")))
        .where(tasks.c.created_at <= (began or now))
        .values(state="withdrawn", closed_at=now)
    )


def standing_of(offer: Offer | None, *, waits: bool) -> Literal["offered", "waiting", "promised"]:
    """The state of an inquiry that is not yet connected."""
    if offer:
        return "offered"
    return "waiting" if waits else "promised"


def announce(tx: Connection, practice: str, topic: str, subject: str, now: datetime) -> None:
    tx.execute(
        insert(events),
        {
            "practice_id": practice,
            "at": now,
            "topic": topic,
            "subject_id": subject,
        },
    )
