"""Keeps the children that take jobs: starts them, starts another for one that died, stops all of them."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from routing.parent import bound, of_mine

TAKER = (sys.executable, "-m", "worker.taker")
BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Before the first, second... restart of one that does not last; the clock goes on alone meanwhile."""
LASTING_S = 30.0
GRACE_S = 8.0
"""Less than whoever stops the worker waits for it."""


@dataclass(slots=True)
class Taker:
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0
    """When it is started again, monotonic seconds."""


@dataclass(slots=True)
class Takers:
    """``count`` children. Main thread only: a child is bound to the thread that started it."""

    count: int
    environ: Mapping[str, str]
    died: Callable[[int, int], None]
    """Is told process id and exit code."""
    argv: Sequence[str] = TAKER
    monotonic: Callable[[], float] = time.monotonic
    all: list[Taker] = field(default_factory=list)

    def look(self) -> None:
        """Starts whoever is missing; to be called again and again."""
        self.all.extend(Taker() for _ in range(self.count - len(self.all)))
        for taker in self.all:
            self._bury(taker)
            if taker.process is None and self.monotonic() >= taker.due:
                self._start(taker)

    def _bury(self, taker: Taker) -> None:
        if taker.process is None or (code := taker.process.poll()) is None:
            return
        lasted = self.monotonic() - taker.started > LASTING_S
        taker.deaths = 0 if lasted else min(taker.deaths + 1, len(BACK_OFF_S))
        taker.due = self.monotonic() + BACK_OFF_S[max(taker.deaths - 1, 0)]
        pid, taker.process = taker.process.pid, None
        self.died(pid, code)

    def _start(self, taker: Taker) -> None:
        """In a session of its own, so that Ctrl-C reaches it once, through us: RQ takes the second for an order to drop
        its job."""
        taker.started = self.monotonic()
        taker.process = subprocess.Popen(  # noqa: S603 - our own command line
            bound(self.argv), stdin=subprocess.DEVNULL, env=of_mine(self.environ), start_new_session=True
        )

    def stop(self) -> None:
        """A job in hand may end."""
        running = [taker.process for taker in self.all if taker.process is not None]
        for process in running:
            process.terminate()
        until = self.monotonic() + GRACE_S
        for process in running:
            try:
                process.wait(max(0.0, until - self.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
