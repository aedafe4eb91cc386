"""Why a lead was closed without contact: one cause each, the first that holds (routing-semantics section 15, S-16)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

LostCause = Literal[
    "technical",
    "never_assigned",
    "consent_blocked",
    "no_coverage",
    "overload",
    "late_assignment",
    "wrong_route",
    "no_attempt",
    "outside_best_time",
    "follow_up_stopped",
    "low_intent",
]
Group = Literal["system", "rule", "staffing", "quality"]
ASSIGNED_WITHIN = timedelta(seconds=5)
AWAY = frozenset({"off_shift", "away", "offline"})
FULL = frozenset({"at_cap", "hour_cap", "day_cap"})


@dataclass(frozen=True, slots=True)
class Lost:
    """What the rows say of one lead. ``owned_at`` is when it first had a named owner. ``failing`` maps everybody who
    was looked at when it came in to why she could not take it; ``somebody`` could. ``moved_at`` is when category or
    location was corrected. ``in_best_time``: None where she named no time."""

    started_at: datetime
    due_at: datetime
    closed_at: datetime
    owned_at: datetime | None
    failing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    somebody: bool = True
    blocked: bool = False
    broken: bool = False
    moved_at: datetime | None = None
    misrouted: bool = False
    attempts: tuple[datetime, ...] = ()
    wanted_attempts: int = 1
    declined: bool = False
    in_best_time: bool | None = None
    assigned_within: timedelta = ASSIGNED_WITHIN

    @property
    def first_attempt(self) -> datetime | None:
        return min(self.attempts, default=None)


def is_unowned(lead: Lost) -> bool:
    return lead.owned_at is None or lead.owned_at >= lead.closed_at


def is_uncovered(lead: Lost) -> bool:
    return not lead.somebody and bool(lead.failing) and set(lead.failing.values()) <= AWAY


def is_overloaded(lead: Lost) -> bool:
    return not lead.somebody and bool(FULL & set(lead.failing.values()))


def is_owned_late(lead: Lost) -> bool:
    return lead.owned_at is not None and lead.owned_at - lead.started_at > lead.assigned_within


def is_misrouted(lead: Lost) -> bool:
    corrected = lead.moved_at is not None and (lead.first_attempt is None or lead.moved_at <= lead.first_attempt)
    return lead.misrouted or corrected


def is_untried(lead: Lost) -> bool:
    return lead.first_attempt is None or lead.first_attempt > lead.due_at


def is_given_up(lead: Lost) -> bool:
    return not lead.declined and len(lead.attempts) < lead.wanted_attempts


CAUSES: tuple[tuple[LostCause, Group, Callable[[Lost], bool]], ...] = (
    ("technical", "system", lambda lead: lead.broken),
    ("never_assigned", "rule", is_unowned),
    ("consent_blocked", "quality", lambda lead: lead.blocked),
    ("no_coverage", "staffing", is_uncovered),
    ("overload", "staffing", is_overloaded),
    ("late_assignment", "rule", is_owned_late),
    ("wrong_route", "rule", is_misrouted),
    ("no_attempt", "staffing", is_untried),
    ("outside_best_time", "staffing", lambda lead: lead.in_best_time is False),
    ("follow_up_stopped", "staffing", is_given_up),
    ("low_intent", "quality", lambda lead: True),
)
"""The last holds always, so that nobody is left without a cause."""
GROUPS: Mapping[LostCause, Group] = MappingProxyType({cause: group for cause, group, _ in CAUSES})


def cause_of(lead: Lost) -> LostCause:
    return next(cause for cause, _, holds in CAUSES if holds(lead))
