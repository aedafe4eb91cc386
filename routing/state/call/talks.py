"""How a call ends: the talk is over, or the caller left before anybody had her."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, case, func, select, update

from routing.state.call.moves import withdraw
from routing.state.call.rings import Freed, has_no_seat
from routing.state.conference.holds import hold_s
from routing.state.database import Database
from routing.state.inbox import Letter, file
from routing.state.ledger import CONTACT_TALK_S, Promise, announce, contacted, lock_call, promise
from routing.state.tables import attempts, inquiries, reservations, tasks

WRAP_UP = timedelta(seconds=120)


Caller = Literal["waits", "gone", "unknown"]


@dataclass(frozen=True, slots=True)
class Talk:
    """The coordinator's leg is over. ``talk_s`` as the provider reports it, None if it did not say. ``caller`` is
    ``unknown`` to the leg's own report; her own reports then say what becomes of the inquiry. ``owed`` is the task that
    a talk too short to count leaves behind."""

    inquiry: str
    step: int
    talk_s: int | None
    caller: Caller
    owed: Promise | None = None
    follow_up: Promise | None = None
    """What another than the one who talked owes her then."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What was ended: the reservation's coordinator and fence, and until when the wrap-up lasts."""

    practice: str
    lead: str
    coordinator: str
    fence: int
    wrap_until: datetime


def talk_over(db: Database, talk: Talk, now: datetime) -> Ended | None:
    """Closes the talk once, whichever webhook reports it first; None when it was closed before or never connected.
    Whatever closed it, a caller who still waits after a talk too short to count is offered again."""
    with db.writing() as tx:
        lock_call(tx, talk.inquiry)
        ended = close_talk(tx, talk, now)
        if talk.caller != "unknown":
            close_inquiry(tx, talk, now)
        return ended


def close_talk(tx: Connection, talk: Talk, now: datetime) -> Ended | None:
    won = tx.execute(
        update(reservations)
        .where(reservations.c.inquiry_id == talk.inquiry, reservations.c.step == talk.step)
        .where(reservations.c.state == "accepted")
        .values(state="wrapping", settled_at=now, wrap_until=now + WRAP_UP)
        .returning(reservations)
    ).first()
    if won is None:
        return None
    held_s = hold_s(tx, talk.inquiry, talk.step, now)
    talk_s = 0 if has_no_seat(tx, won.id) else max(0, talked_s(won, talk.talk_s, now) - held_s)
    tx.execute(
        update(attempts)
        .where(attempts.c.reservation_id == won.id)
        .values(ended_at=now, talk_s=talk_s, hold_s=held_s, result=func.coalesce(attempts.c.result, "answered"))
    )
    if talk_s >= CONTACT_TALK_S:
        contacted(tx, won.lead_id, now, won.accepted_at)
        if talk.follow_up:
            promise(tx, won.practice_id, won.lead_id, talk.inquiry, talk.follow_up, now)
    announce(tx, won.practice_id, "lead", won.lead_id, now)
    return Ended(won.practice_id, won.lead_id, won.coordinator_id, won.fence, now + WRAP_UP)


def talked_s(offer: Row[Any], reported: int | None, now: datetime) -> int:
    """The provider counts from the leg's answer, so the whisper is taken off again. Where it did not say, or its report
    of the answer was lost, the time since the key was pressed counts."""
    elapsed = int((now - offer.accepted_at).total_seconds())
    if reported is None or offer.leg_answered_at is None:
        return elapsed if reported is None else min(reported, elapsed)
    whisper_s = max(0, int((offer.accepted_at - offer.leg_answered_at).total_seconds()))
    return max(0, reported - whisper_s)


def leg_answered(db: Database, inquiry: str, step: int, now: datetime) -> None:
    """The coordinator's phone was picked up; only the first report counts."""
    with db.writing() as tx:
        tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == inquiry, reservations.c.step == step)
            .where(reservations.c.leg_answered_at.is_(None), reservations.c.state.in_(("pending", "accepted")))
            .values(leg_answered_at=now)
        )


def close_inquiry(tx: Connection, talk: Talk, now: datetime) -> None:
    """A talk too short to count goes on with the next coordinator, or leaves a callback behind."""
    talked = tx.execute(
        select(attempts.c.talk_s, attempts.c.lead_id, attempts.c.practice_id)
        .join(reservations, reservations.c.id == attempts.c.reservation_id)
        .where(reservations.c.inquiry_id == talk.inquiry, reservations.c.step == talk.step)
    ).first()
    cut_short = talked is not None and (talked.talk_s or 0) < CONTACT_TALK_S
    again = cut_short and talk.caller == "waits"
    over = {"state": "ended", "ended_at": now, "outcome": "answered"}
    moved = tx.execute(
        update(inquiries)
        .where(inquiries.c.id == talk.inquiry, inquiries.c.state == "connected")
        .values(**({"state": "offered"} if again else over))
        .returning(inquiries.c.id)
    ).first()
    if moved and talked and cut_short and not again and talk.owed:
        promise_once(tx, talked.practice_id, talked.lead_id, talk.inquiry, talk.owed, now)


def promise_once(tx: Connection, practice: str, lead: str, inquiry: str, owed: Promise, now: datetime) -> None:
    """One open task of a lead is enough."""
    if tx.execute(select(tasks.c.id).where(tasks.c.lead_id == lead, tasks.c.state == "open")).first() is None:
        promise(tx, practice, lead, inquiry, owed, now)


GivenUp = Literal["abandoned", "short"]
SHORT_CALL = timedelta(seconds=10)
"""Whoever leaves earlier may have wanted somebody else."""


@dataclass(frozen=True, slots=True)
class Departure:
    """The caller hung up before anybody was connected."""

    inquiry: str
    outcome: GivenUp
    promise: Promise | None
    letter: Letter


@dataclass(frozen=True, slots=True)
class Left:
    """``freed`` are those who still had an offer: one, or as many as phones were ringing."""

    practice: str
    lead: str
    freed: tuple[Freed, ...]


def caller_left(db: Database, gone: Departure, now: datetime) -> Left | None:
    """None when the inquiry had ended or connected before; then only the letter is filed."""
    with db.writing() as tx:
        file(tx, gone.letter, None, gone.inquiry, now)
        ended = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == gone.inquiry, inquiries.c.state.in_(("asked", "offered", "waiting", "promised")))
            .where(inquiries.c.ended_at.is_(None))
            .values(
                state="ended",
                ended_at=now,
                outcome=case(
                    (inquiries.c.outcome.is_not(None), inquiries.c.outcome),
                    (inquiries.c.state == "promised", "promised"),
                    else_=gone.outcome,
                ),
            )
            .returning(inquiries)
        ).first()
        if ended is None:
            return None
        pending = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == gone.inquiry, reservations.c.state == "pending")
            .values(state="canceled", settled_at=now)
            .returning(reservations.c.practice_id, reservations.c.coordinator_id, reservations.c.fence)
        )
        freed = tuple(Freed(*row) for row in pending)
        withdraw(tx, gone.inquiry, now)
        if gone.promise:
            promise_once(tx, ended.practice_id, ended.lead_id, gone.inquiry, gone.promise, now)
        announce(tx, ended.practice_id, "lead", ended.lead_id, now)
        return Left(ended.practice_id, ended.lead_id, freed)
