"""What somebody named owes an inquiry that nobody takes now: which kind of contact, and by when."""

from typing import Literal

from routing.rules.values import Inquiry, Plan
from routing.state.ledger import NewId, Promise


def promised(new_id: NewId, planned: Plan, inquiry: Inquiry, owner: str, has_number: bool) -> Promise:
    """The task that somebody named owes; never a way the person has opted out of (A-48)."""
    last = planned.steps[-1]
    kind = owed(planned, inquiry, has_number)
    target = planned.target_queue or planned.queue
    due = planned.due_at if inquiry.channel != "call" or not last.due_at else min(planned.due_at, last.due_at)
    return Promise(new_id("tk"), kind, owner, planned.reason, due if planned.open else planned.due_at, target)


def owed(planned: Plan, inquiry: Inquiry, has_number: bool) -> Literal["call", "callback", "text", "email", "review"]:
    if inquiry.channel == "chat" and not has_number:
        return "text"
    if not has_number:
        return "review"
    if "call" in planned.allowed:
        return "callback" if inquiry.channel == "call" else "call"
    if "text" in planned.allowed:
        return "text"
    return "email" if "email" in planned.allowed else "review"
