"""Places where a test can make this process die, wait or fail: ``LEADLINE_FAILPOINT=name:kill|sleep|raise``, several
with commas, and ``sleep3`` for three seconds. Each fires once in a data folder, so that whoever is started again goes
on. Refused in production by the settings."""

import os
import signal
import time
from pathlib import Path

SLEEP_S = 60.0


class Failed(RuntimeError):
    """A failpoint was told to raise."""


def reach(name: str) -> None:
    """Does nothing unless this place was named."""
    named = dict(each.split(":", 1) for each in os.environ.get("LEADLINE_FAILPOINT", "").split(",") if each)
    how = named.get(name)
    if how is None or not fires(name):
        return
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how.startswith("sleep"):
        time.sleep(float(how.removeprefix("sleep") or SLEEP_S))
    else:
        raise Failed(name)


def fires(name: str) -> bool:
    """The first in this data folder to come here, which leaves its process id there."""
    folder = Path(os.environ.get("LEADLINE_DATA_DIR") or ".leadline")
    try:
        mark = os.open(folder / f"failpoint.{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    os.write(mark, str(os.getpid()).encode())
    os.close(mark)
    return True
