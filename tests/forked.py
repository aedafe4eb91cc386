"""A worker that is there at once, however busy the machine is: forked from a process that has loaded all of it.

Run as ``python -m tests.forked`` it reads settings and arguments, a line of JSON for each worker, and tells the process
id of the one that it has begun with them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.killing import ROOT, Start
from worker.__main__ import main


def begin() -> None:
    """Whoever ends is buried at once."""
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
