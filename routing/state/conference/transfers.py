"""Transfers in the rows: asked for, on their way into the conference, ringing. Each verb is one short transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.receipt import Decision
from routing.rules.transferring import Mode
from routing.state.call.moves import Move, arrived, plan_move
from routing.state.database import Database, Refused
from routing.state.leases import RING_AGAIN
from routing.state.ledger import Offer, announce, record_decision, reserve
from routing.state.tables import guests, inquiries, moves, reservations, transfers

DESERTED = timedelta(seconds=5)
"""So long after the last talk her own report should have told what becomes of her."""
LONGEST_CALL = timedelta(hours=5)
"""The provider ends a call after four."""
BEFORE_ACCEPT = ("asked", "moving", "posting", "ringing")


@dataclass(frozen=True, slots=True)
class Leg:
    """What a transfer needs of a call: the accepted coordinator's leg, and the number the caller dialled."""

    coordinator_sid: str
    shown: str


def leg(tx: Connection, inquiry: str, step: int) -> Leg | None:
    """None unless somebody has the caller on a leg we know."""
    found = tx.execute(
        select(reservations.c.leg_sid, inquiries.c.tracking_number)
        .join(inquiries, inquiries.c.id == reservations.c.inquiry_id)
        .where(reservations.c.inquiry_id == inquiry, reservations.c.step == step)
        .where(reservations.c.state == "accepted", reservations.c.kind == "call", inquiries.c.state == "connected")
        .where(reservations.c.leg_sid.is_not(None), inquiries.c.tracking_number.is_not(None))
    ).first()
    return None if found is None else Leg(*found)


def is_open(tx: Connection, inquiry: str) -> bool:
    mine = (transfers.c.inquiry_id == inquiry) & transfers.c.settled_at.is_(None)
    return tx.execute(select(transfers.c.id).where(mine)).first() is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """``invite`` answers the target's phone, ``progress`` hears of it; ``number`` is hers. ``category``, ``payer`` and
    ``location`` are what the lead becomes with the accept."""

    id: str
    mode: Mode
    reason: str
    by: str
    first: str
    number: str
    invite: str
    progress: str
    category: str | None = None
    payer: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A transfer from offer ``step`` on to ``offer``; ``move`` takes the first coordinator's leg to the conference."""

    book: Book
    decision: Decision
    step: int
    wanted: Wanted
    offer: Offer
    move: Move


def ask(db: Database, asking: Asking, now: datetime) -> None:
    """The move is rung by the clock's next tick.

    :raises Refused: when the talk is over, another transfer is under way, or the target has another offer.
    """
    wanted, offer, practice, inquiry = asking.wanted, asking.offer, asking.book.practice, asking.decision.inquiry.id
    with db.writing() as tx:
        if leg(tx, inquiry, asking.step) is None:
            raise Refused("the talk is over")
        record_decision(tx, asking.book, asking.decision)
        reserve(tx, practice, inquiry, asking.decision.lead, offer, now)
        tx.execute(
            insert(transfers),
            {
                "id": wanted.id,
                "practice_id": practice,
                "inquiry_id": inquiry,
                "lead_id": asking.decision.lead,
                "state": "asked",
                "mode": wanted.mode,
                "reason": wanted.reason,
                "made_by": wanted.by,
                "first": wanted.first,
                "first_step": asking.step,
                "target": offer.coordinator,
                "target_step": offer.step,
                "queue": offer.queue,
                "category": wanted.category,
                "payer": wanted.payer,
                "location": wanted.location,
                "number": wanted.number,
                "invite_url": wanted.invite,
                "progress_url": wanted.progress,
                "move_id": asking.move.id,
                "due_at": now,
                "until": offer.expires_at,
                "ring": 0,
                "created_at": now,
            },
        )
        planned(tx, asking.move, now)
        announce(tx, practice, "transfer", wanted.id, now)


def planned(tx: Connection, move: Move, now: datetime) -> None:
    """Somebody holds the line: the next tick rings, not the one after."""
    plan_move(tx, move, now)
    rung = {"rung_at": now - RING_AGAIN}
    tx.execute(update(moves).where(moves.c.id == move.id).values(**rung))


@dataclass(frozen=True, slots=True)
class Room:
    """A conference, named by its transfer; ``step`` is the target's offer, which no other transfer has."""

    transfer: str
    step: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A transfer with its call as they are now."""

    row: Row[Any]
    call_state: str
    call_sid: str
    account: str
    first_on: bool
    first_sid: str
    target_state: str
    target_fence: int
    move_state: str | None
    move_attempts: int
    deserted: bool

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def room(self) -> Room:
        return Room(self.id, self.row.target_step)


def standings(tx: Connection, which: ColumnElement[bool], now: datetime) -> tuple[Standing, ...]:
    first, target = reservations.alias("first_offer"), reservations.alias("target_offer")
    each = reservations.alias("each_offer")
    had = exists().where(each.c.inquiry_id == inquiries.c.id, each.c.state == "accepted")
    newest = select(func.max(each.c.settled_at)).where(each.c.inquiry_id == inquiries.c.id).correlate(inquiries)
    found = tx.execute(
        select(
            inquiries.c.state.label("call_state"),
            inquiries.c.sid,
            inquiries.c.account,
            first.c.state.label("first_state"),
            first.c.leg_sid,
            target.c.state.label("target_state"),
            target.c.fence,
            moves.c.state.label("move_state"),
            moves.c.attempts,
            had.label("had"),
            newest.scalar_subquery().label("newest"),
            transfers.c.id.label("transfer"),
        )
        .select_from(transfers)
        .join(inquiries, inquiries.c.id == transfers.c.inquiry_id)
        .join(first, (first.c.inquiry_id == inquiries.c.id) & (first.c.step == transfers.c.first_step))
        .join(target, (target.c.inquiry_id == inquiries.c.id) & (target.c.step == transfers.c.target_step))
        .outerjoin(moves, moves.c.id == transfers.c.move_id)
        .where(which)
        .order_by(transfers.c.created_at)
    ).all()
    ids = [each.transfer for each in found]
    rows = {row.id: row for row in tx.execute(select(transfers).where(transfers.c.id.in_(ids)))}
    return tuple(
        Standing(
            rows[one.transfer],
            one.call_state,
            one.sid,
            one.account,
            one.first_state == "accepted",
            one.leg_sid,
            one.target_state,
            one.fence,
            one.move_state,
            one.attempts or 0,
            not one.had and one.newest is not None and one.newest <= now - DESERTED,
        )
        for one in found
    )


def underway(db: Database, now: datetime) -> tuple[Standing, ...]:
    """Those that are open, and those whose caller still sits in their conference."""
    guest = (guests.c.inquiry_id == inquiries.c.id) & (guests.c.state == "in") & (guests.c.role != "supervisor")
    alone = ~exists().where(guest)
    seated = transfers.c.caller_joined_at.is_not(None) & (inquiries.c.state == "connected") & alone
    ended = transfers.c.state.in_(("accepted", "returned"))
    with db.reading() as tx:
        recent = transfers.c.created_at > now - LONGEST_CALL
        return standings(tx, recent & (transfers.c.settled_at.is_(None) | (seated & ended)), now)


def to_target(db: Database, inquiry: str, step: int, now: datetime) -> Standing | None:
    mine = (transfers.c.inquiry_id == inquiry) & (transfers.c.target_step == step)
    with db.reading() as tx:
        found = standings(tx, mine, now)
    return found[-1] if found else None


def of_first(inquiry: str, step: int) -> ColumnElement[bool]:
    return (transfers.c.inquiry_id == inquiry) & (transfers.c.first_step == step)


def caller_joins(db: Database, inquiry: str, step: int, now: datetime) -> Room | None:
    """The caller's dial is over while she is being transferred: the conference she goes to, for a copy of the webhook
    the same. None if it is over for another reason."""
    mine = of_first(inquiry, step) & (transfers.c.settled_at.is_(None) | transfers.c.caller_joined_at.is_not(None))
    newest = (
        select(transfers.c.id, transfers.c.target_step, transfers.c.caller_joined_at)
        .where(mine)
        .order_by(transfers.c.settled_at.is_not(None), transfers.c.created_at.desc())
        .limit(1)
    )
    with db.reading() as tx:
        found = tx.execute(newest).first()
    if found is None or found.caller_joined_at is not None:
        return Room(found.id, found.target_step) if found else None
    with db.writing() as tx:
        still = update(transfers).where(transfers.c.id == found.id, transfers.c.settled_at.is_(None))
        fresh = still.where(transfers.c.caller_joined_at.is_(None)).values(state="moving", caller_joined_at=now)
        tx.execute(fresh)
        joined = tx.execute(newest).first()
    return Room(joined.id, joined.target_step) if joined else None


def newest_of_first(tx: Connection, inquiry: str, step: int, now: datetime) -> Standing | None:
    found = standings(tx, of_first(inquiry, step), now)
    return found[-1] if found else None


def first_joins(db: Database, inquiry: str, step: int, sid: str, now: datetime) -> Standing | None:
    """The first coordinator's leg asks for its seat. If she was to have the caller back, she has her now."""
    mine = of_first(inquiry, step)
    with db.writing() as tx:
        arrived(tx, sid, now)
        tx.execute(
            update(transfers)
            .where(mine, transfers.c.first_joined_at.is_(None), transfers.c.settled_at.is_(None))
            .values(first_joined_at=now)
        )
        tx.execute(
            update(transfers).where(mine, transfers.c.state == "returning").values(state="returned", settled_at=now)
        )
        return newest_of_first(tx, inquiry, step, now)
