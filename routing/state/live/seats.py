"""Live availability written again from the rows: after a flush, at a new rulebook version, or to repair one person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.state.live.loads import live_loads, open_chats, stamp
from routing.state.live.seating import Seat
from routing.state.tables import desired_statuses, reservations

USED_TURN = ("accepted", "wrapping", "completed", "rejected", "timeout")
"""States that use up a turn (routing-semantics section 7)."""
LOOKED_BACK = 200
"""So many of the newest reservations are looked at for misses in a row."""


def seats(tx: Connection, book: Book, now: datetime) -> tuple[tuple[Seat, ...], int]:
    """One seat per coordinator of the book, and the practice's highest fence. Who has live work gets it back, never
    "free"."""
    mine = reservations.c.practice_id == book.practice
    wishes = tx.execute(select(desired_statuses).where(desired_statuses.c.practice_id == book.practice))
    desired = {row.coordinator_id: row for row in wishes}
    working = {
        row.coordinator_id: row
        for row in tx.execute(
            select(reservations).where(mine).where(reservations.c.state.in_(("pending", "accepted", "wrapping")))
        )
        if is_live(row, now)
    }
    turns: dict[str, dict[str, int]] = defaultdict(dict)
    for who, queue, fence in tx.execute(
        select(reservations.c.coordinator_id, reservations.c.queue, func.max(reservations.c.fence))
        .where(mine, reservations.c.state.in_(USED_TURN))
        .group_by(reservations.c.coordinator_id, reservations.c.queue)
    ):
        turns[who][queue] = fence
    ended = {
        who: stamp(at)
        for who, at in tx.execute(
            select(
                reservations.c.coordinator_id,
                func.max(func.coalesce(reservations.c.wrap_until, reservations.c.settled_at)),
            )
            .where(mine, reservations.c.state.in_(("wrapping", "completed")))
            .group_by(reservations.c.coordinator_id)
        )
    }
    missed = misses(tx, book.practice, desired)
    load, chats = live_loads(tx, book.practice, now), open_chats(tx, book.practice)
    highest = tx.execute(select(func.max(reservations.c.fence)).where(mine)).scalar_one_or_none() or 0
    found = tuple(
        Seat(
            coordinator=who,
            load=load.get(who, 0.0),
            chats=chats.get(who, 0),
            turns=turns[who],
            misses=missed.get(who, 0),
            **wish(desired.get(who), ended.get(who, 0)),
            **work(working.get(who)),
        )
        for who in book.coordinators
    )
    return found, highest


def is_live(row: Row[Any], now: datetime) -> bool:
    if row.state == "pending":
        return bool(row.expires_at > now)
    if row.state == "wrapping":
        return bool(row.wrap_until > now)
    return bool(row.kind == "call")


def wish(row: Row[Any] | None, ended_ms: int) -> dict[str, Any]:
    if row is None:
        return {}
    since = stamp(row.since)
    return {"desired": row.status, "idle_since_ms": max(ended_ms, since), "away_since_ms": since}


def work(row: Row[Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    held = {"reservation": row.id, "fence": row.fence}
    if row.state == "accepted":
        return {"work": "busy", **held}
    ends = {"pending": ("offered", row.expires_at), "wrapping": ("wrapping", row.wrap_until)}
    state, until = ends[row.state]
    return {"work": state, "until_ms": stamp(until), **held}


def misses(tx: Connection, practice: str, desired: Mapping[str, Row[Any]]) -> dict[str, int]:
    """Offers missed in a row since the coordinator last said what she wants to be."""
    newest: Iterable[Row[Any]] = tx.execute(
        select(reservations.c.coordinator_id, reservations.c.state, reservations.c.settled_at)
        .where(reservations.c.practice_id == practice, reservations.c.settled_at.is_not(None))
        .where(reservations.c.state.not_in(("canceled", "rescinded")))
        .order_by(reservations.c.settled_at.desc())
        .limit(LOOKED_BACK)
    )
    counted: dict[str, int] = defaultdict(int)
    answered: set[str] = set()
    for row in newest:
        who = row.coordinator_id
        if row.state != "timeout" or (who in desired and row.settled_at < desired[who].since):
            answered.add(who)
        elif who not in answered:
            counted[who] += 1
    return counted
