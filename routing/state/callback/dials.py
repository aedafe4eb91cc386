"""Dials: a coordinator's phone is rung for a callback by one request, which is never repeated blindly. A row says how
far it has come: new, claimed, posting (committed right before the request), then created, or ambiguous until found."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from routing.rules.book import Book
from routing.rules.receipt import Decision
from routing.state.call.rings import Freed, freed
from routing.state.callback.bars import Bar, bar, number_of, put_off
from routing.state.database import Database, Refused
from routing.state.leases import AFTER_DEATH, RING_AGAIN, Holder, claiming, of_holder
from routing.state.ledger import Offer, Settled, announce, record_decision, reserve
from routing.state.tables import callbacks, dials, reservations, rings

POSTED_WITHIN = timedelta(seconds=25)
"""Ring, whisper and a search for a lost answer fit into what is left of the offer."""
GRACE_S = 35
"""The offer lasts so much longer than one in a call: a lost answer is looked for meanwhile."""
FIND_WITHIN = timedelta(seconds=45)
"""Of a request whose answer was lost: longer than the provider's list lags behind (F32)."""
LOOK_EVERY = timedelta(seconds=5)
UNSURE, LOOKS = timedelta(minutes=3), 6
"""While the provider cannot be asked, nobody dials again; after that, and so many questions, a person decides."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Whom a dial rings: ``url`` answers her leg, ``progress`` hears of it; ``shown`` is the campaign's number."""

    id: str
    offer: Offer
    account: str
    number: str
    shown: str
    url: str
    progress: str


@dataclass(frozen=True, slots=True)
class Begun:
    """``rules`` are those in force, ``book`` those the inquiry was planned with."""

    rules: Book
    book: Book
    decision: Decision
    callback: str
    at: datetime
    """When her phone would ring at the earliest."""
    phone: Phone


def begin(db: Database, new: Begun, now: datetime) -> Bar | None:
    """What keeps her from being dialled; then nothing but that is written.

    :raises Refused: when the callback is no longer due, her number is being dialled, or the coordinator has another
        offer.
    """
    practice, inquiry, lead = new.book.practice, new.decision.inquiry.id, new.decision.lead
    mine = (callbacks.c.id == new.callback) & (callbacks.c.state == "due") & callbacks.c.settled_at.is_(None)
    with db.writing() as tx:
        row = tx.execute(select(callbacks).where(mine).with_for_update()).first()
        if row is None:
            raise Refused("the callback is no longer due")
        why = bar(tx, db.vault, new.rules, row, new.at)
        if why:
            put_off(tx, row, why, now)
            return why
        tx.execute(update(callbacks).where(mine).values(state="dialling", code=None))
        record_decision(tx, new.book, new.decision)
        reserve(tx, practice, inquiry, lead, new.phone.offer, now)
        tx.execute(insert(dials), columns(new, now))
        announce(tx, practice, "callback", new.callback, now)
    return None


def columns(new: Begun, now: datetime) -> dict[str, object]:
    phone = new.phone
    return {
        "id": phone.id,
        "practice_id": new.book.practice,
        "callback_id": new.callback,
        "inquiry_id": new.decision.inquiry.id,
        "reservation_id": phone.offer.id,
        "step": phone.offer.step,
        "coordinator_id": phone.offer.coordinator,
        "account": phone.account,
        "number": phone.number,
        "shown": phone.shown,
        "url": phone.url,
        "progress_url": phone.progress,
        "state": "new",
        "fence": 0,
        "due_at": now,
        "until": now + POSTED_WITHIN,
        "ring": 1,
        "rung_at": now,
        "created_at": now,
    }


@dataclass(frozen=True, slots=True)
class Claim:
    """A dial in the hands of one job until its lease ends. ``looks_for`` is when the request was made whose answer was
    lost: then it is looked for and not made again. ``lead_number`` is whom the coordinator would be connected with."""

    id: str
    practice: str
    inquiry: str
    step: int
    account: str
    number: str
    shown: str
    url: str
    progress: str
    fence: int
    looks_for: datetime | None
    lead_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """A dial that is over before any request was made, or without one that was."""

    freed: Freed | None
    code: str


def claim(db: Database, book: Book, dial: str, now: datetime, by: Holder) -> Claim | Ended | None:
    """None when it is not due, over, or in somebody's hands. It is asked once more whether she may be dialled."""
    with db.writing() as tx:
        won = tx.execute(claiming(dials, dial, now, by)).first()
        if won is None:
            return None
        row = tx.execute(select(callbacks).where(callbacks.c.id == won.callback_id)).one()
        if won.state == "claimed":
            why = refusal(tx, db, book, (won, row), now)
            if why:
                return Ended(end(tx, won, ("canceled", why.code), now, why), why.code)
        number = number_of(tx, db.vault, row) or ""
    return Claim(
        id=won.id,
        practice=won.practice_id,
        inquiry=won.inquiry_id,
        step=won.step,
        account=won.account,
        number=won.number,
        shown=won.shown,
        url=won.url,
        progress=won.progress_url,
        fence=won.fence,
        looks_for=won.posted_at if won.state == "looking" else None,
        lead_number=number,
    )


def refusal(tx: Connection, db: Database, book: Book, of: tuple[Row[Any], Row[Any]], now: datetime) -> Bar | None:
    dial, row = of
    offer = select(reservations.c.state).where(reservations.c.id == dial.reservation_id)
    if tx.execute(offer).scalar_one() != "pending" or dial.until <= now:
        return Bar("too_late", "due")
    return bar(tx, db.vault, book, row, max(now, row.due_at))


def posting(db: Database, held: Claim, account: str, now: datetime) -> bool:
    """Committed right before the request by ``account``: from here on a lost answer is an ambiguous one. False when the
    claim is no longer ours or the dial is over, and no request may be made."""
    with db.writing() as tx:
        still = update(dials).where(of_holder(dials, held.id, held.fence), dials.c.state == "claimed")
        return tx.execute(still.values(state="posting", account=account, posted_at=now)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Created:
    sid: str


@dataclass(frozen=True, slots=True)
class Later:
    """Surely not acted on: to be tried again at ``at``."""

    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been acted on. ``is_listed``: the provider's list was read, and it was not there."""

    code: str
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """It will never work. ``bar`` where that is so for everybody's phone."""

    code: str
    bar: Bar | None = None


Outcome = Created | Later | Unknown | Rejected


def settle(db: Database, held: Claim, outcome: Outcome, now: datetime) -> Freed | None:
    """What her leg has reported meanwhile stands; the coordinator who is free again, if she is."""
    mine = of_holder(dials, held.id, held.fence) & dials.c.state.in_(tuple(AFTER_DEATH))
    with db.writing() as tx:
        row = tx.execute(select(dials).where(mine).with_for_update()).first()
        if row is None:
            return None
        match outcome:
            case Created(sid):
                created = {"state": "created", "sid": sid, "lease_until": None}
                tx.execute(update(dials).where(mine).values(**created))
            case Later(at, code):
                again = {"state": "new", "due_at": at, "rung_at": at - RING_AGAIN, "code": code, "lease_until": None}
                tx.execute(update(dials).where(mine).values(**again))
            case Unknown(code, is_listed):
                return not_found(tx, row, (code, is_listed), now)
            case Rejected(code, why):
                return end(tx, row, ("canceled", code), now, why)
    return None


def not_found(tx: Connection, row: Row[Any], told: tuple[str, bool], now: datetime) -> Freed | None:
    """Looked for again until it would be there; then it was never made, and is made once more, once."""
    code, is_listed = told
    since = now - row.posted_at
    if (is_listed and since >= FIND_WITHIN) or (since >= UNSURE and row.fence > LOOKS):
        return lost(tx, row, is_sure=is_listed, now=now)
    again = {"state": "ambiguous", "due_at": now + LOOK_EVERY, "rung_at": now + LOOK_EVERY - RING_AGAIN}
    tx.execute(update(dials).where(dials.c.id == row.id).values(**again, code=code, lease_until=None))
    return None


def lost(tx: Connection, row: Row[Any], *, is_sure: bool, now: datetime) -> Freed | None:
    counted = update(callbacks).where(callbacks.c.id == row.callback_id).values(lost=callbacks.c.lost + 1)
    times = tx.execute(counted.returning(callbacks.c.lost)).scalar_one()
    why = Bar("ambiguous", "due") if times < 2 and is_sure else Bar("ambiguous_twice", "person")
    return end(tx, row, ("rescinded", "never_made" if is_sure else "ambiguous"), now, why)


def end(
    tx: Connection, row: Row[Any], told: tuple[Settled, str], now: datetime, why: Bar | None = None
) -> Freed | None:
    """This phone is done with: its offer ends if it still stands, and the callback waits for the next, or as ``why``
    says."""
    settled, code = told
    over = {"state": "over", "settled_at": now, "code": code, "lease_until": None}
    done = update(dials).where(dials.c.id == row.id, dials.c.settled_at.is_(None)).values(**over)
    if tx.execute(done.returning(dials.c.id)).first() is None:
        return None
    mine = (callbacks.c.id == row.callback_id) & (callbacks.c.state == "dialling")
    tx.execute(update(callbacks).where(mine).values(state="due"))
    if why:
        put_off(tx, tx.execute(select(callbacks).where(callbacks.c.id == row.callback_id)).one(), why, now)
    else:
        announce(tx, row.practice_id, "callback", row.callback_id, now)
    return freed(tx, reservations.c.id == row.reservation_id, settled, now)


def practice_of(db: Database, dial: str) -> str | None:
    with db.reading() as tx:
        return tx.execute(select(dials.c.practice_id).where(dials.c.id == dial)).scalar_one_or_none()


def known_sids(db: Database, held: Claim) -> frozenset[str]:
    """Legs of other dials to the same phone, which the provider's list shows as well."""
    with db.reading() as tx:
        others = select(dials.c.sid).where(dials.c.number == held.number, dials.c.id != held.id)
        rung = select(rings.c.sid).where(rings.c.number == held.number)
        found = (*tx.execute(others).scalars(), *tx.execute(rung).scalars())
    return frozenset(sid for sid in found if sid)
