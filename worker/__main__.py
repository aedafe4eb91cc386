"""The worker process: ``python -m worker [--jobs N]`` runs the clock, and N children that take jobs, until it is told
to stop."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from routing.desk import Desk
from routing.links import Links
from routing.now import ClockError
from routing.settings import SettingsError, read
from routing.state import leases
from routing.state.database import DatabaseDown
from routing.state.live.ear import Ear
from routing.state.schema import SchemaError, check_schema
from worker.bells import Bells
from worker.calling import callback_kinds
from worker.chatting import chat_kinds
from worker.clock import Bellringer, due_kinds, tick, tick_s
from worker.fetching import recording_kinds
from worker.holding import holder
from worker.jobs import Hands, counted, open_hands, perform_move
from worker.letters import Senders, letter_kinds
from worker.on_call import on_call_kinds
from worker.records import record_kinds
from worker.silences import silence_kinds
from worker.takers import Takers
from worker.texting import text_kinds

log = logging.getLogger("leadline.worker")


def main(argv: Sequence[str] = ()) -> int:
    logging.basicConfig(stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(message)s"}')
    asked = options().parse_args(argv)
    try:
        settings = read(os.environ)
        hands = open_hands(settings)
        check_schema(hands.desk.db)
    except SettingsError as wrong:
        sys.stderr.writelines(f"leadline: {problem}\n" for problem in wrong.problems)
        return 2
    except (ClockError, SchemaError) as wrong:
        sys.stderr.write(f"leadline: {wrong}\n")
        return 2
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    takers = Takers(asked.jobs, os.environ, partial(died, hands.desk))
    try:
        links = Links(settings.public_url, hands.desk.db.vault)
        run(hands, bellringer(hands, Bells(settings.jobs_redis_url), links), takers, Ear(settings.redis_url), stop)
    finally:
        takers.stop()
    return 0


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("leadline worker")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="children that take jobs")
    return parser


def run(hands: Hands, by: Bellringer, takers: Takers, ear: Ear, stop: threading.Event) -> None:
    """Ticks until ``stop``; the children come first, for starting one takes a second. Between two ticks whoever comes
    free is offered to the line at once."""
    takers.look()
    hands.desk.shelf.start()
    kinds = {
        **due_kinds(by),
        **recording_kinds(by),
        **on_call_kinds(),
        **silence_kinds(by),
        **record_kinds(by),
        **chat_kinds(),
        **text_kinds(by, hands.outbounds),
        **letter_kinds(Senders(hands.outbounds.accounts, hands.outbounds.mail is not None)),
        **callback_kinds(by, hands.outbounds),
    }
    every_s = tick_s(hands.speed)
    next_tick = time.monotonic() + every_s
    while not stop.is_set():
        if ear.wait(max(0.0, next_tick - time.monotonic())):
            tick(hands.desk, hands.now(), report, {"line": kinds["line"]})
        if time.monotonic() < next_tick:
            continue
        next_tick = time.monotonic() + every_s
        takers.look()
        try:
            hands.desk.shelf.refresh()
        except DatabaseDown as error:
            report("rulebooks", error)
        tick(hands.desk, hands.now(), report, kinds)


def bellringer(hands: Hands, bells: Bells, links: Links) -> Bellringer:
    def perform(desk: Desk, move: str, now: datetime) -> bool:
        verdict = counted(desk, ("move_call", move), now, lambda: perform_move(hands.outbounds, desk, move, now))
        return verdict is None or isinstance(verdict.outcome, str)

    return Bellringer(bells.ring, perform, links)


def died(desk: Desk, pid: int, code: int) -> None:
    """Where the database is down, what the child held waits for the end of its lease."""
    log.error("taker_ended_%d", code)
    try:
        leases.drop(desk.db, holder(desk, pid))
    except DatabaseDown as error:
        report("leases", error)


def report(kind: str, error: Exception) -> None:
    """Kind and type only: an error's text may hold what somebody said."""
    log.error("%s_not_settled_%s", kind, type(error).__name__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
