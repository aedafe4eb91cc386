"""How much each coordinator has on, counted from rows: the open-lead load and what an assignment is chosen by."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Case, ColumnElement, case, func, select
from sqlalchemy.engine import Connection

from routing.rules.book import Book, Queue
from routing.rules.candidates import Candidate
from routing.rules.hours import verdict
from routing.state.live.standing import Standing
from routing.state.tables import assignments, attempts, callbacks, inquiries, leads, reservations, standings

WINDOW = timedelta(days=7)
ON_HOLD = ("asked", "waiting", "offered")
FROM_THE_LINE = ("hold", "voicemail", "call")


def weight(now: datetime) -> Case[float]:
    """What one open lead weighs (routing-semantics section 2)."""
    return case(
        (leads.c.first_response_at.is_(None), 1.0),
        (leads.c.status == "scheduled", 0.1),
        (leads.c.status == "attempted", 0.6),
        (leads.c.contacted_at < now - WINDOW, 0.2),
        else_=0.4,
    )


def loads(tx: Connection, practice: str, now: datetime, owners: Sequence[str] | None = None) -> dict[str, float]:
    """Open-lead load per coordinator, of all or of ``owners``; those without open leads are absent. A caller on hold is
    nobody's load yet: else the line would fill the caps of the very people who are to take it."""
    return added_up(tx, practice, now, owners, on_hold())


def live_loads(tx: Connection, practice: str, now: datetime, owners: Sequence[str] | None = None) -> dict[str, float]:
    """The load that decides who may take somebody live. Whoever left the line to be called back has kept her place in
    it and is called by the next who is free, so for this her lead is on hold as well."""
    called_back = select(callbacks.c.id).where(
        callbacks.c.lead_id == leads.c.id, callbacks.c.settled_at.is_(None), callbacks.c.via.in_(FROM_THE_LINE)
    )
    return added_up(tx, practice, now, owners, on_hold() | called_back.exists())


def on_hold() -> ColumnElement[bool]:
    return select(inquiries.c.id).where(inquiries.c.lead_id == leads.c.id, inquiries.c.state.in_(ON_HOLD)).exists()


def added_up(
    tx: Connection, practice: str, now: datetime, owners: Sequence[str] | None, in_line: ColumnElement[bool]
) -> dict[str, float]:
    wanted = select(leads.c.owner_id, func.sum(weight(now))).where(
        leads.c.practice_id == practice, leads.c.closed_at.is_(None), ~leads.c.is_test, ~in_line
    )
    if owners is not None:
        wanted = wanted.where(leads.c.owner_id.in_(owners))
    return {owner: round(float(load), 6) for owner, load in tx.execute(wanted.group_by(leads.c.owner_id))}


def open_chats(tx: Connection, practice: str, coordinators: Sequence[str] | None = None) -> dict[str, int]:
    """Chats that each has at this moment, of all or of ``coordinators``."""
    mine = (reservations.c.practice_id == practice) & (reservations.c.kind == "chat")
    wanted = select(reservations.c.coordinator_id, func.count()).where(mine, reservations.c.state == "accepted")
    if coordinators is not None:
        wanted = wanted.where(reservations.c.coordinator_id.in_(coordinators))
    return {who: int(count) for who, count in tx.execute(wanted.group_by(reservations.c.coordinator_id))}


def candidates_by_rows(tx: Connection, book: Book, queue: Queue, now: datetime) -> tuple[Candidate, ...]:
    """The queue's members for something that is assigned and not offered; needs no Redis (design section 3.2)."""
    ids = [member.coordinator for member in queue.members]
    load = loads(tx, book.practice, now, ids)
    recent = tx.execute(
        select(
            assignments.c.owner_id,
            func.max(assignments.c.since),
            func.sum(case((assignments.c.since > now - timedelta(hours=1), 1), else_=0)),
            func.sum(case((assignments.c.since > now - timedelta(days=1), 1), else_=0)),
        )
        .where(assignments.c.practice_id == book.practice, assignments.c.owner_id.in_(ids))
        .where(assignments.c.since > now - WINDOW)
        .group_by(assignments.c.owner_id)
    )
    taken = {owner: (stamp(last), int(hour), int(day)) for owner, last, hour, day in recent}
    standing = standings_of(tx, book, queue, now)
    found = []
    for member in queue.members:
        who = book.coordinators[member.coordinator]
        last_ms, hour, day = taken.get(who.id, (0, 0, 0))
        rolled = standing.get(who.id, Standing())
        found.append(
            Candidate(
                id=who.id,
                position=member.position,
                rank=member.rank,
                weight=member.weight,
                from_s=member.from_s,
                on_shift=who.shifts is None or verdict(who.shifts, now).open,
                load=load.get(who.id, 0.0),
                cap=who.cap,
                capacity=who.capacity,
                per_hour=who.per_hour,
                per_day=who.per_day,
                taken_hour=hour,
                taken_day=day,
                languages=who.languages,
                skills=who.skills,
                locations=who.locations,
                idle_since_ms=last_ms,
                turn=last_ms,
                assigned=rolled.assigned,
                calibration=rolled.calibration,
                credits=rolled.credits,
                talk_s=rolled.talk_s,
            )
        )
    return tuple(found)


def stamp(value: datetime | str | None) -> int:
    """An aggregate loses its column type on SQLite, so the newest instant comes back as text."""
    if value is None:
        return 0
    at = datetime.fromisoformat(f"{value}+00:00") if isinstance(value, str) else value
    return int(at.timestamp() * 1000)


def standings_of(tx: Connection, book: Book, queue: Queue, now: datetime) -> Mapping[str, Standing]:
    """Only for the orderings that look at a rolling window or at talk time; empty for all others."""
    if not {"fewest_in_window", "least_talk_time"} & {queue.live_ordering, queue.later_ordering}:
        return {}
    counted = tx.execute(
        select(assignments.c.owner_id, func.count())
        .where(assignments.c.practice_id == book.practice, assignments.c.queue == queue.id)
        .where(assignments.c.since > now - WINDOW, ~assignments.c.is_provisional)
        .group_by(assignments.c.owner_id)
    )
    talked = tx.execute(
        select(attempts.c.coordinator_id, func.sum(attempts.c.talk_s))
        .join(reservations, reservations.c.id == attempts.c.reservation_id)
        .where(attempts.c.practice_id == book.practice, reservations.c.queue == queue.id)
        .where(attempts.c.started_at >= midnight(queue.calendar.zone, now))
        .group_by(attempts.c.coordinator_id)
    )
    counts = {owner: int(number) for owner, number in counted}
    talk = {owner: float(seconds or 0) for owner, seconds in talked}
    kept = {
        row.coordinator_id: row
        for row in tx.execute(
            select(standings).where(standings.c.practice_id == book.practice, standings.c.queue == queue.id)
        )
    }
    return {
        who: Standing(
            assigned=counts.get(who, 0),
            calibration=kept[who].calibration if who in kept else 0.0,
            credits=kept[who].credits if who in kept else 0,
            talk_s=talk.get(who, 0.0) + (kept[who].talk_calibration_s if who in kept else 0.0),
        )
        for who in {*counts, *talk, *kept}
    }


def midnight(zone: str, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
