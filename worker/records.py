"""Fetches the records that a source's webhook only names, and brings each to the desk as that source's event."""

import logging
import re
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from routing.desk import Desk
from routing.rules.book import Book
from routing.rules.questions import LeadSource
from routing.settings.places import Places
from routing.sources.entry import reported
from routing.sources.records import RECORDS, Unreadable, read_record
from routing.sourcing import bring, look_up
from routing.state.lead import fetches, refused_tokens
from routing.state.lead.fetches import Held
from routing.state.lead.refused_tokens import Of
from worker.clock import AT_ONCE, Bellringer, Kind
from worker.jobs import done
from worker.record_wire import Answer, Denied, Found, Later, Never, Question, ask

PAUSES_S = (30, 60, 120, 300, 600, 1_200, 1_800, 3_600)
"""After requests without an answer, give or take a tenth; the last one over and over."""
NAMED = re.compile(r"[0-9]{1,30}")
"""An id as it may stand in an address."""

What = Literal["brought", "later", "denied", "looked_up", "none"]

log = logging.getLogger("leadline.worker")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record in our hands, and the source that keeps it."""

    held: Held
    book: Book
    source: LeadSource

    @property
    def of(self) -> Of:
        return Of(self.book.practice, self.source.id)

    @property
    def name(self) -> str:
        """Under which the source keeps it."""
        return self.held.event.reported.fetch or ""


def fetch_record(event: str) -> None:
    done("fetch_record", event, lambda by: perform_fetch(by.places, by.desk, event, by.now()))


def perform_fetch(places: Places, desk: Desk, event: str, now: datetime) -> What | None:
    """None when there was nothing to do: not due, over, or in other hands. Any number of times makes one lead."""
    held = fetches.claim(desk.db, event, now)
    if held is None:
        return None
    book = desk.shelf.book(held.event.reported.practice)
    if book is None:
        # This process knows no rules of it yet: due again when the lease is over.
        return "later"
    source = book.sources.get(held.event.reported.source)
    if source is None or source.token is None:
        # Nobody has set this up: it becomes a lead in its time.
        fetches.over(desk.db, held, "no_token")
        return "none"
    wanted = Wanted(held, book, source)
    if not NAMED.fullmatch(wanted.name):
        return given_up(desk, wanted, "malformed", now)
    waits_until = refused_tokens.waits_until(desk.db, wanted.of, now)
    if waits_until:
        return put_off(desk, wanted, waits_until, "login", now)
    return settled(desk, wanted, asked(places, wanted), now)


def asked(places: Places, wanted: Wanted) -> Answer:
    source, record = wanted.source, RECORDS[wanted.source.id]
    token = places.at(source.token)
    if not token.isascii() or not token.isprintable() or not token:
        return Denied("unset")
    root = places.at(source.api_url).rstrip("/") if source.api_url else record.root
    return ask(Question(root, record.path(wanted.name), record.asked(source), token), record.refusals)


def settled(desk: Desk, wanted: Wanted, answer: Answer, now: datetime) -> What:
    if not isinstance(answer, Denied | Later) and refused_tokens.accept(desk.db, wanted.of, now):
        log.warning("source_accepts_our_token_again_%s", wanted.source.id)
    match answer:
        case Found(document):
            return taken(desk, wanted, document, now)
        case Later(code, wait_s):
            return put_off(desk, wanted, now + pause(wanted.held, wait_s), code, now)
        case Denied(code):
            if refused_tokens.refuse(desk.db, wanted.of, code, now):
                log.error("source_refuses_our_token_%s", wanted.source.id)
            put_off(desk, wanted, now + max(refused_tokens.PROBE_EVERY, pause(wanted.held)), f"login_{code}", now)
            return "denied"
        case Never(code):
            return given_up(desk, wanted, code, now)


def taken(desk: Desk, wanted: Wanted, document: object, now: datetime) -> What:
    """It goes by the key of the report that named it, so that both are one inquiry."""
    event = wanted.held.event
    try:
        told = read_record(wanted.name, document, wanted.source, now)
    except Unreadable:
        return given_up(desk, wanted, "unreadable", now)
    mine = reported(wanted.book, replace(told, dedupe_key=event.reported.dedupe_key), now)
    bring(desk, wanted.book, event, mine, now)
    if mine.entered.who.is_nobody:
        return given_up(desk, wanted, "nobody", now)
    fetches.over(desk.db, wanted.held, "fetched")
    return "brought"


def put_off(desk: Desk, wanted: Wanted, until: datetime, code: str, now: datetime) -> What:
    if until > wanted.held.last_at:
        return given_up(desk, wanted, code, now)
    fetches.put_off(desk.db, wanted.held, until, code)
    return "later"


def given_up(desk: Desk, wanted: Wanted, code: str, now: datetime) -> What:
    look_up(desk, wanted.book, wanted.held.event, now)
    fetches.over(desk.db, wanted.held, code)
    return "looked_up"


def pause(held: Held, wait_s: int = 0) -> timedelta:
    """What the vendor asks for, if that is longer. The tenth comes from the row, so that those that failed together do
    not come back together."""
    wait = PAUSES_S[min(held.tries, len(PAUSES_S)) - 1]
    share = zlib.crc32(f"{held.event.id}-{held.tries}".encode()) / 0xFFFFFFFF
    return timedelta(seconds=max(wait * (0.9 + 0.2 * share), wait_s))


def records_due(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Nobody is on the line: where no bell is heard the rows wait, and become leads in their time."""
    rung = fetches.due(desk.db, now, AT_ONCE)
    for each in rung:
        by.ring("fetch_record", each.event, each.number)
    return len(rung)


def record_kinds(by: Bellringer) -> dict[str, Kind]:
    return {"records": Kind(partial(records_due, by), "records that a source's webhook only names")}
