"""May we contact this person, in which way, for which purpose, and if not now, when.

To be asked in the transaction that claims a send or a dial, and again on every retry (I6, I7).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from routing.rules.calendars import in_utc
from routing.rules.hours import LOOK_AHEAD
from routing.rules.lawful.case import Approach, Attempt, Contactable, Denial
from routing.rules.lawful.ledger import Consent, OptOut, Purpose, Request, Scrub
from routing.rules.lawful.permission import opted_out, unasked
from routing.rules.lawful.rows import VERSION
from routing.rules.lawful.scrubs import unscrubbed
from routing.rules.lawful.states import Jurisdiction
from routing.rules.lawful.timing import (
    AT_ANY_HOUR,
    after_a_crisis,
    binding_hours,
    caps,
    out_of_hours,
    too_early,
    too_often,
)
from routing.rules.lawful.windows import Almanac, Standards
from routing.rules.values import ContactWay

__all__ = [
    "Almanac",
    "Attempt",
    "Consent",
    "Contactable",
    "Jurisdiction",
    "OptOut",
    "Purpose",
    "Request",
    "Scrub",
    "Standards",
    "Verdict",
    "may_contact",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` says why, either way. ``next_allowed`` is the first moment it is allowed, UTC: now, later, or None if
    waiting alone does not help within 60 days and a person has to decide. ``rules`` are the rows that were asked, for
    the receipt."""

    allowed: bool
    reason: str
    next_allowed: datetime | None
    rules: tuple[str, ...]
    version: str = VERSION


def unreachable(approach: Approach, at: datetime) -> Denial | None:
    return Denial("destination_barred") if approach.way in approach.case.barred else None


CHECKS: tuple[Callable[[Approach, datetime], Denial | None], ...] = (
    opted_out,
    unasked,
    unscrubbed,
    unreachable,
    too_early,
    too_often,
    out_of_hours,
    after_a_crisis,
)
"""In this order; the first that denies gives the reason."""


def may_contact(case: Contactable, way: ContactWay, purpose: Purpose, now: datetime) -> Verdict:
    """ValueError for a naive ``now``."""
    now = in_utc(now)
    approach = Approach(case, way, purpose)
    denied = denial(approach, now)
    if denied is None:
        return Verdict(True, grounds(approach, now), now, asked(approach, now))
    return Verdict(False, denied.reason, after(approach, denied, now), asked(approach, now))


def denial(approach: Approach, at: datetime) -> Denial | None:
    return next((denied for check in CHECKS if (denied := check(approach, at))), None)


def after(approach: Approach, denied: Denial, now: datetime) -> datetime | None:
    """Every denial holds until its own end, so that nothing is skipped by going on from there."""
    still: Denial | None = denied
    while still and still.not_before and still.not_before <= now + LOOK_AHEAD:
        at = in_utc(still.not_before)
        still = denial(approach, at)
        if still is None:
            return at
    return None


def grounds(approach: Approach, at: datetime) -> str:
    if approach.purpose in AT_ANY_HOUR:
        return approach.purpose
    if approach.chosen(at):
        return "chosen_time"
    return "requested" if approach.request(at) else "consented"


def asked(approach: Approach, at: datetime) -> tuple[str, ...]:
    if approach.purpose in AT_ANY_HOUR:
        return (f"contact.{approach.purpose}",)
    hours = dict.fromkeys(each.rule for each in binding_hours(approach, at))
    return (*hours, *(row.id for row in caps(approach)))
