"""The one way into the database: nobody overwrites anybody, nobody waits for long, and refusals say which rule."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import ProgrammingError, StatementError

from routing.state.database import Database, DatabaseDown, Refused, open_database
from routing.state.sealed import Vault
from routing.state.tables import events, inbox, practices

NOW = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
VAULT = Vault(b"an invented secret of thirty-two bytes or more")
ROOT = Path(__file__).parents[1]
COUNTING = """
import sys
from sqlalchemy import select, update
from routing.state.database import open_database
from routing.state.sealed import Vault
from routing.state.tables import practices

db = open_database(sys.argv[1], Vault(b"an invented secret of thirty-two bytes or more"), wait_s=20, statement_s=20)
for _ in range(int(sys.argv[2])):
    with db.writing() as tx:
        seen = tx.execute(select(practices.c.version).where(practices.c.id == "one").with_for_update()).scalar_one()
        tx.execute(update(practices).where(practices.c.id == "one").values(version=seen + 1))
"""


def practice(tx: Connection, id: str = "one") -> None:
    tx.execute(insert(practices).values(id=id, name=id, version=0, created_at=NOW))


def version(db: Database) -> int:
    with db.reading() as tx:
        return int(tx.execute(select(practices.c.version)).scalar_one())


def opened(url: str, wait_s: float = 0.05) -> Database:
    return open_database(url, VAULT, wait_s=wait_s, statement_s=0.2)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A database that waits 50 ms and no longer, with one practice."""
    one = opened(database_url)
    with one.writing() as tx:
        practice(tx)
    yield one
    one.engine.dispose()


def test_no_update_is_lost_between_processes(db: Database, database_url: str) -> None:
    """dependencies section 5: with the driver's own BEGIN half of them were."""
    command = [sys.executable, "-W", "ignore", "-c", COUNTING, database_url, "40"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    counters = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(3)]
    assert [counter.wait(60) for counter in counters] == [0, 0, 0]
    assert version(db) == 120


def test_no_update_is_lost_between_threads(database_url: str) -> None:
    db = open_database(database_url, VAULT, wait_s=20, statement_s=20)
    with db.writing() as tx:
        practice(tx)
    start = Barrier(8)

    def count() -> None:
        start.wait()
        for _ in range(10):
            with db.writing() as tx:
                seen = tx.execute(select(practices.c.version).with_for_update()).scalar_one()
                tx.execute(update(practices).values(version=seen + 1))

    threads = [Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert version(db) == 80
    db.engine.dispose()


def test_what_fails_halfway_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.writing() as tx:
        fail(tx)
    assert version(db) == 0


def fail(tx: Connection) -> None:
    tx.execute(update(practices).values(version=7))
    raise ZeroDivisionError


def twice(tx: Connection) -> None:
    practice(tx)
    practice(tx)


def test_the_lock_of_the_process_is_given_back_after_every_kind_of_failure(sqlite_url: str) -> None:
    db = opened(sqlite_url)
    for _ in range(3):
        with pytest.raises(Refused), db.writing() as tx:
            twice(tx)
        with pytest.raises(ZeroDivisionError), db.writing() as tx:
            fail(tx)
        with pytest.raises(ProgrammingError), db.writing() as tx:
            tx.execute(text("SELECT * FROM practices WHERE id = ?"), {})
    with db.writing() as tx:
        practice(tx)
    db.engine.dispose()


def test_a_second_writer_of_the_process_is_told_that_the_database_is_down(sqlite_url: str) -> None:
    db = opened(sqlite_url)
    with db.writing(), pytest.raises(DatabaseDown), db.writing():
        pass
    db.engine.dispose()


def test_a_file_locked_by_another_process_is_a_database_that_is_down(sqlite_url: str) -> None:
    ours, theirs = opened(sqlite_url), opened(sqlite_url)
    with theirs.writing() as tx:
        practice(tx)
        with pytest.raises(DatabaseDown), ours.writing():
            pass
    assert version(ours) == 0
    with ours.writing() as tx:
        tx.execute(update(practices).values(version=1))
    assert version(theirs) == 1
    ours.engine.dispose()
    theirs.engine.dispose()


def test_a_locked_row_is_a_database_that_is_down(postgres_url: str) -> None:
    ours, theirs = opened(postgres_url), opened(postgres_url)
    with theirs.writing() as tx:
        practice(tx)
    with theirs.writing() as tx:
        tx.execute(update(practices).values(version=5))
        with pytest.raises(DatabaseDown), ours.writing() as late:
            late.execute(update(practices).values(version=9))
    assert version(ours) == 5
    ours.engine.dispose()
    theirs.engine.dispose()


def test_a_slow_statement_is_a_database_that_is_down(postgres_url: str) -> None:
    db = opened(postgres_url)
    with pytest.raises(DatabaseDown), db.reading() as tx:
        tx.execute(text("SELECT pg_sleep(5)"))
    with db.reading() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    db.engine.dispose()


def test_a_server_that_is_not_there_is_a_database_that_is_down(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}", "postgresql+psycopg://127.0.0.1:1/none"):
        db = opened(url)
        with pytest.raises(DatabaseDown), db.reading():
            pass
        with pytest.raises(DatabaseDown), db.writing():
            pass
        db.engine.dispose()


def test_two_transactions_that_cross_are_a_database_that_is_down_for_one_and_not_an_error(postgres_url: str) -> None:
    """F15: PostgreSQL ends one of them; the other goes on."""
    db = open_database(postgres_url, VAULT, wait_s=5, statement_s=10)
    with db.writing() as tx:
        practice(tx, "one")
        practice(tx, "two")
    meet = Barrier(2)
    down: list[str] = []

    def cross(first: str, second: str) -> None:
        try:
            with db.writing() as tx:
                tx.execute(update(practices).where(practices.c.id == first).values(version=1))
                meet.wait()
                tx.execute(update(practices).where(practices.c.id == second).values(version=1))
        except DatabaseDown:
            down.append(first)

    threads = [Thread(target=cross, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(down) == 1
    db.engine.dispose()


def test_the_connection_killed_under_us_is_a_database_that_is_down_once(postgres_url: str) -> None:
    db = opened(postgres_url)
    with pytest.raises(DatabaseDown), db.reading() as tx:
        killed(postgres_url, tx)
    with db.reading() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    db.engine.dispose()


def killed(url: str, tx: Connection) -> None:
    mine = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = opened(url)
    with other.reading() as killer:
        killer.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
    other.engine.dispose()
    tx.execute(text("SELECT 1"))


def test_a_pool_that_is_used_up_is_a_database_that_is_down(db: Database) -> None:
    with ExitStack() as all_of_them:
        for _ in range(10):
            all_of_them.enter_context(db.reading())
        with pytest.raises(DatabaseDown), db.reading():
            pass
        with pytest.raises(DatabaseDown), db.writing():
            pass
    assert version(db) == 0


def test_reading_goes_on_beside_a_writer_and_sees_only_what_was_committed(db: Database) -> None:
    with db.writing() as tx:
        tx.execute(update(practices).values(version=3))
        assert version(db) == 0
    assert version(db) == 3


def test_a_writer_does_not_wait_for_a_reader(db: Database) -> None:
    with db.reading() as tx:
        tx.execute(select(practices.c.version)).all()
        with db.writing() as writer:
            writer.execute(update(practices).values(version=4))
    assert version(db) == 4


def test_a_connection_that_was_read_with_still_takes_the_write_lock_when_it_writes(sqlite_url: str) -> None:
    """The pool hands the same connection out again; how it was used before must not stick to it."""
    db, other = opened(sqlite_url), opened(sqlite_url)
    with db.reading():
        pass
    with db.writing(), pytest.raises(DatabaseDown), other.writing():
        pass
    db.engine.dispose()
    other.engine.dispose()


def letter(tx: Connection, key: str, at: datetime = NOW) -> None:
    tx.execute(insert(inbox).values(key=key, at=at, answer=b""))


def letters(tx: Connection, *keys: str) -> None:
    for key in keys:
        letter(tx, key)


def test_a_second_row_of_the_same_key_is_refused_by_a_named_rule_and_nothing_personal(db: Database) -> None:
    with db.writing() as tx:
        letter(tx, "call:CAsecret")
    with pytest.raises(Refused) as refused, db.writing() as tx:
        letters(tx, "call:CAother", "call:CAsecret")
    assert "inbox" in refused.value.rule
    assert "CAsecret" not in str(refused.value)
    with db.reading() as tx:
        assert tx.execute(select(inbox.c.key)).scalars().all() == ["call:CAsecret"]


def test_of_two_at_once_with_one_key_the_second_is_refused(database_url: str) -> None:
    db = open_database(database_url, VAULT, wait_s=10, statement_s=10)
    first_wrote, refused = Event(), []

    def second() -> None:
        first_wrote.wait()
        try:
            with db.writing() as tx:
                letter(tx, "k")
        except Refused as error:
            refused.append(error.rule)

    late = Thread(target=second)
    late.start()
    with db.writing() as tx:
        letter(tx, "k")
        first_wrote.set()
    late.join()
    assert len(refused) == 1
    db.engine.dispose()


def test_what_refers_to_nothing_is_refused_on_both(db: Database) -> None:
    with pytest.raises(Refused), db.writing() as tx:
        tx.execute(insert(events).values(practice_id="nobody", at=NOW, topic="lead", subject_id="ld_1"))


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=13)), timezone(timedelta(minutes=-210))]
)
def test_an_instant_comes_back_aware_and_in_utc(db: Database, zone: timezone) -> None:
    at = NOW.replace(microsecond=123456).astimezone(zone)
    with db.writing() as tx:
        letter(tx, "k", at)
    with db.reading() as tx:
        found = tx.execute(select(inbox.c.at)).scalar_one()
    assert found == at
    assert found.utcoffset() == timedelta(0)


def test_instants_of_different_zones_are_sorted_and_compared_as_instants(db: Database) -> None:
    east, west = timezone(timedelta(hours=9)), timezone(timedelta(hours=-9))
    with db.writing() as tx:
        for place, zone in enumerate((west, UTC, east)):
            letter(tx, str(place), (NOW + timedelta(minutes=place)).astimezone(zone))
    with db.reading() as tx:
        order = tx.execute(select(inbox.c.key).order_by(inbox.c.at)).scalars().all()
        later = tx.execute(select(inbox.c.key).where(inbox.c.at > NOW.astimezone(east))).scalars().all()
    assert order == ["0", "1", "2"]
    assert sorted(later) == ["1", "2"]


def test_an_instant_without_its_zone_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), db.writing() as tx:
        letter(tx, "k", NOW.replace(tzinfo=None))


def test_an_empty_instant_stays_empty(db: Database) -> None:
    with db.writing() as tx:
        tx.execute(text("UPDATE practices SET version = 1"))
    with db.reading() as tx:
        assert tx.execute(select(inbox.c.at)).scalar_one_or_none() is None
