"""The waiting room's rules: who waits at all, from which stops a waiting inquiry is served, and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from routing.rules.book import Book, Policies
from routing.rules.hours import open_seconds
from routing.rules.orderings import prefer
from routing.rules.receipt import Look
from routing.rules.values import Plan

AT_WORK = frozenset({"offered", "ringing", "busy", "wrapping"})
"""Whoever fails for one of these comes free by herself; everybody away is another fact and goes on at once
(routing-semantics section 9)."""
ORDINARY_TALK_S = 240


def worth_waiting(looks: Sequence[Look]) -> bool:
    """Somebody at one of the stops is only at work."""
    return any(at_work(look) for look in looks)


def at_work(look: Look) -> bool:
    failing: Mapping[str, str] = prefer(look.ordering, look.candidates, look.asked, look.draw).failing
    if "spoken_for" in failing.values():
        return True
    return look.counts.get("engaged", 0) > 0 and (len(look.candidates) == 0 or bool(AT_WORK & set(failing.values())))


def stops_in_reach(book: Book, plan: Plan, now: datetime) -> int:
    """How many stops of the plan a waiting inquiry has reached: it keeps the earlier ones while it goes on to the next,
    by open seconds from its start (section 5)."""
    reached = 1
    for step in plan.steps[:-1]:
        calendar = book.queues[step.target].calendar if step.kind != "on_call" else book.calendar
        if step.until_s is None or open_seconds(calendar, plan.effective_start, now) < step.until_s:
            break
        reached += 1
    return reached


@dataclass(frozen=True, slots=True)
class Hold:
    """What a caller is told: her place (1 is next), the minutes it should take, and whether she has waited as long as
    anybody has to."""

    position: int
    minutes: int
    longest_wait: bool


def hold(policies: Policies, waited: timedelta, position: int, pace: tuple[float | None, int]) -> Hold:
    """``pace`` is the mean talk of today in seconds (None without any) and how many people are there to talk."""
    mean_talk_s, staffed = pace
    seconds = (mean_talk_s or ORDINARY_TALK_S) * position / max(1, staffed)
    return Hold(
        position=position,
        minutes=max(1, ceil(seconds / 60)),
        longest_wait=waited.total_seconds() >= policies.longest_wait_s,
    )
