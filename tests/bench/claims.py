"""What a claim costs inside Redis with 10 and with 100,000 coordinators, and 1,000 races of 16 for the last one free.

Run it as ``python -m tests.bench.claims``. It starts and stops a server of its own and ends with 1 when a race had not
exactly one winner or the large practice costs more than 1.5 times the small one.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from threading import Barrier

import redis

from gateway.keeping.embedded import Valkey
from routing.rules.book import Book
from routing.rules.orderings import Advance, Preference
from routing.state.live.availability import Availability
from routing.state.live.claims import Claimed, Held
from routing.state.live.connection import Breaker
from tests.small_practice import START, available, book, look, offer, preferred, queue

SMALL, LARGE = 10, 100_000
ROUNDS, CALLS = 60, 20
RACERS, RACES = 16, 1_000
BAR = 1.5


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of server time for one call's look, claim and release."""

    look: float
    claim: float
    release: float


class Meter:
    """Server time that scripts have taken."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def spent(self, ask: Callable[[], object]) -> float:
        self._client.config_resetstat()
        ask()
        stats = self._client.info("commandstats")
        return float(stats.get("cmdstat_evalsha", {}).get("usec", 0.0))


def seat(availability: Availability, practice: str, people: int) -> Book:
    of = book(queue("hotline", [f"c{number}" for number in range(people)]), practice=practice)
    availability.seat(of, available(of), 0, START)
    return of


def call(availability: Availability, of: Book, meter: Meter, step: int) -> Cost:
    """One call as the desk has it: look, prefer, claim, release; whoever is free for longest each time."""
    now = START + step
    look_us = meter.spent(lambda: availability.snapshot(of, "hotline", look(now)))
    seen = availability.snapshot(of, "hotline", look(now)).candidates
    preference = preferred(of, seen, now)
    claimed: list[Claimed | None] = []
    claim = meter.spent(lambda: claimed.append(availability.claim(offer(of, step), preference, seen, now)))
    winner = claimed[0]
    if winner is None:
        raise RuntimeError("nobody could be claimed")
    held = Held(of.practice, winner.coordinator, winner.fence)
    return Cost(look_us, claim, meter.spent(lambda: availability.release(held, "done", now)))


def costs(availability: Availability, books: list[Book], meter: Meter) -> list[Cost]:
    """Interleaved, so that a noisy machine is noisy to both: medians over rounds of the mean of some calls."""
    rounds: list[list[Cost]] = [[] for _ in books]
    for step in range(0, ROUNDS * CALLS, CALLS):
        for of, found in zip(books, rounds, strict=True):
            calls = [call(availability, of, meter, step + each) for each in range(CALLS)]
            found.append(
                Cost(
                    fmean(each.look for each in calls),
                    fmean(each.claim for each in calls),
                    fmean(each.release for each in calls),
                )
            )
    return [
        Cost(
            median(each.look for each in found),
            median(each.claim for each in found),
            median(each.release for each in found),
        )
        for found in rounds
    ]


def races(availability: Availability) -> dict[int, int]:
    """How often there were so many winners."""
    of = seat(availability, "last", 1)
    barrier = Barrier(RACERS)
    winners: dict[int, int] = {}

    def racer(number: int, step: int) -> Claimed | None:
        seen = availability.snapshot(of, "hotline", look()).candidates
        barrier.wait()
        return availability.claim(
            offer(of, step, f"iq_{number}"), Preference(("c0",), {}, Advance("none")), seen, START
        )

    with ThreadPoolExecutor(RACERS) as threads:
        for step in range(RACES):
            won = [each for each in threads.map(racer, range(RACERS), [step] * RACERS) if each]
            winners[len(won)] = winners.get(len(won), 0) + 1
            for each in won:
                availability.release(Held(of.practice, each.coordinator, each.fence), "returned", START)
    return winners


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Valkey(Path(folder), persist=False) as server:
        client = redis.Redis.from_url(server.url, decode_responses=True)
        availability = Availability(client, Breaker(time.monotonic))
        started = time.monotonic()
        books = [seat(availability, "small", SMALL), seat(availability, "large", LARGE)]
        seating_s = time.monotonic() - started
        small, large = costs(availability, books, Meter(client))
        winners = races(availability)
        memory = client.info("memory")["used_memory"]
        client.close()
    report = (
        f"seated {SMALL:,} and {LARGE:,} coordinators in {seating_s:.1f} s, {memory / (SMALL + LARGE):.0f} bytes each",
        f"{'inside Redis, us':20} {SMALL:>10,} {LARGE:>10,} {'ratio':>8}",
        f"{'claim':20} {small.claim:10.1f} {large.claim:10.1f} {large.claim / small.claim:8.2f}",
        f"{'release':20} {small.release:10.1f} {large.release:10.1f} {large.release / small.release:8.2f}",
        f"{'look':20} {small.look:10.1f} {large.look:10.1f} {large.look / small.look:8.2f}",
        f"{RACES:,} races of {RACERS} for the last one free; winners in each: {winners}",
    )
    sys.stdout.write("\n".join(report) + "\n")
    return 0 if winners == {1: RACES} and large.claim <= BAR * small.claim else 1


if __name__ == "__main__":
    sys.exit(main())
