"""The board: what is waiting, who has how much on, how fast leads found an owner today. Rehearsals are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import case, exists, func, select
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.state.callback.counts import callback_counts
from routing.state.live.loads import loads, midnight
from routing.state.tables import assignments, inquiries, leads, reservations, tasks

AGES: tuple[tuple[str, timedelta], ...] = (
    ("under_5_min", timedelta()),
    ("5_to_15_min", timedelta(minutes=5)),
    ("15_to_60_min", timedelta(minutes=15)),
    ("1_to_4_h", timedelta(hours=1)),
    ("4_to_24_h", timedelta(hours=4)),
    ("over_24_h", timedelta(hours=24)),
)
"""Each bucket from its age up to the next one's."""


@dataclass(frozen=True, slots=True)
class OwnerFigures:
    """``overdue`` leads are past their response target without any human response."""

    owner: str
    load: float
    cap: float
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class TimeToOwner:
    """Seconds from the inquiry to its first owner, of the leads that came in since midnight; None without any."""

    leads: int
    median_s: float | None
    p95_s: float | None
    worst_s: float | None


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Callers right now: somebody's phone rings for them, nobody's does, or they are talking."""

    offered: int
    waiting: int
    connected: int


@dataclass(frozen=True, slots=True)
class CallbackFigures:
    """Calls that are owed: their time has come, it came more than the grace ago, it is put off (by reason), somebody's
    phone rings or they talk. Given to a person, and parked after three failed starts, are those of today."""

    due: int
    overdue: int
    later: int
    dialling: int
    ambiguous: int
    deferred: dict[str, int]
    person: int
    parked: int


@dataclass(frozen=True, slots=True)
class Figures:
    at: datetime
    since: datetime
    """Midnight of the practice: where "today" begins."""
    without_attempt: dict[str, int]
    owners: tuple[OwnerFigures, ...]
    """Most overdue first, then the highest load."""
    time_to_owner: TimeToOwner
    tasks_overdue: int
    calls: CallFigures
    callbacks: CallbackFigures
    moves: dict[str, int]
    """Changes of owner today, by reason."""


def figures(tx: Connection, book: Book, now: datetime) -> Figures:
    since = midnight(book.zone, now)
    return Figures(
        at=now,
        since=since,
        without_attempt=without_attempt(tx, book.practice, now),
        owners=owner_figures(tx, book, now),
        time_to_owner=time_to_owner(tx, book.practice, since),
        tasks_overdue=tasks_overdue(tx, book.practice, now),
        calls=calls(tx, book.practice, now),
        callbacks=CallbackFigures(**callback_counts(tx, book.practice, since, now)),
        moves=moves(tx, book.practice, since),
    )


def without_attempt(tx: Connection, practice: str, now: datetime) -> dict[str, int]:
    """Open leads that nobody has tried to reach, by age."""
    bucket = case(
        *((leads.c.clock_started_at <= now - age, name) for name, age in reversed(AGES)),
        else_=AGES[0][0],
    ).label("bucket")
    old = (
        select(bucket)
        .where(leads.c.practice_id == practice, leads.c.closed_at.is_(None), ~leads.c.is_test)
        .where(leads.c.first_response_at.is_(None))
        .subquery()
    )
    found = {name: count for name, count in tx.execute(select(old.c.bucket, func.count()).group_by(old.c.bucket))}
    return {name: found.get(name, 0) for name, _ in AGES}


def owner_figures(tx: Connection, book: Book, now: datetime) -> tuple[OwnerFigures, ...]:
    late = leads.c.first_response_at.is_(None) & (leads.c.due_at < now)
    counted = tx.execute(
        select(leads.c.owner_id, func.count(), func.sum(case((late, 1), else_=0)))
        .where(leads.c.practice_id == book.practice, leads.c.closed_at.is_(None), ~leads.c.is_test)
        .group_by(leads.c.owner_id)
    )
    has = {owner: (int(number), int(overdue)) for owner, number, overdue in counted}
    load = loads(tx, book.practice, now)
    found = []
    for owner in {*book.coordinators, *has}:
        who = book.coordinators.get(owner)
        number, overdue = has.get(owner, (0, 0))
        found.append(OwnerFigures(owner, load.get(owner, 0.0), who.cap if who else 0.0, number, overdue))
    return tuple(sorted(found, key=lambda each: (-each.overdue, -each.load, each.owner)))


def time_to_owner(tx: Connection, practice: str, since: datetime) -> TimeToOwner:
    rows = tx.execute(
        select(leads.c.clock_started_at, assignments.c.since)
        .join(assignments, assignments.c.lead_id == leads.c.id)
        .where(leads.c.practice_id == practice, leads.c.created_at >= since, ~leads.c.is_test)
        .where(assignments.c.previous_owner.is_(None))
    )
    taken = sorted(max((owned - came).total_seconds(), 0.0) for came, owned in rows)
    if not taken:
        return TimeToOwner(0, None, None, None)
    return TimeToOwner(len(taken), percentile(taken, 50), percentile(taken, 95), taken[-1])


def percentile(ordered: Sequence[float], part: int) -> float:
    """Nearest rank: always a value that occurred."""
    return ordered[max(ceil(len(ordered) * part / 100), 1) - 1]


def tasks_overdue(tx: Connection, practice: str, now: datetime) -> int:
    late = select(func.count()).select_from(tasks).join(leads, leads.c.id == tasks.c.lead_id)
    late = late.where(tasks.c.practice_id == practice, tasks.c.state == "open", tasks.c.due_at < now, ~leads.c.is_test)
    return int(tx.execute(late).scalar_one())


def calls(tx: Connection, practice: str, now: datetime) -> CallFigures:
    rings = exists().where(
        reservations.c.inquiry_id == inquiries.c.id,
        reservations.c.state == "pending",
        reservations.c.expires_at > now,
    )
    where = case((inquiries.c.state == "connected", "connected"), (rings, "offered"), else_="waiting").label("place")
    live = (
        select(where)
        .where(inquiries.c.practice_id == practice, inquiries.c.channel == "call", ~inquiries.c.is_test)
        .where(inquiries.c.state.in_(("offered", "connected")), inquiries.c.ended_at.is_(None))
        .subquery()
    )
    found = {place: count for place, count in tx.execute(select(live.c.place, func.count()).group_by(live.c.place))}
    return CallFigures(found.get("offered", 0), found.get("waiting", 0), found.get("connected", 0))


def moves(tx: Connection, practice: str, since: datetime) -> dict[str, int]:
    rows = tx.execute(
        select(assignments.c.reason, func.count())
        .join(leads, leads.c.id == assignments.c.lead_id)
        .where(assignments.c.practice_id == practice, assignments.c.since >= since, ~leads.c.is_test)
        .where(assignments.c.previous_owner.is_not(None), assignments.c.previous_owner != assignments.c.owner_id)
        .group_by(assignments.c.reason)
        .order_by(assignments.c.reason)
    )
    return {reason: int(count) for reason, count in rows}
