"""An inquiry as it was planned, decided again from what is stored."""

from dataclasses import dataclass
from datetime import datetime

from routing.rules import canonical
from routing.rules.book import Book
from routing.rules.planning import plan
from routing.rules.values import Inquiry, Person, Plan
from routing.state.lookups import Underway
from routing.state.practice.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Told:
    """What an inquiry was planned from."""

    inquiry: Inquiry
    person: Person
    planned_at: datetime


def recalled(shelf: Shelf, at: Underway) -> tuple[Book, Plan, Told]:
    """The same plan as at entry: decided again from the stored input by the same rulebook version."""
    book = shelf.version(at.practice, at.version)
    told = Told(
        canonical.inquiry(at.stored["inquiry"]),
        canonical.person(at.stored["person"]),
        datetime.fromisoformat(at.stored["planned_at"]),
    )
    return book, plan(book, told.inquiry, told.person, told.planned_at), told
