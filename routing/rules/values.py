"""What the rules are told and what they answer: an inquiry, a person, a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

Channel = Literal["call", "text", "chat", "form"]
ContactWay = Literal["call", "text", "email", "voicemail"]

MISSING = "missing"
"""The word a practice file writes for "this attribute was not given"."""

ATTRIBUTES = frozenset(
    {
        "ad_group",
        "age_band",
        "appointment",
        "campaign",
        "category",
        "channel",
        "city",
        "intent",
        "keyword",
        "language",
        "level_of_care",
        "location",
        "page",
        "patient",
        "payer",
        "source",
        "state",
        "tracking_number",
        "urgency",
        "zip",
    }
)
"""Everything a rule may look at. Money has no word here: routing-semantics section 18."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One answer, where it came from (``number``, ``campaign``, ``recorded_send``, ``our_send``, ``picked``, ``typed``,
    ``spoken``, ``keyed``, ``crm``, ``rule``) and how sure we are (0 to 1)."""

    value: str
    source: str = "stated"
    confidence: float = 1.0
    phrase: str = ""
    """The phrase of the practice file, or the key, that it was known by; never the person's own words."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One call, text, chat or form. ``attributes`` holds only names of ``ATTRIBUTES``."""

    id: str
    channel: Channel
    received_at: datetime
    attributes: Mapping[str, Stated] = field(default_factory=lambda: MappingProxyType({}))
    effective_start: datetime | None = None
    crisis: bool = False
    is_test: bool = False

    def value(self, name: str) -> str | None:
        if name == "channel":
            return self.channel
        stated = self.attributes.get(name)
        return stated.value if stated else None


@dataclass(frozen=True, slots=True)
class Person:
    """What is known about who got in touch. ``id`` is None for a stranger."""

    id: str | None = None
    owner: str | None = None
    established: bool | None = None
    language: str | None = None
    opted_out: frozenset[ContactWay] = frozenset()


StepKind = Literal["offer", "on_call", "intake"]
Reach = Literal["answer", "call", "text", "email", "person_decides"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of a plan. ``offer`` rings the queue's coordinators, ``on_call`` the rungs of a rota; ``intake``
    does the same and does not expire. ``owner`` is the named person when nobody of the stop takes it. ``until_s``
    counts open seconds from the plan's effective start, None means it never expires. ``due_at`` is when the owner must
    have acted."""

    kind: StepKind
    target: str
    owner: str
    reason: str
    until_s: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What one layer decided, by which rule, and the value it settled on."""

    layer: str
    reason: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Where an inquiry goes. ``steps`` is never empty and its last step never expires and has an owner."""

    steps: tuple[Step, ...]
    reason: str
    decided: tuple[Decided, ...]
    category: str | None
    location: str | None
    facts: Mapping[str, str]
    """The attributes after all layers have spoken: what the queue's requirements are compared with."""
    allowed: frozenset[ContactWay]
    sticky_owner: str | None
    effective_start: datetime
    head_start_s: int
    open: bool
    next_opening: datetime | None
    due_at: datetime
    """When the first human attempt is due: the response target, from the next opening if closed."""
    ask: tuple[str, ...] = ()
    """Attributes still to be asked for."""
    reach: Reach = "answer"
    """How the owner is to reach the person; an inbound call is answered whatever was opted out of."""
    target_queue: str | None = None
    """The queue it would have gone to in open hours, when ``after_hours`` or ``on_call`` decided."""
    note: str | None = None
    """A note code for the coordinator, e.g. ``specialty_mismatch:dermatology``; never free text."""

    @property
    def queue(self) -> str:
        return self.steps[0].target

    @property
    def waiting_key_ms(self) -> int:
        """Static order of waiting, smallest first (routing-semantics section 4)."""
        return int(self.effective_start.timestamp() * 1000) - self.head_start_s * 1000
