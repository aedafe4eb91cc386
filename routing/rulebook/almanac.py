"""The holidays of the nation and of each state, and everything else a book says about lawful contact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from holidays import country_holidays

from routing.rules.book import Book
from routing.rules.calendars import DAY_MIN, HoursRule, Span
from routing.rules.lawful.states import ZONES
from routing.rules.lawful.windows import Almanac, Standards
from routing.rules.values import ContactWay

YEARS_AHEAD = 2
LONGEST_CLOSURE = timedelta(days=366)
WAYS: tuple[ContactWay, ...] = ("call", "text", "email", "voicemail")


@dataclass(frozen=True, slots=True)
class HolidayDays(Mapping[str, frozenset[date]]):
    """State to its public holidays, ``US`` to the nation's; worked out when first asked for (10 ms each)."""

    first_year: int
    last_year: int
    known: dict[str, frozenset[date]] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, state: str) -> frozenset[date]:
        if state != "US" and state not in ZONES:
            raise KeyError(state)
        if state not in self.known:
            years = range(self.first_year, self.last_year + 1)
            self.known[state] = frozenset(country_holidays("US", subdiv=None if state == "US" else state, years=years))
        return self.known[state]

    def __iter__(self) -> Iterator[str]:
        yield from ("US", *ZONES)

    def __len__(self) -> int:
        return 1 + len(ZONES)


@lru_cache(maxsize=8)
def almanac(year: int) -> Almanac:
    """From the year before ``year`` to two years after it."""
    first, last = year - 1, year + YEARS_AHEAD
    return Almanac(HolidayDays(first, last), first, last)


def standards(book: Book, now: datetime) -> Standards:
    """What the book decides and adds; ask again for each contact, as the almanac moves on with the years."""
    policies = book.policies
    quiet = tuple((way, policies.quiet_hours[way]) for way in WAYS if way in policies.quiet_hours)
    return Standards(
        almanac(now.year),
        policies.contact.approvals,
        quiet,
        frozenset(day for rule in book.calendar.rules for day in closed_days(rule)),
        policies.attempts_per_day,
        policies.attempts_per_week,
        timedelta(seconds=policies.contact.consent_stale_s),
        book.zone,
        policies.contact.scrubs,
    )


def closed_days(rule: HoursRule) -> Iterator[date]:
    if rule.kind != "closed" or rule.spans != (Span(0, DAY_MIN),) or not rule.first or not rule.last:
        return
    for number in range(min(rule.last - rule.first, LONGEST_CLOSURE).days + 1):
        yield rule.first + timedelta(days=number)
