"""Hold in the rows: asked for by whoever has the caller, carried out by a move, and no talk while it lasts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.state.call.moves import Move, settle_open
from routing.state.conference.conferences import Opening, opened
from routing.state.conference.transfers import planned
from routing.state.database import Database
from routing.state.ledger import announce
from routing.state.tables import conferences, holds, moves

REMIND_EVERY = timedelta(seconds=60)
TRY_AGAIN = timedelta(seconds=2)
HoldEnd = Literal["resumed", "longest", "answered", "refused"]


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """``longest`` after which the caller is back by herself."""

    id: str
    opening: Opening
    coordinator: str
    by: str
    longest: timedelta


def ask(db: Database, asking: HoldAsked, now: datetime) -> Row[Any]:
    """:raises Refused: when the talk is over, or the caller is on hold already."""
    with db.writing() as tx:
        return put(tx, asking, opened(tx, asking.opening, now), now)


def put(tx: Connection, asking: HoldAsked, conference: Row[Any], now: datetime) -> Row[Any]:
    at = asking.opening
    row = {
        "id": asking.id,
        "practice_id": at.practice,
        "inquiry_id": at.inquiry,
        "conference_id": conference.id,
        "step": conference.step,
        "coordinator_id": asking.coordinator,
        "state": "asked",
        "made_by": asking.by,
        "remind_at": now + REMIND_EVERY,
        "resume_at": now + asking.longest,
        "created_at": now,
    }
    tx.execute(insert(holds), row)
    announce(tx, at.practice, "call", at.inquiry, now)
    return tx.execute(select(holds).where(holds.c.id == asking.id)).one()


def current(tx: Connection, inquiry: str) -> Row[Any] | None:
    return tx.execute(select(holds).where(holds.c.inquiry_id == inquiry, holds.c.settled_at.is_(None))).first()


def seat_change(tx: Connection, row: Row[Any], move: Move) -> Move:
    """The caller's seat, where it is."""
    at = tx.execute(select(conferences).where(conferences.c.id == row.conference_id)).one()
    return replace(move, call_sid=at.caller_sid, account=at.account, room=at.room)


def hold(db: Database, row: Row[Any], move: Move, now: datetime) -> None:
    with db.writing() as tx:
        mine = (holds.c.id == row.id) & (holds.c.state == "asked")
        if tx.execute(update(holds).where(mine).values(state="holding", move_id=move.id)).rowcount == 1:
            planned(tx, seat_change(tx, row, move), now)


def heard(tx: Connection, call_sid: str, kind: Literal["hold", "remind"], now: datetime) -> None:
    """The leg asked for the document: the request was carried out, whatever its answer. Another move of the leg, such
    as the one that ends the hold, is open as before."""
    settle_open(tx, (moves.c.call_sid == call_sid) & (moves.c.kind == kind), "done", "arrived", now)


def is_held(db: Database, row: Row[Any], now: datetime) -> None:
    with db.writing() as tx:
        mine = (holds.c.id == row.id) & (holds.c.state == "holding")
        tx.execute(update(holds).where(mine).values(state="held", held_at=now))
        announce(tx, row.practice_id, "call", row.inquiry_id, now)


def resume(tx: Connection, row: Row[Any], move: Move, how: HoldEnd, now: datetime) -> Row[Any]:
    """The hold as it stands then. One that was never carried out is over at once; a request on its way is given time to
    arrive before ours."""
    if row.state == "asked":
        over(tx, row, how, now)
    else:
        take_back(tx, row, move, how, now)
    return tx.execute(select(holds).where(holds.c.id == row.id)).one()


def take_back(tx: Connection, row: Row[Any], move: Move, how: HoldEnd, now: datetime) -> None:
    wait = TRY_AGAIN if row.state == "resuming" or is_sent(tx, row) else timedelta()
    values = {"state": "resuming", "move_id": move.id, "code": func.coalesce(holds.c.code, how)}
    if tx.execute(update(holds).where(holds.c.id == row.id, holds.c.settled_at.is_(None)).values(**values)).rowcount:
        planned(tx, replace(seat_change(tx, row, move), due_at=now + wait), now)
        announce(tx, row.practice_id, "call", row.inquiry_id, now)


def is_sent(tx: Connection, row: Row[Any]) -> bool:
    """The request for the hold is in somebody's hands."""
    under_way = (moves.c.id == row.move_id) & moves.c.settled_at.is_(None) & (moves.c.state != "new")
    return tx.execute(select(moves.c.id).where(under_way)).first() is not None


def over(tx: Connection, row: Row[Any], how: str, now: datetime) -> None:
    ended = {"state": "over", "over_at": now, "settled_at": now, "code": func.coalesce(holds.c.code, how)}
    tx.execute(update(holds).where(holds.c.id == row.id, holds.c.settled_at.is_(None)).values(**ended))
    announce(tx, row.practice_id, "call", row.inquiry_id, now)


def failed(tx: Connection, row: Row[Any], code: str, now: datetime) -> None:
    """The caller never heard music: the talk goes on as it was."""
    ended = {"state": "failed", "settled_at": now, "code": code}
    tx.execute(update(holds).where(holds.c.id == row.id, holds.c.settled_at.is_(None)).values(**ended))
    announce(tx, row.practice_id, "call", row.inquiry_id, now)


def remind(db: Database, row: Row[Any], move: Move, now: datetime) -> None:
    """Said to the coordinator alone; left out while her leg is being moved."""
    with db.writing() as tx:
        mine = (holds.c.id == row.id) & (holds.c.remind_at <= now) & (holds.c.state == "held")
        if tx.execute(update(holds).where(mine).values(remind_at=now + REMIND_EVERY)).rowcount == 0:
            return
        at = tx.execute(select(conferences).where(conferences.c.id == row.conference_id)).one()
        moving = (moves.c.call_sid == at.coordinator_sid) & moves.c.settled_at.is_(None)
        if tx.execute(select(moves.c.id).where(moving)).first() is None:
            planned(tx, replace(move, call_sid=at.coordinator_sid, account=at.account, room=at.room), now)


def hold_s(tx: Connection, inquiry: str, step: int, now: datetime) -> int:
    """Seconds on hold in one talk; a hold that goes on ends now."""
    mine = (holds.c.inquiry_id == inquiry) & (holds.c.step == step)
    rows = tx.execute(select(holds.c.held_at, holds.c.over_at).where(mine, holds.c.held_at.is_not(None))).all()
    ended = {"state": "over", "over_at": now, "settled_at": now, "code": func.coalesce(holds.c.code, "left")}
    tx.execute(update(holds).where(mine, holds.c.settled_at.is_(None)).values(**ended))
    return sum(max(0, int(((row.over_at or now) - row.held_at).total_seconds())) for row in rows)
