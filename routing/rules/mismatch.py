"""Somebody asked for another service than the dialled number stands for (A-79): the note, and whose follow-up it is."""

from routing.rules.book import Book, Queue
from routing.rules.values import Plan

MISMATCH = "specialty_mismatch"


def dialled_category(book: Book, plan: Plan) -> str | None:
    """What the dialled number, or its campaign, stands for."""
    number = book.tracking_numbers.get(plan.facts.get("tracking_number", ""))
    if number is None:
        return None
    campaign = book.campaigns.get(number.campaign)
    return number.attributes.get("category") or (campaign.attributes.get("category") if campaign else None)


def note_of(book: Book, plan: Plan) -> str | None:
    """What stands on the lead: ids of the practice file only, never anybody's own words."""
    category = dialled_category(book, plan)
    if plan.reason != MISMATCH or category is None:
        return plan.note
    office = book.tracking_numbers[plan.facts["tracking_number"]].location
    return f"caller requested {plan.category}, dialled {category} {office or ''}".rstrip()


def still_wanted(book: Book, plan: Plan, taken_in: str) -> Queue | None:
    """The queue of the service asked for, where another than it has talked to the caller (A-34)."""
    wanted = plan.steps[0].target
    return book.queues.get(wanted) if plan.reason == MISMATCH and taken_in != wanted else None
