"""Who may take an inquiry: one queue's coordinators as a snapshot, and the first condition each of them fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from routing.rules.book import Requirement

Desired = Literal["available", "away", "offline"]
Effective = Literal["free", "offered", "busy", "wrapping", "away", "offline"]
Kind = Literal["live_call", "live_chat", "later", "on_call"]

HEARTBEAT_S = 30
"""A console that has been silent for longer is gone."""
EXCLUSIONS = frozenset({"refused", "transferring", "missed", "tried", "ringing", "spoken_for"})
"""Why a coordinator may be left out of one inquiry before anything else is looked at. ``ringing``: her phone still does
for a caller whom somebody else has taken. ``spoken_for``: a caller who has waited longer is about to be offered her."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One coordinator in one queue at one instant. Times are milliseconds since 1970 (UTC), loads in open leads."""

    id: str
    position: int
    desired: Desired = "available"
    effective: Effective = "free"
    version: int = 0
    """Live version; a claim succeeds only while it is unchanged."""
    on_shift: bool = True
    heartbeat_age_s: float | None = None
    """None where presence is a phone and no heartbeat is owed."""
    braked_until_ms: int = 0
    """Not offered again before this instant after a missed offer."""
    idle_since_ms: int = 0
    """The later of the end of the last work (wrap-up included) and the moment of coming free."""
    load: float = 0.0
    cap: float = 12.0
    chats: int = 0
    capacity: int = 3
    taken_hour: int = 0
    per_hour: int | None = None
    taken_day: int = 0
    per_day: int | None = None
    languages: frozenset[str] = frozenset({"en"})
    skills: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    locations: frozenset[str] = frozenset()
    rank: int = 0
    weight: int = 1
    from_s: int = 0
    turn: int = 0
    """Round robin: the smallest is next."""
    current: int = 0
    """Smooth weighted round robin: the running value before this pick."""
    assigned: int = 0
    """Accepted or assigned in the rolling seven days, in this queue."""
    calibration: float = 0.0
    credits: int = 0
    talk_s: float = 0.0
    """Talk since local midnight of the queue, calibrated at sign-in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one inquiry asks of candidates. ``live_call`` and ``live_chat`` are offered now, ``later`` is assigned to
    someone who need not be free this second, ``on_call`` rings a rota whatever the shift (routing-semantics section 2).
    ``requirements`` are those in force, ``facts`` the plan's; ``excluded`` maps a coordinator to one of EXCLUSIONS."""

    kind: Kind
    requirements: tuple[Requirement, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    open_elapsed_s: int = 0
    excluded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    now_ms: int = field(kw_only=True)


def at_cap(candidate: Candidate) -> bool:
    # Loads are sums of tenths: twenty times 0.6 must equal a cap of 12 and not fall just below it.
    return round(candidate.load, 6) >= round(candidate.cap, 6)


def heartbeat_stale(candidate: Candidate) -> bool:
    age = candidate.heartbeat_age_s
    return candidate.effective == "offline" or (age is not None and age > HEARTBEAT_S)


Check = Callable[[Candidate, Asked], bool]

_CHECKS: tuple[tuple[str, Check], ...] = (
    ("joins_later", lambda who, asked: asked.open_elapsed_s < who.from_s),
    ("off_shift", lambda who, _: not who.on_shift),
    ("desired_away", lambda who, _: who.desired == "away"),
    ("desired_offline", lambda who, _: who.desired == "offline"),
    ("heartbeat_stale", lambda who, _: heartbeat_stale(who)),
    ("away_no_answer", lambda who, _: who.effective == "away"),
    ("offered", lambda who, _: who.effective == "offered"),
    ("busy", lambda who, _: who.effective == "busy"),
    ("wrapping", lambda who, _: who.effective == "wrapping"),
    ("no_answer_brake", lambda who, asked: asked.now_ms < who.braked_until_ms),
    ("chat_capacity", lambda who, _: who.chats >= who.capacity),
    ("at_cap", lambda who, _: at_cap(who)),
    ("hour_cap", lambda who, _: who.per_hour is not None and who.taken_hour >= who.per_hour),
    ("day_cap", lambda who, _: who.per_day is not None and who.taken_day >= who.per_day),
)
"""In the order in which they are looked at; the first that is true is the condition a candidate fails."""

CONDITIONS = EXCLUSIONS | {name for name, _ in _CHECKS} | {"language"}
"""Every name ``first_failing`` gives, apart from ``requirement_<group or attribute>``."""

_PRESENCE = frozenset({"desired_away", "desired_offline", "heartbeat_stale", "away_no_answer"})
_LIVE_WORK = frozenset({"offered", "busy", "wrapping", "no_answer_brake", "chat_capacity"})
_CAPS = frozenset({"at_cap", "hour_cap", "day_cap"})
_NOT_ASKED: Mapping[Kind, frozenset[str]] = {
    "live_call": frozenset({"chat_capacity"}),
    "live_chat": frozenset(),
    "later": _PRESENCE | _LIVE_WORK,
    "on_call": _PRESENCE | _CAPS | {"joins_later", "off_shift", "chat_capacity"},
}
_ASKED: Mapping[Kind, tuple[tuple[str, Check], ...]] = {
    kind: tuple((name, fails) for name, fails in _CHECKS if name not in ignored) for kind, ignored in _NOT_ASKED.items()
}


def first_failing(candidate: Candidate, asked: Asked) -> str | None:
    """The first condition that keeps the candidate from taking the inquiry, None if eligible. Names are those of
    CONDITIONS, or ``requirement_`` and the soft group (else the attribute)."""
    if candidate.id in asked.excluded:
        return asked.excluded[candidate.id]
    for name, fails in _ASKED[asked.kind]:
        if fails(candidate, asked):
            return name
    for requirement in asked.requirements:
        if not meets(candidate, requirement, asked.facts):
            return requirement_name(requirement)
    return None


def meets(candidate: Candidate, requirement: Requirement, facts: Mapping[str, str]) -> bool:
    """A requirement that follows the plan asks nothing where the plan does not know the fact."""
    wanted = facts.get(requirement.attribute) if requirement.value == "plan" else requirement.value
    if wanted is None:
        return True
    if requirement.attribute == "skill":
        return candidate.skills.get(wanted, 0) >= requirement.at_least
    return wanted in (candidate.languages if requirement.attribute == "language" else candidate.locations)


def requirement_name(requirement: Requirement) -> str:
    if requirement.attribute == "language":
        return "language"
    return f"requirement_{requirement.group or requirement.attribute}"
