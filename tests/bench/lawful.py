"""Every quarter of an hour of three years in 51 jurisdictions, and nowhere known: lawful contact against its oracle.

Run it as ``python -m tests.bench.lawful``, perhaps with ``--states FL TX``. Compared are whether a contact is allowed
and when it is allowed next, for one that was requested and for one that was not. It ends with 1 after any difference.
"""

import argparse
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from routing.rulebook.almanac import almanac
from routing.rules.contact import Consent, Contactable, Purpose, Request, Standards, may_contact
from routing.rules.lawful.states import ZONES, anywhere_in
from tests.lawful_oracle import Oracle, next_ones, seconds_of

YEARS = (2026, 2027, 2028)
STEP = timedelta(minutes=15)
BOTH: tuple[Purpose, ...] = ("requested_callback", "solicitation")
CONSENT = Consent("co_1", "call", "solicitation", True, datetime(2025, 1, 1, tzinfo=UTC))
SHOWN = 5


def instants() -> Iterator[datetime]:
    at = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    while at.year <= YEARS[-1]:
        yield at
        at += STEP


def case(state: str, standards: Standards, at: datetime) -> Contactable:
    """She asked an hour ago, so that the request never runs out, and long ago agreed to be called."""
    asked = Request("rq_1", "form", at - timedelta(hours=1), frozenset({"call"}))
    places = anywhere_in(state) if state else frozenset()
    return Contactable(standards, places, consents=(CONSENT,), requests=(asked,))


def compared(state: str, purpose: Purpose) -> tuple[int, int, int, list[str]]:
    """Instants, how many of them allowed, how many next moments compared, and what differs."""
    oracle = Oracle(state, range(YEARS[0] - 1, YEARS[-1] + 1), requested=purpose == "requested_callback")
    standards = Standards(almanac(YEARS[0]))
    grid = list(instants())
    expected = [oracle.allows(seconds_of(at)) for at in grid]
    wrong, followed = [], 0
    for at, allowed, upcoming in zip(grid, expected, next_ones(expected), strict=True):
        told = may_contact(case(state, standards, at), "call", purpose, at)
        followed += upcoming is not None
        if told.allowed != allowed or (upcoming is not None and told.next_allowed != grid[upcoming]):
            wrong.append(f"{state or 'nowhere'} {purpose} {at.isoformat()}: {told}, expected {allowed}")
    return len(grid), sum(expected), followed, wrong


def both(states: Sequence[str], purposes: Sequence[Purpose], number: int) -> tuple[int, int, int, list[str]]:
    return compared(states[number // len(purposes)], purposes[number % len(purposes)])


def main(words: Sequence[str]) -> int:
    reading = argparse.ArgumentParser(prog="python -m tests.bench.lawful")
    reading.add_argument("--states", nargs="+", choices=tuple(ZONES), default=("", *ZONES))
    reading.add_argument("--processes", type=int, default=os.cpu_count())
    options = reading.parse_args(words)
    sys.stdout.write(f"{os.cpu_count()} cores, Python {platform.python_version()}\n")
    started = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        numbers = range(len(options.states) * len(BOTH))
        found = list(pool.imap_unordered(partial(both, options.states, BOTH), numbers))
    checks, allowed, followed = (sum(each[at] for each in found) for at in (0, 1, 2))
    wrong = [line for each in found for line in each[3]]
    sys.stdout.write(
        f"{len(options.states)} places x {len(BOTH)} purposes: {checks:,} instants, {allowed:,} of them allowed,"
        f" {followed:,} next moments; {len(wrong)} differences; {time.monotonic() - started:.0f} s\n"
    )
    sys.stdout.write("".join(f"{line}\n" for line in wrong[:SHOWN]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
