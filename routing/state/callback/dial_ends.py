"""How a callback ends: nobody reached, a talk, or a message; and what follows from its outcome: nothing more, or
another attempt at its own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from routing.rules import cadences
from routing.rules.book import Book
from routing.rules.response import Result
from routing.rules.retrying import BestTime, Tried, cadence_of, next_call, next_message
from routing.state.call.talks import WRAP_UP, Ended
from routing.state.callback.callbacks import Asked, Owed, key_at, open_callback
from routing.state.callback.dial_legs import hold, was_reached
from routing.state.database import Database
from routing.state.ledger import CONTACT_TALK_S, NewId, Promise, announce, contacted, promise
from routing.state.tables import attempts, callbacks, dials, inquiries, leads, reservations, tasks
from routing.state.text.follow_ups import FollowUp, owe

NOTE = timedelta(seconds=10)
"""After a call that nobody answered the coordinator is free again at once."""
RESULTS: Mapping[str, Result] = MappingProxyType(
    {
        "completed": "answered",
        "answered": "answered",
        "in-progress": "answered",
        "busy": "busy",
        "no-answer": "no_answer",
        "failed": "failed",
        "canceled": "canceled",
        "ringing": "canceled",
        "initiated": "canceled",
    }
)
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {"no_answer": "no_response", "failed": "no_response", "canceled": "no_response", "cut_off": "no_response"}
)
"""What a result means to the cadence; any other by its own name."""
TALKED = ("talked", "scheduled", "answered")
HOPELESS = ("wrong_number", "declined")


@dataclass(frozen=True, slots=True)
class Over:
    """The person's leg, or the coordinator's, is over. ``status`` is the dial's, ``talk_s`` as the provider has it."""

    inquiry: str
    step: int
    status: str
    talk_s: int | None = None


def call_over(db: Database, over: Over, books: Mapping[str, Book], ids: NewId, now: datetime) -> Ended | None:
    """Once, whichever webhook reports it first; None when it was settled before."""
    with db.writing() as tx:
        at = hold(tx, over.inquiry, over.step)
        if at is None or at.dial.settled_at is not None or at.dial.state != "accepted":
            return None
        result = RESULTS.get(status_of(at.dial, over), "failed")
        talk_s = talked_s(at.dial, over, now) if result == "answered" else 0
        talked = result == "answered"
        if at.dial.attempt_id:
            close_attempt(tx, at.dial, (result, talk_s), now)
        won = wrap_up(tx, at.dial.reservation_id, now + (WRAP_UP if talked else NOTE), now)
        tx.execute(update(dials).where(dials.c.id == at.dial.id).values(state="over", settled_at=now, code=result))
        if talked:
            tx.execute(update(callbacks).where(callbacks.c.id == at.callback.id).values(state="talked"))
            announce(tx, at.callback.practice_id, "callback", at.callback.id, now)
        elif at.dial.attempt_id is None or (result == "canceled" and not was_rung(tx, at.dial)):
            # Her phone never rang, so this was no attempt of the cadence.
            again(tx, at.callback, now)
        else:
            conclude(tx, books[at.callback.practice_id], at.callback, Concluded(OUTCOMES.get(result, result), now), ids)
    return won


def status_of(dial: Row[Any], over: Over) -> str:
    """A person who picked up was reached, whatever the dial calls it then."""
    if dial.lead_answered_at is not None:
        return "completed"
    return over.status or dial.lead_status or "canceled"


def was_rung(tx: Connection, dial: Row[Any]) -> bool:
    """Her own phone, for at least a moment."""
    return bool(tx.execute(select(attempts.c.is_human).where(attempts.c.id == dial.attempt_id)).scalar_one())


def talked_s(dial: Row[Any], over: Over, now: datetime) -> int:
    if over.talk_s is not None:
        return over.talk_s
    return int((now - (dial.lead_answered_at or now)).total_seconds())


def close_attempt(tx: Connection, dial: Row[Any], told: tuple[Result, int], now: datetime) -> None:
    result, talk_s = told
    mine = (attempts.c.id == dial.attempt_id) & attempts.c.ended_at.is_(None)
    tx.execute(update(attempts).where(mine).values(ended_at=now, talk_s=talk_s, result=result))
    if result in ("answered", "busy", "no_answer"):
        was_reached(tx, dial.attempt_id)


def wrap_up(tx: Connection, reservation: str, until: datetime, now: datetime) -> Ended | None:
    mine = (reservations.c.id == reservation) & (reservations.c.state == "accepted")
    won = tx.execute(
        update(reservations)
        .where(mine)
        .values(state="wrapping", settled_at=now, wrap_until=until)
        .returning(reservations)
    ).first()
    return Ended(won.practice_id, won.lead_id, won.coordinator_id, won.fence, until) if won else None


def again(tx: Connection, row: Row[Any], now: datetime) -> None:
    mine = (callbacks.c.id == row.id) & (callbacks.c.state == "dialling")
    tx.execute(update(callbacks).where(mine).values(state="due"))
    announce(tx, row.practice_id, "callback", row.id, now)


@dataclass(frozen=True, slots=True)
class Concluded:
    """``outcome`` in the words of the cadence; the attempt ``began`` and was over ``at``."""

    outcome: str
    at: datetime
    began: datetime | None = None


def outcomes_told(db: Database, books: Mapping[str, Book], ids: NewId, now: datetime, most: int) -> int:
    """Callbacks with a talk whose wrap-up is over: what the coordinator said decides, or how long they talked."""
    wanted = (
        select(callbacks, attempts.c.result, attempts.c.talk_s, attempts.c.started_at, attempts.c.ended_at)
        .join(dials, dials.c.callback_id == callbacks.c.id)
        .join(attempts, attempts.c.id == dials.c.attempt_id)
        .join(reservations, reservations.c.id == dials.c.reservation_id)
        .where(callbacks.c.state == "talked", callbacks.c.settled_at.is_(None), reservations.c.state == "completed")
        .where(dials.c.code == "answered")
        .order_by(attempts.c.ended_at)
        .limit(most)
    )
    with db.reading() as tx:
        rows = tx.execute(wanted).all()
    for row in rows:
        told = OUTCOMES.get(row.result, row.result)
        if row.result == "answered" and (row.talk_s or 0) < CONTACT_TALK_S:
            told = "no_response"
        with db.writing() as tx:
            mine = (callbacks.c.id == row.id) & (callbacks.c.state == "talked")
            if tx.execute(select(callbacks.c.id).where(mine).with_for_update()).first():
                conclude(tx, books[row.practice_id], row, Concluded(told, row.ended_at, row.started_at), ids)
    return len(rows)


def conclude(tx: Connection, book: Book, row: Row[Any], made: Concluded, ids: NewId) -> None:
    """The promise is kept; what follows has a task and a row of its own."""
    now, contact = made.at, made.outcome in TALKED
    mine = (callbacks.c.id == row.id) & callbacks.c.settled_at.is_(None)
    state = "done" if contact else "tried"
    tx.execute(update(callbacks).where(mine).values(state=state, settled_at=now, code=made.outcome))
    kept = (tasks.c.id == row.task_id) & (tasks.c.state == "open")
    tx.execute(update(tasks).where(kept).values(state="done", closed_at=now))
    lead = tx.execute(select(leads).where(leads.c.id == row.lead_id)).one()
    if contact:
        contacted(tx, row.lead_id, now, made.began)
    elif lead.closed_at is None:
        follow(tx, book, (row, lead), made, ids)
    announce(tx, row.practice_id, "lead", row.lead_id, now)


def follow(tx: Connection, book: Book, of: tuple[Row[Any], Row[Any]], made: Concluded, ids: NewId) -> None:
    row, lead = of
    cadence = cadence_of(book.cadences.values(), lead.category)
    best = BestTime(row.best_from, row.best_until) if row.best_from is not None else None
    tried = Tried(row.attempt, row.first_at or made.at, made.at, made.outcome)
    due_at = next_call(cadence, tried, ZoneInfo(book.zone), best)
    message = next_message(cadence, made.outcome)
    if message:
        # Beside another call it is a reminder, and goes at once.
        way, wait_s = ("text", 0) if message.way == "call" else (message.way, message.wait_s)
        due = made.at + timedelta(seconds=wait_s)
        owed = Promise(ids("tk"), way, lead.owner_id, made.outcome, due, lead.queue)
        promise(tx, row.practice_id, row.lead_id, row.inquiry_id, owed, made.at)
        write_later(tx, row.practice_id, owed, message, made.at)
    if due_at is None:
        reason = made.outcome if made.outcome in HOPELESS else "attempts_made"
        owed = Promise(ids("tk"), "review", lead.owner_id, reason, made.at, lead.queue)
        promise(tx, row.practice_id, row.lead_id, row.inquiry_id, owed, made.at)
        return
    owed = Promise(ids("tk"), "callback", lead.owner_id, made.outcome, due_at, lead.queue)
    promise(tx, row.practice_id, row.lead_id, row.inquiry_id, owed, made.at)
    came = tx.execute(select(inquiries).where(inquiries.c.id == row.inquiry_id)).one()
    following = Owed(
        practice=row.practice_id,
        lead=row.lead_id,
        person=row.person_id,
        inquiry=row.inquiry_id,
        task=owed.id,
        kind="again",
        due_at=due_at,
        waiting_key=key_at(came.effective_start, came.waiting_key, due_at),
        asked=Asked(row.via, row.requested_at) if row.via else None,
        best=best,
        attempt=row.attempt + 1,
        first_at=row.first_at or made.at,
        number_index=row.number_index,
    )
    open_callback(tx, following, ids, made.at)


def write_later(tx: Connection, practice: str, owed: Promise, what: cadences.FollowUp, now: datetime) -> None:
    """By itself, if it may be then; the task is the promise."""
    if what.template and owed.kind in ("text", "email"):
        owe(tx, FollowUp(practice, owed.id, owed.kind, what.template, owed.due_at), now)
