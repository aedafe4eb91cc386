"""Closing by hand: a practice, an office or a queue is shut by somebody named until a given end (A-83)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from routing.rules.book import Book, Location, Queue
from routing.rules.calendars import Calendar, ManualClosure

Scope = Literal["practice", "location", "queue"]


@dataclass(frozen=True, slots=True)
class Shut:
    """What is closed; ``target`` is the id of the office or queue, the practice's own id for all of it."""

    scope: Scope
    target: str
    closure: ManualClosure


def closed_by_hand(book: Book, shuts: Iterable[Shut]) -> Book:
    """The book with these closures in its calendars; ``book`` is as published. What names an office or queue that the
    book does not have closes nothing."""
    found = tuple(shuts)
    if not found:
        return book
    top = shut(book.calendar, book.calendar.parent, found, ("practice", book.practice))
    offices = {each.id: closed_office(each, top, found) for each in book.locations.values()}
    queues = {each.id: closed_queue(each, offices, top, found) for each in book.queues.values()}
    return replace(book, calendar=top, locations=MappingProxyType(offices), queues=MappingProxyType(queues))


def closed_office(place: Location, top: Calendar, shuts: tuple[Shut, ...]) -> Location:
    return replace(place, calendar=shut(place.calendar, top, shuts, ("location", place.id)))


def closed_queue(queue: Queue, offices: Mapping[str, Location], top: Calendar, shuts: tuple[Shut, ...]) -> Queue:
    """A queue's hours lie under its office's, or the practice's where it has none."""
    office = offices.get(queue.location or "")
    above = office.calendar if office else top
    return replace(queue, calendar=shut(queue.calendar, above, shuts, ("queue", queue.id)))


def shut(calendar: Calendar, above: Calendar | None, shuts: tuple[Shut, ...], what: tuple[Scope, str]) -> Calendar:
    own = tuple(each.closure for each in shuts if (each.scope, each.target) == what)
    return replace(calendar, closures=(*calendar.closures, *own), parent=above)
