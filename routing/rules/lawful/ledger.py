"""What a person said about being contacted: opt-outs, consents and requests, and which of them holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from routing.rules.values import ContactWay

Purpose = Literal["requested_callback", "informational", "solicitation", "answer", "opt_out_confirmation"]
Scope = Literal["requested_callback", "informational", "solicitation", "any"]
Via = Literal["form", "text", "chat", "voicemail", "hold", "call"]
"""``call``: she rang and nobody talked to her; being called back is what she rang for."""

ScrubKind = Literal["national_dnc", "reassigned"]

ALL_WAYS: frozenset[ContactWay] = frozenset({"call", "text", "email", "voicemail"})
START_WORD = "start"
"""The source of a lift that the person texted herself, perhaps with the message after a colon."""
IN_HER_OWN_VOICE: frozenset[Via] = frozenset({"voicemail", "hold"})
REQUEST_LASTS = timedelta(days=7)
WIDER: Mapping[Scope, frozenset[str]] = MappingProxyType(
    {
        "any": frozenset({"requested_callback", "informational", "solicitation"}),
        "solicitation": frozenset({"requested_callback", "informational", "solicitation"}),
        "informational": frozenset({"requested_callback", "informational"}),
        "requested_callback": frozenset({"requested_callback"}),
    }
)
"""What a consent covers where the practice lets a wider one include the narrower."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """A line of the opt-out ledger. A lift (``is_out`` False) counts only if she texted START or a person approved."""

    way: ContactWay
    is_out: bool
    source: str
    at: datetime
    approved_by: str | None = None

    @property
    def counts(self) -> bool:
        return self.is_out or self.source.partition(":")[0] == START_WORD or bool(self.approved_by)


@dataclass(frozen=True, slots=True)
class Consent:
    """A line of the consent ledger. ``names_us``: its text names this practice. ``read_at`` is when a copy kept
    elsewhere (the CRM) was last read; None for what we hold ourselves."""

    id: str
    way: ContactWay
    scope: Scope
    is_granted: bool
    at: datetime
    names_us: bool = True
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """She asked to be contacted in these ways. ``chosen_at`` is the time of a call that she named herself, now
    included; None where she left it to us."""

    id: str
    via: Via
    at: datetime
    ways: frozenset[ContactWay]
    chosen_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.at <= at < max(self.at, self.chosen_at or self.at) + REQUEST_LASTS


@dataclass(frozen=True, slots=True)
class Scrub:
    """What somebody who compared her number with a list at ``at`` told us."""

    kind: ScrubKind
    is_listed: bool
    at: datetime


def out_since(lines: Iterable[OptOut], way: ContactWay) -> datetime | None:
    """The last time she said no, if it still holds. At the same instant a no wins over a yes."""
    told = sorted((line for line in lines if line.way == way and line.counts), key=lambda line: (line.at, line.is_out))
    return told[-1].at if told and told[-1].is_out else None


def opted_out(lines: Iterable[OptOut]) -> frozenset[ContactWay]:
    """The ways that are off. Rows are never deleted."""
    told = tuple(lines)
    return frozenset(way for way in ALL_WAYS if out_since(told, way) is not None)


def ways_left(out: frozenset[ContactWay]) -> frozenset[ContactWay]:
    """A voicemail drop is a call: who opted out of calls gets neither (A-48)."""
    with_calls = frozenset({"voicemail"}) if "call" in out else frozenset()
    return ALL_WAYS - out - with_calls


def no_since(lines: Iterable[OptOut], way: ContactWay) -> datetime | None:
    """The last no that keeps this way closed, by the rule above."""
    told = tuple(lines)
    said = [out_since(told, way), out_since(told, "call") if way == "voicemail" else None]
    return max((at for at in said if at is not None), default=None)
