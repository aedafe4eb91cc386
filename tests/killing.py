"""A real worker that is killed at one point of a dial after the other, before a provider who counts its calls."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import redis

from routing.callbacks import free
from routing.now import ProcessClock, open_clock
from routing.settings import read
from routing.state.callback.bars import Bar
from routing.state.callback.callbacks import Asked, Request, request
from routing.state.callback.dials import end
from routing.state.tables import dials
from tests.loopback import Told
from tests.rooms import SECRET, Room, opened_room
from tests.strict_rest import ACCOUNT, LOGIN, StrictRest, strict_rest
from tests.strict_rest import Asked as RestAsked
from worker.failpoints import SLEEP_S

ROOT = Path(__file__).parents[1]
Start = Callable[[Mapping[str, str], list[str]], int]
"""Starts a worker with these settings and arguments; its process id."""
Who = Literal["child", "parent", "both"]
WHO: tuple[Who, ...] = ("child", "parent", "both")
POINTS = ("before_claim", "after_claim", "after_posting", "after_request", "before_settling", "after_settling")
TAKERS = {"child": 2, "parent": 1, "both": 1}
"""Processes that do jobs: where one of them is killed another goes on at once."""


@dataclass
class Provider(StrictRest):
    """Starts calls, and lists them at once."""

    created: list[tuple[str, str, float]] = field(default_factory=list)
    """Sid, number, and when, on the monotonic clock."""

    def answer(self, asked: RestAsked, login: str) -> Told:
        if not asked.path.endswith("/Calls.json"):
            return super().answer(asked, login)
        self.asked.append(asked)
        if asked.method == "POST":
            sid = f"CA{len(self.created) + 1:032x}"
            self.created.append((sid, asked.one("To"), time.monotonic()))
            self.came.release()
            return Told(201, {"sid": sid, "account_sid": ACCOUNT, "status": "queued"})
        listed = [
            {"sid": sid, "to": to, "from": "+18505550131", "status": "ringing"}
            for sid, to, _ in reversed(self.created)
            if to == asked.one("To")
        ]
        return Told(200, {"calls": listed, "next_page_uri": None, "page": 0, "page_size": 50, "uri": asked.path})


@dataclass(frozen=True, slots=True)
class Repetition:
    """What came of one killed dial. Seconds after the death; ``created`` counts the calls to any phone, but for those
    whose offer had ended, as it may before a busy machine has started a worker again: then the next is rightly rung."""

    created: int
    dialled_s: float | None
    known_s: float


@dataclass
class Killing:
    """``speed``: seconds of the product's clock in one of ours. ``asleep_s`` is how long a process sleeps at the point
    while its worker is killed; if it was not killed itself, it goes on then."""

    room: Room
    provider: Provider
    folder: Path
    environ: dict[str, str]
    who: Who
    clock: ProcessClock
    asleep_s: float
    begin: Start
    worker: int = 0
    """Its process id."""
    point: str = ""
    numbers: int = 0
    before: int = 0
    """Calls that had been created when the last person asked."""
    victim: int | None = None
    """The process that was at the point, in this repetition."""
    died: float = 0.0
    """When it died, or its worker, on the monotonic clock."""

    def start(self) -> None:
        """Told every point at once, it need not be started again for each."""
        how = "kill" if self.who == "child" else f"sleep{self.asleep_s:g}"
        points = ",".join(f"{point}:{how}" for point in POINTS)
        given = {**self.environ, "LEADLINE_FAILPOINT": points}
        self.worker = self.begin(given, ["--jobs", str(TAKERS[self.who])])

    def stop(self) -> None:
        self.signal(signal.SIGTERM, self.worker)
        self.until_gone(self.worker)

    def signal(self, what: signal.Signals, *pids: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    def until_gone(self, pid: int) -> None:
        while not is_gone(pid):
            time.sleep(0.1)

    def mark(self, point: str) -> Path:
        """Where whoever comes there leaves its process id; nobody stops where one was left before."""
        return self.folder / f"failpoint.{point}"

    def ask(self, point: str) -> str:
        """Somebody asks to be called now, and whoever comes to ``point`` with her dial is killed there."""
        self.until(self.is_ready)
        for each in POINTS:
            self.mark(each).touch()
        self.mark(point).unlink()
        self.point, self.victim = point, None
        self.numbers += 1
        self.room.now = self.clock.now()
        self.before = len(self.provider.created)
        arrival = self.room.arrival(
            channel="form", contact=f"+1813555{self.numbers // 100 + 1:02d}{self.numbers % 100:02d}"
        )
        self.room.receive(arrival)
        lead = str(self.room.row("inquiries", id=arrival.inquiry.id)["lead_id"])
        now = self.room.now
        with self.room.db.writing() as tx:
            wanted = Request(lead, arrival.inquiry.id, Asked("form", now, now), now)
            made = request(tx, wanted, self.room.desk.new_id, now)
        assert made
        return made

    def is_ready(self) -> bool:
        """Somebody takes jobs."""
        live = self.room.live
        names: set[str] = live.smembers("rq:workers")  # type: ignore[assignment]
        pids = [live.hget(name, "pid") for name in names]
        return any(pid and not is_gone(int(pid)) for pid in pids)  # type: ignore[arg-type]

    def look(self) -> None:
        """Notes who has come to the point, kills, and starts the worker again as its keeper would."""
        if self.victim is None and self.point and (told := self.was_there()):
            self.victim, self.died = told, time.monotonic()
            if self.who != "child":
                self.kill()
        if is_gone(self.worker):
            self.start()

    def was_there(self) -> int | None:
        mark = self.mark(self.point)
        return int(mark.read_text() or 0) or None if mark.exists() else None

    def kill(self) -> None:
        also = children(self.worker) if self.who == "both" else []
        self.signal(signal.SIGKILL, *also, self.worker)
        self.until_gone(self.worker)

    def until(self, holds: Callable[[], bool], within_s: float = 120.0) -> None:
        end = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"{self.point} {self.who}: it did not come to pass")
            self.look()
            time.sleep(0.1)

    def repetition(self, callback: str, rest_s: float = 1.5) -> Repetition:
        """Until its dial is known to have been created, and nobody who was at the point is left; nothing more may
        happen in the ``rest_s`` after that."""
        self.until(lambda: self.victim is not None and self.is_created(callback))
        known_s = time.monotonic() - self.died
        self.until(lambda: self.victim is None or is_gone(self.victim))
        rested = time.monotonic() + rest_s
        self.until(lambda: time.monotonic() > rested)
        made = [at for _, _, at in self.provider.created[self.before :]]
        missed = sum(row["sid"] is not None for row in self.room.rows("dials", callback_id=callback, code="unheard"))
        return Repetition(len(made) - missed, made[0] - self.died if made else None, known_s)

    def is_created(self, callback: str) -> bool:
        return bool(self.room.rows("dials", callback_id=callback, state="created"))

    def settle(self, callback: str) -> None:
        """The coordinator is free again and the callback withdrawn, for the next repetition."""
        now = self.clock.now()
        for row in self.room.rows("dials", callback_id=callback):
            with self.room.db.writing() as tx:
                dial = tx.execute(dials.select().where(dials.c.id == row["id"])).one()
                freed = end(tx, dial, ("canceled", "test"), now, Bar("test", "withdrawn"))
            free(self.room.desk, freed, "canceled", now)


def is_gone(pid: int) -> bool:
    """One that nobody has buried yet is as good as gone."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()[:1] in ("", "Z")


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False)
    return [int(each) for each in found.stdout.split()]


def anew(environ: Mapping[str, str], argv: list[str]) -> int:
    """As an operator does."""
    with open(Path(environ["LEADLINE_DATA_DIR"]) / "worker.log", "ab") as log:
        command = [sys.executable, "-m", "worker", *argv]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environ}, stdout=log, stderr=log).pid


@contextmanager
def killing(
    url: str,
    live: "redis.Redis",
    servers: tuple[str, Path],
    who: Who,
    speed: float = 1.0,
    asleep_s: float = SLEEP_S,
    begin: Start = anew,
) -> Iterator[Killing]:
    """``servers``: Redis and a folder of our own."""
    redis_url, folder = servers
    folder.mkdir(exist_ok=True)
    began = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
    provider = Provider()
    with opened_room(url, live, began) as room, strict_rest(provider):
        environ = {
            "LEADLINE_ENVIRONMENT": "development",
            "LEADLINE_DATA_DIR": str(folder),
            "LEADLINE_DATABASE_URL": url,
            "LEADLINE_REDIS_URL": redis_url,
            "LEADLINE_SECRET_KEY": SECRET.decode(),
            "LEADLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
            "LEADLINE_TWILIO_AUTH_TOKEN": LOGIN[1],
            "LEADLINE_TWILIO_API_URL": provider.root,
            "LEADLINE_CLOCK": began.isoformat(),
            "LEADLINE_CLOCK_SPEED": str(speed),
        }
        clock = open_clock(read(environ))
        killed = Killing(room, provider, folder, environ, who, clock, asleep_s, begin)
        try:
            killed.start()
            yield killed
        finally:
            killed.stop()
