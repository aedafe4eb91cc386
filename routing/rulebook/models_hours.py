"""Hours as people write them: `mon-fri 08:00-12:00, 13:00-17:30`, single days, holidays."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from routing.rulebook.words import Day, Entry, Text, Words, Zone
from routing.rules.calendars import EVERY_DAY, HoursRule, Span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = re.compile(r"(?P<days>[a-z]{3,5}(?:\s*[-,]\s*[a-z]{3})*)\s+(?P<spans>\d.*)")
CLOCK_SPAN = re.compile(r"(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})")
HolidayCategory = Literal["public", "government", "half_day", "unofficial"]
WHOLE_DAY = (Span(0, 24 * 60),)


def spans(value: object) -> tuple[Span, ...]:
    """``08:00-12:00, 13:00-17:30``; 24:00 may end a span, and an end before the start lies on the next day."""
    if isinstance(value, str):
        return tuple(span(part.strip()) for part in value.split(","))
    raise ValueError("write times as 08:00-17:30")


def span(text: str) -> Span:
    found = CLOCK_SPAN.fullmatch(text)
    if not found:
        raise ValueError("write times as 08:00-17:30")
    start_h, start_m, end_h, end_m = (int(part) for part in found.groups())
    start, end = start_h * 60 + start_m, end_h * 60 + end_m
    if start_m > 59 or end_m > 59 or start >= 24 * 60 or end > 24 * 60 or start == end:
        raise ValueError("a span runs from 00:00 at the earliest to 24:00 at the latest, and is not empty")
    return Span(start, end)


def weekly(value: object) -> HoursRule:
    found = WEEK.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if not found:
        raise ValueError("write hours as `mon-fri 08:00-17:30` or `daily 00:00-24:00`")
    return HoursRule(str(value).strip(), "open", spans(found["spans"]), weekdays(found["days"]))


def weekdays(text: str) -> frozenset[int]:
    if text == "daily":
        return EVERY_DAY
    return frozenset(number for part in text.split(",") for number in day_range(part.split("-")))


def day_range(ends: list[str]) -> Iterable[int]:
    numbers = [WEEKDAYS.index(end.strip()) for end in ends if end.strip() in WEEKDAYS]
    if len(numbers) != len(ends) or len(numbers) > 2:
        raise ValueError("the days are mon, tue, wed, thu, fri, sat, sun, or daily")
    first, last = numbers[0], numbers[-1]
    return range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))


Weekly = Annotated[HoursRule, BeforeValidator(weekly)]
Spans = Annotated[tuple[Span, ...], BeforeValidator(spans)]


class Days(Entry):
    """A named day (`on`) or stretch of days (`first`, `last`); the whole day unless `hours` say less."""

    name: Text
    on: Day | None = None
    first: Day | None = None
    last: Day | None = None
    hours: Spans = WHOLE_DAY

    @model_validator(mode="after")
    def dated(self) -> Self:
        if (self.on is None) == (self.first is None) or (self.first is None) != (self.last is None):
            raise ValueError("give either `on`, or `first` and `last`")
        if self.first and self.last and self.last < self.first:
            raise ValueError("`last` lies before `first`")
        return self

    def rule(self, kind: Literal["open", "closed"]) -> HoursRule:
        return HoursRule(self.name, kind, self.hours, EVERY_DAY, self.on or self.first, self.on or self.last)


class Holidays(Entry):
    """A country's holidays as closed rules, three years from `from_year`; `only` picks some by name."""

    country: Literal["US"] = "US"
    subdivision: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    categories: tuple[HolidayCategory, ...] = ("public",)
    from_year: int = Field(ge=2020, le=2100)
    only: Words = ()


class Hours(Entry):
    """What any calendar may say. No `hours` of its own: those of the one above decide."""

    hours: tuple[Weekly, ...] = ()
    opens: tuple[Days, ...] = ()
    closed: tuple[Days, ...] = ()
    opts_out_of: Words = ()


class Shifts(Hours):
    """A coordinator's rostered hours, in a zone of their own."""

    zone: Zone
