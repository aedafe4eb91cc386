"""How a call ends: the talk is over, or the caller left before anybody had her."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import case, select, update

from routing.state.database import Database
from routing.state.inbox import Letter, file
from routing.state.ledger import CONTACT_TALK_S, Promise, announce, contacted, promise
from routing.state.tables import attempts, inquiries, reservations, tasks

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
