"""How a transfer ends: the target has the caller, the first has her back, or she goes to the line with her old key."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.state.audit import audited
from routing.state.call.moves import Move
from routing.state.call.offers import Acceptance
from routing.state.call.talks import Ended, Talk, close_talk, promise_once
from routing.state.conference.transfers import BEFORE_ACCEPT, Standing, planned
from routing.state.database import Database, Refused
from routing.state.inbox import file
from routing.state.ledger import Assignment, NewId, Promise, announce, hand_over, lock_call, promise
from routing.state.ledger import settle as settle_offer
from routing.state.tables import attempts, inquiries, leads, reservations, transfers

FOLLOW_UP = timedelta(seconds=900)
"""Where the category names no target of its own."""
Unsettled = Literal["timeout", "rejected", "canceled"]


@dataclass(frozen=True, slots=True)
class Handed:
    """``previous`` owned the lead before; ``left`` is the first coordinator's talk, if it ended with the accept."""

    practice: str
    lead: str
    target: str
    fence: int
    previous: str
    left: Ended | None


@dataclass(frozen=True, slots=True)
class Taking:
    """The target pressed the key. ``release`` lets the first coordinator's leg go after a cold transfer."""

    book: Book
    said: Acceptance
    release: Move


def accept(db: Database, taking: Taking, ids: NewId, now: datetime) -> Handed:
    """Reservations, owner, category, payer, follow-up task and audit in one transaction (A-31 to A-34).

    :raises Refused: when the caller has left, it is too late, or the target is on another live call.
    """
    said = taking.said
    with db.writing() as tx:
        lock_call(tx, said.inquiry)
        row = tx.execute(
            update(transfers)
            .where(transfers.c.inquiry_id == said.inquiry, transfers.c.target_step == said.step)
            .where(transfers.c.state.in_(BEFORE_ACCEPT), transfers.c.until > now)
            .where(transfers.c.caller_joined_at.is_not(None))
            .values(state="accepted", settled_at=now, target_sid=said.leg_sid)
            .returning(transfers)
        ).first()
        if row is None:
            raise Refused("the transfer is over")
        won = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == said.inquiry, reservations.c.step == said.step)
            .where(reservations.c.state == "pending", reservations.c.expires_at > now)
            .values(state="accepted", accepted_at=now, leg_sid=said.leg_sid)
            .returning(reservations)
        ).first()
        connected = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == said.inquiry, inquiries.c.state == "connected")
            .values(step=said.step)
            .returning(inquiries.c.id)
        ).first()
        if won is None or connected is None:
            raise Refused("the offer is no longer pending")
        file(tx, said.letter, row.practice_id, said.inquiry, now)
        left = leave_first(tx, row, taking.release, now)
        previous = hand_lead_over(tx, taking.book, row, ids, now)
        started(tx, won, ids("at"), now)
        announce(tx, row.practice_id, "transfer", row.id, now)
        return Handed(row.practice_id, row.lead_id, won.coordinator_id, won.fence, previous, left)


def leave_first(tx: Connection, row: Row[Any], release: Move, now: datetime) -> Ended | None:
    """Her attempt ended as ``transferred``; after a warm transfer she stays until she leaves."""
    offer = (reservations.c.inquiry_id == row.inquiry_id) & (reservations.c.step == row.first_step)
    mine = tx.execute(select(reservations.c.id, reservations.c.leg_sid).where(offer)).one()
    ended = close_talk(tx, Talk(row.inquiry_id, row.first_step, None, "unknown"), now) if row.mode == "cold" else None
    if ended:
        planned(tx, replace(release, call_sid=mine.leg_sid), now)
    tx.execute(update(attempts).where(attempts.c.reservation_id == mine.id).values(result="transferred"))
    return ended


def hand_lead_over(tx: Connection, book: Book, row: Row[Any], ids: NewId, now: datetime) -> str:
    """The previous owner. A category that another open lead of the person has stays with that one."""
    lead = tx.execute(select(leads).where(leads.c.id == row.lead_id).with_for_update()).one()
    given = Assignment(
        ids("as"), row.practice_id, row.lead_id, row.target, row.queue, row.reason, lead.owner_id, False, row.made_by
    )
    hand_over(tx, given, now)
    other = tx.execute(
        select(leads.c.id)
        .where(leads.c.practice_id == row.practice_id, leads.c.person_id == lead.person_id)
        .where(leads.c.category == row.category, leads.c.closed_at.is_(None), leads.c.id != lead.id)
    ).first()
    wanted = {"category": row.category if other is None else None, "payer": row.payer, "location": row.location}
    changed = {name: value for name, value in wanted.items() if value}
    tx.execute(update(leads).where(leads.c.id == lead.id).values(queue=row.queue, **changed))
    category = book.categories.get(changed.get("category", lead.category))
    due_at = now + (timedelta(seconds=category.response_target_s) if category else FOLLOW_UP)
    owed = Promise(ids("tk"), "review", row.target, row.reason, due_at, row.queue)
    promise(tx, row.practice_id, row.lead_id, row.inquiry_id, owed, now)
    audited(
        tx,
        row.practice_id,
        now,
        row.made_by,
        "transfer",
        row.lead_id,
        before=row.first,
        after=row.target,
        reason=row.reason,
    )
    announce(tx, row.practice_id, "lead", row.lead_id, now)
    return str(lead.owner_id)


def started(tx: Connection, won: Row[Any], attempt: str, now: datetime) -> None:
    tx.execute(
        insert(attempts),
        {
            "id": attempt,
            "practice_id": won.practice_id,
            "lead_id": won.lead_id,
            "inquiry_id": won.inquiry_id,
            "reservation_id": won.id,
            "coordinator_id": won.coordinator_id,
            "channel": "call",
            "direction": "inbound",
            "is_human": True,
            "started_at": now,
        },
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """A transfer that came to nothing. ``moves`` are where legs go now, ``owed`` what a caller who left is owed."""

    at: Standing
    code: str
    settled_as: Unsettled
    moves: tuple[Move, ...] = ()
    owed: Promise | None = None


def stay(db: Database, ending: Ending, now: datetime) -> bool:
    """The bridge was never touched, or the caller has left."""
    with db.writing() as tx:
        won = ended(tx, ending, {"state": "failed", "settled_at": now}, now)
        if won and ending.owed:
            row = ending.at.row
            promise_once(tx, row.practice_id, row.lead_id, row.inquiry_id, ending.owed, now)
        return won


def give_back(db: Database, ending: Ending, now: datetime) -> bool:
    """The first coordinator's leg is sent for the caller; settled when it arrives."""
    with db.writing() as tx:
        return ended(tx, ending, {"state": "returning", "move_id": ending.moves[0].id}, now)


def to_line(db: Database, ending: Ending, now: datetime) -> bool:
    """Nobody has her: she waits with her old key, so that she is next."""
    row = ending.at.row
    with db.writing() as tx:
        waits = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == row.inquiry_id, inquiries.c.state == "connected")
            .values(state="waiting", step=max(row.target_step, row.first_step))
            .returning(inquiries.c.id)
        ).first()
        return waits is not None and ended(tx, ending, {"state": "failed", "settled_at": now}, now)


def ended(tx: Connection, ending: Ending, values: dict[str, Any], now: datetime) -> bool:
    """False when the transfer went another way meanwhile. An accept that is complete keeps its state."""
    row = ending.at.row
    mine = (transfers.c.id == row.id) & (transfers.c.state == row.state)
    kept = {} if row.settled_at else values
    won = tx.execute(update(transfers).where(mine).values(code=row.code or ending.code, **kept)).rowcount == 1
    if not won:
        return False
    settle_offer(tx, row.inquiry_id, row.target_step, ending.settled_as, now)
    for move in ending.moves:
        planned(tx, move, now)
    announce(tx, row.practice_id, "transfer", row.id, now)
    return True
