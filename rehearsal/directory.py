"""Which numbers there are to dial and whose phones may ring, taken from practice files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from routing.rulebook.load import load
from routing.rules.book import Book


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracking number and what it stands for."""

    number: str
    practice: str
    label: str


@dataclass(frozen=True, slots=True)
class Directory:
    """``names`` of phones by number; ``desks`` are fallback numbers that are nobody's own phone: several calls fit."""

    tracked: tuple[Tracked, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    desks: frozenset[str] = frozenset()
    people: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Coordinators by name: practice and id."""
    books: tuple[Book, ...] = ()

    def book_of(self, practice: str) -> Book | None:
        return next((book for book in self.books if book.practice == practice), None)

    def practice_of(self, number: str) -> str | None:
        return next((one.practice for one in self.tracked if one.number == number), None)


def read_directory(folder: Path | None) -> Directory:
    """All practice files of a folder. Raises PracticeFileError or OSError; no folder is an empty directory."""
    if folder is None:
        return Directory()
    return directory_of([load(file.read_text("utf-8"), file.name) for file in sorted(folder.glob("*.y*ml"))])


def directory_of(books: list[Book]) -> Directory:
    tracked = [
        Tracked(number, book.practice, f"{book.name}: {book.campaigns[line.campaign].label}")
        for book in books
        for number, line in book.tracking_numbers.items()
    ]
    names = {location.number: location.name for book in books for location in book.locations.values()}
    people = {one.phone: one.name for book in books for one in book.coordinators.values()}
    desks = {number for book in books for number in book.policies.fallback_numbers} - people.keys()
    ids = {one.name: (book.practice, one.id) for book in books for one in book.coordinators.values()}
    return Directory(tuple(tracked), names | people, frozenset(desks), ids, tuple(books))
