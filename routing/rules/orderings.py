"""Who is asked first: the eleven orderings over one queue's eligible coordinators (routing-semantics section 3)."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import accumulate
from math import floor, fsum, inf
from types import MappingProxyType
from typing import Literal

from routing.rules.book import OrderingName
from routing.rules.candidates import Asked, Candidate, first_failing

Nobody = Literal["nobody_on_shift", "all_away", "all_busy", "all_at_capacity", "none_qualified"]


@dataclass(frozen=True, slots=True)
class Draw:
    """What a random ordering is seeded with, and where ``top_down`` goes on: ``last_tried`` is the coordinator this
    inquiry was last offered to, ``attempt`` counts its offers in the queue."""

    decision_id: str
    queue: str
    attempt: int
    last_tried: str | None = None


@dataclass(frozen=True, slots=True)
class Advance:
    """What the queue's rotation does once one of the order is claimed, whoever it is. ``last``: the claimed one's turn
    becomes the queue's maximum + 1. ``credit``: ``credits`` are added to the running values of those eligible, then
    ``charge`` is taken from the claimed one's. ``none``: nothing."""

    kind: Literal["none", "last", "credit"]
    credits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    charge: int = 0


@dataclass(frozen=True, slots=True)
class Preference:
    """``order`` has exactly the eligible, first choice first; ``failing`` everyone else with the first condition
    failed, by position."""

    order: tuple[str, ...]
    failing: Mapping[str, str]
    advance: Advance


Rank = tuple[float, ...]
Arranged = Callable[[Sequence[Candidate], Sequence[Candidate], Draw], list[Candidate]]
"""Takes the eligible, then every member (both by position), and the draw."""


def level(who: Candidate) -> float:
    """What ``fewest_in_window`` compares: assignments of the rolling window per unit of weight."""
    return (who.calibration + who.assigned - who.credits) / who.weight if who.weight > 0 else inf


def calibration(others: Sequence[float]) -> int:
    """The level at which someone joins or comes back, from the levels of the others: neither flooded nor left out. The
    joiner's ``calibration`` is this times the weight, less what still counts in the window."""
    return floor(fsum(others) / len(others)) if others else 0


def fullness(who: Candidate) -> float:
    """Largest used share of chat capacity and open-lead cap; the smallest of these is the largest free share. What
    allows nothing (a coordinator who takes no chats) says nothing about the rest."""
    shares = ((who.chats, who.capacity), (who.load, who.cap))
    return max((round(used / allowed, 9) for used, allowed in shares if allowed > 0), default=0.0)


def _by(key: Callable[[Candidate], Rank]) -> Arranged:
    # The eligible come by position and sorting is stable: the position breaks what ties are left.
    return lambda eligible, _everyone, _draw: sorted(eligible, key=key)


def _top_down(eligible: Sequence[Candidate], everyone: Sequence[Candidate], draw: Draw) -> list[Candidate]:
    # Below the last one tried even if that one is no longer eligible: a retry must not begin at the top again.
    def place(who: Candidate) -> Rank:
        return (who.rank, who.position)

    last = next((place(who) for who in everyone if who.id == draw.last_tried), (inf,))
    return sorted(eligible, key=lambda who: (place(who) <= last, place(who)))


def _drawn(weight: Callable[[Candidate], int]) -> Arranged:
    """Draws without replacement, probability = weight over the weights left. Whole numbers from SHA-256 only, so that
    a replay on another machine or Python draws the same. Weight 0 comes after all others."""

    def arrange(eligible: Sequence[Candidate], _everyone: Sequence[Candidate], draw: Draw) -> list[Candidate]:
        left = sorted(eligible, key=lambda who: who.id)
        order: list[Candidate] = []
        while left:
            bounds = list(accumulate(weight(who) for who in left))
            ticket = _number(draw, len(order)) % max(bounds[-1], 1)
            order.append(left.pop(min(bisect_right(bounds, ticket), len(left) - 1)))
        return order

    return arrange


def _number(draw: Draw, turn: int) -> int:
    seed = "\0".join((draw.decision_id, draw.queue, str(draw.attempt), str(turn)))
    return int.from_bytes(sha256(seed.encode()).digest(), "big")


_ORDERINGS: Mapping[OrderingName, Arranged] = {
    "longest_idle": _by(lambda who: (who.idle_since_ms,)),
    "round_robin": _by(lambda who: (who.turn,)),
    "weighted_round_robin": _by(lambda who: (-(who.current + who.weight),)),
    "fewest_in_window": _by(lambda who: (level(who), who.idle_since_ms)),
    # Loads are sums of tenths; equal ones must tie and not be told apart by the last bit.
    "least_loaded": _by(lambda who: (round(who.load, 6), who.idle_since_ms)),
    "most_available": _by(lambda who: (fullness(who), who.idle_since_ms)),
    "least_talk_time": _by(lambda who: (who.talk_s,)),
    "ranked": _by(lambda who: (who.rank, who.idle_since_ms)),
    "top_down": _top_down,
    "random": _drawn(lambda _: 1),
    "weighted_random": _drawn(lambda who: max(who.weight, 0)),
}


def prefer(ordering: OrderingName, candidates: Sequence[Candidate], asked: Asked, draw: Draw) -> Preference:
    """The order in which to try to claim, whatever order the candidates come in. ``candidates`` are all members of the
    queue that were looked at. Raises ValueError for an unknown ordering, never falls back to another."""
    arrange = _ORDERINGS.get(ordering)
    if arrange is None:
        raise ValueError(f"unknown ordering: {ordering}")
    everyone = sorted(candidates, key=lambda who: (who.position, who.id))
    conditions = {who.id: first_failing(who, asked) for who in everyone}
    eligible = [who for who in everyone if conditions[who.id] is None]
    return Preference(
        order=tuple(who.id for who in arrange(eligible, everyone, draw)),
        failing={name: condition for name, condition in conditions.items() if condition is not None},
        advance=_advance(ordering, eligible),
    )


def _advance(ordering: OrderingName, eligible: Sequence[Candidate]) -> Advance:
    if ordering == "round_robin":
        return Advance("last")
    if ordering == "weighted_round_robin":
        credits = {who.id: who.weight for who in eligible}
        return Advance("credit", credits, charge=sum(credits.values()))
    return Advance("none")


def sticky(preference: Preference, owner: str | None) -> Preference:
    """The owner first if eligible now; otherwise the pool at once, without waiting (section 6)."""
    if owner not in preference.order:
        return preference
    return replace(preference, order=(owner, *(each for each in preference.order if each != owner)))


_FACTS: Mapping[str, Nobody] = {
    "joins_later": "nobody_on_shift",
    "off_shift": "nobody_on_shift",
    "desired_offline": "nobody_on_shift",
    "transferring": "nobody_on_shift",
    "desired_away": "all_away",
    "heartbeat_stale": "all_away",
    "away_no_answer": "all_away",
    "offered": "all_busy",
    "ringing": "all_busy",
    "spoken_for": "all_busy",
    "busy": "all_busy",
    "wrapping": "all_busy",
    "no_answer_brake": "all_busy",
    "chat_capacity": "all_busy",
    "missed": "all_busy",
    "tried": "all_busy",
    "at_cap": "all_at_capacity",
    "hour_cap": "all_at_capacity",
    "day_cap": "all_at_capacity",
}
_SOONEST: tuple[Nobody, ...] = ("all_busy", "all_at_capacity", "none_qualified", "all_away")


def why_nobody(failing: Mapping[str, str]) -> Nobody:
    """Why a queue's order is empty (section 9). People who are not there are no reason while somebody is: one busy
    coordinator beside nine who are away is worth waiting for. A refusal and an unmet requirement count alike: waiting
    does not change them."""
    facts = {_FACTS.get(condition, "none_qualified") for condition in failing.values()}
    return next((fact for fact in _SOONEST if fact in facts), "nobody_on_shift")
