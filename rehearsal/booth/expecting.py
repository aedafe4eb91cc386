"""What whoever dials a tracking number may expect now: the plan of the rules, in a few plain words."""

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rehearsal.directory import Directory
from routing.rules.book import Book
from routing.rules.planning import plan
from routing.rules.questions import Menu
from routing.rules.values import Inquiry, Person, Plan, Stated

LANGUAGES = MappingProxyType({"en": "English", "es": "Spanish"})


@dataclass(frozen=True, slots=True)
class Line:
    """A tracking number as the page offers it."""

    number: str
    campaign: str
    place: str
    languages: str
    expected: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A practice and its tracking numbers."""

    practice: str
    name: str
    lines: tuple[Line, ...]


def offered(directory: Directory, now: datetime) -> list[Offered]:
    """Where only labels of numbers are known, they are all that is told."""
    if not directory.books:
        known = tuple(Line(one.number, one.label, "", "", "") for one in directory.tracked)
        return [Offered("", "Tracking numbers", known)] if known else []
    return [
        Offered(book.practice, book.name, tuple(_line(book, number, now) for number in book.tracking_numbers))
        for book in directory.books
        if book.tracking_numbers
    ]


def _line(book: Book, number: str, now: datetime) -> Line:
    tracked = book.tracking_numbers[number]
    campaign, location = book.campaigns.get(tracked.campaign), book.locations.get(tracked.location or "")
    return Line(
        number,
        campaign.label if campaign else tracked.campaign,
        location.name if location else "",
        " and ".join(LANGUAGES.get(one, one) for one in book.languages),
        expected(book, number, now),
    )


def expected(book: Book, number: str, now: datetime) -> str:
    stated = MappingProxyType({"tracking_number": Stated(number, "number")})
    made = plan(book, Inquiry("iq_example", "call", now, stated), Person(), now)
    menu = book.menu_of(number)
    if made.open and menu:
        return f"Open. Asks by key or in words: {_choices(book, menu)}. After silence it {_rung(book, made)}."
    if made.open:
        return f"Open. Leadline {_rung(book, made)}."
    opens = made.next_opening
    until = f" until {opens.astimezone(ZoneInfo(book.zone)):%a %H:%M}" if opens else ""
    return f"Closed{until}. {_rung(book, made)}."


def _choices(book: Book, menu: Menu) -> str:
    def label(value: str) -> str:
        category = book.categories.get(value)
        return (category.label if category else value).lower()

    return ", ".join(f"{choice.key} {label(choice.value)}" for choice in menu.choices)


def _rung(book: Book, made: Plan) -> str:
    step = made.steps[0]
    if step.kind == "on_call":
        return f"Leadline rings who is on call: {_names(book, book.rotas[step.target].rungs)}"
    if not made.open:
        return f"The caller is promised a callback by {book.coordinators[step.owner].name}, or leaves a message"
    queue = book.queues[step.target]
    return f"rings {queue.name}: {_names(book, tuple(member.coordinator for member in queue.members))}"


def _names(book: Book, ids: tuple[str, ...]) -> str:
    return ", ".join(book.coordinators[one].name for one in ids)
