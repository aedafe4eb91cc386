"""How a lead is pursued: follow-up cadences, escalation ladders, and what the CRM is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What an outcome leads to: another attempt by ``way`` after ``wait_s``, or none at all."""

    way: Literal["call", "text", "email", "voicemail"] = "call"
    wait_s: int = 0
    template: str | None = None
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Cadence:
    """Attempts in seconds after the first (routing-semantics section 11). ``categories`` empty: for all the others."""

    id: str
    attempts_s: tuple[int, ...]
    after: Mapping[str, FollowUp] = field(default_factory=lambda: MappingProxyType({}))
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rung:
    """At this share of the response target (1 = the target). ``to`` is a coordinator, or ``next`` for the next
    eligible one."""

    at: float
    step: Literal["warn", "move"]
    to: str = "next"
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in the order they are reached. ``categories`` empty: for all the others."""

    id: str
    rungs: tuple[Rung, ...]
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Crm:
    """``token`` names where the secret is (``env:NAME``, ``file:PATH``). ``fields`` maps our attribute to theirs,
    ``labels`` our values to theirs, ``owners`` coordinator ids to their owner ids."""

    kind: Literal["none", "hubspot", "salesforce", "generic"] = "none"
    url: str | None = None
    token: str | None = None
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    owners: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
