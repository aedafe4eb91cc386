"""A plan in plain words, for ``leadline practice explain``."""

from datetime import datetime
from zoneinfo import ZoneInfo

from routing.rules.book import Book
from routing.rules.values import Plan, Step


def explained(book: Book, plan: Plan) -> str:
    """One line a layer, then the stops in order."""
    layers = [f"  {said.layer:<14} {said.reason}{f' -> {said.value}' if said.value else ''}" for said in plan.decided]
    asked = [f"still to ask: {', '.join(plan.ask)}"] if plan.ask else []
    return "\n".join(
        [
            f"{book.name}, rulebook version {book.version}",
            f"reason: {plan.reason}",
            "layers:",
            *layers,
            "stops:",
            *(f"  {stop(book, step)}" for step in plan.steps),
            f"first attempt due {local(book, plan.due_at)}; head start {plan.head_start_s} s",
            f"open: {'yes' if plan.open else 'no'}; reached by: {plan.reach}",
            *asked,
        ]
    )


def stop(book: Book, step: Step) -> str:
    owner = book.coordinators[step.owner].name
    members = ", ".join(
        book.coordinators[who].name
        for who in (
            book.rotas[step.target].rungs
            if step.kind == "on_call"
            else (member.coordinator for member in book.queues[step.target].members)
        )
    )
    end = "does not expire" if step.until_s is None else f"until {step.until_s} s"
    due = f", deadline {local(book, step.due_at)}" if step.due_at else ""
    return f"{step.kind} {step.target} ({end}): {members}; owner {owner}{due}; {step.reason}"


def local(book: Book, at: datetime) -> str:
    return at.astimezone(ZoneInfo(book.zone)).strftime("%a %Y-%m-%d %H:%M:%S %Z")
