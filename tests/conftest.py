"""The real servers under the tests: one Valkey and one PostgreSQL for each test process, one database for each test."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.engine import URL, make_url

from gateway.keeping.embedded import Valkey, wheel_server
from routing.state.database import open_database
from routing.state.migrate import migrate
from routing.state.sealed import Vault
from tests.postgres_server import postgres
from tests.rooms import SECRET, TUESDAY, Room, opened_room, publish_both
from tests.stage import Stage, house_of, settings_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=40, help="runs of the desk's state machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that mostly wait come first, beside all that compute."""
    items.sort(key=lambda item: item.get_closest_marker("waiting") is None)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Everybody tests the wheel's server, whatever is on PATH."""
    with Valkey(tmp_path_factory.mktemp("valkey"), persist=False, server=wheel_server()) as server:
        yield server


@pytest.fixture
def live(valkey: Valkey) -> Iterator["redis.Redis"]:
    """An empty live state, through a client as the product opens it, only more patient."""
    client = redis.Redis.from_url(
        valkey.url,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=2,
        socket_connect_timeout=2,
    )
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """``TEST_DATABASE_URL`` names another server, whose user may create databases."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(named.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg")
        return
    with postgres() as url:
        yield make_url(url)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[URL]:
    """A migrated database that nobody is connected to, so that it can be copied."""
    template = postgres_server.set(database=f"leadline_template_{uuid4().hex[:12]}")
    _tell(postgres_server, f"CREATE DATABASE {template.database}")
    migrate(_written(template))
    yield template
    _tell(postgres_server, f"DROP DATABASE {template.database} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    template = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{template}")
    return template


@pytest.fixture(scope="session")
def postgres_rooms(postgres_server: URL, postgres_template: URL) -> Iterator[URL]:
    """The same with both practices published."""
    rooms = postgres_server.set(database=f"leadline_rooms_{uuid4().hex[:12]}")
    _tell(postgres_server, f"CREATE DATABASE {rooms.database} TEMPLATE {postgres_template.database}")
    _publish(_written(rooms))
    yield rooms
    _tell(postgres_server, f"DROP DATABASE {rooms.database} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_rooms(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with both practices published, in one file."""
    rooms = tmp_path_factory.mktemp("rooms") / "rooms.db"
    shutil.copyfile(sqlite_template, rooms)
    _publish(f"sqlite:///{rooms}")
    with sqlite3.connect(rooms) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return rooms


def _publish(url: str) -> None:
    db = open_database(url, Vault(SECRET))
    publish_both(db)
    db.engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'leadline.db')}"


@pytest.fixture
def postgres_url(postgres_server: URL, postgres_template: URL) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    with _copied(postgres_server, postgres_template) as url:
        yield url


@contextmanager
def _copied(server: URL, template: URL) -> Iterator[str]:
    own = template.set(database=f"leadline_{uuid4().hex[:12]}")
    _tell(server, f"CREATE DATABASE {own.database} TEMPLATE {template.database} STRATEGY FILE_COPY")
    yield _written(own)
    _tell(server, f"DROP DATABASE {own.database} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs once on each."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


def _tell(server: URL, command: str) -> None:
    """CREATE and DROP DATABASE want a connection of their own, outside of a transaction."""
    plain = _written(server.set(drivername="postgresql", database=server.database or "postgres"))
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(command.encode())


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_room_url(sqlite_rooms: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copyfile(sqlite_rooms, tmp_path / 'leadline.db')}"


@pytest.fixture
def postgres_room_url(postgres_server: URL, postgres_rooms: URL) -> Iterator[str]:
    with _copied(postgres_server, postgres_rooms) as url:
        yield url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A room stands on each database. Whole calls stand on SQLite, but for modules that say ``ON_EACH_DATABASE``: what
    a call writes is tried on both where it is written, and two processes' worth of servers cost minutes."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "room_url" not in metafunc.fixturenames or any("room_url" in mark.args[0] for mark in marks):
        return
    is_call = "stage" in metafunc.fixturenames and not getattr(metafunc.module, "ON_EACH_DATABASE", False)
    metafunc.parametrize("room_url", ["sqlite"] if is_call else ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def room_url(request: pytest.FixtureRequest) -> str:
    """A database of the test's own in which both practices are published."""
    wanted = "sqlite_room_url" if request.param == "sqlite" else "postgres_room_url"
    return str(request.getfixturevalue(wanted))


@pytest.fixture
def room(room_url: str, live: "redis.Redis") -> Iterator[Room]:
    """A desk with both practices published."""
    with opened_room(room_url, live) as opened:
        yield opened


@pytest.fixture
def stage(room: Room, tmp_path: Path) -> Stage:
    """The room behind Twilio's door, with the simulated phone network before it."""
    return Stage(room, house_of(room, settings_of(tmp_path)))


@pytest.fixture
def commands(sqlite_room_url: str, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of the terminal that are run in this process find the room's servers."""
    given = {
        "LEADLINE_ENVIRONMENT": "development",
        "LEADLINE_DATA_DIR": str(tmp_path),
        "LEADLINE_DATABASE_URL": sqlite_room_url,
        "LEADLINE_REDIS_URL": valkey.url,
        "LEADLINE_SECRET_KEY": SECRET.decode(),
        "LEADLINE_CLOCK": TUESDAY.isoformat(),
    }
    for name, text in given.items():
        monkeypatch.setenv(name, text)
