"""What a look at the live state sees: each coordinator's fields become a candidate for the rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, cast
from zoneinfo import ZoneInfo

from routing.rules.book import Book, Coordinator, Member
from routing.rules.candidates import Candidate, Desired, Effective

Work = Literal["", "offered", "busy", "wrapping"]

HOUR_MS = 3_600_000
MISSES = 2
"""So many offers missed in a row make a coordinator effectively away."""

FIELDS = (
    "version",
    "desired",
    "work",
    "until",
    "misses",
    "braked_until",
    "idle_since",
    "load",
    "chats",
    "heartbeat",
    "hour_from",
    "hour_taken",
    "day_from",
    "day_taken",
)
"""Read of a coordinator's hash, in this order."""

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rows add about one coordinator in one queue; meanings as in Candidate."""

    assigned: int = 0
    calibration: float = 0.0
    credits: int = 0
    talk_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a look is told beforehand. ``now_ms`` is the house's clock, ``real_ms`` real time for heartbeats."""

    now_ms: int
    real_ms: int
    on_shift: Callable[[Coordinator], bool]
    standings: Mapping[str, Standing] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``candidates`` are all members asked for, or the head of a large queue's free list. ``counts`` covers every
    member: ``free``, ``engaged`` (offered, busy, wrapping or braked) and ``away`` (away, offline or two misses)."""

    candidates: tuple[Candidate, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """One member as read: the hash, and the place in the queue's rotation."""

    member: Member
    fields: Fields
    turn: int
    current: int

    @classmethod
    def read(cls, member: Member, line: str) -> "Seen":
        """From a line of ``see.lua``."""
        turn, current, *values = line.split("|")
        return cls(member, dict(zip(FIELDS, values, strict=True)), int(turn), int(current))


def effective(desired: Desired, work: Work, until_ms: int, misses: int, now_ms: int) -> Effective:
    """Live work first, then what was wished. An offer or wrap-up past its end is none (routing-semantics section 8)."""
    if work == "busy" or (work and until_ms > now_ms):
        return cast("Effective", work)
    if desired != "available":
        return desired
    return "away" if misses >= MISSES else "free"


def local_midnight_ms(zone: str, now_ms: int) -> int:
    today = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone)).date()
    return int(datetime(today.year, today.month, today.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def hour_start_ms(now_ms: int) -> int:
    return now_ms - now_ms % HOUR_MS


def candidates(book: Book, seen: Sequence[Seen], look: Look) -> tuple[Candidate, ...]:
    midnight = local_midnight_ms(book.zone, look.now_ms)
    return tuple(_candidate(book.coordinators[each.member.coordinator], each, look, midnight) for each in seen)


def _candidate(coordinator: Coordinator, seen: Seen, look: Look, midnight_ms: int) -> Candidate:
    fields, member = seen.fields, seen.member
    standing = look.standings.get(coordinator.id, Standing())
    desired = cast("Desired", fields["desired"])
    this_hour = int(fields["hour_from"]) == hour_start_ms(look.now_ms)
    return Candidate(
        id=coordinator.id,
        position=member.position,
        desired=desired,
        effective=effective(
            desired, cast("Work", fields["work"]), int(fields["until"]), int(fields["misses"]), look.now_ms
        ),
        version=int(fields["version"]),
        on_shift=look.on_shift(coordinator),
        heartbeat_age_s=_heartbeat_age_s(coordinator, fields, look.real_ms),
        braked_until_ms=int(fields["braked_until"]),
        idle_since_ms=int(fields["idle_since"]),
        load=float(fields["load"]),
        cap=coordinator.cap,
        chats=int(fields["chats"]),
        capacity=coordinator.capacity,
        taken_hour=int(fields["hour_taken"]) if this_hour else 0,
        per_hour=coordinator.per_hour,
        taken_day=int(fields["day_taken"]) if int(fields["day_from"]) == midnight_ms else 0,
        per_day=coordinator.per_day,
        languages=coordinator.languages,
        skills=coordinator.skills,
        locations=coordinator.locations,
        rank=member.rank,
        weight=member.weight,
        from_s=member.from_s,
        turn=seen.turn,
        current=seen.current,
        assigned=standing.assigned,
        calibration=standing.calibration,
        credits=standing.credits,
        talk_s=standing.talk_s,
    )


def _heartbeat_age_s(coordinator: Coordinator, fields: Fields, real_ms: int) -> float | None:
    if coordinator.presence == "phone":
        return None
    return max(real_ms - int(fields["heartbeat"]), 0) / 1000


def counted(members: Iterable[Candidate], now_ms: int) -> Mapping[str, int]:
    """The three counts of Snapshot, from every member."""
    found = {"free": 0, "engaged": 0, "away": 0}
    for each in members:
        found[_condition(each, now_ms)] += 1
    return found


def _condition(who: Candidate, now_ms: int) -> str:
    if who.effective in ("offered", "busy", "wrapping"):
        return "engaged"
    if who.effective in ("away", "offline"):
        return "away"
    return "engaged" if who.braked_until_ms > now_ms else "free"
