"""A real worker that is killed at a named point of a dial, again and again, before a provider who counts its calls."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
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

ROOT = Path(__file__).parents[1]
Who = Literal["child", "parent", "both"]
POINTS = ("before_claim", "after_claim", "after_posting", "after_request", "before_settling", "after_settling")
BEFORE = ("before_claim", "after_claim")
"""Points at which no request can have been made, by what the row says."""


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
    """What came of one killed dial. Seconds after the death; ``created`` counts the calls to any phone."""

    created: int
    dialled_s: float | None
    known_s: float


@dataclass
class Killing:
    """``speed``: seconds of the product's clock in one of ours."""

    room: Room
    provider: Provider
    folder: Path
    environ: dict[str, str]
    point: str
    who: Who
    clock: ProcessClock
    process: "subprocess.Popen[bytes] | None" = None
    numbers: int = 0
    before: int = 0
    """Calls that had been created when the last person asked."""
    died: float | None = None
    """When this repetition's process died, on the monotonic clock."""

    def start(self) -> None:
        how = "kill" if self.who == "child" else "sleep"
        given = {**os.environ, **self.environ, "LEADLINE_FAILPOINT": f"{self.point}:{how}"}
        with open(self.folder / "worker.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker", "--jobs", "2"], cwd=ROOT, env=given, stdout=log, stderr=log
            )

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def mark(self) -> Path:
        return self.folder / f"failpoint.{self.point}"

    def ask(self) -> str:
        """Somebody asks to be called now."""
        self.numbers += 1
        self.room.now = self.clock.now()
        self.before = len(self.provider.created)
        self.died = None
        self.mark.unlink(missing_ok=True)
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

    def look(self) -> None:
        """Notes who has died at the point, kills who sleeps there, and starts the worker again as its keeper would."""
        if self.died is None and self.mark.exists():
            self.died = time.monotonic()
            if self.who != "child":
                self.kill()
        if self.process is None or self.process.poll() is not None:
            self.start()

    def kill(self) -> None:
        assert self.process
        pids = [self.process.pid] if self.who == "parent" else [*children(self.process.pid), self.process.pid]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(15)

    def repetition(self, callback: str, within_s: float = 120.0) -> Repetition:
        """Waits until its dial is known to have been created, a while longer, then ends it."""
        until = time.monotonic() + within_s
        while True:
            self.look()
            rows = self.room.rows("dials", callback_id=callback)
            known = next((row for row in rows if row["state"] == "created"), None)
            if known and self.died is not None:
                break
            if time.monotonic() > until:
                raise AssertionError(f"{self.point} {self.who}: {[(r['state'], r['code']) for r in rows]}")
            time.sleep(0.1)
        known_s, died = time.monotonic() - self.died, self.died
        self.rest(1.5)
        made = [at for _, _, at in self.provider.created[self.before :]]
        return Repetition(len(made), made[0] - died if made else None, known_s)

    def rest(self, seconds: float) -> None:
        """Nothing more may happen meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(0.1)

    def settle(self, callback: str) -> None:
        """The coordinator is free again and the callback withdrawn, for the next repetition."""
        now = self.clock.now()
        for row in self.room.rows("dials", callback_id=callback):
            with self.room.db.writing() as tx:
                dial = tx.execute(dials.select().where(dials.c.id == row["id"])).one()
                freed = end(tx, dial, ("canceled", "test"), now, Bar("test", "withdrawn"))
            free(self.room.desk, freed, "canceled", now)


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False)
    return [int(each) for each in found.stdout.split()]


@contextmanager
def killing(
    url: str, live: "redis.Redis", servers: tuple[str, Path], point: str, who: Who, speed: float = 1.0
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
        killed = Killing(room, provider, folder, environ, point, who, clock)
        try:
            killed.start()
            yield killed
        finally:
            killed.stop()
