"""What the two legs of a callback report: the coordinator's phone, her key, then the person's own phone. Reports come
in any order and any number of times; whichever comes first counts."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from routing.rules.book import Book
from routing.state.call.offers import Taken
from routing.state.call.rings import Freed
from routing.state.callback.bars import Bar, bar, number_of
from routing.state.callback.dials import end
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.lead.covers import cover, is_covered
from routing.state.leases import UNANSWERED
from routing.state.ledger import Assignment, NewId, announce, hand_over
from routing.state.tables import attempts, callbacks, dials, leads, reservations

REACHED = ("ringing", "in-progress", "answered", "completed", "busy", "no-answer")
"""Statuses of the person's leg that are a human attempt (routing-semantics section 13)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A dial with its callback, and how its offer stands."""

    dial: Row[Any]
    callback: Row[Any]
    offer: str

    @property
    def is_wanted(self) -> bool:
        return self.offer == "pending" and self.callback.state == "dialling" and self.dial.settled_at is None


def seen(db: Database, inquiry: str, step: int) -> Seen | None:
    with db.reading() as tx:
        return look(tx, inquiry, step)


def hold(tx: Connection, inquiry: str, step: int) -> Seen | None:
    """The same for whoever is about to change it: copies of a webhook wait here for each other."""
    tx.execute(select(dials.c.id).where(of(inquiry, step)).with_for_update())
    return look(tx, inquiry, step)


def look(tx: Connection, inquiry: str, step: int) -> Seen | None:
    dial = tx.execute(select(dials).where(of(inquiry, step))).first()
    if dial is None:
        return None
    row = tx.execute(select(callbacks).where(callbacks.c.id == dial.callback_id)).one()
    offer = tx.execute(select(reservations.c.state).where(reservations.c.id == dial.reservation_id)).scalar_one()
    return Seen(dial, row, offer)


def of(inquiry: str, step: int) -> ColumnElement[bool]:
    return (dials.c.inquiry_id == inquiry) & (dials.c.step == step)


def heard_of(tx: Connection, inquiry: str, step: int, sid: str) -> None:
    """Her leg is there, whatever became of the answer to the request (F28)."""
    tx.execute(update(dials).where(of(inquiry, step), dials.c.sid.is_(None)).values(sid=sid))
    there = update(dials).where(of(inquiry, step), dials.c.state.in_(UNANSWERED), dials.c.settled_at.is_(None))
    tx.execute(there.values(state="created", lease_until=None))


def reached(db: Database, inquiry: str, step: int, sid: str) -> None:
    with db.writing() as tx:
        heard_of(tx, inquiry, step, sid)


def picked_up(db: Database, inquiry: str, step: int, sid: str, now: datetime) -> None:
    with db.writing() as tx:
        heard_of(tx, inquiry, step, sid)
        tx.execute(update(dials).where(of(inquiry, step), dials.c.answered_at.is_(None)).values(answered_at=now))


def unanswered(db: Database, inquiry: str, step: int, how: tuple[Any, str], now: datetime) -> Freed | None:
    """She refused, or her leg ended before the key. ``how`` is what becomes of the offer, and why."""
    with db.writing() as tx:
        row = tx.execute(select(dials).where(of(inquiry, step), dials.c.settled_at.is_(None)).with_for_update()).first()
        if row is None or row.state == "accepted":
            return None
        return end(tx, row, ("rescinded", row.code) if row.state == "dropped" else how, now)


@dataclass(frozen=True, slots=True)
class Key:
    """She pressed the key on leg ``sid``; ``covering`` as for any accept."""

    inquiry: str
    step: int
    sid: str
    letter: Letter
    covering: Set[str]


@dataclass(frozen=True, slots=True)
class Barred:
    """She may not be dialled (any more); ``freed`` is the coordinator who had taken it."""

    why: Bar
    freed: Freed | None


def accept(db: Database, book: Book, key: Key, ids: NewId, now: datetime) -> Taken | Barred:
    """Who accepts owns. It is asked again whether the person may be dialled.

    :raises Refused: when the offer has ended, or a copy was first.
    """
    with db.writing() as tx:
        at = hold(tx, key.inquiry, key.step)
        if at is None or not at.is_wanted:
            raise Refused("the callback is no longer wanted")
        heard_of(tx, key.inquiry, key.step, key.sid)
        why = bar(tx, db.vault, book, at.callback, max(now, at.callback.due_at))
        if why:
            return Barred(why, end(tx, at.dial, ("canceled", why.code), now, why))
        won = tx.execute(
            update(reservations)
            .where(reservations.c.id == at.dial.reservation_id, reservations.c.state == "pending")
            .where(reservations.c.expires_at > now)
            .values(state="accepted", accepted_at=now, leg_sid=key.sid, leg_answered_at=at.dial.answered_at)
            .returning(reservations)
        ).first()
        if won is None:
            raise Refused("the offer is no longer pending")
        file(tx, key.letter, won.practice_id, key.inquiry, now)
        tx.execute(update(dials).where(dials.c.id == at.dial.id).values(state="accepted", lease_until=None))
        return owned(tx, won, key.covering, ids, now)


def owned(tx: Connection, won: Row[Any], covering: Set[str], ids: NewId, now: datetime) -> Taken:
    owner = tx.execute(select(leads.c.owner_id).where(leads.c.id == won.lead_id)).scalar_one()
    given = Assignment(ids("as"), won.practice_id, won.lead_id, won.coordinator_id, won.queue, "callback", owner, False)
    if is_covered(tx, won, owner, covering):
        cover(tx, won, owner, ids, now)
    elif owner != won.coordinator_id:
        hand_over(tx, given, now)
    announce(tx, won.practice_id, "lead", won.lead_id, now)
    return Taken(won.practice_id, won.lead_id, won.coordinator_id, won.fence, owner)


@dataclass(frozen=True, slots=True)
class Connect:
    """Dial this number now, showing that one."""

    number: str
    shown: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """She chose a time, which is in so many seconds."""

    seconds: int


def ring_lead(
    db: Database, book: Book, at: tuple[str, int], ids: NewId, now: datetime
) -> Connect | NotYet | Barred | None:
    """The person's own phone is rung now: an attempt begins. Asked again it is said again, until her leg has reported.
    None when there is nothing to connect."""
    with db.writing() as tx:
        found = hold(tx, *at)
        if found is None or found.dial.state != "accepted" or found.dial.settled_at or found.dial.lead_status:
            return None
        if found.callback.kind == "time" and found.callback.due_at > now and found.dial.attempt_id is None:
            return NotYet(max(1, int((found.callback.due_at - now).total_seconds())))
        if found.dial.attempt_id is None:
            why = bar(tx, db.vault, book, found.callback, now)
            if why:
                return Barred(why, let_go(tx, found, why, now))
            begin_attempt(tx, found, ids("at"), now)
        number = number_of(tx, db.vault, found.callback)
        return Connect(number, found.dial.shown) if number else None


def let_go(tx: Connection, found: Seen, why: Bar, now: datetime) -> Freed | None:
    """The coordinator has taken it in vain."""
    accepted = update(reservations).where(reservations.c.id == found.dial.reservation_id)
    tx.execute(accepted.where(reservations.c.state == "accepted").values(state="pending", accepted_at=None))
    return end(tx, found.dial, ("canceled", why.code), now, why)


def begin_attempt(tx: Connection, found: Seen, attempt: str, now: datetime) -> None:
    dial, row = found.dial, found.callback
    tx.execute(
        insert(attempts),
        {
            "id": attempt,
            "practice_id": row.practice_id,
            "lead_id": row.lead_id,
            "inquiry_id": row.inquiry_id,
            "reservation_id": dial.reservation_id,
            "coordinator_id": dial.coordinator_id,
            "channel": "call",
            "direction": "outbound",
            "is_human": False,
            "started_at": now,
        },
    )
    tx.execute(update(dials).where(dials.c.id == dial.id).values(attempt_id=attempt))
    tx.execute(update(callbacks).where(callbacks.c.id == row.id, callbacks.c.first_at.is_(None)).values(first_at=now))


@dataclass(frozen=True, slots=True)
class LeadLeg:
    """What the person's own leg reports."""

    inquiry: str
    step: int
    sid: str
    status: str


def lead_news(db: Database, leg: LeadLeg, now: datetime) -> None:
    """From the ring on it is a human attempt, and the response clock stops at its beginning."""
    with db.writing() as tx:
        dial = tx.execute(select(dials).where(of(leg.inquiry, leg.step)).with_for_update()).first()
        if dial is None or dial.attempt_id is None:
            return
        told: dict[str, Any] = {"lead_sid": leg.sid}
        if dial.lead_status not in ("in-progress", "completed"):
            told["lead_status"] = leg.status
        if leg.status in ("in-progress", "answered") and dial.lead_answered_at is None:
            told["lead_answered_at"] = now
        tx.execute(update(dials).where(dials.c.id == dial.id).values(**told))
        if leg.status in REACHED:
            was_reached(tx, dial.attempt_id)


def was_reached(tx: Connection, attempt: str) -> None:
    made = tx.execute(update(attempts).where(attempts.c.id == attempt).values(is_human=True).returning(attempts)).one()
    lead = tx.execute(select(leads.c.status, leads.c.first_response_at).where(leads.c.id == made.lead_id)).one()
    changed: dict[str, Any] = {"status": "attempted"} if lead.status == "new" else {}
    changed |= {"first_response_at": made.started_at} if lead.first_response_at is None else {}
    if changed:
        tx.execute(update(leads).where(leads.c.id == made.lead_id).values(version=leads.c.version + 1, **changed))
