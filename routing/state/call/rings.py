"""Phones that ring for a caller in the line: each a row, called once, reported by its own leg or by the answer to the
request. Each verb is one short transaction, and takes the inquiry's row before an offer's, that before a request's and
a ring's last, so that no two wait for each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.receipt import Decision
from routing.state.call.moves import arrived
from routing.state.database import Database, Refused
from routing.state.ledger import Offer, Settled, announce, record_decision, reserve
from routing.state.lookups import UNMADE
from routing.state.tables import inquiries, reservations, rings

RING_AGAIN = timedelta(seconds=2)
POSTED_BEFORE_END = timedelta(seconds=30)
"""Ring and whisper take so long: a call made later than that before the end of its offer could not be accepted."""
HEARD_WITHIN = timedelta(seconds=25)
"""Of a call that was asked for: its ring is over by then."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Whom an offer rings: ``url`` answers her leg, ``progress`` hears of it."""

    id: str
    offer: Offer
    number: str
    url: str
    progress: str


@dataclass(frozen=True, slots=True)
class Round:
    """Phones that begin to ring for a caller who waits; ``step`` is the one she was seen at."""

    book: Book
    decision: Decision
    step: int
    account: str
    phones: tuple[Phone, ...]


def ring(db: Database, begun: Round, now: datetime) -> None:
    """:raises Refused: when she has left or was served, or one of the coordinators has another offer."""
    practice, inquiry = begun.book.practice, begun.decision.inquiry.id
    with db.writing() as tx:
        seen = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == inquiry, inquiries.c.state == "waiting", inquiries.c.step == begun.step)
            .values(step=begun.phones[-1].offer.step)
            .returning(inquiries.c.tracking_number)
        ).first()
        if seen is None:
            raise Refused("the inquiry no longer waits")
        record_decision(tx, begun.book, begun.decision)
        for phone in begun.phones:
            reserve(tx, practice, inquiry, begun.decision.lead, phone.offer, now)
            row = {"shown": seen.tracking_number, "account": begun.account, "practice_id": practice}
            tx.execute(insert(rings), {**row, **columns(phone, inquiry, now)})
        announce(tx, practice, "lead", begun.decision.lead, now)


def columns(phone: Phone, inquiry: str, now: datetime) -> dict[str, object]:
    offer = phone.offer
    return {
        "id": phone.id,
        "inquiry_id": inquiry,
        "reservation_id": offer.id,
        "step": offer.step,
        "coordinator_id": offer.coordinator,
        "number": phone.number,
        "url": phone.url,
        "progress_url": phone.progress,
        "state": "new",
        "due_at": now,
        "until": offer.expires_at - POSTED_BEFORE_END,
        "ring": 0,
        "created_at": now,
    }


def due(db: Database, now: datetime) -> tuple[tuple[str, int], ...]:
    """Row and number of the ring, for phones that are to be called and were not rung for lately."""
    mine = (rings.c.state == "new") & (rings.c.due_at <= now) & rings.c.settled_at.is_(None) & (rings.c.until > now)
    with db.reading() as tx:
        ids = tx.execute(select(rings.c.id).where(mine).order_by(rings.c.created_at, rings.c.step)).scalars().all()
    if not ids:
        return ()
    with db.writing() as tx:
        rung = update(rings).where(mine, rings.c.id.in_(ids)).values(ring=rings.c.ring + 1, due_at=now + RING_AGAIN)
        numbers = {row.id: row.ring for row in tx.execute(rung.returning(rings.c.id, rings.c.ring))}
    return tuple((each, numbers[each]) for each in ids if each in numbers)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call as it is to be made."""

    ring: str
    account: str
    number: str
    shown: str
    url: str
    progress: str


def post(db: Database, ring: str, now: datetime) -> Wanted | None:
    """Committed right before the request, which is made once. None when it is not wanted any more, or was posted
    before."""
    stands = (
        select(reservations.c.id)
        .join(inquiries, inquiries.c.id == reservations.c.inquiry_id)
        .where(reservations.c.id == rings.c.reservation_id, reservations.c.state == "pending")
        .where(inquiries.c.state == "waiting")
        .correlate(rings)
    )
    with db.writing() as tx:
        row = tx.execute(
            update(rings)
            .where(rings.c.id == ring, rings.c.state == "new", rings.c.until > now, stands.exists())
            .values(state="posting", until=now + HEARD_WITHIN)
            .returning(rings)
        ).first()
    return None if row is None else Wanted(row.id, row.account, row.number, row.shown, row.url, row.progress_url)


def is_ringing(db: Database, ring: str, sid: str) -> None:
    """The answer to the request."""
    with db.writing() as tx:
        heard_of(tx, rings.c.id == ring, sid)


def heard_of(tx: Connection, which: ColumnElement[bool], sid: str) -> None:
    """The answer to the request or the leg's own report, whichever comes first."""
    tx.execute(update(rings).where(which, rings.c.sid.is_(None)).values(sid=sid))
    tx.execute(update(rings).where(which, rings.c.state == "posting").values(state="ringing"))


def not_posted(db: Database, ring: str, due_at: datetime) -> None:
    """Surely not acted on: it may be tried again, as long as there is time."""
    ends = select(reservations.c.expires_at).join(rings, rings.c.reservation_id == reservations.c.id)
    with db.writing() as tx:
        until = tx.execute(ends.where(rings.c.id == ring)).scalar_one() - POSTED_BEFORE_END
        mine = (rings.c.id == ring) & (rings.c.state == "posting")
        tx.execute(update(rings).where(mine).values(state="new", due_at=due_at, until=until))


@dataclass(frozen=True, slots=True)
class Freed:
    """Whose offer has ended just now."""

    practice: str
    coordinator: str
    fence: int


def unmade(db: Database, ring: str, code: str, now: datetime) -> Freed | None:
    """There will be no call; that is not her miss."""
    with db.writing() as tx:
        mine = (rings.c.id == ring) & rings.c.settled_at.is_(None)
        reservation = tx.execute(select(rings.c.reservation_id).where(mine)).scalar_one_or_none()
        who = freed(tx, reservations.c.id == reservation, "canceled", now)
        never = {"state": "over", "settled_at": now, "code": f"{UNMADE} {code}"}
        tx.execute(update(rings).where(mine).values(**never))
        return who


def freed(tx: Connection, which: ColumnElement[bool], state: Settled, now: datetime) -> Freed | None:
    row = tx.execute(
        update(reservations)
        .where(which, reservations.c.state == "pending")
        .values(state=state, settled_at=now)
        .returning(
            reservations.c.practice_id, reservations.c.lead_id, reservations.c.coordinator_id, reservations.c.fence
        )
    ).first()
    if row is None:
        return None
    announce(tx, row.practice_id, "lead", row.lead_id, now)
    return Freed(row.practice_id, row.coordinator_id, row.fence)


def reached(db: Database, inquiry: str, step: int, sid: str, now: datetime) -> None:
    """Her leg reports that it is there, whatever became of the answer to the request."""
    with db.writing() as tx:
        heard_of(tx, of(inquiry, step), sid)


def picked_up(db: Database, inquiry: str, step: int, sid: str, now: datetime) -> None:
    """She is on the line; a request to send her leg here has been carried out."""
    with db.writing() as tx:
        arrived(tx, sid, now)
        heard_of(tx, of(inquiry, step), sid)
        tx.execute(update(rings).where(of(inquiry, step), rings.c.answered_at.is_(None)).values(answered_at=now))


@dataclass(frozen=True, slots=True)
class LegOver:
    """``code`` is how her leg ended, ``settled_as`` what that makes of an offer that still stood."""

    inquiry: str
    step: int
    code: str
    settled_as: Settled


def over(db: Database, leg: LegOver, now: datetime) -> Freed | None:
    """None when the offer had ended before, or was accepted."""
    mine = (reservations.c.inquiry_id == leg.inquiry) & (reservations.c.step == leg.step)
    with db.writing() as tx:
        who = freed(tx, mine, leg.settled_as, now)
        tx.execute(update(rings).where(of(leg.inquiry, leg.step), rings.c.code.is_(None)).values(code=leg.code))
        return who


def of(inquiry: str, step: int) -> ColumnElement[bool]:
    return (rings.c.inquiry_id == inquiry) & (rings.c.step == step)


def sounding(tx: Connection, practice: str) -> Sequence[str]:
    """Whose phones ring for a caller whom somebody else has by now, or who has left."""
    open_ = and_(rings.c.practice_id == practice, rings.c.settled_at.is_(None), rings.c.code.is_(None))
    alive = or_(rings.c.sid.is_not(None), rings.c.state == "posting")
    ended = reservations.c.state.in_(("rescinded", "canceled", "timeout"))
    joined = select(rings.c.coordinator_id).join(reservations, reservations.c.id == rings.c.reservation_id)
    return tx.execute(joined.where(open_, alive, ended)).scalars().all()


def was_taken(tx: Connection, inquiry: str, step: int) -> bool:
    """Whether offer ``step`` was accepted on a phone that rang for a caller in the line."""
    return tx.execute(select(rings.c.id).where(of(inquiry, step), rings.c.state == "accepted")).first() is not None


def meets(tx: Connection, inquiry: str, step: int, now: datetime) -> None:
    """The caller is given her seat beside whoever took her."""
    tx.execute(update(rings).where(of(inquiry, step)).values(met_at=now))


def has_no_seat(tx: Connection, reservation: str) -> bool:
    """Somebody took her that way and sits alone: that is no talk, however long it lasts."""
    alone = (rings.c.reservation_id == reservation) & rings.c.met_at.is_(None)
    return tx.execute(select(rings.c.id).where(alone)).first() is not None


def has_met(tx: Connection, inquiry: str, step: int, since: datetime) -> bool:
    """Whether she was given her seat at ``since`` or later."""
    return tx.execute(select(rings.c.id).where(of(inquiry, step), rings.c.met_at >= since)).first() is not None
