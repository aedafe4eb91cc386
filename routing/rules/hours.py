"""Is it open, why, until when, and how many open seconds lie between two instants: routing-semantics section 10.

A chain of calendars (queue, its office, the practice) is laid out once per UTC day as cuts and the ground that holds
from each cut on; every question is answered from those days.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import count
from typing import Literal
from zoneinfo import ZoneInfo

from routing.rules.calendars import DAY_MIN, Calendar, HoursRule, ManualClosure, in_utc

Reason = Literal["open", "closed", "manual_closure", "closed_rule", "no_calendar"]

LOOK_AHEAD = timedelta(days=60)
DAY = timedelta(days=1)
DAYS_KEPT = 16_384
CHAINS_KEPT = 1_024


@dataclass(frozen=True, slots=True)
class Verdict:
    """``rule`` names the rule or the manual closure that decided. ``until`` is when open and closed next change places
    and ``next_opening`` the next change to open, both strictly later, UTC, None if not within 60 days."""

    open: bool
    reason: Reason
    rule: str | None
    until: datetime | None
    next_opening: datetime | None


def verdict(calendar: Calendar, at: datetime) -> Verdict:
    """First that applies: manual closure, closed rule (topmost names the reason), open rule, closed. A chain without
    any open rule is open (``no_calendar``). ValueError for a naive instant or an unknown zone."""
    at = in_utc(at)
    ground = ground_at(calendar, at)
    changes = turns(calendar, at)
    until = next(changes, None)
    opening = next(changes, None) if ground.open else until
    return Verdict(ground.open, ground.reason, ground.rule, until, opening)


def next_opening(calendar: Calendar, after: datetime) -> datetime | None:
    """The next change from closed to open strictly after ``after``, itself open; None if not within 60 days."""
    after = in_utc(after)
    changes = turns(calendar, after)
    first = next(changes, None)
    return next(changes, None) if ground_at(calendar, after).open else first


def open_seconds(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Whole open seconds in ``[start, end)``; 0 if the end is not after the start."""
    start, end = in_utc(start), in_utc(end)
    total = timedelta()
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        for begin, finish in laid_out(calendar, ordinal).stretches:
            total += max(min(finish, end) - max(begin, start), timedelta())
    return total // timedelta(seconds=1)


def add_open_seconds(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """The first instant at which ``seconds`` open seconds have passed, counted from the next opening if ``start`` is
    closed. Where nothing opens for 60 days the rest counts as calendar time: a deadline never falls away."""
    if seconds < 0:
        raise ValueError("open seconds are added, not taken away")
    at, left = in_utc(start), timedelta(seconds=seconds)
    for begin, finish in open_stretches(calendar, at):
        if left <= finish - begin:
            return begin + left
        left -= finish - begin
        at = finish
    return at + left


@dataclass(frozen=True, slots=True)
class Ground:
    """Why it is open or closed."""

    open: bool
    reason: Reason
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A ground that wants to hold in ``[start, end)``, UTC."""

    start: datetime
    end: datetime
    ground: Ground


@dataclass(frozen=True, slots=True)
class ZonedRule:
    rule: HoursRule
    zone: ZoneInfo

    def claims(self, days: Iterable[date]) -> Iterator[Claim]:
        is_open = self.rule.kind == "open"
        ground = Ground(is_open, "open" if is_open else "closed_rule", self.rule.name)
        for day in filter(self.rule.applies_on, days):
            for span in self.rule.spans:
                end_min = span.end_min if span.end_min > span.start_min else span.end_min + DAY_MIN
                start = instant_of(wall(day, span.start_min), self.zone, closing=False)
                yield Claim(start, instant_of(wall(day, end_min), self.zone, closing=True), ground)


@dataclass(frozen=True, slots=True)
class Chain:
    """A calendar with all that binds it from above. ``claimants`` in order of precedence; ``remainder`` holds where
    nothing claims."""

    closures: tuple[Claim, ...]
    claimants: tuple[ZonedRule, ...]
    remainder: Ground


@dataclass(frozen=True, slots=True)
class LaidOut:
    """One UTC day: ``grounds[i]`` holds from ``cuts[i]``, the first cut is midnight. ``stretches`` are the open
    ``(start, end)`` of the day in order; the day's ends cut them."""

    cuts: tuple[datetime, ...]
    grounds: tuple[Ground, ...]
    stretches: tuple[tuple[datetime, datetime], ...]


def ground_at(calendar: Calendar, at: datetime) -> Ground:
    day = laid_out(calendar, at.toordinal())
    return day.grounds[bisect_right(day.cuts, at) - 1]


def turns(calendar: Calendar, after: datetime) -> Iterator[datetime]:
    """The instants after ``after``, up to 60 days, at which open and closed change places."""
    is_open = ground_at(calendar, after).open
    last = after + LOOK_AHEAD
    for ordinal in range(after.toordinal(), last.toordinal() + 1):
        day = laid_out(calendar, ordinal)
        for cut, ground in zip(day.cuts, day.grounds, strict=True):
            if ground.open is not is_open and after < cut <= last:
                is_open = ground.open
                yield cut


def open_stretches(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches from ``start`` on, in order, until nothing opens within 60 days of the last."""
    at = start
    for ordinal in count(start.toordinal()):
        day = laid_out(calendar, ordinal)
        if day.cuts[0] > at + LOOK_AHEAD:
            return
        for begin, finish in day.stretches:
            if begin > at + LOOK_AHEAD:
                return
            if finish > start:
                yield max(begin, start), finish
                at = finish


@lru_cache(maxsize=DAYS_KEPT)
def laid_out(calendar: Calendar, ordinal: int) -> LaidOut:
    """``ordinal`` is the UTC day as ``date.toordinal`` counts."""
    chain = chained(calendar)
    midnight = datetime.combine(date.fromordinal(ordinal), time(), UTC)
    end = midnight + DAY
    # A local day may be one ahead of or behind UTC's, and an overnight span began the day before that.
    days = [date.fromordinal(ordinal + offset) for offset in (-2, -1, 0, 1)]
    wanted = [*chain.closures, *(claim for claimant in chain.claimants for claim in claimant.claims(days))]
    claims = [claim for claim in wanted if max(claim.start, midnight) < min(claim.end, end)]
    edges = {edge for claim in claims for edge in (claim.start, claim.end)}
    cuts = (midnight, *sorted(edge for edge in edges if midnight < edge < end))
    grounds = tuple(strongest(claims, cut, chain.remainder) for cut in cuts)
    pieces = zip(cuts, (*cuts[1:], end), grounds, strict=True)
    return LaidOut(cuts, grounds, tuple((begin, finish) for begin, finish, ground in pieces if ground.open))


def strongest(claims: Iterable[Claim], at: datetime, remainder: Ground) -> Ground:
    return next((claim.ground for claim in claims if claim.start <= at < claim.end), remainder)


@lru_cache(maxsize=CHAINS_KEPT)
def chained(calendar: Calendar) -> Chain:
    """Closures and closed rules of the practice come first, then the office's, then the queue's, each in written order;
    open rules only from the most specific calendar that has any."""
    closures: list[Claim] = []
    closed: list[ZonedRule] = []
    opens: list[ZonedRule] = []
    waived: frozenset[str] = frozenset()
    level: Calendar | None = calendar
    while level:
        zone = zone_named(level.zone)
        rules = [ZonedRule(rule, zone) for rule in level.rules]
        closures[:0] = [closure_claim(closure) for closure in level.closures if closure.reason not in waived]
        closed[:0] = [item for item in rules if item.rule.kind == "closed" and item.rule.name not in waived]
        opens = opens or [item for item in rules if item.rule.kind == "open"]
        waived |= level.opts_out_of
        level = level.parent
    remainder = Ground(False, "closed") if opens else Ground(True, "no_calendar")
    return Chain(tuple(closures), (*closed, *opens), remainder)


def closure_claim(closure: ManualClosure) -> Claim:
    return Claim(in_utc(closure.start), in_utc(closure.end), Ground(False, "manual_closure", closure.reason))


def wall(day: date, minute: int) -> datetime:
    """What the clock on the wall reads: naive on purpose, minutes past 1440 run into the next day."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def instant_of(reading: datetime, zone: ZoneInfo, *, closing: bool) -> datetime:
    """When the wall clock of ``zone`` shows ``reading``. Shown twice: the first opens, the last closes. Never shown:
    the first valid minute after the gap."""
    first = reading.replace(tzinfo=zone, fold=0).astimezone(UTC)
    last = reading.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= last:
        return last if closing else first
    # In a gap fold 1 gives an instant before the jump, where the clock still reads less than what was asked for.
    while last.astimezone(zone).replace(tzinfo=None) < reading:
        last += timedelta(minutes=1)
    return last


@cache
def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error
