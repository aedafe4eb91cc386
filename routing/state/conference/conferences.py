"""Talks in a conference, in the rows: opened once, joined by both legs, and over with the call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from routing.state.call.moves import Move, arrived
from routing.state.conference.transfers import DESERTED, is_open, leg, planned
from routing.state.database import Database, Refused
from routing.state.tables import conferences, guests, holds, inquiries, moves, reservations, transfers

Written = Row[Any]
"""A row as it stands."""
LISTENS = "supervision"
"""In place of a queue, in the reservation of a supervisor who listens."""


@dataclass(frozen=True, slots=True)
class Opening:
    """``move`` takes the coordinator's leg to the conference; a talk that is in one already needs none."""

    id: str
    practice: str
    inquiry: str
    lead: str
    step: int
    coordinator_sid: str
    caller_sid: str
    account: str
    move: Move


def opened(tx: Connection, wanted: Opening, now: datetime) -> Row[Any]:
    """The conference of this talk, opened if need be.

    :raises Refused: when the talk is over or the caller is being transferred.
    """
    if leg(tx, wanted.inquiry, wanted.step) is None or is_open(tx, wanted.inquiry):
        raise Refused("the talk is over or on its way")
    found = current(tx, wanted.inquiry)
    if found is not None and found.step == wanted.step:
        return found
    if found is not None:
        close(tx, wanted.inquiry, "elsewhere", now)
    room = transferred_to(tx, wanted.inquiry, wanted.step)
    row = {
        "id": wanted.id,
        "practice_id": wanted.practice,
        "inquiry_id": wanted.inquiry,
        "lead_id": wanted.lead,
        "step": wanted.step,
        "room": room or wanted.id,
        "state": "open" if room else "asked",
        "account": wanted.account,
        "coordinator_sid": wanted.coordinator_sid,
        "caller_sid": wanted.caller_sid,
        "move_id": None if room else wanted.move.id,
        "coordinator_joined_at": now if room else None,
        "caller_joined_at": now if room else None,
        "created_at": now,
        "asked_at": now,
    }
    tx.execute(insert(conferences), row)
    if not room:
        planned(tx, wanted.move, now)
    return tx.execute(select(conferences).where(conferences.c.id == wanted.id)).one()


def transferred_to(tx: Connection, inquiry: str, step: int) -> str | None:
    """The conference in which a transfer has left this talk."""
    came = (transfers.c.state == "accepted") & (transfers.c.target_step == step)
    back = (transfers.c.state == "returned") & (transfers.c.first_step == step)
    mine = (transfers.c.inquiry_id == inquiry) & transfers.c.caller_joined_at.is_not(None)
    newest = select(transfers.c.id).where(mine, came | back).order_by(transfers.c.created_at.desc()).limit(1)
    return tx.execute(newest).scalar_one_or_none()


def current(tx: Connection, inquiry: str) -> Row[Any] | None:
    mine = (conferences.c.inquiry_id == inquiry) & conferences.c.settled_at.is_(None)
    return tx.execute(select(conferences).where(mine)).first()


def by_id(tx: Connection, conference: str) -> Row[Any]:
    return tx.execute(select(conferences).where(conferences.c.id == conference)).one()


def is_busy(tx: Connection, inquiry: str) -> bool:
    """On the way into a conference, or with somebody in it who would be lost by a transfer."""
    found = current(tx, inquiry)
    if found is None:
        return False
    third = (guests.c.conference_id == found.id) & guests.c.settled_at.is_(None) & (guests.c.role != "supervisor")
    return found.state == "asked" or tx.execute(select(guests.c.id).where(third)).first() is not None


def close(tx: Connection, inquiry: str, code: str, now: datetime) -> None:
    """The hold ends with it; its guests are settled by the clock."""
    mine = (conferences.c.inquiry_id == inquiry) & conferences.c.settled_at.is_(None)
    tx.execute(update(conferences).where(mine).values(state="over", settled_at=now, code=code))
    on_hold = (holds.c.inquiry_id == inquiry) & holds.c.settled_at.is_(None)
    ended = {"state": "over", "over_at": now, "settled_at": now, "code": func.coalesce(holds.c.code, code)}
    tx.execute(update(holds).where(on_hold).values(**ended))


def closed(db: Database, inquiry: str, code: str, now: datetime) -> None:
    with db.writing() as tx:
        close(tx, inquiry, code, now)


def disclosure_of(tx: Connection, inquiry: str) -> str | None:
    """The template that a caller who is being referred elsewhere is to hear."""
    mine = (guests.c.inquiry_id == inquiry) & (guests.c.role == "handover") & guests.c.settled_at.is_(None)
    return tx.execute(select(guests.c.disclosure).where(mine)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Seated:
    """Where the caller sits, and the step in the URLs of her seat."""

    room: str
    step: int


def caller_joins(db: Database, inquiry: str, step: int, now: datetime) -> Seated | None:
    """Her dial is over because the coordinator's leg was moved. The same for a copy of the webhook; None if it is over
    for another reason."""
    mine = (conferences.c.inquiry_id == inquiry) & (conferences.c.step == step)
    with db.reading() as tx:
        if tx.execute(select(conferences.c.id).where(mine)).first() is None:
            return None
    with db.writing() as tx:
        reopen(tx, inquiry, step)
        live = conferences.c.settled_at.is_(None)
        joined = update(conferences).where(mine, live, conferences.c.caller_joined_at.is_(None))
        tx.execute(joined.values(state="open", caller_joined_at=now))
        found = tx.execute(select(conferences).where(mine, live)).first()
    return Seated(found.room, found.step) if found is not None else None


LOST = "move_lost"


def reopen(tx: Connection, inquiry: str, step: int) -> None:
    """Given up because nobody heard of the move, which was carried out all the same."""
    if current(tx, inquiry) is not None:
        return
    mine = (conferences.c.inquiry_id == inquiry) & (conferences.c.step == step) & (conferences.c.code == LOST)
    newest = select(conferences.c.id).where(mine).order_by(conferences.c.created_at.desc()).limit(1).scalar_subquery()
    again = {"state": "asked", "settled_at": None, "code": None}
    tx.execute(update(conferences).where(conferences.c.id == newest).values(**again))


def coordinator_joins(db: Database, inquiry: str, step: int, sid: str, now: datetime) -> Row[Any] | None:
    """None where nobody wants her there any more."""
    mine = (conferences.c.inquiry_id == inquiry) & (conferences.c.step == step) & conferences.c.settled_at.is_(None)
    with db.writing() as tx:
        arrived(tx, sid, now)
        reopen(tx, inquiry, step)
        fresh = update(conferences).where(mine, conferences.c.coordinator_joined_at.is_(None))
        tx.execute(fresh.values(coordinator_joined_at=now))
        live = inquiries.c.state == "connected"
        found = select(conferences).join(inquiries, inquiries.c.id == conferences.c.inquiry_id).where(mine, live)
        return tx.execute(found).first()


@dataclass(frozen=True, slots=True)
class Offered:
    """A guest's reservation as it stands."""

    state: str
    coordinator: str
    fence: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A request that was planned for a conference; ``attempts`` of it may have been made."""

    state: str
    code: str | None
    attempts: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A conference with its call, its hold and its guests as they are now. ``moves`` are those planned for it, by id,
    ``offers`` the reservations of its guests, by step."""

    row: Row[Any]
    call_state: str
    call_step: int
    deserted: bool
    hold: Row[Any] | None
    guests: tuple[Row[Any], ...]
    moves: dict[str, Moved]
    offers: dict[int, Offered]

    @property
    def inquiry(self) -> str:
        return str(self.row.inquiry_id)

    @property
    def is_ready(self) -> bool:
        """Both sit in it."""
        row = self.row
        return bool(row.caller_joined_at and row.coordinator_joined_at) and row.settled_at is None


def standings(db: Database, now: datetime) -> tuple[Standing, ...]:
    """Those that are open, and those that still have somebody in them to be settled."""
    unsettled = exists().where(guests.c.conference_id == conferences.c.id, guests.c.settled_at.is_(None))
    with db.reading() as tx:
        rows = tx.execute(select(conferences).where(or_(conferences.c.settled_at.is_(None), unsettled))).all()
        return tuple(standing(tx, row, now) for row in rows)


def standing(tx: Connection, row: Row[Any], now: datetime) -> Standing:
    call = tx.execute(select(inquiries.c.state, inquiries.c.step).where(inquiries.c.id == row.inquiry_id)).one()
    hold = tx.execute(select(holds).where(holds.c.conference_id == row.id, holds.c.settled_at.is_(None))).first()
    inside = (guests.c.conference_id == row.id) & guests.c.settled_at.is_(None)
    invited = tuple(tx.execute(select(guests).where(inside).order_by(guests.c.number)))
    ids = [each.move_id for each in (row, hold, *invited) if each is not None and each.move_id]
    told = tx.execute(
        select(moves.c.id, moves.c.state, moves.c.code, moves.c.attempts, moves.c.settled_at).where(moves.c.id.in_(ids))
    )
    offered = tx.execute(select(reservations).where(reservations.c.inquiry_id == row.inquiry_id)).all()
    talking = any(each.state == "accepted" and each.queue != LISTENS for each in offered)
    outside = any(each.state == "in" and each.role != "supervisor" for each in invited)
    ended = max((each.settled_at for each in offered if each.settled_at), default=None)
    return Standing(
        row,
        call.state,
        call.step,
        not talking and not outside and ended is not None and ended <= now - DESERTED,
        hold,
        invited,
        {each.id: Moved(each.state, each.code, each.attempts, each.settled_at) for each in told},
        {each.step: Offered(each.state, each.coordinator_id, each.fence) for each in offered},
    )


ASKED_FOR = timedelta(seconds=30)
"""So long a leg may take to come to its seat."""
LOST_AFTER = timedelta(seconds=90)
"""Longer than a move is tried for."""
