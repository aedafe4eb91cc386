"""Which rulebook is in force in a process, whatever was published and whatever is down."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from routing.rulebook.findings import PracticeFileError
from routing.rulebook.load import load
from routing.state.database import Database, DatabaseDown, open_database
from routing.state.practice.practices import NumberTaken, Version, in_force, publish, version
from routing.state.practice.shelf import Shelf
from routing.state.sealed import Vault
from routing.state.tables import audit, events, practices, rulebook_versions

PRACTICES = Path(__file__).parents[1] / "routing" / "practices"
NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
VAULT = Vault(b"an invented secret of thirty-two bytes or more")
HARBOR = (PRACTICES / "harbor-recovery.yaml").read_text()
LAKESIDE = (PRACTICES / "lakeside-specialty.yaml").read_text()
DETOX_NUMBER = "+18505550131"
NOWHERE = "postgresql+psycopg://127.0.0.1:1/none"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, VAULT, wait_s=5, statement_s=10)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def down() -> Iterator[Database]:
    opened = open_database(NOWHERE, VAULT)
    yield opened
    opened.engine.dispose()


def put(db: Database, source: str) -> int:
    return publish(db, load(source, "test.yaml"), source, "test", NOW)


def put_unchecked(db: Database, source: str, practice: str = "harbor-recovery") -> int:
    """As an older or newer release of ours might have written it, past today's checks."""
    number = in_force(db)[practice] + 1
    row = {"version": number, "digest": "d", "source": source, "published_at": NOW, "published_by": "test"}
    with db.writing() as tx:
        tx.execute(insert(rulebook_versions).values(practice_id=practice, **row))
        tx.execute(update(practices).where(practices.c.id == practice).values(version=number))
    return number


def renamed(source: str, name: str) -> str:
    return source.replace("Harbor Recovery", name)


def started(db: Database, folder: Path | None = None) -> Shelf:
    shelf = Shelf(db, folder)
    shelf.start()
    return shelf


def test_a_new_version_is_in_force_after_a_refresh(db: Database) -> None:
    put(db, HARBOR)
    shelf = started(db)
    book = shelf.book("harbor-recovery")
    assert book
    assert book.version == 1
    assert shelf.refresh() == ()
    assert put(db, renamed(HARBOR, "Harbor Renamed")) == 2
    assert shelf.refresh() == ("harbor-recovery",)
    book = shelf.book("harbor-recovery")
    assert book
    assert (book.version, book.name) == (2, "Harbor Renamed")
    assert shelf.by_number(DETOX_NUMBER) is book


def test_a_book_that_is_being_used_does_not_change_under_its_user(db: Database) -> None:
    put(db, HARBOR)
    shelf = started(db)
    mine = shelf.books
    put(db, renamed(HARBOR, "Harbor Renamed"))
    shelf.refresh()
    assert mine["harbor-recovery"].version == 1


def test_a_bad_version_keeps_the_last_good_one_and_is_not_tried_again(db: Database) -> None:
    put(db, HARBOR)
    shelf = started(db)
    bad = put_unchecked(db, "practice: {id: harbor-recovery}\n")
    assert shelf.refresh() == ()
    assert shelf.refused == {"harbor-recovery": bad}
    book = shelf.book("harbor-recovery")
    assert book
    assert book.version == 1
    assert shelf.refresh() == ()
    put(db, renamed(HARBOR, "Harbor Mended"))
    assert shelf.refresh() == ("harbor-recovery",)
    assert shelf.refused == {}


@pytest.mark.parametrize("source", ["", "[]", "\x00", "practice: [", "{}", "a: &a [*a]", "practice: {id: other}"])
def test_no_text_however_broken_takes_the_last_good_book_away(db: Database, source: str) -> None:
    if "\x00" in source and db.engine.dialect.name == "postgresql":
        pytest.skip("PostgreSQL itself refuses it")
    put(db, HARBOR)
    shelf = started(db)
    put_unchecked(db, source)
    assert shelf.refresh() == ()
    assert shelf.by_number(DETOX_NUMBER) is shelf.book("harbor-recovery") is not None


def test_one_bad_practice_does_not_hold_up_the_others(db: Database) -> None:
    put(db, HARBOR)
    put(db, LAKESIDE)
    shelf = started(db)
    put_unchecked(db, "[]")
    put(db, LAKESIDE.replace("Lakeside Specialty", "Lakeside Renamed"))
    assert shelf.refresh() == ("lakeside-specialty",)


def test_a_text_that_names_another_practice_is_not_put_in_its_place(db: Database) -> None:
    """One practice never gets the book of another, even if a row says so."""
    put(db, HARBOR)
    put(db, LAKESIDE)
    shelf = started(db)
    put_unchecked(db, LAKESIDE, "harbor-recovery")
    shelf.refresh()
    harbor, lakeside = shelf.book("harbor-recovery"), shelf.book("lakeside-specialty")
    assert harbor
    assert lakeside
    assert (harbor.version, lakeside.version) == (1, 1)


def test_a_restart_while_the_database_is_down_still_knows_its_numbers(
    db: Database, down: Database, tmp_path: Path
) -> None:
    put(db, HARBOR)
    put(db, LAKESIDE)
    started(db, tmp_path / "rulebooks")
    put(db, renamed(HARBOR, "Harbor Renamed"))
    put_unchecked(db, "[]", "lakeside-specialty")
    started(db, tmp_path / "rulebooks")
    again = started(down, tmp_path / "rulebooks")
    book = again.by_number(DETOX_NUMBER)
    assert book
    assert (book.version, book.name) == (2, "Harbor Renamed")
    lakeside = again.book("lakeside-specialty")
    assert lakeside
    assert lakeside.version == 1
    with pytest.raises(DatabaseDown):
        again.refresh()
    assert again.by_number(DETOX_NUMBER) is book


def test_a_restart_without_database_and_files_knows_nothing_and_lives(down: Database, tmp_path: Path) -> None:
    assert dict(started(down, tmp_path / "none").books) == {}
    assert dict(started(down).books) == {}


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"version": 1}', '{"version": 1, "source": "[]"}', "\udcff"])
def test_a_spoilt_file_does_not_keep_the_other_practices_from_starting(
    db: Database, down: Database, tmp_path: Path, spoilt: str
) -> None:
    put(db, HARBOR)
    put(db, LAKESIDE)
    started(db, tmp_path)
    (tmp_path / "harbor-recovery.json").write_bytes(spoilt.encode(errors="surrogateescape"))
    assert set(started(down, tmp_path).books) == {"lakeside-specialty"}


def test_the_files_are_for_their_owner_alone_and_no_draft_is_left(db: Database, tmp_path: Path) -> None:
    put(db, HARBOR)
    folder = tmp_path / "data" / "rulebooks"
    before = os.umask(0)
    try:
        started(db, folder)
    finally:
        os.umask(before)
    (kept,) = folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_does_not_keep_a_version_from_being_in_force(
    db: Database, tmp_path: Path
) -> None:
    """A full or read-only disk (F14) must not stop routing."""
    (tmp_path / "file").write_text("in the way")
    put(db, HARBOR)
    shelf = started(db, tmp_path / "file" / "rulebooks")
    assert shelf.by_number(DETOX_NUMBER)


def test_an_older_version_can_still_be_read(db: Database) -> None:
    put(db, HARBOR)
    put(db, renamed(HARBOR, "Harbor Renamed"))
    shelf = started(db)
    assert shelf.version("harbor-recovery", 1).name == "Harbor Recovery"
    assert shelf.version("harbor-recovery", 2) is shelf.book("harbor-recovery")
    for practice, number in (("harbor-recovery", 3), ("nobody", 1)):
        with pytest.raises(LookupError):
            shelf.version(practice, number)


def test_publishing_what_is_in_force_changes_nothing(db: Database) -> None:
    assert [put(db, HARBOR) for _ in range(3)] == [1, 1, 1]
    with db.reading() as tx:
        assert len(tx.execute(audit.select()).all()) == len(tx.execute(events.select()).all()) == 1


def test_going_back_to_an_earlier_text_is_a_new_version(db: Database) -> None:
    assert [put(db, HARBOR), put(db, renamed(HARBOR, "Other")), put(db, HARBOR)] == [1, 2, 3]
    found = version(db, "harbor-recovery")
    assert isinstance(found, Version)
    assert (found.version, found.source) == (3, HARBOR)


def test_a_number_of_another_practice_is_refused_and_nothing_is_written(db: Database) -> None:
    put(db, HARBOR)
    with pytest.raises(NumberTaken, match="harbor-recovery"):
        put(db, LAKESIDE.replace("+18475550121", DETOX_NUMBER))
    assert in_force(db) == {"harbor-recovery": 1}
    assert version(db, "lakeside-specialty") is None


def test_a_number_that_was_given_up_may_go_to_another_practice(db: Database) -> None:
    put(db, HARBOR)
    put(db, HARBOR.replace(DETOX_NUMBER, "+18505550139"))
    assert put(db, LAKESIDE.replace("+18475550121", DETOX_NUMBER)) == 1
    shelf = started(db)
    assert shelf.by_number(DETOX_NUMBER) is shelf.book("lakeside-specialty")
    assert shelf.by_number("+18505550139") is shelf.book("harbor-recovery")


def test_a_text_with_findings_cannot_be_opened_for_publishing() -> None:
    with pytest.raises(PracticeFileError):
        load("[]", "test.yaml")
