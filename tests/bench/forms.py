"""Forms through the real gateway, each posted once and some four times at once, next to a bare endpoint and bare RQ.

Run it as ``python -m tests.bench.forms``, perhaps with ``--forms``, ``--database postgresql`` or ``--connections``. It
ends with 1 when a form was not answered with 202, was lost, or became two leads.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median, quantiles

import redis
import uvloop
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from gateway.keeping.embedded import Valkey, which_server
from routing.state.database import open_engine
from routing.state.tables import callbacks, leads, quarantined
from tests.bench.kit.load import Answered, Lines, opened
from tests.bench.kit.practices import AREA_CODES
from tests.bench.kit.servers import Ground, ground

TWICE_TWO = 4
AT_ONCE = 500
WARM_UP, SPOOL_S = 40, 60.0
WARM, REPEATED = 30_000, 34_000
"""Beyond the forms that are measured: other people, other numbers."""
CITIES = ("Skokie", "Aurora", "Evanston", "Naperville")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Options:
    database: str
    forms: int
    repeated: int
    connections: int


@dataclass(frozen=True, slots=True)
class Took:
    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, answers: Sequence[Answered], seconds: float) -> "Took":
        times = sorted(each.seconds * 1000 for each in answers)
        return cls(len(times), seconds, median(times), quantiles(times, n=100)[98])


def form(number: int) -> bytes:
    """Of somebody nobody has met, from an address of her own."""
    practice = f"lakeside-specialty-{AREA_CODES[number % len(AREA_CODES)]}"
    drawn = Random(number)
    body = json.dumps(
        {
            "name": "Ida " + "".join(drawn.choice(LETTERS) for _ in range(12)).title(),
            "phone": f"+1{AREA_CODES[number // 2_000 % len(AREA_CODES)]}55501{number // len(AREA_CODES) % 100:02d}",
            "city": CITIES[number % len(CITIES)],
            "patient": "new",
            "reason": "knee pain",
            "consent_calls": "yes",
        }
    ).encode()
    head = (
        f"POST /forms/{practice}/lp-101 HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"x-forwarded-for: 198.{18 + number // 65_536}.{number // 256 % 256}.{number % 256}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def hello() -> bytes:
    return b"POST /voice/incoming HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n"


async def volleys(lines: Lines, requests: Sequence[bytes]) -> tuple[list[Answered], float]:
    started, answers = time.perf_counter(), list[Answered]()
    for at in range(0, len(requests), AT_ONCE):
        answers += await lines.volley(requests[at : at + AT_ONCE])
    return answers, time.perf_counter() - started


async def measured(at: Ground, options: Options) -> tuple[Took, Took, Counter[str]]:
    """The yardstick, the forms, and what the answers were."""
    async with opened(at.gateway.port, options.connections) as lines:
        # Statement caches, calendars, connections.
        await volleys(lines, [form(WARM + each) for each in range(WARM_UP)])
        repeated = [form(REPEATED + each) for each in range(options.repeated) for _ in range(TWICE_TWO)]
        again, _ = await volleys(lines, repeated)
        answers, seconds = await volleys(lines, [form(each) for each in range(options.forms)])
    async with opened(at.hello.port, options.connections) as lines:
        bare, bare_s = await volleys(lines, [hello()] * options.forms)
    told = Counter(str(each.status) for each in (*again, *answers))
    ids = {json.loads(each.body)["id"] for each in again if each.status == 202}
    told["ids of the repeated"] = len(ids)
    return Took.of(bare, bare_s), Took.of(answers, seconds), told


def bare_rq(folder: Path, jobs: int) -> float:
    """Jobs in a second: rung and done by one worker that does not fork."""
    with Valkey(folder / "rq", persist=False) as server:
        client = redis.Redis.from_url(server.url)
        queue = Queue(connection=client, serializer=JSONSerializer)
        started = time.perf_counter()
        for each in range(jobs):
            queue.enqueue("tests.bench.kit.bare.nothing", f"row_{each}", result_ttl=0)
        SimpleWorker([queue], connection=client, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
        took = time.perf_counter() - started
        client.close()
    return jobs / took


def settled(url: str, wanted: int) -> dict[str, int]:
    """What could not be written at once comes from the spool within seconds."""
    deadline = time.monotonic() + SPOOL_S
    while True:
        rows = counted(url)
        if rows["leads"] + rows["quarantined"] >= wanted or time.monotonic() > deadline:
            return rows
        time.sleep(0.5)


def counted(url: str) -> dict[str, int]:
    engine = open_engine(url, wait_s=5, statement_s=30)
    with engine.connect() as tx:
        found = {
            table.name: int(tx.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (leads, callbacks, quarantined)
        }
    engine.dispose()
    return found


def machine(options: Options) -> str:
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {which_server().name.partition(' from ')[0]}, {options.database}; "
        f"{options.connections} connections, one gateway process; the load generator shares the cores"
    )


def report(bare: Took, forms: Took, rq: float, rows: dict[str, int]) -> Iterator[str]:
    yield f"{'':24}{'bare endpoint':>16}{'forms':>12}{'forms/bare':>12}"
    pace = (bare.requests / bare.seconds, forms.requests / forms.seconds)
    for name, (one, other) in {
        "requests/s": pace,
        "p50, ms": (bare.p50_ms, forms.p50_ms),
        "p99, ms": (bare.p99_ms, forms.p99_ms),
    }.items():
        yield f"{name:24}{one:16.1f}{other:12.1f}{other / one:12.3f}"
    yield f"bare RQ, one worker that does not fork: {rq:.0f} jobs/s; forms/RQ {pace[1] / rq:.3f}"
    yield f"in the rows: {', '.join(f'{count:,} {name}' for name, count in rows.items())}"


def options_of(words: Sequence[str]) -> Options:
    reading = argparse.ArgumentParser(prog="python -m tests.bench.forms")
    reading.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    reading.add_argument("--forms", type=int, default=10_000, help="30,000 at most")
    reading.add_argument("--repeated", type=int, default=200, help="so many more, each posted four times at once")
    reading.add_argument("--connections", type=int, default=16)
    return Options(**vars(reading.parse_args(words)))


def main(words: Sequence[str]) -> int:
    options = options_of(words)
    sys.stdout.write(machine(options) + "\n\n")
    with tempfile.TemporaryDirectory() as name, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        folder = Path(name)
        with ground(options.database, folder) as at:
            bare, forms, told = runner.run(measured(at, options))
            rows = settled(at.database, options.forms + options.repeated + WARM_UP)
        rq = bare_rq(folder, min(options.forms, 2_000))
    sys.stdout.writelines(f"{line}\n" for line in report(bare, forms, rq, rows))
    posted = options.forms + options.repeated + WARM_UP
    wanted = options.forms + options.repeated * TWICE_TWO
    whole = rows["leads"] + rows["quarantined"] == posted and told["202"] == wanted
    same = told["ids of the repeated"] == options.repeated
    sys.stdout.write(
        f"{posted:,} forms in {wanted + WARM_UP:,} posts: {'none lost, none doubled' if whole and same else told}\n"
    )
    return 0 if whole and same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
