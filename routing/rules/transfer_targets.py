"""Whom a transfer may go to: a queue, one coordinator of a queue, or a location."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from routing.rules.book import Book, Queue
from routing.rules.hours import verdict
from routing.rules.matching import serving_queue
from routing.rules.transferring import Mode
from routing.rules.values import Plan, Step

Kind = Literal["queue", "coordinator", "location"]
Why = Literal[
    "not_live",
    "under_way",
    "target_closed",
    "nobody_free",
    "not_served",
    "not_yours",
    "on_hold",
    "not_on_hold",
    "not_monitored",
]


class UnknownTarget(LookupError):
    """The practice has no such queue, coordinator or location, or it is the one who transfers."""


class UnknownCategory(LookupError):
    """The practice has no such category."""


class TransferRefused(RuntimeError):
    """Nothing was written, the talk goes on as it was."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Wish:
    """``kind`` and ``target`` name one of the practice's; ``by`` is whom the audit log names."""

    call: str
    kind: Kind
    target: str
    mode: Mode
    reason: str
    by: str
    category: str | None = None
    payer: str | None = None


def stop(book: Book, wish: Wish, first: str, now: datetime) -> Queue:
    """The queue that is asked; for one coordinator it is hers with nobody else in it. ``first`` transfers."""
    if wish.category and wish.category not in book.categories:
        raise UnknownCategory
    queue = WAYS[wish.kind](book, wish, first)
    if not verdict(queue.calendar, now).open:
        raise TransferRefused("target_closed")
    return queue


def by_queue(book: Book, wish: Wish, first: str) -> Queue:
    if wish.target not in book.queues:
        raise UnknownTarget
    return book.queues[wish.target]


def by_coordinator(book: Book, wish: Wish, first: str) -> Queue:
    if wish.target not in book.coordinators or wish.target == first:
        raise UnknownTarget
    for queue in book.queues.values():
        hers = tuple(each for each in queue.members if each.coordinator == wish.target)
        if hers:
            return replace(queue, members=hers)
    raise TransferRefused("not_served")


def by_location(book: Book, wish: Wish, first: str) -> Queue:
    """The queue that serves what the caller asks for there, else the first of that location."""
    if wish.target not in book.locations:
        raise UnknownTarget
    facts = {"location": wish.target, **({"category": wish.category} if wish.category else {})}
    there = [queue for queue in book.queues.values() if queue.location == wish.target]
    found = serving_queue(there, facts) or next(iter(there), None)
    if found is None:
        raise TransferRefused("not_served")
    return found


WAYS: Mapping[Kind, Callable[[Book, Wish, str], Queue]] = MappingProxyType(
    {"queue": by_queue, "coordinator": by_coordinator, "location": by_location}
)


def aimed(planned: Plan, queue: Queue, wish: Wish) -> Plan:
    """The call's plan with the target as its only stop, and with what was learnt since."""
    said = {"category": wish.category, "payer": wish.payer}
    facts = {**planned.facts, **{name: value for name, value in said.items() if value}}
    if wish.kind == "location":
        facts["location"] = wish.target
    steps = (Step("offer", queue.id, queue.owner, wish.reason),)
    return replace(planned, steps=steps, facts=MappingProxyType(facts))
