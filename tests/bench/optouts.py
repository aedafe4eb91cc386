"""1,000 rounds of eight threads that claim texts and opt out at once, on SQLite and on PostgreSQL.

Run it as ``python -m tests.bench.optouts``, perhaps with ``--rounds`` or ``--database``. After the commit of an opt-out
nothing may be claimed, and no claim from before it may be posted. It ends with 1 after any violation.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import redis

from gateway.keeping.embedded import Valkey, wheel_server
from tests.bench.kit.servers import database_url
from tests.opt_out_race import race
from tests.rooms import opened_room
from tests.stage import house_of, settings_of
from tests.text_stage import TextStage


def rounds_of(kind: str, rounds: int) -> tuple[Counter[str], float]:
    """Violations by kind, and seconds."""
    with (
        tempfile.TemporaryDirectory() as name,
        database_url(kind, Path(name)) as url,
        Valkey(Path(name) / "valkey", persist=False, server=wheel_server()) as server,
        redis.Redis.from_url(server.url, decode_responses=True) as live,
        opened_room(url, live) as room,
    ):
        TextStage(room, house_of(room, settings_of(Path(name)))).text("hello")
        started = time.monotonic()
        found = Counter(wrong for number in range(rounds) for wrong in race(room, number))
        return found, time.monotonic() - started


def main(words: Sequence[str]) -> int:
    reading = argparse.ArgumentParser(prog="python -m tests.bench.optouts")
    reading.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    reading.add_argument("--rounds", type=int, default=1_000)
    options = reading.parse_args(words)
    sys.stdout.write(f"{os.cpu_count()} cores, Python {platform.python_version()}\n")
    failed = False
    for kind in options.database or ("sqlite", "postgresql"):
        violations, seconds = rounds_of(kind, options.rounds)
        failed = failed or bool(violations)
        told = ", ".join(f"{times} times {wrong}" for wrong, times in violations.items()) or "none"
        sys.stdout.write(
            f"{kind}: {options.rounds:,} rounds of eight threads against opt-outs in {seconds:.0f} s: {told} wrong\n"
        )
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
