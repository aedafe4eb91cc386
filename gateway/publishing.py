"""Publishes practice files: what ``leadline practice publish`` and a start with ``LEADLINE_PRACTICES`` do."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from routing.rulebook.load import load
from routing.rules.book import Book
from routing.state.database import Database
from routing.state.practice.practices import desire_all, publish


@dataclass(frozen=True, slots=True)
class Published:
    practice: str
    version: int
    book: Book


def publish_file(db: Database, path: Path, by: str, now: datetime) -> Published:
    """:raises PracticeFileError: with every finding. :raises NumberTaken: for another practice's tracking number."""
    source = path.read_text(encoding="utf-8")
    book = load(source, str(path))
    return Published(book.practice, publish(db, book, source, by, now), book)


def publish_folder(db: Database, folder: Path, by: str, now: datetime) -> tuple[Published, ...]:
    return tuple(publish_file(db, path, by, now) for path in sorted(folder.glob("*.yaml")))


def everybody_available(db: Database, book: Book, now: datetime) -> None:
    """For the demo: a newcomer's first call meets people. Whoever has already said what they want keeps it."""
    desire_all(db, book.practice, tuple(book.coordinators), ("available", "demo"), now)
