"""What a row of the law says: hours or caps, since when, from which source, and who has checked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from routing.rules.calendars import Span
from routing.rules.values import ContactWay

Basis = Literal["primary", "secondary", "none", "derived"]
Week = tuple[tuple[Span, ...], ...]
"""Seven days from Monday, each with the local minutes in which contact is allowed."""

REVIEWED = date(2026, 11, 21)
REVIEW_BY = date(2027, 5, 20)
VERSION = "us-2026-11-21"
"""Goes into every verdict: which edition of the rows it was made with."""

CALLS_AND_TEXTS: frozenset[ContactWay] = frozenset({"call", "text", "voicemail"})
EVERY_WAY: frozenset[ContactWay] = frozenset({"call", "text", "email", "voicemail"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row was read. ``verified`` is False where sources disagree or one table alone says so: then the stricter
    reading holds. ``derived`` is our own default, not a law."""

    cited: tuple[str, ...]
    basis: Basis
    verified: bool
    note: str = ""
    last_reviewed: date = REVIEWED
    review_by: date = REVIEW_BY

    @property
    def may_be_decided(self) -> bool:
        """Only what no checked source settles is for the practice and its counsel to decide."""
        return self.basis == "derived" or not self.verified


@dataclass(frozen=True, slots=True)
class HoursRow:
    """``week`` None: no figures of its own, the federal row holds. ``holidays`` False: none on holidays either.
    ``valid_from`` and ``valid_to`` are local days, both included; None where no date is known."""

    id: str
    state: str
    week: Week | None
    source: Source
    holidays: bool = True
    ways: frozenset[ContactWay] = CALLS_AND_TEXTS
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class CapRow:
    """At most ``per_day`` contacts in any 24 hours and ``per_week`` in any seven days of 24 hours."""

    id: str
    state: str
    per_day: int
    per_week: int | None
    source: Source


def between(first_hour: int, last_hour: int) -> tuple[Span, ...]:
    return (Span(first_hour * 60, last_hour * 60),)


def daily(first_hour: int, last_hour: int) -> Week:
    return (between(first_hour, last_hour),) * 7


def weekdays_only(first_hour: int, last_hour: int) -> Week:
    return (*(between(first_hour, last_hour),) * 5, (), ())


def not_sundays(first_hour: int, last_hour: int) -> Week:
    return (*(between(first_hour, last_hour),) * 6, ())


def within(inner: Week, outer: Week) -> bool:
    """Whether ``inner`` never allows what ``outer`` forbids."""
    return all(covered(span, there) for here, there in zip(inner, outer, strict=True) for span in here)


def covered(span: Span, by: Sequence[Span]) -> bool:
    return any(other.start_min <= span.start_min < span.end_min <= other.end_min for other in by)
