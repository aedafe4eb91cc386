"""When a person is tried again: what came of the last attempt, the cadence, and the time of day that suits her (see
routing-semantics section 11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.rules.cadences import Cadence, FollowUp

DAY_S = 86_400
STANDARD = Cadence("standard", (0, 900, 7_200, DAY_S, 3 * DAY_S, 7 * DAY_S))
"""Where the practice wrote none."""
MORNING, AFTERNOON = time(10), time(14)
NOON = 12
OVER = frozenset({"wrong_number", "declined"})
"""After these nobody tries again, whatever a cadence says."""


@dataclass(frozen=True, slots=True)
class BestTime:
    """Minutes of her day, half-open; ``until`` may be 1440."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Tried:
    """``attempt`` counts from 1, ``first_at`` is when the first was made and ``at`` this one."""

    attempt: int
    first_at: datetime
    at: datetime
    outcome: str


def cadence_of(cadences: Iterable[Cadence], category: str) -> Cadence:
    """The one written for this category, else the one for all the others."""
    given = tuple(cadences)
    named = next((each for each in given if category in each.categories), None)
    return named or next((each for each in given if not each.categories), STANDARD)


def next_call(cadence: Cadence, tried: Tried, zone: ZoneInfo, best: BestTime | None) -> datetime | None:
    """None when nobody is to call again: the outcome ends it, or all attempts were made."""
    after = cadence.after.get(tried.outcome, FollowUp())
    if after.stop or tried.outcome in OVER or tried.attempt >= len(cadence.attempts_s):
        return None
    planned = spaced(cadence, tried, zone)
    if after.way == "call" and after.wait_s:
        planned = max(tried.at + timedelta(seconds=after.wait_s), planned if tried.attempt > 2 else tried.at)
    return suiting(planned, zone, best)


def spaced(cadence: Cadence, tried: Tried, zone: ZoneInfo) -> datetime:
    """From the first attempt, but never closer to the last than the cadence has them."""
    wait_s = cadence.attempts_s[tried.attempt]
    apart_s = wait_s - cadence.attempts_s[tried.attempt - 1]
    if wait_s == DAY_S:
        return max(other_half(tried.first_at, zone), tried.at + timedelta(hours=2))
    return max(tried.first_at + timedelta(seconds=wait_s), tried.at + timedelta(seconds=apart_s))


def other_half(first: datetime, zone: ZoneInfo) -> datetime:
    """The next day, in the afternoon if the first attempt was made in the morning, else in the morning."""
    local = first.astimezone(zone)
    clock = AFTERNOON if local.hour < NOON else MORNING
    return datetime.combine(local.date() + timedelta(days=1), clock, zone).astimezone(first.tzinfo)


def suiting(at: datetime, zone: ZoneInfo, best: BestTime | None) -> datetime:
    """This moment, or the next that suits her."""
    if best is None:
        return at
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if best.since <= minute < best.until:
        return at
    day = local.date() + timedelta(days=1 if minute >= best.until else 0)
    start = datetime.combine(day, time(best.since // 60, best.since % 60), zone)
    return start.astimezone(at.tzinfo)


def next_message(cadence: Cadence, outcome: str) -> FollowUp | None:
    """What is to be written to her after this outcome, if anything."""
    after = cadence.after.get(outcome)
    return after if after and not after.stop and after.template else None
