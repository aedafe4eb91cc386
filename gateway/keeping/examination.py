"""Finds out what the checks want to know: ``readiness`` for traffic, ``examined`` for ``leadline doctor`` as well."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.keeping import checks
from gateway.keeping.checks import Check, OpenBook
from routing.desk import Desk
from routing.rules.book import Book
from routing.rules.lawful.reviews import overdue
from routing.settings import Settings
from routing.state.database import Database, DatabaseDown
from routing.state.live.connection import LiveStateDown
from routing.state.live.soundness import redis_facts
from routing.state.practice.practices import in_force, version
from routing.state.schema import schema


def readiness(settings: Settings, desk: Desk, now: datetime) -> tuple[Check, ...]:
    """Every check, whatever the others found."""
    return (*rows(settings, desk, now), *servers(settings))


def examined(settings: Settings, desk: Desk, now: datetime) -> tuple[Check, ...]:
    reviews = checks.legal_rules(overdue(now.astimezone(UTC).date()))
    return (checks.credentials(settings), checks.webhook_url(settings), *readiness(settings, desk, now), reviews)


def rows(settings: Settings, desk: Desk, now: datetime) -> tuple[Check, ...]:
    """Where the schema is another one, nothing else is read from it."""
    try:
        with desk.db.reading() as tx:
            tables = checks.database(schema(tx))
        if not tables.ok:
            return (tables,)
        books = open_books(desk.db, desk.shelf.books)
    except DatabaseDown:
        return (checks.down("database"),)
    # In a rehearsal publication is dated by a faster clock.
    return (tables, checks.rulebooks(books, now, checks.LAG * settings.clock_speed))


def open_books(db: Database, at_hand: Mapping[str, Book]) -> list[OpenBook]:
    """Only practices whose newest version is not at hand are read one by one."""
    found = []
    for practice, number in in_force(db).items():
        book = at_hand.get(practice)
        newest = None if book and book.version == number else version(db, practice, number)
        found.append(OpenBook(number, book.version if book else None, newest.published_at if newest else None))
    return found


def servers(settings: Settings) -> tuple[Check, ...]:
    """The live Redis, and that of the jobs if it is another."""
    others = {"jobs_redis": settings.jobs_redis_url} if settings.jobs_redis_url != settings.redis_url else {}
    found: list[Check] = []
    for name, url in {"redis": settings.redis_url, **others}.items():
        try:
            facts = redis_facts(url)
        except LiveStateDown:
            found.append(checks.down(name))
            continue
        found += [checks.eviction(name, facts), checks.persistence(f"{name}_persistence", facts, settings)]
        if name == "redis":
            found.append(checks.clock(facts))
    return tuple(found)
