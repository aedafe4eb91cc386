"""What a stop of a plan asks of the people there, at this moment of the waiting."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from routing.rules.book import Book, Queue, Requirement
from routing.rules.candidates import Asked, Kind
from routing.rules.hours import open_seconds
from routing.rules.orderings import Draw
from routing.rules.relaxation import in_force
from routing.rules.values import Inquiry, Plan, Step

SPOKEN = Requirement(attribute="language", value="plan")
"""Language is asked of everybody and never relaxed (routing-semantics section 2)."""
WHY_NOT_AGAIN: Mapping[str, str] = {
    "rejected": "refused",
    "timeout": "missed",
    "canceled": "tried",
    "rescinded": "tried",
    "pending": "tried",
}
"""What an earlier offer of the same inquiry makes of its coordinator in this pass."""


def asked_of_queue(
    queue: Queue,
    plan: Plan,
    kind: Literal["live_call", "live_chat", "later"],
    excluded: Mapping[str, str],
    now: datetime,
) -> Asked:
    elapsed = open_seconds(queue.calendar, plan.effective_start, now)
    return Asked(
        kind=kind,
        requirements=(SPOKEN, *in_force(queue.requires, queue.relax, elapsed)),
        facts=plan.facts,
        open_elapsed_s=elapsed,
        excluded=excluded,
        now_ms=milliseconds(now),
    )


def asked_on_call(excluded: Mapping[str, str], now: datetime) -> Asked:
    """A rota asks for nothing but that the rung is not in a talk (routing-semantics section 10, on-call calendar)."""
    kind: Kind = "on_call"
    return Asked(kind=kind, excluded=excluded, now_ms=milliseconds(now))


def drawn(inquiry: Inquiry, step: Step, attempt: int, last_tried: str | None) -> Draw:
    return Draw(inquiry.id, step.target, attempt, last_tried)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def rungs(book: Book, step: Step) -> tuple[str, ...]:
    return book.rotas[step.target].rungs
