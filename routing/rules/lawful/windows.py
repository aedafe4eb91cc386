"""Which hours bind a contact: the nation's, those of every state she may be in, our default, the practice's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from routing.rules.calendars import DAY_MIN, EVERY_DAY, Calendar, HoursRule, Span
from routing.rules.hours import LOOK_AHEAD, ground_at, next_opening, zone_named
from routing.rules.lawful.ledger import ScrubKind
from routing.rules.lawful.overrides import Override
from routing.rules.lawful.rows import HoursRow, Week
from routing.rules.lawful.states import NOWHERE_KNOWN, Jurisdiction
from routing.rules.lawful.us_hours import FEDERAL, NATION_SAFE, STATE_HOURS
from routing.rules.values import ContactWay

WHOLE_DAY = (Span(0, DAY_MIN),)
OPEN_WEEK: Week = (WHOLE_DAY,) * 7
DAY = timedelta(days=1)
WINDOWS_KEPT = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Almanac:
    """Holidays by state (two letters, ``US`` for the nation's) of the years from ``first_year`` to ``last_year``.
    What lies outside is not known, which is not the same as no holiday. Compared by identity: there is one a year."""

    days: Mapping[str, frozenset[date]]
    first_year: int
    last_year: int

    def off(self, state: str) -> frozenset[date]:
        """Where no state is known, any state's holiday counts."""
        if state and state in self.days:
            return self.days["US"] | self.days[state]
        return frozenset[date]().union(*self.days.values())


@dataclass(frozen=True, slots=True)
class Standards:
    """What a practice adds to the law, and decides where it may. ``closed_days`` are its own holidays, ``quiet_hours``
    the local times in which it wants no contact of that kind; ``zone`` is its own. Without a
    result of ``scrubs`` nobody is contacted who did not ask for it."""

    almanac: Almanac
    overrides: tuple[Override, ...] = ()
    quiet_hours: tuple[tuple[ContactWay, tuple[Span, ...]], ...] = ()
    closed_days: frozenset[date] = frozenset()
    attempts_per_day: int = 3
    attempts_per_week: int = 7
    stale_after: timedelta = DAY
    zone: str = "UTC"
    scrubs: tuple[ScrubKind, ...] = ()

    def decided(self, rule: str, at: datetime) -> bool:
        day = at.astimezone(zone_named(self.zone)).date()
        return any(each.rule == rule and each.holds_on(day) for each in self.overrides)


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of one rule in one zone."""

    rule: str
    calendar: Calendar


@lru_cache(maxsize=WINDOWS_KEPT)
def windows(
    places: frozenset[Jurisdiction], way: ContactWay, standards: Standards, *, requested: bool
) -> tuple[Window, ...]:
    """All of them have to be open. Nowhere in particular is everywhere."""
    found = (each for place in sorted(places or NOWHERE_KNOWN) for each in binding(place, way, standards, requested))
    return tuple(dict.fromkeys(found))


def binding(place: Jurisdiction, way: ContactWay, standards: Standards, requested: bool) -> Iterator[Window]:
    rows = [FEDERAL, *STATE_HOURS.get(place.state, ())]
    if not requested or not place.is_known:
        rows.append(NATION_SAFE)
    for row in rows:
        if way in row.ways and row.week:
            yield Window(row.id, calendar_of(row, place, standards))
    for spans in (spans for quiet, spans in standards.quiet_hours if quiet == way):
        rule = HoursRule("practice_quiet_hours", "closed", spans)
        yield Window("policies.quiet_hours", Calendar(place.zone, (rule,)))


def calendar_of(row: HoursRow, place: Jurisdiction, standards: Standards) -> Calendar:
    off = () if row.holidays else closed_rules(standards, place.state)
    decided = [each for each in standards.overrides if each.rule == row.id]
    opens = (rule for first, last, week in spells(row, decided) for rule in open_rules(row.id, week, first, last))
    return Calendar(place.zone, (*off, *opens))


def closed_rules(standards: Standards, state: str) -> tuple[HoursRule, ...]:
    known = standards.almanac
    days = sorted(known.off(state) | standards.closed_days)
    return (
        *(HoursRule("holiday", "closed", WHOLE_DAY, EVERY_DAY, day, day) for day in days),
        HoursRule("holidays_unknown", "closed", WHOLE_DAY, last=date(known.first_year - 1, 12, 31)),
        HoursRule("holidays_unknown", "closed", WHOLE_DAY, first=date(known.last_year + 1, 1, 1)),
    )


def spells(row: HoursRow, decided: Sequence[Override]) -> Iterator[tuple[date | None, date | None, Week]]:
    """The week that holds from a day to a day: before and after a row is in force, it forbids nothing."""
    ends = [row.valid_to, *(each.last for each in decided)]
    starts = [row.valid_from, *(each.first for each in decided), *(end + DAY for end in ends if end)]
    cuts = sorted({date.min, *(start for start in starts if start)})
    for first, after in zip(cuts, (*cuts[1:], None), strict=True):
        week = week_on(row, decided, first)
        yield (None if first == date.min else first), (after - DAY if after else None), week


def week_on(row: HoursRow, decided: Iterable[Override], day: date) -> Week:
    instead = next((each.week for each in decided if each.week and each.holds_on(day)), None)
    in_force = (row.valid_from or date.min) <= day <= (row.valid_to or date.max)
    return instead or (row.week if row.week and in_force else OPEN_WEEK)


def open_rules(name: str, week: Week, first: date | None, last: date | None) -> Iterator[HoursRule]:
    for spans in dict.fromkeys(week):
        if spans:
            days = frozenset(day for day, those in enumerate(week) if those == spans)
            yield HoursRule(name, "open", spans, days, first, last)


def shut(those: Iterable[Window], at: datetime) -> tuple[str, str] | None:
    """Reason and rule of the first window that is closed. ``at`` is UTC."""
    for each in those:
        ground = ground_at(each.calendar, at)
        if not ground.open:
            by_rule = ground.rule if ground.reason == "closed_rule" else None
            return by_rule or "quiet_hours", each.rule
    return None


def all_open(those: Sequence[Window], at: datetime) -> datetime | None:
    """The first moment from ``at`` on in which every window is open; None if there is none within 60 days."""
    last = at + LOOK_AHEAD
    while at <= last:
        closed = next((each for each in those if not ground_at(each.calendar, at).open), None)
        if closed is None:
            return at
        opening = next_opening(closed.calendar, at)
        if opening is None:
            return None
        at = opening
    return None
