"""When somebody likes to be called, from her own words: "after 16:00", "mornings", "tomorrow at 3 pm"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap]\.?m\.?)?"
AFTER = re.compile(rf"\b(?:after|from|at|past|around|despu[eé]s de(?: las)?|a las|desde(?: las)?)\s+{CLOCK}(?!\d)")
BEFORE = re.compile(rf"\b(?:before|until|by|antes de(?: las)?|hasta(?: las)?)\s+{CLOCK}(?!\d)")
PARTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "morning": (8, 12),
        "mornings": (8, 12),
        "noon": (12, 13),
        "lunch": (12, 13),
        "afternoon": (12, 17),
        "afternoons": (12, 17),
        "evening": (17, 20),
        "evenings": (17, 20),
        "tarde": (12, 17),
        "noche": (17, 20),
    }
)
"""Part of the day to its local hours."""
TOMORROW = re.compile(r"\btomorrow\b|\bmañana(?! por)\b")
FIRST_OF_AFTERNOON = 7
"""Whoever writes "after 4" means the afternoon; who means the morning writes 8 or later."""


@dataclass(frozen=True, slots=True)
class Window:
    """From one instant to another, UTC."""

    since: datetime
    until: datetime

    def minutes(self, zone: str) -> tuple[int, int]:
        """Of the local day, from and to."""
        local = (each.astimezone(ZoneInfo(zone)) for each in (self.since, self.until))
        begin, end = (each.hour * 60 + each.minute for each in local)
        return begin, end


def best_time(text: str, zone: str, now: datetime) -> Window | None:
    """The next stretch of a local day that the words mean; None for words that name no hour."""
    said = text.casefold()
    hours = hours_of(said)
    if hours is None:
        return None
    place = ZoneInfo(zone)
    day = now.astimezone(place).date() + timedelta(days=1 if TOMORROW.search(said) else 0)
    today = window(day, hours, place)
    return today if now < today.until else window(day + timedelta(days=1), hours, place)


def hours_of(said: str) -> tuple[time, time] | None:
    after, before = AFTER.search(said), BEFORE.search(said)
    begin = clock(after) if after else None
    end = clock(before) if before else None
    if begin and end and begin < end:
        return begin, end
    if begin:
        return begin, time(20) if begin < time(20) else time(23, 59)
    if end:
        return (time(8), end) if end > time(8) else None
    part = next((PARTS[word] for word in re.findall(r"\w+", said) if word in PARTS), None)
    return (time(part[0]), time(part[1])) if part else None


def clock(found: re.Match[str]) -> time | None:
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").replace(".", "")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif 1 <= hour < FIRST_OF_AFTERNOON and found["minute"] is None:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def window(day: date, hours: tuple[time, time], zone: ZoneInfo) -> Window:
    """A time that a change of clocks skips is the next that is there; of one that comes twice the first is meant
    (F51)."""
    since, until = (at.astimezone(UTC) for at in (datetime.combine(day, each, zone) for each in hours))
    return Window(since, until)
