"""The one way into the database: an engine for SQLite or PostgreSQL, short write transactions, plain reads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from routing.state.sealed import Vault


class DatabaseDown(RuntimeError):
    """The database did not answer in time: unreachable, locked, or full."""


class Refused(RuntimeError):
    """A unique index said that somebody else was first; ``rule`` is the index's name or the driver's words for it."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Database:
    """``wait_s`` bounds the wait for the lock and for a pooled connection."""

    engine: Engine
    vault: Vault
    lock: threading.Lock
    wait_s: float = 0.25

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short transaction. On SQLite one writer at a time in this process, so nobody fights for the file lock.

        :raises Refused: when a unique index refuses; nothing is written.
        :raises DatabaseDown: when the lock, the connection or the statement took too long.
        """
        serial = self.engine.dialect.name == "sqlite"
        if serial and not self.lock.acquire(timeout=self.wait_s):
            raise DatabaseDown("another writer holds the database")
        try:
            with reported(), self.engine.begin() as tx:
                yield tx
        finally:
            if serial:
                self.lock.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read that takes no write lock. :raises DatabaseDown: as above."""
        with reported(), self.engine.connect().execution_options(reading=True) as tx:
            yield tx


@contextmanager
def reported() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Refused(str(error.orig).splitlines()[0]) from None
    except (OperationalError, PoolTimeout) as error:
        raise DatabaseDown(type(error).__name__) from None
    except DBAPIError as error:
        if error.connection_invalidated or "QueryCanceled" in type(error.orig).__name__:
            raise DatabaseDown(type(error.orig).__name__) from None
        raise


def open_database(url: str, vault: Vault, wait_s: float = 0.25, statement_s: float = 0.4) -> Database:
    return Database(open_engine(url, wait_s, statement_s), vault, threading.Lock(), wait_s)


def open_engine(url: str, wait_s: float = 0.25, statement_s: float = 0.4) -> Engine:
    """``sqlite:///…`` or ``postgresql://…``; seconds bound the waits for lock, pool and statement."""
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite_engine(url, wait_s)
    limits = f"-c statement_timeout={int(statement_s * 1000)} -c lock_timeout={int(wait_s * 1000)} -c timezone=UTC"
    return create_engine(
        url,
        pool_size=10,
        max_overflow=0,
        pool_timeout=wait_s,
        pool_pre_ping=False,
        connect_args={"connect_timeout": 2, "options": limits},
    )


def sqlite_engine(url: str, wait_s: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": wait_s}, pool_size=10, max_overflow=0, pool_timeout=wait_s)

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # The driver's own deferred BEGIN loses updates between processes (dependencies section 5).
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
