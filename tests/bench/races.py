"""1,000 rounds of 16 calls at once for the last free coordinator, through the desk, on SQLite and on PostgreSQL.

Run it as ``python -m tests.bench.races``, perhaps with ``--rounds`` or ``--database``. Exactly one call may win each
round, and the others keep their place: their waiting counts from when they came in, and a named owner has a callback to
make. It ends with 1 after any violation.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import func, select

from gateway.keeping.embedded import Valkey, wheel_server
from routing import connection, desk
from routing.desk import Arrival, Reply
from routing.state.inbox import Letter
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker
from routing.state.tables import inquiries, reservations, tasks
from tests.bench.kit.servers import database_url
from tests.rooms import Room, listening, opened_room
from tests.test_races import RACERS, only_free, together

FREE = "priya-nair"
BETWEEN_S = 10
"""A thousand rounds stay within the opening hours of one day."""


def round_of(room: Room, number: int) -> Iterator[str]:
    """One race; what was wrong with it, in words."""
    callers = [
        room.arrival(contact=f"+1{8_000_000_000 + number * RACERS + n}", payer="medicaid") for n in range(RACERS)
    ]
    told: list[Reply] = []
    answers = together(RACERS, lambda n: desk.receive(room.desk, callers[n], listening(told), room.now))
    if any(reply.degraded for reply in told):
        yield "live state did not answer"
    winners = [caller for caller, answer in zip(callers, answers, strict=True) if answer == FREE.encode()]
    if len(winners) != 1:
        yield f"{len(winners)} winners"
    if sum(answer.startswith(b"promise:") for answer in answers) != RACERS - len(winners):
        yield "a caller was neither offered nor promised anything"
    yield from misplaced(room, callers)
    room.later(seconds=BETWEEN_S)
    for winner in winners:
        connection.hang_up(room.desk, winner.inquiry.id, Letter(f"status:{winner.key}", b""), room.now)


def misplaced(room: Room, callers: Sequence[Arrival]) -> Iterator[str]:
    """Compares the rows with what every caller has a right to."""
    ids = [caller.inquiry.id for caller in callers]
    with room.db.reading() as tx:
        starts = dict(
            tx.execute(select(inquiries.c.id, inquiries.c.effective_start).where(inquiries.c.id.in_(ids))).all()
        )
        offers = tx.scalar(select(func.count()).select_from(reservations).where(reservations.c.inquiry_id.in_(ids)))
        owed = tx.scalar(
            select(func.count()).select_from(tasks).where(tasks.c.inquiry_id.in_(ids), tasks.c.owner_id.is_not(None))
        )
    if any(starts.get(caller.inquiry.id) != caller.inquiry.received_at for caller in callers):
        yield "a caller lost her place"
    if offers != 1:
        yield f"{offers} reservations"
    if owed != RACERS - 1:
        yield f"{owed} promises"


def races(kind: str, rounds: int) -> tuple[Counter[str], float]:
    """Violations by kind, and seconds."""
    with (
        tempfile.TemporaryDirectory() as name,
        database_url(kind, Path(name)) as url,
        Valkey(Path(name) / "valkey", persist=False, server=wheel_server()) as server,
        redis.Redis.from_url(server.url, decode_responses=True, retry=Retry(NoBackoff(), 0), socket_timeout=5) as live,
        opened_room(url, live) as room,
    ):
        # The rooms of the tests have a breaker whose clock stands still: once open it would stay so.
        by = replace(room.desk.by, live=Availability(live, Breaker(time.monotonic)))
        room.desk = replace(room.desk, by=by)
        only_free(room, FREE)
        started = time.monotonic()
        found = Counter(wrong for number in range(rounds) for wrong in round_of(room, number))
        return found, time.monotonic() - started


def main(words: Sequence[str]) -> int:
    reading = argparse.ArgumentParser(prog="python -m tests.bench.races")
    reading.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    reading.add_argument("--rounds", type=int, default=1_000)
    options = reading.parse_args(words)
    sys.stdout.write(f"{os.cpu_count()} cores, Python {platform.python_version()}, {wheel_server().name}\n")
    failed = False
    for kind in options.database or ("sqlite", "postgresql"):
        violations, seconds = races(kind, options.rounds)
        failed = failed or bool(violations)
        told = ", ".join(f"{times} times {wrong}" for wrong, times in violations.items()) or "none"
        sys.stdout.write(
            f"{kind}: {options.rounds:,} rounds of {RACERS} calls for the last free coordinator"
            f" in {seconds:.0f} s; violations: {told}\n"
        )
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
