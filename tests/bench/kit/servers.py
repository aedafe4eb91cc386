"""The servers to be measured, each a process of its own; all of them end with the block that started them."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import psycopg

from gateway.keeping.children import Child, stop
from gateway.keeping.demo import DEMO_START, free_port
from gateway.keeping.embedded import Valkey
from routing.state.migrate import migrate
from tests.bench.kit.practices import write_copies
from tests.bench.kit.webhooks import ACCOUNT, PUBLIC, TOKEN
from tests.postgres_server import postgres

HOST, FIRST_PORT, START_S, GRACE_S = "127.0.0.1", 18_080, 60.0, 15.0
SECRET = "an invented secret of thirty-two bytes or more"


@dataclass(frozen=True, slots=True)
class Served:
    """``processes`` by what they are; PostgreSQL has several, and they come with the gateway's first calls."""

    port: int
    processes: Mapping[str, Callable[[], Sequence[int]]]

    def cpu_s(self) -> dict[str, float]:
        """Processor time so far, from /proc."""
        return {name: sum(map(cpu_s_of, pids())) for name, pids in self.processes.items()}


@dataclass(frozen=True, slots=True)
class Ground:
    """A yardstick and a gateway over empty stores, the numbers that gateway answers, and its database."""

    hello: Served
    gateway: Served
    numbers: tuple[str, ...]
    database: str


def cpu_s_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """An empty, migrated database."""
    with ExitStack() as opened:
        url = opened.enter_context(postgres()) if kind == "postgresql" else f"sqlite:///{folder / 'leadline.db'}"
        migrate(url)
        yield url


@contextmanager
def ground(kind: str, folder: Path) -> Iterator[Ground]:
    with database_url(kind, folder) as url, Valkey(folder / "valkey") as valkey, ExitStack() as at_end:
        numbers = write_copies(folder / "practices")
        hello_port = free_port(HOST, FIRST_PORT)
        port = free_port(HOST, hello_port + 1)
        own = settings(folder, url, valkey.url, port)
        hello = Child("hello", [sys.executable, "-m", "tests.bench.kit.hello", str(hello_port)], clean(), folder)
        gateway = Child("gateway", [sys.executable, "-m", "gateway"], {**clean(), **own}, folder)
        at_end.callback(lambda: stop([hello, gateway], GRACE_S))
        for child, wanted in ((hello, hello_port), (gateway, port)):
            child.start()
            wait_until_answering(child, wanted)
        behind = {"gateway": partial(pids, gateway), "Valkey": partial(pids, valkey)}
        if kind == "postgresql":
            behind["PostgreSQL"] = partial(backends, url)
        yield Ground(Served(hello_port, {"hello": partial(pids, hello)}), Served(port, behind), numbers, url)


def settings(folder: Path, database: str, live: str, port: int) -> dict[str, str]:
    return {
        "LEADLINE_ENVIRONMENT": "demo",
        "LEADLINE_DATA_DIR": str(folder / "home"),
        "LEADLINE_DATABASE_URL": database,
        "LEADLINE_REDIS_URL": live,
        "LEADLINE_HOST": HOST,
        "LEADLINE_PORT": str(port),
        "LEADLINE_PUBLIC_URL": PUBLIC,
        "LEADLINE_SECRET_KEY": SECRET,
        "LEADLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
        "LEADLINE_TWILIO_AUTH_TOKEN": TOKEN,
        "LEADLINE_FALLBACK_NUMBER": "+18505550199",
        "LEADLINE_PRACTICES": str(folder / "practices"),
        "LEADLINE_CLOCK": DEMO_START,
    }


def clean() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("LEADLINE_")}


def pids(started: Child | Valkey) -> list[int]:
    if started.process is None:
        raise RuntimeError(f"{started.name} was not started by us")
    return [started.process.pid]


def backends(url: str) -> list[int]:
    """The PostgreSQL server's processes but the one that answers this; those of the gateway's pool stay."""
    with psycopg.connect(url.replace("+psycopg", "", 1)) as asking:
        found = asking.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    return [int(pid) for (pid,) in found]


def wait_until_answering(child: Child, port: int) -> None:
    deadline = time.monotonic() + START_S
    while True:
        line = HTTPConnection(HOST, port, timeout=5)
        try:
            line.request("GET", "/healthz")
            line.getresponse().read()
            return
        except OSError:
            if child.process is None or child.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{child.name} does not start: {child.log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        finally:
            line.close()
