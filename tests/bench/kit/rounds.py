"""Races of threads that are run a thousand times on each database, and what was wrong with them."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.keeping.embedded import Valkey, wheel_server
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker
from tests.bench.kit.servers import database_url
from tests.rooms import Room, opened_room

DATABASES = ("sqlite", "postgresql")
Prepare = Callable[[Room, Path], object]
Round = Callable[[Room, int], Iterable[str]]
"""One race; what was wrong with it, in words."""


@contextmanager
def race_room(database: str) -> Iterator[tuple[Room, Path]]:
    """With a folder of its own."""
    with (
        tempfile.TemporaryDirectory() as name,
        database_url(database, Path(name)) as url,
        Valkey(Path(name) / "valkey", persist=False, server=wheel_server()) as server,
        redis.Redis.from_url(server.url, decode_responses=True, retry=Retry(NoBackoff(), 0), socket_timeout=5) as live,
        opened_room(url, live) as room,
    ):
        # The rooms of the tests have a breaker whose clock stands still: once open it would stay so.
        by = replace(room.desk.by, live=Availability(live, Breaker(time.monotonic)))
        room.desk = replace(room.desk, by=by)
        yield room, Path(name)


def run(program: str, words: Sequence[str], prepare: Prepare, race: Round) -> int:
    """1 after anything that was wrong."""
    reading = argparse.ArgumentParser(prog=f"python -m {program}")
    reading.add_argument("--database", choices=DATABASES, action="append")
    reading.add_argument("--rounds", type=int, default=1_000)
    asked = reading.parse_args(words)
    sys.stdout.write(f"{os.cpu_count()} cores, Python {platform.python_version()}, {wheel_server().name}\n")
    failed = False
    for database in asked.database or DATABASES:
        with race_room(database) as (room, folder):
            prepare(room, folder)
            started = time.monotonic()
            found = Counter(wrong for number in range(asked.rounds) for wrong in race(room, number))
            seconds = time.monotonic() - started
        failed = failed or bool(found)
        told = ", ".join(f"{times} times {wrong}" for wrong, times in found.items()) or "nothing"
        sys.stdout.write(f"{database}: {asked.rounds:,} rounds in {seconds:.0f} s, wrong: {told}\n")
        sys.stdout.flush()
    return 1 if failed else 0
