"""The eight statuses of a lead, which may follow which, and with what cause one may be closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Status = Literal[
    "new", "attempted", "contacted", "scheduled", "showed_up", "intake_completed", "not_interested", "closed"
]
Cause = Literal[
    "completed",
    "declined",
    "no_response",
    "not_eligible",
    "wrong_number",
    "duplicate",
    "consent_blocked",
    "spam",
]
Need = Literal["attempt", "contact", "intake"]
Why = Literal["illegal_move", "cause_wanted", "cause_not_wanted", "cause_unfounded"]

# "attempted" and "contacted" follow from recorded attempts; by hand one only goes back to "contacted".
MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        "new": frozenset({"not_interested", "closed"}),
        "attempted": frozenset({"not_interested", "closed"}),
        "contacted": frozenset({"scheduled", "intake_completed", "not_interested", "closed"}),
        "scheduled": frozenset({"contacted", "showed_up", "intake_completed", "not_interested", "closed"}),
        "showed_up": frozenset({"scheduled", "intake_completed", "not_interested", "closed"}),
        "intake_completed": frozenset({"closed"}),
        "not_interested": frozenset({"contacted", "scheduled", "closed"}),
        "closed": frozenset(),
    }
)

CAUSES: Mapping[Cause, Need | None] = MappingProxyType(
    {
        "completed": "intake",
        "declined": "contact",
        "no_response": "attempt",
        "not_eligible": None,
        "wrong_number": None,
        "duplicate": None,
        "consent_blocked": None,
        "spam": None,
    }
)
"""What must have happened for a cause to be true: nobody is closed for want of an answer who was never tried."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a lead has come: ``attempted`` a human tried, ``contacted`` it went both ways."""

    status: Status
    attempted: bool
    contacted: bool


def why_not(lead: Standing, wanted: Status, cause: Cause | None) -> Why | None:
    """None for a legal move. Closing wants a cause, and one that holds (S-14)."""
    if wanted not in allowed(lead):
        return "illegal_move"
    if wanted != "closed":
        return "cause_not_wanted" if cause else None
    if cause is None:
        return "cause_wanted"
    return None if holds(CAUSES[cause], lead) else "cause_unfounded"


def allowed(lead: Standing) -> frozenset[Status]:
    """An appointment or a talk is not noted for somebody who was never reached."""
    reached = MOVES[lead.status]
    return reached if lead.contacted else reached - {"contacted", "scheduled"}


def holds(need: Need | None, lead: Standing) -> bool:
    found = {
        "attempt": lead.attempted,
        "contact": lead.contacted or lead.status == "not_interested",
        "intake": lead.status == "intake_completed",
    }
    return need is None or found[need]
