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
TO = r"(?:-|\u2013|to|and|until|till|y|a|hasta)"
BETWEEN = re.compile(
    rf"(?P<word>\b(?:between|from|entre|de|desde)\s+(?:las?\s+)?)?(?<![\d/-]){CLOCK}\s*{TO}\s*(?:las?\s+)?"
    rf"{CLOCK.replace('P<', 'P<until_')}(?!\d)"
)
REFUSED = re.compile(
    r"\b(?:not|never|don[\u2019']?t|nunca|no (?:calls?|llam\w+))\b[^.,;\d]*?\b(?P<word>before|after|antes|despu[eé]s)\b"
)
TURNED = MappingProxyType(
    {"before": "after", "after": "before", "antes": "después", "despues": "antes", "después": "antes"}
)
"""Whoever wants no call before ten likes to be called after it."""
PARTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "morning": (8, 12),
        "mornings": (8, 12),
        "mañanas": (8, 12),
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
TOMORROW = re.compile(r"\btomorrow\b|\bmañana\b")
ANY_HOUR = (time(8), time(20))
FIRST_OF_AFTERNOON = 7
"""Whoever writes "after 4" or "4:30" means the afternoon; who means the morning writes 8 or later, or a zero before."""


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


def best_time(text: str, zone: str, now: datetime, on: date | None = None) -> Window | None:
    """The next stretch of a local day that the words mean; None for words that name no hour. ``on``: they begin with
    that date, which without an hour means any of it."""
    said = text.casefold().replace("la mañana", "morning")
    hours = hours_of(said) or (ANY_HOUR if on else None)
    if hours is None:
        return None
    place = ZoneInfo(zone)
    if on:
        named = window(on, hours, place)
        return named if now < named.until else None
    day = now.astimezone(place).date() + timedelta(days=1 if TOMORROW.search(said) else 0)
    today = window(day, hours, place)
    return today if now < today.until else window(day + timedelta(days=1), hours, place)


def hours_of(said: str) -> tuple[time, time] | None:
    said = REFUSED.sub(lambda found: TURNED[found["word"]], said)
    both = BETWEEN.search(said)
    between = ends_of(both) if both and (both["word"] or both["until_half"]) else None
    if between:
        return between
    after, before = AFTER.search(said), BEFORE.search(said)
    begin = clock(after["hour"], after["minute"], after["half"]) if after else None
    end = clock(before["hour"], before["minute"], before["half"]) if before else None
    if begin and end and begin < end:
        return begin, end
    if begin:
        return begin, time(20) if begin < time(20) else time(23, 59)
    if end:
        return (time(8), end) if end > time(8) else None
    part = next((PARTS[word] for word in re.findall(r"\w+", said) if word in PARTS), None)
    return (time(part[0]), time(part[1])) if part else None


def ends_of(found: re.Match[str]) -> tuple[time, time] | None:
    """Half of the day is said once for both, where that makes sense: "2 to 4 pm", but "10 to 2 pm"."""
    end = clock(found["until_hour"], found["until_minute"], found["until_half"])
    halves = (found["half"] or found["until_half"], found["half"])
    begins = (clock(found["hour"], found["minute"], half) for half in halves)
    return next(((begin, end) for begin in begins if begin and end and begin < end), None)


def clock(hour: str, minute: str | None, half: str | None) -> time | None:
    at, half = int(hour), (half or "").replace(".", "")
    if half and not 1 <= at <= 12:
        return None
    if half:
        at = at % 12 + (12 if half == "pm" else 0)
    elif 1 <= at < FIRST_OF_AFTERNOON and not hour.startswith("0"):
        at += 12
    minutes = int(minute or 0)
    return time(at, minutes) if at < 24 and minutes < 60 else None


def window(day: date, hours: tuple[time, time], zone: ZoneInfo) -> Window:
    """A time that a change of clocks skips is the next that is there; of one that comes twice the first is meant
    (F51)."""
    since, until = (at.astimezone(UTC) for at in (datetime.combine(day, each, zone) for each in hours))
    return Window(since, until)
