"""The decision receipt: why it came out as it did, in bytes that a replay reproduces (routing-semantics section 16)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from routing.rules import canonical
from routing.rules.book import Book, OrderingName
from routing.rules.candidates import Asked, Candidate
from routing.rules.orderings import Draw, prefer, sticky
from routing.rules.planning import plan
from routing.rules.values import Inquiry, Person

Trigger = Literal["entry", "reply", "timeout", "transfer", "came_free", "callback", "operator", "degraded"]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a stop of the plan: who was there, what was asked, and whom the claim got. ``counts`` stands for the
    members of a large queue that were not looked at one by one."""

    target: str
    ordering: OrderingName
    candidates: tuple[Candidate, ...]
    asked: Asked
    draw: Draw
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    chosen: str | None = None
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """``planned_at`` is the instant the plan was made at, ``at`` the one of this decision. ``effects`` are ids of the
    rows that this decision wrote."""

    id: str
    at: datetime
    trigger: Trigger
    inquiry: Inquiry
    person: Person
    planned_at: datetime
    lead: str
    owner: str
    looks: tuple[Look, ...] = ()
    effects: tuple[str, ...] = ()


def receipt(book: Book, decision: Decision, previous: str | None) -> str:
    """Canonical JSON. ``previous`` is the digest of the receipt before it on the same inquiry."""
    planned = plan(book, decision.inquiry, decision.person, decision.planned_at)
    return canonical.dumps(
        {
            **parts(decision),
            "looks": [{**parts(look), **reasoned(look, planned.sticky_owner)} for look in decision.looks],
            "rulebook": {"practice": book.practice, "version": book.version, "digest": book.digest},
            "plan": planned,
            "previous": previous,
        }
    )


def parts(value: Decision | Look) -> dict[str, Any]:
    """Only one level deep: ``dumps`` makes all of it plain, once."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


def reasoned(look: Look, owner: str | None) -> dict[str, Any]:
    preference = sticky(prefer(look.ordering, look.candidates, look.asked, look.draw), owner)
    return {"order": preference.order, "failing": dict(preference.failing)}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def replay(book: Book, text: str) -> str:
    """Decides again from the receipt's own input and snapshot; equal to ``text`` unless somebody altered it or ``book``
    is not the version it was decided with."""
    stored = json.loads(text)
    looks = tuple(
        Look(
            target=look["target"],
            ordering=look["ordering"],
            candidates=tuple(canonical.candidate(c) for c in look["candidates"]),
            asked=canonical.asked(look["asked"]),
            draw=canonical.draw(look["draw"]),
            counts=MappingProxyType(look["counts"]),
            chosen=look["chosen"],
            fence=look["fence"],
        )
        for look in stored["looks"]
    )
    decision = Decision(
        id=stored["id"],
        at=datetime.fromisoformat(stored["at"]),
        trigger=stored["trigger"],
        inquiry=canonical.inquiry(stored["inquiry"]),
        person=canonical.person(stored["person"]),
        planned_at=datetime.fromisoformat(stored["planned_at"]),
        lead=stored["lead"],
        owner=stored["owner"],
        looks=looks,
        effects=tuple(stored["effects"]),
    )
    return receipt(book, decision, stored["previous"])
