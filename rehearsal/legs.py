"""One leg of a call, as the network sees it, and the form fields that describe it in every webhook."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from math import ceil
from types import MappingProxyType
from typing import Any

from rehearsal.hands import Hands
from rehearsal.markup.refusal import Place
from rehearsal.people import PLAYED, CallerHabit, CoordinatorHabit, Phone

AREAS = MappingProxyType(
    {
        "212": ("NEW YORK", "NY", "10001"),
        "262": ("KENOSHA", "WI", "53140"),
        "415": ("SAN FRANCISCO", "CA", "94103"),
        "512": ("AUSTIN", "TX", "78701"),
        "630": ("NAPERVILLE", "IL", "60540"),
        "813": ("TAMPA", "FL", "33602"),
        "847": ("EVANSTON", "IL", "60201"),
        "850": ("PENSACOLA", "FL", "32501"),
        "904": ("JACKSONVILLE", "FL", "32202"),
    }
)
"""Area code to city, state and ZIP as a carrier would guess them; elsewhere the fields are sent empty."""
SIP_CODES = MappingProxyType(
    {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}
)
"""No-answer and failed are documented; the others are what samples show."""


class LegEnded(Exception):
    """Somebody hung up while the network was doing something on this leg."""


class LegMoved(Exception):
    """Somebody took the leg out of what it was doing: REST, or a Dial of the queue it waits in."""


class LegRoused(Exception):
    """In its conference something changed: what the leg hears or waits for is to be looked at anew."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where REST sends a live call: to a URL, or to the document ``twiml`` itself."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""


@dataclass(slots=True)
class Leg:
    """``parent`` is None on the caller's own leg, ``number`` what is shown as calling. Times in seconds of the pace.
    ``outbound``: REST asked for it. ``detached``: REST took it out of the Dial it came from, it lives on by itself.
    ``waits``: in a queue. ``bridging``: told to bridge, not confirmed.

    ``hands``: those of the person who plays this leg; None follows its habit.
    ``asked_until_s`` is when the last Gather was over; ``progress`` counts the steps a status callback may report;
    ``tasks`` are awaited at the end of the call."""

    sid: str
    number: str
    to: str
    habit: CallerHabit | CoordinatorHabit
    created_s: float
    who: str
    parent: "Leg | None" = None
    phone: Phone | None = None
    outbound: bool = False
    queued_s: float = 0.0
    fallback_url: str | None = None
    status: str = "queued"
    answered_s: float | None = None
    ended_s: float | None = None
    asked_until_s: float = 0.0
    heard: bool = False
    gathers: int = 0
    documents: int = 0
    pressed: bool = False
    detached: bool = False
    waits: bool = False
    waits_since_s: float = 0.0
    wait_keys: int = 0
    bridging: bool = False
    move: Move | None = None
    progress: int = 0
    hands: Hands | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    bridged: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    roused: asyncio.Event = field(default_factory=asyncio.Event)
    children: list["Leg"] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.phone and self.phone.played:
            self.hands, self.habit = Hands(), PLAYED

    @property
    def root(self) -> "Leg":
        return self.parent or self

    def place(self) -> Place:
        if self.parent and not self.detached:
            return Place.ACCEPTED if self.pressed else Place.WHISPER
        if self.gone.is_set():
            return Place.GONE
        if self.waits or self.bridging:
            return Place.WAITING if self.waits else Place.BRIDGING
        return Place.CALLED if self.outbound or self.parent else Place.CALLER

    @property
    def is_mailbox(self) -> bool:
        return isinstance(self.habit, CoordinatorHabit) and self.habit.reach == "mailbox"

    @property
    def direction(self) -> str:
        if self.parent:
            return "outbound-dial"
        return "outbound-api" if self.outbound else "inbound"

    @property
    def person(self) -> str:
        """The number of the one who holds this leg's phone."""
        return self.to if self.parent or self.outbound else self.number

    def watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside the call, which the end of the call waits for."""
        self.tasks.append(asyncio.ensure_future(work))

    async def settle(self) -> None:
        """Waits for all such work, also for what it begins meanwhile."""
        while self.tasks:
            await asyncio.gather(*(self.tasks.pop() for _ in range(len(self.tasks))))

    def take_away(self, move: Move) -> None:
        """Sends the leg to another document; the legs dialled for it are hung up."""
        self.move = move
        for child in self.children:
            child.gone.set()
        self.moved.set()

    def hang_up(self) -> None:
        """Ends this leg, and with a caller's leg every leg dialled for it."""
        for child in self.children:
            child.gone.set()
        self.gone.set()

    def seconds(self, now: float) -> int:
        """Whole seconds since the answer, 0 if never answered."""
        ended = now if self.ended_s is None else self.ended_s
        return 0 if self.answered_s is None else round(ended - self.answered_s)


def leg_fields(leg: Leg, account_sid: str) -> dict[str, str]:
    """The fields of every TwiML request (twilio facts 1.1), for a child leg with its parent and without geography."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": leg.sid,
        "CallStatus": leg.status,
        "Direction": leg.direction,
        "From": leg.number,
        "To": leg.to,
        "Caller": leg.number,
        "Called": leg.to,
    }
    if leg.parent:
        return fields | {"ParentCallSid": leg.parent.sid}
    here = {} if leg.outbound else _geography(("From", "Caller"), leg.number)
    return fields | here | _geography(("To", "Called"), leg.to)


def _geography(prefixes: tuple[str, str], number: str) -> dict[str, str]:
    if not number.startswith("+"):
        return {}
    city, state, code = AREAS.get(number[2:5], ("", "", "")) if number.startswith("+1") else ("", "", "")
    country = "US" if number.startswith("+1") else ""
    return {
        prefix + part: value
        for prefix in prefixes
        for part, value in (("City", city), ("State", state), ("Zip", code), ("Country", country))
    }


def first_request_fields(leg: Leg) -> dict[str, str]:
    """What only the first request of an inbound call from a shown number carries."""
    if not leg.number.startswith("+"):
        return {}
    return {
        "CallToken": f'{{"parentCallInfoToken":"{leg.sid}","identityHeaderTokens":[]}}',
        "StirVerstat": "TN-Validation-Passed-A",
    }


def progress_fields(leg: Leg, sequence: int, at: datetime, now: float) -> dict[str, str]:
    """What a Number's status callback adds. ``Duration`` is in minutes begun."""
    fields = {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": format_datetime(at),
    }
    if leg.status in SIP_CODES:
        seconds = leg.seconds(now)
        fields |= {
            "CallDuration": str(seconds),
            "Duration": str(ceil(seconds / 60)),
            "SipResponseCode": SIP_CODES[leg.status],
        }
    return fields


def closing_status(leg: Leg) -> str:
    """The last CallStatus of a caller's leg. An unanswered call that simply ends counts as not answered."""
    if leg.answered_s is not None:
        return "completed"
    return leg.status if leg.status in ("busy", "no-answer", "failed") else "no-answer"
