"""Moves: a live call is sent to a URL of ours, or its seat in a conference is changed. Planned with the row that causes
it, performed by a job.

The request may be made twice without harm as long as the call has not gone on since: so whoever serves the URL says
``arrived``, and a later move of the same call takes the place of an earlier one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.engine import Connection

from routing.state import leases
from routing.state.database import Database
from routing.state.leases import RING_AGAIN, Holder, Ring, of_holder
from routing.state.tables import moves

GIVE_UP = timedelta(seconds=60)
"""After that the caller is elsewhere: the wait documents have moved her, or she has left."""
RESENDS = 3

Settled = Literal["done", "refused", "ambiguous", "void"]


@dataclass(frozen=True, slots=True)
class Move:
    """``kind`` says what for; ``due_at`` is not before. ``url`` is a signed one of ours. A seat is changed in ``room``;
    ``coaches`` is the call that alone hears a supervisor who whispers."""

    id: str
    practice: str
    inquiry: str
    call_sid: str
    account: str
    url: str
    kind: str
    due_at: datetime
    room: str | None = None
    coaches: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A move in the hands of one job until its lease ends. ``attempts`` includes this one."""

    move: Move
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Again:
    """Not over: to be tried again at ``at``. ``sent`` is False when the request was surely not acted on, which uses up
    no attempt."""

    at: datetime
    sent: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a claim; ``code`` is the provider's, or a word of ours."""

    move: str
    fence: int
    outcome: Settled | Again
    code: str | None = None


def plan_move(tx: Connection, move: Move, now: datetime) -> Ring:
    """The bell to ring after the commit. An open move of the same call is void: a call goes to one place, the last.

    :raises Refused: (at the statement) when two transactions plan for one call at once.
    """
    settle_open(tx, moves.c.call_sid == move.call_sid, "void", "replaced", now)
    tx.execute(
        insert(moves),
        {
            "id": move.id,
            "practice_id": move.practice,
            "inquiry_id": move.inquiry,
            "call_sid": move.call_sid,
            "account": move.account,
            "url": move.url,
            "kind": move.kind,
            "room": move.room,
            "coaches": move.coaches,
            "state": "new",
            "fence": 0,
            "attempts": 0,
            "due_at": move.due_at,
            "ring": 1,
            "rung_at": now,
            "created_at": now,
        },
    )
    return Ring(move.id, 1)


def arrived(tx: Connection, call_sid: str, now: datetime) -> None:
    """The call asked for the URL it was sent to: whatever the provider answers, it needs no request any more."""
    settle_open(tx, moves.c.call_sid == call_sid, "done", "arrived", now)


def is_under_way(tx: Connection, call_sid: str) -> bool:
    """A request of this call was made, or is being made, and nobody knows yet what came of it."""
    open_ = (moves.c.call_sid == call_sid) & moves.c.settled_at.is_(None)
    made = select(moves.c.id).where(open_, moves.c.state.in_(("posting", "ambiguous")))
    return tx.execute(made).first() is not None


def withdraw(tx: Connection, inquiry: str, now: datetime) -> None:
    """The caller has left, or another way was found."""
    settle_open(tx, moves.c.inquiry_id == inquiry, "void", "withdrawn", now)


def settle_open(tx: Connection, which: ColumnElement[bool], state: Settled, code: str, now: datetime) -> None:
    values = {"state": state, "code": code, "settled_at": now, "lease_until": None}
    tx.execute(update(moves).where(which, moves.c.settled_at.is_(None)).values(**values))


def claim(db: Database, move: str, now: datetime, by: Holder) -> Claim | None:
    """None when it is not due, over, or in somebody's hands."""
    with db.writing() as tx:
        claiming = leases.claiming(moves, move, now, by).values(state="claimed", attempts=moves.c.attempts + 1)
        won = tx.execute(claiming).first()
    return None if won is None else Claim(moved(won), won.fence, won.attempts)


def moved(row: Any) -> Move:
    call = (row.id, row.practice_id, row.inquiry_id, row.call_sid, row.account)
    return Move(*call, row.url, row.kind, row.due_at, row.room, row.coaches)


def posting(db: Database, held: Claim) -> bool:
    """Committed right before the request: from here on a lost answer is an ambiguous one. False when the claim is no
    longer ours or the move is over, and no request may be made."""
    with db.writing() as tx:
        still = update(moves).where(of_holder(moves, held.move.id, held.fence), moves.c.state == "claimed")
        return tx.execute(still.values(state="posting")).rowcount == 1


def settle(db: Database, verdict: Verdict, now: datetime) -> bool:
    """False when somebody else settled it first, or has it now."""
    values: dict[str, Any] = {"code": verdict.code, "lease_until": None}
    match verdict.outcome:
        case Again(at, sent):
            values |= {"state": "ambiguous" if sent else "new", "due_at": at, "rung_at": at - RING_AGAIN}
            values |= {} if sent else {"attempts": moves.c.attempts - 1}
        case state:
            values |= {"state": state, "settled_at": now}
    with db.writing() as tx:
        mine = update(moves).where(
            of_holder(moves, verdict.move, verdict.fence), moves.c.state.in_(("claimed", "posting"))
        )
        return tx.execute(mine.values(**values)).rowcount == 1


def due(db: Database, now: datetime, real: datetime, most: int) -> tuple[Ring, ...]:
    """Bells to ring (again). Before that, what a lost worker held is freed, and what comes too late is given up."""
    rows = leases.waiting(db, moves, now, real, most)
    if not rows:
        return ()
    with db.writing() as tx:
        leases.free_lost(tx, moves, now, real)
        unheld = moves.c.state.in_(leases.UNHELD)
        settle_open(tx, unheld & (moves.c.attempts > RESENDS), "ambiguous", "no_answer", now)
        settle_open(tx, unheld & (moves.c.created_at <= now - GIVE_UP), "void", "too_late", now)
        return leases.ring_again(tx, moves, rows, now)
