"""From a source's event to what the books take: attributes we route by where they are certain, all else kept."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from routing.rulebook.places import city_option, place
from routing.rules.best_time import best_time
from routing.rules.book import Book
from routing.rules.canonical import plain
from routing.rules.entered import Entered
from routing.rules.identity import Who
from routing.rules.values import ATTRIBUTES, Stated
from routing.sources.heard import SourceEvent
from routing.sources.words import known_word
from routing.state.lead.source_events import Reported

NOT_SAID = frozenset({"channel", "campaign", "tracking_number", "source", "location", "city", "zip"})
"""Attributes that a source's answers do not set by their bare name."""


def reported(book: Book, told: SourceEvent, now: datetime) -> Reported:
    return Reported(
        practice=book.practice,
        source=told.source,
        kind=told.kind,
        dedupe_key=told.dedupe_key,
        entered=entered(book, told, now),
        happened_at=told.happened_at,
        is_partial=told.is_partial,
        call_sid=told.call_sid,
        tracking_number=told.tracking_number if told.tracking_number in book.tracking_numbers else None,
        fetch=told.fetch,
    )


def entered(book: Book, told: SourceEvent, now: datetime) -> Entered:
    """The response clock starts when we hear of it; when it happened is kept beside (routing-semantics section 13)."""
    contact = told.contact
    meant = best_time(told.answers.get("best_time", ""), book.zone, told.happened_at)
    return Entered(
        via=f"source:{told.source}",
        who=Who(contact.phone, contact.email, contact.name),
        attributes=MappingProxyType(dict(attributes(book, told))),
        at=now,
        keys=(f"source:{book.practice}:{told.dedupe_key}",),
        told=kept(told),
        wanted_at=meant.since if meant else None,
        best=meant.minutes(book.zone) if meant else None,
        is_test=told.is_test,
        asked_at=told.happened_at,
    )


def attributes(book: Book, told: SourceEvent) -> Iterator[tuple[str, Stated]]:
    yield "source", Stated(told.source, "campaign")
    if told.marketing.campaign in book.campaigns:
        yield "campaign", Stated(told.marketing.campaign, "campaign")
    if told.tracking_number in book.tracking_numbers:
        yield "tracking_number", Stated(str(told.tracking_number), "number")
    city = city_option(told.answers.get("city", ""), book.cities) if told.answers.get("city") else None
    if city:
        yield "city", Stated(city, "typed")
    if place(told.answers.get("zip", "")[:5]):
        yield "zip", Stated(told.answers["zip"][:5], "typed")
    for name, text in told.answers.items():
        word = known_word(book, name, text) if name in ATTRIBUTES - NOT_SAID else None
        if word:
            yield name, Stated(word, "stated")


def kept(told: SourceEvent) -> Mapping[str, object]:
    return {
        "source": told.source,
        "source_id": told.source_id,
        "happened_at": told.happened_at.isoformat(),
        "contact": plain(told.contact),
        "answers": dict(told.answers),
        "marketing": plain(told.marketing),
        "location_hint": told.location_hint,
        "doubts": dict(told.doubts),
        "fetch": told.fetch or "",
        "document": plain(told.document),
    }
