"""What becomes of an offer: it is accepted, refused, or the inquiry goes on to the next."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.receipt import Decision
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.lead.covers import cover, is_covered
from routing.state.ledger import (
    Assignment,
    NewId,
    Offer,
    Promise,
    Settled,
    announce,
    hand_over,
    promise,
    record_decision,
    reserve,
    settle,
    standing_of,
)
from routing.state.tables import attempts, inquiries, leads, reservations


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
    waits: bool = False
    reach: int = 0
    """So many stops of the plan serve her from the line from the first."""


def go_on(db: Database, turn: Turn, now: datetime) -> None:
    """:raises Refused: when a copy was first, or the offer was meanwhile accepted, or the caller has left."""
    with db.writing() as tx:
        inquiry = turn.decision.inquiry.id
        file(tx, turn.letter, turn.book.practice, inquiry, now)
        settle(tx, inquiry, turn.step, turn.settled_as, now)
        moved = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == inquiry, inquiries.c.step == turn.step, inquiries.c.state == "offered")
            .values(
                step=turn.offer.step if turn.offer else turn.step,
                state=standing_of(turn.offer, waits=turn.waits),
                reach=turn.reach,
            )
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
    kind: Literal["call", "chat"] = "call"


def accept(db: Database, said: Acceptance, ids: NewId, now: datetime, covering: Set[str] = frozenset()) -> Taken:
    """Who accepts owns, in the same transaction (routing-semantics section 6); it is the first human response. In the
    practices ``covering`` she stands in for an owner who had the lead before.

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
        return taken(tx, Accepted(won, connected.channel, covering), ids, now)


@dataclass(frozen=True, slots=True)
class Accepted:
    """``offer`` is the reservation's row as it was accepted; ``covering`` as in ``accept``."""

    offer: Row[Any]
    channel: str
    covering: Set[str]


def taken(tx: Connection, accepted: Accepted, ids: NewId, now: datetime) -> Taken:
    """Owner, first response and attempt follow the accept; in a chat it is her first message that is the response."""
    won = accepted.offer
    owner = tx.execute(select(leads.c.owner_id).where(leads.c.id == won.lead_id)).scalar_one()
    given = Assignment(ids("as"), won.practice_id, won.lead_id, won.coordinator_id, won.queue, "accepted", owner, False)
    if is_covered(tx, won, owner, accepted.covering):
        cover(tx, won, owner, ids, now)
    else:
        hand_over(tx, given, now)
    if won.kind == "call":
        answered(tx, accepted, ids, now)
    announce(tx, won.practice_id, "lead", won.lead_id, now)
    return Taken(won.practice_id, won.lead_id, won.coordinator_id, won.fence, owner, won.kind)


def answered(tx: Connection, accepted: Accepted, ids: NewId, now: datetime) -> None:
    won = accepted.offer
    tx.execute(
        update(leads)
        .where(leads.c.id == won.lead_id, leads.c.first_response_at.is_(None))
        .values(first_response_at=now, status="attempted")
    )
    tx.execute(
        insert(attempts),
        {
            "id": ids("at"),
            "practice_id": won.practice_id,
            "lead_id": won.lead_id,
            "inquiry_id": won.inquiry_id,
            "reservation_id": won.id,
            "coordinator_id": won.coordinator_id,
            "channel": accepted.channel,
            "direction": "inbound",
            "is_human": True,
            "started_at": now,
        },
    )


def decline(db: Database, said: Acceptance, state: Settled, now: datetime) -> bool:
    """A refusal by key. The caller's leg goes on by itself; True if the offer was still pending."""
    with db.writing() as tx:
        file(tx, said.letter, None, said.inquiry, now)
        return settle(tx, said.inquiry, said.step, state, now)
