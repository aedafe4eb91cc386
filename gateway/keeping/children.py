"""Keeps a few processes running: starts them, restarts one that died, stops all of them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol, TextIO

from routing.parent import bound, of_mine

BACK_OFF_S = (0.5, 1.0, 2.0, 4.0)
"""Wait before the first, second... restart; one death more within a minute and we give up."""
_PATIENCE_S = 60.0
_TICK_S = 0.1
_SLOW_S = 20.0
_LOG_BYTES = 10_000_000
_LAST_LINES = 8


class Kept(Protocol):
    """Something with a process that must go on. ``process`` is None if it runs without us."""

    name: str
    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...


@dataclass(slots=True)
class Child:
    """One command line of ours; what it prints goes to a file of its name in ``logs``."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    logs: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.logs / f"{self.name}.log"

    def start(self) -> None:
        """In a session of its own: Ctrl-C is for the one who started all, who then stops them in order."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab", opener=_for_us_only) as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                bound(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=of_mine(self.environ),
                start_new_session=True,
            )


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def pause_before_restart(deaths: Sequence[float], back_off_s: Sequence[float] = BACK_OFF_S) -> float | None:
    """Seconds to wait after the last of ``deaths`` (monotonic seconds), or None: it dies too often, give up."""
    recent = sum(1 for death in deaths if deaths[-1] - death < _PATIENCE_S)
    return back_off_s[recent - 1] if recent <= len(back_off_s) else None


@dataclass(slots=True)
class Crew:
    """``servers`` are started before the ``children`` and stopped after them. ``ready`` answers once everything
    serves; then ``announce`` is called, one time."""

    servers: Sequence[Kept]
    children: Sequence[Child]
    ready: Callable[[], bool]
    announce: Callable[[], None]
    back_off_s: Sequence[float] = BACK_OFF_S
    grace_s: float = 10.0
    say: TextIO = field(default_factory=lambda: sys.stderr)
    _stop: threading.Event = field(default_factory=threading.Event)
    _deaths: dict[str, deque[float]] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)
    """When the dead are started again, monotonic seconds."""

    def run(self) -> int:
        """Until SIGINT or SIGTERM (0), or until one of them cannot be kept alive (1). Main thread only."""
        before = {number: signal.signal(number, self._told) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for one in (*self.servers, *self.children):
                one.start()
            return self._watch()
        finally:
            stop(self.children, self.grace_s)
            stop(self.servers, self.grace_s)
            for number, earlier in before.items():
                signal.signal(number, earlier)

    def _told(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _watch(self) -> int:
        announced, told = False, time.monotonic() + _SLOW_S
        while not self._stop.wait(_TICK_S):
            for one in (*self.servers, *self.children):
                if not self._alive(one):
                    return 1
            if not announced and not self._due and self.ready():
                announced = True
                self.announce()
            if not announced and time.monotonic() > told:
                told += _SLOW_S
                self._say(f"not ready yet; the logs are in {self.children[0].logs}")
        return 0

    def _alive(self, one: Kept) -> bool:
        """False if it has to be given up."""
        now = time.monotonic()
        if one.name in self._due:
            if now >= self._due[one.name]:
                del self._due[one.name]
                one.start()
            return True
        if one.process is None or one.process.poll() is None:
            return True
        _sweep(one.process.pid)
        deaths = self._deaths.setdefault(one.name, deque(maxlen=len(self.back_off_s) + 1))
        deaths.append(now)
        pause = pause_before_restart(deaths, self.back_off_s)
        self._say(obituary(one, pause))
        if pause is not None:
            self._due[one.name] = now + pause
        return pause is not None

    def _say(self, text: str) -> None:
        self.say.write(f"{text}\n")
        self.say.flush()


def obituary(one: Kept, pause: float | None) -> str:
    """What the operator reads when a process died: its code, what happens now, and the last lines it wrote."""
    code = one.process.returncode if one.process else None
    then = f"starting it again in {pause:g} s" if pause is not None else "it died too often, stopping everything"
    lines = [f"{one.name} ended with code {code}: {then}"]
    if isinstance(one, Child) and one.log.exists():
        lines += [f"  {line}" for line in one.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]]
        lines.append(f"  (all of it: {one.log})")
    return "\n".join(lines)


def stop(kept: Sequence[Kept], grace_s: float) -> None:
    """SIGTERM to all, SIGKILL after ``grace_s`` to those who stayed, and to what they left behind."""
    running = [one.process for one in kept if one.process is not None]
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + grace_s
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
        _sweep(process.pid)
        process.wait()


def _sweep(session: int) -> None:
    """Each child leads a session, so what it started has the child's pid as its group."""
    try:
        os.killpg(session, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
