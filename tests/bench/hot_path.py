"""A signed inbound call through the real gateway against a bare Starlette endpoint, and where the call's time goes.

Run it as ``python -m tests.bench.hot_path``, perhaps with ``--database postgresql``, ``--rounds``, ``--seconds`` or
``--connections``. Both servers are loaded in turns, round by round; figures are medians over the rounds. It needs
Linux for /proc, and ends with 1 when an answer was not 200, no TwiML, or later than 500 ms.
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from xml.etree.ElementTree import ParseError

import redis
import uvloop
from defusedxml.ElementTree import fromstring

from gateway.keeping.embedded import Valkey, which_server
from tests.bench.kit.load import Answered, Lines, opened
from tests.bench.kit.servers import Ground, Served, database_url, ground
from tests.bench.kit.steps import steps
from tests.bench.kit.webhooks import Call, hung_up, incoming

LATE_S = 0.5
WRONG = "not 200 or no TwiML"
HELLO_SHARE = 0.4
"""So much of a round's seconds goes to the yardstick, which answers far more often."""
STEP_CALLS = 400
PARTS = {
    "plan": "plan, search, answer together",
    "snapshot": "plan, search, answer together",
    "prefer": "plan, search, answer together",
    "claim": "plan, search, answer together",
    "TwiML built and read again": "plan, search, answer together",
    "TwiML read again": "TwiML built and read again",
    "receipt": "transaction with receipt",
}
"""Steps that are part of another step."""


@dataclass(frozen=True, slots=True)
class Options:
    database: str
    rounds: int
    seconds: float
    connections: int


@dataclass(frozen=True, slots=True)
class Round:
    """One server's. ``cpu_us`` is processor time per request by process, ``became`` what the answers were."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: dict[str, float]
    requests: int
    became: Counter[str]
    worst_ms: float
    late: int


class Spans:
    """Adds up what a server took over several volleys; the time between them does not count."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.answers: list[Answered] = []
        self.seconds = 0.0
        self.cpu: dict[str, float] = {}

    async def volley(self, lines: Lines, requests: Sequence[bytes]) -> None:
        before, started = self._served.cpu_s(), time.perf_counter()
        self.answers += await lines.volley(requests)
        self.seconds += time.perf_counter() - started
        for name, spent in self._served.cpu_s().items():
            self.cpu[name] = self.cpu.get(name, 0.0) + spent - before.get(name, 0.0)

    def round(self, twiml: bool) -> Round:
        times = sorted(answer.seconds * 1000 for answer in self.answers)
        return Round(
            per_second=len(times) / self.seconds,
            p50_ms=median(times),
            p99_ms=quantiles(times, n=100)[98],
            cpu_us={name: spent / len(times) * 1e6 for name, spent in self.cpu.items()},
            requests=len(times),
            became=Counter(verdict(answer) for answer in self.answers) if twiml else Counter(),
            worst_ms=times[-1],
            late=sum(each > LATE_S * 1000 for each in times),
        )


def verdict(answer: Answered) -> str:
    """``static`` is the answer that needs neither Redis nor database: one of them was too slow."""
    try:
        document = fromstring(answer.body.decode())
    except (ParseError, UnicodeDecodeError):
        return WRONG
    if answer.status != 200 or document.tag != "Response":
        return WRONG
    dial = document.find("Dial")
    if dial is None:
        return "promised a callback"
    return "static" if dial.find("Number[@url]") is None else "offered to a coordinator"


async def measured(at: Ground, options: Options) -> tuple[list[Round], list[Round]]:
    """The yardstick's rounds and the gateway's."""
    counts, hellos, calls = count(1), list[Round](), list[Round]()
    for number in range(options.rounds + 1):
        # The first round warms up: statement caches, calendars, seats in live state, the database's connections.
        seconds = options.seconds if number else min(options.seconds, 1.0)
        hellos.append(await yardstick(at, options.connections, seconds * HELLO_SHARE, counts))
        calls.append(await product(at, options.connections, seconds, counts))
    return hellos[1:], calls[1:]


async def yardstick(at: Ground, connections: int, seconds: float, counts: Iterator[int]) -> Round:
    spans = Spans(at.hello)
    async with opened(at.hello.port, connections) as lines:
        while spans.seconds < seconds:
            await spans.volley(lines, [incoming(call) for call in volley(at, counts)] * 10)
    return spans.round(twiml=False)


async def product(at: Ground, connections: int, seconds: float, counts: Iterator[int]) -> Round:
    spans = Spans(at.gateway)
    async with opened(at.gateway.port, connections) as lines:
        while spans.seconds < seconds:
            calls = volley(at, counts)
            await spans.volley(lines, [incoming(call) for call in calls])
            await lines.volley([hung_up(call) for call in calls])
    return spans.round(twiml=True)


def volley(at: Ground, counts: Iterator[int]) -> list[Call]:
    """One call to each number, of a caller nobody has met; its caller hangs up before the next volley."""
    return [Call(next(counts), number) for number in at.numbers]


def machine(options: Options) -> str:
    names = ("uvicorn", "starlette", "redis", "sqlalchemy", "twilio")
    kept = " (its test server does not wait for the disk)" if options.database == "postgresql" else ""
    return "\n".join(
        (
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {platform.system()} {platform.machine()},"
            f" Python {platform.python_version()}, {which_server().name.partition(' from ')[0]},"
            f" {options.database}{kept}",
            ", ".join(f"{name} {version(name)}" for name in names),
            f"{options.rounds} rounds of {options.seconds:g} s, {options.connections} connections, one process each;"
            " the load generator shares the cores",
        )
    )


def compared(hellos: Sequence[Round], calls: Sequence[Round]) -> Iterator[str]:
    """Medians over the rounds, ratios within each round."""

    def row(name: str, of: "list[tuple[float, float]]") -> str:
        ratio = median(call / hello for hello, call in of)
        return f"{name:26}{median(h for h, _ in of):12.1f}{median(c for _, c in of):12.1f}{ratio:12.3f}"

    pairs = list(zip(hellos, calls, strict=True))
    yield f"{'':26}{'hello':>12}{'call':>12}{'call/hello':>12}"
    yield row("requests/s", [(h.per_second, c.per_second) for h, c in pairs])
    yield row("p50, ms", [(h.p50_ms, c.p50_ms) for h, c in pairs])
    yield row("p99, ms", [(h.p99_ms, c.p99_ms) for h, c in pairs])
    yield row("server CPU, us/request", [(h.cpu_us["hello"], c.cpu_us["gateway"]) for h, c in pairs])
    for name in sorted(calls[0].cpu_us.keys() - {"gateway"}):
        yield f"{'  and in ' + name:26}{'':12}{median(c.cpu_us[name] for c in calls):12.1f}"
    became = sum((c.became for c in calls), Counter[str]())
    told = ", ".join(f"{times:,} {what}" for what, times in became.most_common())
    worst, late = max(c.worst_ms for c in calls), sum(c.late for c in calls)
    yield f"{became.total():,} calls: {told}; worst answer {worst:.0f} ms, over {LATE_S * 1000:.0f} ms: {late}"


def taken_apart(options: Options, folder: Path) -> Iterator[str]:
    with database_url(options.database, folder) as url, Valkey(folder / "valkey", persist=False) as server:
        live = redis.Redis.from_url(server.url, decode_responses=True)
        found = steps(url, live, STEP_CALLS)
        live.close()
    yield f"where the time of one call goes: us, median of {STEP_CALLS // 2} calls in one thread"
    yield from listed(found, None, 1)


def listed(found: Mapping[str, float], whole: str | None, depth: int) -> Iterator[str]:
    """The steps that are part of ``whole``, each with its own parts below it."""
    for step, spent in found.items():
        if PARTS.get(step) == whole:
            yield f"{'  ' * depth}{step:{40 - 2 * depth}}{spent:10.0f}"
            yield from listed(found, step, depth + 1)


def options_of(words: Sequence[str]) -> Options:
    reading = argparse.ArgumentParser(prog="python -m tests.bench.hot_path")
    reading.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    reading.add_argument("--rounds", type=int, default=5)
    reading.add_argument("--seconds", type=float, default=4.0)
    reading.add_argument("--connections", type=int, default=16)
    return Options(**vars(reading.parse_args(words)))


def main(words: Sequence[str]) -> int:
    options = options_of(words)
    sys.stdout.write(machine(options) + "\n\n")
    with (
        tempfile.TemporaryDirectory() as name,
        ground(options.database, Path(name)) as at,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        hellos, calls = runner.run(measured(at, options))
    sys.stdout.writelines(f"{line}\n" for line in compared(hellos, calls))
    sys.stdout.write("\n")
    with tempfile.TemporaryDirectory() as name:
        sys.stdout.writelines(f"{line}\n" for line in taken_apart(options, Path(name)))
    return 1 if any(each.late or each.became[WRONG] for each in calls) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
