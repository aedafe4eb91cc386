"""The response clock: what stops it, and how far it has gone (routing-semantics section 13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from routing.rules.calendars import Calendar
from routing.rules.hours import open_seconds

Way = Literal["call", "text", "email", "chat"]
Direction = Literal["inbound", "outbound"]
Result = Literal[
    "answered",
    "no_answer",
    "busy",
    "voicemail_left",
    "failed",
    "canceled",
    "sent",
    "delivered",
    "undelivered",
    "received",
]
ClockState = Literal["running", "met", "breached"]


@dataclass(frozen=True, slots=True)
class Possible:
    """What can become of an attempt, and which of it is a human response: their leg was reached, our message left."""

    results: frozenset[Result]
    stops: frozenset[Result] = frozenset()


CALLED = Possible(
    frozenset({"answered", "no_answer", "busy", "voicemail_left", "failed", "canceled"}),
    frozenset({"answered", "no_answer", "busy", "voicemail_left"}),
)
WRITTEN = Possible(frozenset({"sent", "delivered", "undelivered", "failed"}), frozenset({"sent", "delivered"}))
TOLD = Possible(frozenset({"received"}))
POSSIBLE: Mapping[tuple[Way, Direction], Possible] = MappingProxyType(
    {
        ("call", "outbound"): CALLED,
        ("call", "inbound"): Possible(frozenset({"answered"}), frozenset({"answered"})),
        ("text", "outbound"): WRITTEN,
        ("email", "outbound"): WRITTEN,
        ("chat", "outbound"): Possible(frozenset({"sent"}), frozenset({"sent"})),
        ("text", "inbound"): TOLD,
        ("email", "inbound"): TOLD,
        ("chat", "inbound"): TOLD,
    }
)


def is_possible(way: Way, direction: Direction, result: Result) -> bool:
    return result in POSSIBLE[way, direction].results


def stops_clock(way: Way, direction: Direction, result: Result) -> bool:
    return result in POSSIBLE[way, direction].stops


@dataclass(frozen=True, slots=True)
class Times:
    """Of one lead. ``due_at`` is when the response target ends."""

    started_at: datetime
    due_at: datetime
    first_response_at: datetime | None = None
    closed_at: datetime | None = None

    def ended_at(self, now: datetime) -> datetime:
        """What of it was waited through so far."""
        return self.first_response_at or self.closed_at or now


@dataclass(frozen=True, slots=True)
class ResponseClock:
    """``human_s`` counts calendar seconds, ``business_s`` those in which the lead's queue was open."""

    started_at: datetime
    due_at: datetime
    first_response_at: datetime | None
    human_s: int
    business_s: int
    state: ClockState


def response_clock(times: Times, calendar: Calendar, now: datetime) -> ResponseClock:
    end = times.ended_at(now)
    return ResponseClock(
        times.started_at,
        times.due_at,
        times.first_response_at,
        human_s=max(int((end - times.started_at).total_seconds()), 0),
        business_s=open_seconds(calendar, times.started_at, end),
        state=state_of(times, now),
    )


def state_of(times: Times, now: datetime) -> ClockState:
    """Closing stops nothing: who was never answered is a breach at the deadline, not left out."""
    if times.first_response_at:
        return "met" if times.first_response_at <= times.due_at else "breached"
    return "running" if now < times.due_at else "breached"
