"""The rulebooks a process has open: read from the database, kept as files for the next start in an outage."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from routing.rulebook.findings import PracticeFileError
from routing.rulebook.load import load
from routing.rules.book import Book
from routing.rules.closing import Shut, closed_by_hand
from routing.state.database import Database, DatabaseDown
from routing.state.practice.closures import kept
from routing.state.practice.practices import Version, in_force, version


class Shelf:
    """Books by practice and by tracking number, with what was closed by hand. ``folder`` holds the last good versions
    (mode 0600), without closures."""

    def __init__(self, db: Database, folder: Path | None = None) -> None:
        self._db = db
        self._folder = folder
        self._books: Mapping[str, Book] = {}
        self._published: Mapping[str, Book] = {}
        self._shut: Mapping[str, tuple[Shut, ...]] = {}
        self._older: dict[tuple[str, int], Book] = {}
        self._numbers: Mapping[str, str] = {}
        self.refused: dict[str, int] = {}
        """Versions that would not open here, by practice, 0 for a file; the last good one stays in force."""
        self.unkept: set[str] = set()
        """Practices whose file could not be written: a restart in an outage would not know their newest version."""

    @property
    def books(self) -> Mapping[str, Book]:
        return self._books

    def by_number(self, number: str) -> Book | None:
        return self._books.get(self._numbers.get(number, ""))

    def book(self, practice: str) -> Book | None:
        return self._books.get(practice)

    def version(self, practice: str, number: int) -> Book:
        """The version an inquiry was planned with. :raises LookupError: where it was never published."""
        current = self._books.get(practice)
        if current and current.version == number:
            return current
        if (practice, number) not in self._older:
            found = version(self._db, practice, number)
            if found is None:
                raise LookupError(f"practice {practice} has no rulebook version {number}")
            self._older[practice, number] = closed_by_hand(opened(found), self._shut.get(practice, ()))
        return self._older[practice, number]

    def refresh(self) -> tuple[str, ...]:
        """Opens what was published or closed by hand since; the practices that have a new version.

        :raises DatabaseDown: and keeps what it has."""
        changed = []
        self._close(kept(self._db))
        for practice, number in in_force(self._db).items():
            current = self._books.get(practice)
            if (current and current.version == number) or self.refused.get(practice) == number:
                continue
            found = version(self._db, practice, number)
            if found and self._put(found):
                changed.append(practice)
        return tuple(changed)

    def _close(self, shut: Mapping[str, tuple[Shut, ...]]) -> None:
        before, self._shut = self._shut, shut
        for practice in {*before, *shut}:
            if before.get(practice) != shut.get(practice):
                self._older = {key: book for key, book in self._older.items() if key[0] != practice}
                if practice in self._published:
                    self._shelve(self._published[practice])

    def recover(self) -> None:
        """Opens the files of the last good versions, for a start while the database is away."""
        for path in sorted(self._folder.glob("*.json")) if self._folder else ():
            try:
                stored = json.loads(path.read_text())
                self._shelve(load(stored["source"], path.name, stored["version"]))
            except (OSError, ValueError, TypeError, KeyError):
                # A spoilt file must not cost the other practices their start.
                self.refused[path.stem] = 0

    def start(self) -> None:
        """Database first; the files of the last good versions if it is away."""
        try:
            self.refresh()
        except DatabaseDown:
            self.recover()

    def _put(self, found: Version) -> bool:
        book = openable(found)
        if book is None:
            self.refused[found.practice] = found.version
            return False
        self.refused.pop(found.practice, None)
        self._shelve(book)
        try:
            self._keep(found)
            self.unkept.discard(found.practice)
        except OSError:
            self.unkept.add(found.practice)
        return True

    def _shelve(self, published: Book) -> None:
        book = closed_by_hand(published, self._shut.get(published.practice, ()))
        self._published = {**self._published, book.practice: published}
        self._books = {**self._books, book.practice: book}
        self._numbers = {number: held.practice for held in self._books.values() for number in held.tracking_numbers}

    def _keep(self, found: Version) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{found.practice}.json"
        fresh = path.with_suffix(f".{os.getpid()}")
        with open(fresh, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            json.dump({"version": found.version, "source": found.source}, out)
        fresh.replace(path)


def opened(found: Version) -> Book:
    return load(found.source, f"{found.practice}, version {found.version}", found.version)


def openable(found: Version) -> Book | None:
    """None for a text that does not pass today's checks, or that is another practice's."""
    try:
        book = opened(found)
    except PracticeFileError:
        return None
    return book if book.practice == found.practice else None
