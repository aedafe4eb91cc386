"""How an invitation ends: the guest is in with all that goes with it, did not come, or has left again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.call.moves import Move
from routing.state.call.talks import WRAP_UP, Ended, Talk, close_talk
from routing.state.conference.conferences import current
from routing.state.conference.guests import BEFORE_ENTRY
from routing.state.conference.holds import current as hold_of
from routing.state.conference.holds import resume
from routing.state.conference.transfer_ends import started
from routing.state.conference.transfers import planned
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.ledger import NewId, Promise, Settled, announce, promise
from routing.state.ledger import settle as settle_offer
from routing.state.tables import attempts, guests, inquiries, outcomes, reservations

FOLLOW_UP = timedelta(hours=24)
"""By then the practice is to know what became of whom it referred elsewhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The guest pressed the key on call ``sid``. ``resume`` takes the caller off hold, ``release`` lets the first
    coordinator's leg go after a cold handover."""

    inquiry: str
    number: int
    sid: str
    letter: Letter
    resume: Move
    release: Move


@dataclass(frozen=True, slots=True)
class Entered:
    """``fence`` is that of her reservation, if she has one; ``left`` the first coordinator's talk, if it is over."""

    practice: str
    who: str
    fence: int | None
    left: Ended | None


def enter(db: Database, entry: Entry, ids: NewId, now: datetime) -> Entered:
    """Seat, reservation, attempt, follow-up task and audit in one transaction.

    :raises Refused: when the caller has left, it is too late, or she is on another live call.
    """
    with db.writing() as tx:
        mine = (guests.c.inquiry_id == entry.inquiry) & (guests.c.number == entry.number)
        row = tx.execute(
            update(guests)
            .where(mine, guests.c.state.in_(BEFORE_ENTRY), guests.c.until > now)
            .values(state="in", joined_at=now, sid=entry.sid)
            .returning(guests)
        ).first()
        conference = current(tx, entry.inquiry)
        call = tx.execute(select(inquiries.c.state).where(inquiries.c.id == entry.inquiry)).scalar_one()
        if row is None or conference is None or conference.id != row.conference_id or call != "connected":
            raise Refused("nobody is waiting for her")
        fence = taken(tx, row, entry.sid, ids, now)
        file(tx, entry.letter, row.practice_id, entry.inquiry, now)
        audited(tx, row.practice_id, now, row.made_by, JOINED[row.role], entry.inquiry, after=named(row))
        left = handed_over(tx, row, entry, ids, now) if row.role == "handover" else None
        announce(tx, row.practice_id, "call", entry.inquiry, now)
        return Entered(row.practice_id, row.who, fence, left)


JOINED = {"third": "join", "handover": "referral", "supervisor": "listen"}


def named(row: Row[Any]) -> str:
    who = row.who if row.kind == "coordinator" else f"{row.kind}:{row.who}".rstrip(":")
    return f"{who} {row.mode}" if row.role == "supervisor" else who


def taken(tx: Connection, row: Row[Any], sid: str, ids: NewId, now: datetime) -> int | None:
    if row.offer_step is None:
        return None
    won = tx.execute(
        update(reservations)
        .where(reservations.c.inquiry_id == row.inquiry_id, reservations.c.step == row.offer_step)
        .where(reservations.c.state == "pending", reservations.c.expires_at > now)
        .values(state="accepted", accepted_at=now, leg_sid=sid)
        .returning(reservations)
    ).first()
    if won is None:
        raise Refused("the offer is no longer pending")
    if row.role == "third":
        started(tx, won, ids("at"), now)
    return int(won.fence)


def handed_over(tx: Connection, row: Row[Any], entry: Entry, ids: NewId, now: datetime) -> Ended | None:
    """The owner of the lead stays; the named coordinator of the practice follows the referral up."""
    hold = hold_of(tx, row.inquiry_id)
    if hold is not None:
        resume(tx, hold, entry.resume, "answered", now)
    offer = (reservations.c.inquiry_id == row.inquiry_id) & (reservations.c.step == row.first_step)
    first = tx.execute(select(reservations).where(offer)).one()
    ended = close_talk(tx, Talk(row.inquiry_id, row.first_step, None, "unknown"), now) if row.mode == "cold" else None
    if ended:
        planned(tx, entry.release, now)
    tx.execute(update(attempts).where(attempts.c.reservation_id == first.id).values(result="referred"))
    owed = Promise(ids("tk"), "review", row.owner_id, row.reason, now + FOLLOW_UP, first.queue)
    promise(tx, row.practice_id, row.lead_id, row.inquiry_id, owed, now)
    outcome = {"id": ids("oc"), "practice_id": row.practice_id, "lead_id": row.lead_id, "code": "referred", "at": now}
    tx.execute(insert(outcomes), {**outcome, "recorded_by": row.made_by})
    audited(
        tx,
        row.practice_id,
        now,
        row.made_by,
        "referral",
        row.lead_id,
        before=row.first,
        after=named(row),
        reason=row.reason,
    )
    announce(tx, row.practice_id, "lead", row.lead_id, now)
    return ended


@dataclass(frozen=True, slots=True)
class Absence:
    """``settled_as`` is what becomes of her reservation. ``silence`` ends her phone's ringing, ``resume`` is for the
    caller who was held for her."""

    row: Row[Any]
    code: str
    settled_as: Settled
    silence: Move | None
    resume: Move


def failed(db: Database, gone: Absence, now: datetime) -> bool:
    """She did not come; False when it was settled otherwise meanwhile."""
    row = gone.row
    with db.writing() as tx:
        mine = (guests.c.id == row.id) & guests.c.state.in_(BEFORE_ENTRY)
        ended = {"state": "failed", "settled_at": now, "code": func.coalesce(guests.c.code, gone.code)}
        if tx.execute(update(guests).where(mine).values(**ended)).rowcount == 0:
            return False
        if row.offer_step is not None:
            settle_offer(tx, row.inquiry_id, row.offer_step, gone.settled_as, now)
        if gone.silence:
            planned(tx, gone.silence, now)
        hold = hold_of(tx, row.inquiry_id) if row.role == "handover" else None
        if hold is not None and current(tx, row.inquiry_id) is not None:
            resume(tx, hold, gone.resume, "refused", now)
        announce(tx, row.practice_id, "call", row.inquiry_id, now)
        return True


@dataclass(frozen=True, slots=True)
class Gone:
    """Of a coordinator: until when her wrap-up lasts. A supervisor who listened has none."""

    practice: str
    coordinator: str
    fence: int
    wrap_until: datetime


def left(db: Database, row: Row[Any], now: datetime, silence: Move | None = None) -> Gone | None:
    """She was in and is not any more, whichever report comes first. None for who had no reservation."""
    with db.writing() as tx:
        mine = (guests.c.id == row.id) & (guests.c.state == "in")
        if tx.execute(update(guests).where(mine).values(state="left", settled_at=now)).rowcount == 0:
            return None
        if silence:
            planned(tx, silence, now)
        if row.role == "supervisor":
            audited(tx, row.practice_id, now, row.made_by, "listen_ended", row.inquiry_id, before=named(row))
        announce(tx, row.practice_id, "call", row.inquiry_id, now)
        if row.offer_step is None:
            return None
        if row.role == "supervisor":
            return dismissed(tx, row, now)
        ended = close_talk(tx, Talk(row.inquiry_id, row.offer_step, None, "unknown"), now)
        return Gone(ended.practice, ended.coordinator, ended.fence, now + WRAP_UP) if ended else None


def dismissed(tx: Connection, row: Row[Any], now: datetime) -> Gone | None:
    """Who only listened is free at once."""
    mine = (reservations.c.inquiry_id == row.inquiry_id) & (reservations.c.step == row.offer_step)
    over = {"state": "completed", "settled_at": now, "wrap_until": now}
    won = tx.execute(
        update(reservations)
        .where(mine, reservations.c.state == "accepted")
        .values(**over)
        .returning(reservations.c.practice_id, reservations.c.coordinator_id, reservations.c.fence)
    ).first()
    return Gone(won.practice_id, won.coordinator_id, won.fence, now) if won else None
