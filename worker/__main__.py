"""The worker process: ``python -m worker`` runs the clock until it is told to stop."""

import logging
import os
import signal
import sys
import threading

from routing.now import ClockError, open_clock
from routing.opening import open_desk
from routing.settings import SettingsError, read
from routing.state.database import DatabaseDown
from worker.clock import TICK_S, tick

PATIENT_S = 5.0
"""How long the worker waits for the database's lock: nobody is on the line."""

log = logging.getLogger("leadline.worker")


def main() -> int:
    logging.basicConfig(stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(message)s"}')
    try:
        settings = read(os.environ)
        clock = open_clock(settings)
    except SettingsError as wrong:
        sys.stderr.writelines(f"leadline: {problem}\n" for problem in wrong.problems)
        return 2
    except ClockError as wrong:
        sys.stderr.write(f"leadline: {wrong}\n")
        return 2
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    desk = open_desk(settings, PATIENT_S)
    desk.shelf.start()
    while not stop.wait(TICK_S):
        try:
            desk.shelf.refresh()
        except DatabaseDown as error:
            report("rulebooks", error)
        tick(desk, clock.now(), report)
    return 0


def report(kind: str, error: Exception) -> None:
    """Kind and type only: an error's text may hold what somebody said."""
    log.error("%s_not_settled_%s", kind, type(error).__name__)


if __name__ == "__main__":
    sys.exit(main())
