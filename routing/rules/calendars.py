"""What is said about opening hours: spans, rules, closures by hand, and the calendar they make."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

EVERY_DAY = frozenset(range(7))


DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Local minutes since midnight, half open. ``end_min`` may be 1440 (24:00); an end not after the start lies on the
    next day and belongs to the day of the start. ValueError outside 0..1440 (a start: 0..1439)."""

    start_min: int
    end_min: int

    def __post_init__(self) -> None:
        if not (0 <= self.start_min < DAY_MIN and 0 <= self.end_min <= DAY_MIN):
            raise ValueError(f"span {self.start_min}..{self.end_min} leaves the day of 0..{DAY_MIN} minutes")


@dataclass(frozen=True, slots=True)
class HoursRule:
    """Open or closed in these spans on these weekdays (0 = Monday) from ``first`` to ``last``, both included."""

    name: str
    kind: Literal["open", "closed"]
    spans: tuple[Span, ...]
    weekdays: frozenset[int] = EVERY_DAY
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if not self.weekdays <= EVERY_DAY:
            raise ValueError("weekdays are numbered 0 (Monday) to 6 (Sunday)")
        if self.first and self.last and self.last < self.first:
            raise ValueError("the last day of a rule lies before its first")

    def applies_on(self, day: date) -> bool:
        started = self.first is None or self.first <= day
        return started and (self.last is None or day <= self.last) and day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class ManualClosure:
    """Closed by a person in ``[start, end)`` (aware); ends by itself. ``reason`` is the name to opt out by."""

    reason: str
    by: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        in_utc(self.start)
        in_utc(self.end)


class Fingerprinted:
    """Room for a hash taken once: hashing some dozen holidays on every look-up would cost more than the answer."""

    __slots__ = ("fingerprint",)
    fingerprint: int


@dataclass(frozen=True, slots=True)
class Calendar(Fingerprinted):
    """Rules and closures of a queue, office or practice, rules in its own zone. ``parent`` is the one above;
    ``opts_out_of`` names inherited closed rules and manual closures that do not bind here or below."""

    zone: str = "UTC"
    rules: tuple[HoursRule, ...] = ()
    closures: tuple[ManualClosure, ...] = ()
    parent: "Calendar | None" = None
    opts_out_of: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", hash(self.contents()))

    def __hash__(self) -> int:
        return self.fingerprint

    def __reduce__(self) -> tuple[type["Calendar"], tuple[object, ...]]:
        # Rebuilt rather than copied: hashes of strings differ from process to process.
        return Calendar, self.contents()

    def contents(self) -> tuple[object, ...]:
        return self.zone, self.rules, self.closures, self.parent, self.opts_out_of


def in_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC)
