"""A source's delivery: proved and read, brought to the desk, and the way back from the spool."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.sources.reading import SOURCES, read_events
from gateway.sources.setting_up import set_up
from gateway.sources.vendor import Challenge, Delivery, Unsigned
from routing.desk import Busy, Desk
from routing.rules.book import Book
from routing.settings import Settings
from routing.settings.places import folder_of
from routing.sources.entry import reported
from routing.sources.heard import SourceEvent
from routing.sourcing import change, report
from routing.state.spool import Lost, Verdict

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Given:
    """A delivery to one source of a practice."""

    book: Book
    source: str
    delivery: Delivery = field(repr=False)


def read(settings: Settings, given: Given, now: datetime) -> tuple[SourceEvent, ...] | Challenge:
    """:raises Unsigned: Malformed, as the source's module does."""
    try:
        setup = set_up(given.book.sources[given.source], os.environ, folder_of(settings))
    except ValueError:
        # A key that anybody could guess is none.
        raise Unsigned("unset") from None
    return read_events(SOURCES[given.source], given.delivery, setup, now)


def tell(desk: Desk, book: Book, events: tuple[SourceEvent, ...], now: datetime) -> None:
    """Each is safe to repeat. :raises DatabaseDown: Busy."""
    for each in events:
        told = reported(book, each, now)
        if each.enriches_only:
            change(desk, book, told, now)
        else:
            report(desk, book, told, now)


def lost(given: Given, name: str, now: datetime) -> Lost:
    """As it came, for the spool: it is proved again, at the instant it came."""
    sent = given.delivery
    fields = {
        "practice": given.book.practice,
        "source": given.source,
        "url": sent.url,
        "headers": json.dumps(dict(sent.headers)),
        "body": base64.b64encode(sent.body).decode(),
    }
    return Lost(SOURCE, name, 0, now, {**fields, **({"key": sent.key} if sent.key else {})}, b"")


def source_again(desk: Desk, settings: Settings, lost: Lost) -> Verdict:
    """From the spool. :raises DatabaseDown: LookupError."""
    fields = lost.fields
    book = desk.shelf.book(fields["practice"])
    if book is None or fields["source"] not in book.sources:
        raise LookupError("no such source any more")
    events = read(settings, Given(book, fields["source"], delivery_of(fields)), lost.at)
    if isinstance(events, Challenge):
        return "done"
    try:
        tell(desk, book, events, lost.at)
    except Busy:
        return "later"
    return "done"


def delivery_of(fields: Mapping[str, str]) -> Delivery:
    headers = json.loads(fields["headers"])
    return Delivery("POST", fields["url"], headers, base64.b64decode(fields["body"]), fields.get("key"))
