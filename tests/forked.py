"""A worker that is there at once, however busy the machine is: it and those that do its jobs are forked from a process
that has loaded all of it.

Run as ``python -m tests.forked`` it reads settings and arguments, a line of JSON for each worker, and tells the process
id of the one that it has begun with them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from routing.parent import follow_parent, of_mine
from routing.rulebook.load import load
from tests.killing import ROOT, Start
from tests.rooms import PRACTICES
from worker.__main__ import main
from worker.taker import load_jobs
from worker.taker import main as taker_main
from worker.takers import Taker, Takers


@dataclass(slots=True)
class Child:
    """As ``subprocess`` would tell of it."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if done else None
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("a child", timeout)
            time.sleep(0.05)
        return code

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def begin_taker(takers: Takers, taker: Taker) -> None:
    """In place of a new interpreter."""
    taker.started, environ = takers.monotonic(), of_mine(takers.environ)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.environ.update(environ)
        follow_parent()
        os._exit(taker_main())
    taker.process = Child(pid)  # type: ignore[assignment]


def begin() -> None:
    """Whoever ends is buried at once."""
    load_jobs()
    for name in ("harbor-recovery", "lakeside-specialty"):
        load((PRACTICES / f"{name}.yaml").read_text(), name)
    Takers._start = begin_taker
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            given = json.loads(line)
            os.environ.update(given["environ"])
            os._exit(main(given["argv"]))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


@contextmanager
def forking(log: Path) -> Iterator[Start]:
    with open(log, "wb") as told:
        command = [sys.executable, "-m", "tests.forked"]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told)

    def start(environ: Mapping[str, str], argv: list[str]) -> int:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"environ": dict(environ), "argv": argv}).encode() + b"\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    with process:
        yield start


if __name__ == "__main__":
    begin()
