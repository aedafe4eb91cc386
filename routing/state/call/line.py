"""The waiting line: inquiries in their static order, oldest key first. The rows are the line itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.receipt import Decision
from routing.state.call.moves import Move, plan_move
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.leases import Ring
from routing.state.ledger import Offer, Promise, announce, promise, record_decision, reserve
from routing.state.tables import attempts, inquiries, reservations

Exit = Literal["callback_chosen", "longest_wait", "queue_full", "failed", "key_other"]
"""How somebody leaves the line without a talk (routing-semantics section 9)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    id: str
    practice: str
    sid: str
    account: str
    waiting_key: int


def line(tx: Connection, practice: str, most: int) -> tuple[Waiting, ...]:
    """Who waits, next first."""
    rows = tx.execute(
        select(inquiries.c.id, inquiries.c.practice_id, inquiries.c.sid, inquiries.c.account, inquiries.c.waiting_key)
        .where(inquiries.c.practice_id == practice, inquiries.c.state == "waiting")
        .order_by(inquiries.c.waiting_key, inquiries.c.id)
        .limit(most)
    )
    return tuple(Waiting(*row) for row in rows)


def callers_ahead(tx: Connection, practice: str, waiting_key: int, inquiry: str, most: int) -> tuple[str, ...]:
    """Inquiries that wait and come before this one, next first."""
    rows = select(inquiries.c.id).where(ahead(practice, waiting_key, inquiry))
    return tuple(tx.execute(rows.order_by(inquiries.c.waiting_key, inquiries.c.id).limit(most)).scalars())


def practices_waiting(db: Database) -> tuple[str, ...]:
    with db.reading() as tx:
        found = select(inquiries.c.practice_id).where(inquiries.c.state == "waiting").distinct()
        return tuple(tx.execute(found).scalars())


def ahead(practice: str, waiting_key: int, inquiry: str) -> ColumnElement[bool]:
    earlier = inquiries.c.waiting_key < waiting_key
    tied = (inquiries.c.waiting_key == waiting_key) & (inquiries.c.id < inquiry)
    return (inquiries.c.practice_id == practice) & (inquiries.c.state == "waiting") & (earlier | tied)


def position(tx: Connection, practice: str, waiting_key: int, inquiry: str) -> int:
    """1 is next."""
    return 1 + int(tx.execute(select(func.count()).where(ahead(practice, waiting_key, inquiry))).scalar_one())


def mean_talk_s(tx: Connection, practice: str, queue: str, now: datetime) -> float | None:
    """Of the last day's talks in the queue; None without any."""
    found = tx.execute(
        select(func.avg(attempts.c.talk_s))
        .join(reservations, reservations.c.id == attempts.c.reservation_id)
        .where(attempts.c.practice_id == practice, reservations.c.queue == queue)
        .where(attempts.c.started_at > now - timedelta(days=1), attempts.c.talk_s > 0)
    ).scalar_one_or_none()
    return float(found) if found is not None else None


@dataclass(frozen=True, slots=True)
class CallUp:
    """A waiting caller is offered to somebody who came free; ``move`` sends her call there."""

    book: Book
    decision: Decision
    step: int
    offer: Offer
    move: Move


def call_up(db: Database, up: CallUp, now: datetime) -> Ring:
    """The bell of the move. :raises Refused: when she has left, was served, or the coordinator has another offer."""
    with db.writing() as tx:
        inquiry = up.decision.inquiry.id
        moved = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == inquiry, inquiries.c.state == "waiting", inquiries.c.step == up.step)
            .values(state="offered", step=up.offer.step)
            .returning(inquiries.c.id)
        ).first()
        if moved is None:
            raise Refused("the inquiry no longer waits")
        record_decision(tx, up.book, up.decision)
        reserve(tx, up.book.practice, inquiry, up.decision.lead, up.offer, now)
        announce(tx, up.book.practice, "lead", up.decision.lead, now)
        return plan_move(tx, up.move, now)


@dataclass(frozen=True, slots=True)
class Leaving:
    """``owed`` is what somebody promises; the place is kept by the inquiry's effective start."""

    inquiry: str
    exit: Exit
    owed: Promise
    letter: Letter


def leave(db: Database, gone: Leaving, now: datetime) -> bool:
    """Out of the line by choice or because it took too long, once; False when she was served or had left before."""
    with db.writing() as tx:
        file(tx, gone.letter, None, gone.inquiry, now)
        left = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == gone.inquiry, inquiries.c.state == "waiting")
            .values(state="promised", outcome=gone.exit)
            .returning(inquiries.c.practice_id, inquiries.c.lead_id)
        ).first()
        if left is None:
            return False
        promise(tx, left.practice_id, left.lead_id, gone.inquiry, gone.owed, now)
        announce(tx, left.practice_id, "lead", left.lead_id, now)
        return True
