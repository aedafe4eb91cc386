"""Children that do not outlive the process that started them, even if it is killed without warning.

Run as ``python parent.py COMMAND...`` it becomes that command, bound to the process that started it."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

PARENT_PID = "LEADLINE_PARENT_PID"
_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 1.0
_GRACE_S = 10.0


def bound(argv: Sequence[str]) -> list[str]:
    """The command line that runs ``argv`` as a bound child; start it from the main thread, with ``of_mine``."""
    return [sys.executable, "-I", "-S", __file__, *argv]


def of_mine(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child of this process."""
    return {**environ, PARENT_PID: str(os.getpid())}


def follow_parent() -> None:
    """From now on this process gets SIGTERM when the one that started it ends, at once on Linux, else within a second.
    Does nothing in a process that was started by hand."""
    expected = os.environ.get(PARENT_PID)
    if expected is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(int(expected),), name="parent", daemon=True).start()
    if os.getppid() != int(expected):
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


def accompany(argv: Sequence[str]) -> int:
    """Runs a command and ends it with this process or with this process's parent: for systems where the kernel does
    not. Returns its exit code."""
    child = subprocess.Popen(argv, env=of_mine(os.environ))  # noqa: S603 - our own command lines
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: child.terminate())
    parent = int(os.environ.get(PARENT_PID) or os.getppid())
    while os.getppid() == parent:
        try:
            return child.wait(_LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            continue
    child.terminate()
    try:
        return child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def main(argv: Sequence[str]) -> int:
    """Linux keeps the death signal over exec, so the command takes this process's place."""
    if sys.platform == "linux":
        follow_parent()
        os.execvp(argv[0], list(argv))  # noqa: S606 - our own command lines
    return accompany(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
