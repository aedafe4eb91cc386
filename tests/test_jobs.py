"""Jobs over real rows, real bells and a strict stand-in for the provider: run never, once or five times."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from rq import SimpleWorker

from gateway.keeping.embedded import Valkey
from routing.links import Links
from routing.state.call import moves
from routing.state.call.moves import Again, Move, Verdict
from routing.state.leases import Holder
from routing.state.practice.provider_accounts import rest
from tests.loopback import Told
from tests.rooms import SECRET, Room, opened_room
from tests.stage import settings_of
from tests.strict_rest import ACCOUNT, CALL, LOGIN, StrictRest, strict_rest
from worker import jobs
from worker.answers import Ambiguous, NotProcessed
from worker.bells import SERIALIZER, URGENCIES, Bells, open_jobs
from worker.clock import RINGS_UNHEARD, Bellringer, due_kinds, moves_due, tick
from worker.jobs import BACK_OFF_S, back_off, judged, perform_move
from worker.outbound import Outbounds
from worker.takers import Takers

URL = "https://leads.example.com/voice/connect/iq_1/1.aaaaaaaaaaaaaaaa"
ROOT = Path(__file__).parents[1]
GONE = Told(400, {"code": 21220, "message": "over", "status": 400})
BUSY = Told(429, {"code": 20429, "message": "slow", "status": 429})
FAILED = Told(500, {"code": 20500, "message": "oh", "status": 500})


@dataclass
class Bench:
    room: Room
    rest: StrictRest
    by: Outbounds

    def plan(self, id: str = "mv_1", sid: str = CALL, account: str = ACCOUNT, now: datetime | None = None) -> None:
        now = now or self.room.now
        inquiry = self.room.call(contact=None).arrival.inquiry.id
        with self.room.db.writing() as tx:
            moves.plan_move(tx, Move(id, "harbor-recovery", inquiry, sid, account, URL, "pull", now), now)

    def perform(self, id: str = "mv_1") -> Verdict | None:
        return perform_move(self.by, self.room.desk, id, self.room.now)

    def state(self, id: str = "mv_1") -> tuple[object, object]:
        row = self.room.row("moves", id=id)
        return row["state"], row["code"]

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [(asked.path.rsplit("/", 1)[-1], asked.one("Url")) for asked in self.rest.asked]


@pytest.fixture
def bench(room: Room, tmp_path: Path) -> Iterator[Bench]:
    with strict_rest() as rest:
        settings = settings_of(tmp_path, LEADLINE_TWILIO_API_URL=rest.root)
        by = Outbounds(settings, room.db, room.desk.by.real_ms)
        yield Bench(room, rest, by)
        by.close()


# -- one move


def test_a_move_sends_the_call_to_its_url_once_however_often_it_is_run(bench: Bench) -> None:
    bench.plan()
    verdicts = [bench.perform() for _ in range(5)]
    assert verdicts == [Verdict("mv_1", 1, "done"), None, None, None, None]
    assert bench.sent == [(f"{CALL}.json", URL)]
    assert bench.state() == ("done", None)


def test_eight_workers_at_once_send_a_call_once(bench: Bench) -> None:
    bench.plan()
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        bench.perform()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(bench.sent) == 1


def test_a_move_nobody_planned_is_nothing_to_do(bench: Bench) -> None:
    assert bench.perform("mv_9") is None
    assert bench.sent == []


def test_a_call_that_is_over_voids_its_move(bench: Bench) -> None:
    bench.plan()
    bench.rest.next.append(GONE)
    bench.perform()
    assert bench.state() == ("void", "21220")


def test_a_request_that_will_never_work_is_not_repeated(bench: Bench) -> None:
    bench.plan()
    bench.rest.next.append(Told(400, {"code": 21205, "message": "bad", "status": 400}))
    bench.perform()
    bench.room.later(seconds=10)
    assert bench.perform() is None
    assert bench.state() == ("refused", "21205")


def test_an_account_that_is_not_ours_any_more_is_refused_without_a_request(bench: Bench) -> None:
    bench.plan(account="AC" + "9" * 32)
    bench.perform()
    assert (bench.state(), bench.sent) == (("refused", "no_account"), [])


def test_a_call_without_a_proper_sid_is_refused_without_a_request(bench: Bench) -> None:
    bench.plan(sid="CA/../Accounts")
    bench.perform()
    assert (bench.state(), bench.sent) == (("refused", "malformed"), [])


def test_a_job_that_fails_tells_its_kind_of_error_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def fails(by: object) -> None:
        raise RuntimeError("what somebody said")

    jobs.hands.cache_clear()
    given = {"LEADLINE_ENVIRONMENT": "development", "LEADLINE_REDIS_URL": "redis://127.0.0.1:1/0"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        jobs.done("move_call", "mv_1", fails)
    jobs.hands.cache_clear()
    assert [record.getMessage() for record in caplog.records] == ["move_call_failed_RuntimeError"]
    assert "somebody" not in caplog.text


def test_a_throttled_move_waits_longer_each_time_and_uses_up_no_attempt(bench: Bench) -> None:
    bench.plan()
    waits = []
    for _ in range(6):
        bench.rest.next.append(BUSY)
        verdict = bench.perform()
        assert verdict
        assert isinstance(verdict.outcome, Again)
        assert bench.perform() is None
        waits.append((verdict.outcome.at - bench.room.now).total_seconds())
        bench.room.now = verdict.outcome.at
    assert [abs(wait / expected - 1) <= 0.1 for wait, expected in zip(waits, (*BACK_OFF_S, 4, 4), strict=True)]
    assert bench.perform() == Verdict("mv_1", 7, "done")


def test_moves_that_were_throttled_together_do_not_come_back_together(bench: Bench) -> None:
    for number in range(8):
        bench.plan(f"mv_{number}", sid=f"CA{number:032x}")
    by = Holder("here-7", datetime(2026, 11, 17, tzinfo=UTC))
    held = [moves.claim(bench.room.db, f"mv_{number}", bench.room.now, by) for number in range(8)]
    waits = {back_off(each).total_seconds() for each in held if each}
    assert len(waits) == 8
    assert 0.45 <= min(waits) <= max(waits) <= 0.55


def test_a_move_without_an_answer_is_sent_again_after_two_seconds_and_three_times_at_most(bench: Bench) -> None:
    bench.plan()
    for number in range(1, 5):
        bench.rest.next.append(FAILED)
        assert bench.perform()
        assert len(bench.sent) == number
        bench.room.later(seconds=1.9)
        assert bench.perform() is None
        bench.room.later(seconds=0.1)
    assert bench.perform() is None
    assert bench.state() == ("ambiguous", "20500")
    assert bench.room.row("moves")["settled_at"] is not None


def test_a_second_request_settles_what_the_first_left_open(bench: Bench) -> None:
    bench.plan()
    bench.rest.next.append(Told(cut=True))
    bench.perform()
    assert bench.state() == ("ambiguous", "RemoteProtocolError")
    bench.room.later(seconds=2)
    bench.perform()
    assert bench.state() == ("done", None)
    assert bench.sent == [(f"{CALL}.json", URL)] * 2


def test_a_call_that_arrived_although_no_answer_came_is_not_torn_from_its_talk(bench: Bench) -> None:
    """A second redirect would end the bridge that the first one led to."""
    bench.plan()
    bench.rest.next.append(Told(cut=True))
    bench.perform()
    with bench.room.db.writing() as tx:
        moves.arrived(tx, CALL, bench.room.now)
    bench.room.later(seconds=2)
    assert bench.perform() is None
    assert len(bench.sent) == 1


def test_while_the_login_is_refused_moves_wait_without_a_request(bench: Bench) -> None:
    bench.plan()
    now_ms = bench.room.desk.by.real_ms()
    assert rest(bench.room.db, ACCOUNT, "20003", now_ms + 30_000, now_ms)
    verdict = bench.perform()
    assert verdict
    assert verdict.code == "login_refused"
    assert bench.sent == []
    assert bench.room.row("moves")["attempts"] == 0


def test_every_answer_of_the_provider_leads_to_a_verdict() -> None:
    move = Move("mv_1", "p", "iq_1", CALL, ACCOUNT, URL, "pull", datetime(2026, 11, 17, tzinfo=UTC))
    now = datetime(2026, 11, 17, tzinfo=UTC)
    first, last = moves.Claim(move, 1, 1), moves.Claim(move, 4, 4)
    assert judged(first, Ambiguous("x"), now).outcome == Again(now + timedelta(seconds=2), sent=True)
    assert judged(last, Ambiguous("x"), now).outcome == "ambiguous"
    again = judged(last, NotProcessed("x"), now).outcome
    assert isinstance(again, Again)
    assert not again.sent


# -- the clock


def ringer(bench: Bench, heard: bool) -> tuple[Bellringer, list[tuple[str, str, int]]]:
    rung: list[tuple[str, str, int]] = []

    def ring(job: str, row: str, number: int) -> bool:
        rung.append((job, row, number))
        return heard

    def perform(desk: object, move: str, now: datetime) -> bool:
        verdict = bench.perform(move)
        return verdict is None or isinstance(verdict.outcome, str)

    return Bellringer(ring, perform, Links("https://leads.example.com", bench.room.db.vault)), rung


def test_the_clock_rings_for_moves_that_nobody_has_taken(bench: Bench) -> None:
    bench.plan()
    by, rung = ringer(bench, heard=True)
    bench.room.later(seconds=2)
    settled = tick(bench.room.desk, bench.room.now, lambda kind, error: None, due_kinds(by))
    assert settled["moves"] == 1
    assert rung == [("move_call", "mv_1", 2)]
    assert bench.sent == []


def test_without_bells_the_clock_sends_calls_itself(bench: Bench) -> None:
    bench.plan("mv_1")
    bench.plan("mv_2", sid="CA" + "4" * 32)
    by, _ = ringer(bench, heard=False)
    bench.room.later(seconds=2)
    assert moves_due(by, bench.room.desk, bench.room.now) == 2
    assert bench.state("mv_1") == bench.state("mv_2") == ("done", None)


def test_the_clock_waits_for_a_failing_provider_once_a_tick(bench: Bench) -> None:
    for number in range(4):
        bench.plan(f"mv_{number}", sid=f"CA{number:032x}")
    by, _ = ringer(bench, heard=False)
    bench.rest.next.append(FAILED)
    bench.room.later(seconds=2)
    moves_due(by, bench.room.desk, bench.room.now)
    assert len(bench.sent) == 1


def test_bells_that_nobody_hears_do_not_keep_a_call_waiting(bench: Bench) -> None:
    """Redis answers, but no child takes jobs."""
    bench.plan()
    by, rung = ringer(bench, heard=True)
    for _ in range(RINGS_UNHEARD):
        bench.room.later(seconds=2)
        moves_due(by, bench.room.desk, bench.room.now)
    assert [number for _, _, number in rung] == [2, 3, 4]
    assert bench.state() == ("done", None)


# -- a worker of RQ in this process


def test_a_bell_makes_a_worker_send_the_call(
    bench: Bench, valkey: Valkey, room_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ(valkey.url, room_url, bench.rest.root, tmp_path).items():
        monkeypatch.setenv(name, value)
    bench.plan(now=datetime.now(UTC))
    bells = Bells(valkey.url)
    for ring in (1, 1, 2, 3):
        assert bells.ring("move_call", "mv_1", ring)
    connection = open_jobs(valkey.url)
    SimpleWorker(list(URGENCIES), connection=connection, serializer=SERIALIZER, worker_ttl=20).work(
        burst=True, logging_level="CRITICAL"
    )
    assert bench.state() == ("done", None)
    assert len(bench.sent) == 1
    assert not list(connection.scan_iter("rq:job:move_call*"))
    for each in (connection, bells):
        each.close()
    jobs.hands().outbounds.close()
    jobs.hands().desk.db.engine.dispose()
    jobs.hands.cache_clear()


# -- the worker as it is started, with its children


def environ(redis_url: str, room_url: str, rest_url: str, folder: Path) -> dict[str, str]:
    return {
        "LEADLINE_ENVIRONMENT": "development",
        "LEADLINE_DATA_DIR": str(folder),
        "LEADLINE_DATABASE_URL": room_url,
        "LEADLINE_REDIS_URL": redis_url,
        "LEADLINE_SECRET_KEY": SECRET.decode(),
        "LEADLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
        "LEADLINE_TWILIO_AUTH_TOKEN": LOGIN[1],
        "LEADLINE_TWILIO_API_URL": rest_url,
    }


@dataclass
class Running:
    bench: Bench
    bells: Bells
    process: "subprocess.Popen[bytes]"

    def children(self) -> list[int]:
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def child(self) -> int:
        """Of a worker that takes jobs: it has registered with Redis."""
        until(lambda: len(self.children()) == 1 and bool(self.bells.client.smembers("rq:workers")))
        return self.children()[0]

    def was_told(self) -> bool:
        """RQ writes down that it is to stop after the job in hand."""
        names: set[bytes] = self.bells.client.smembers("rq:workers")  # type: ignore[assignment]
        return any(self.bells.client.hexists(name, "shutdown_requested_date") for name in names)

    def rung(self, id: str = "mv_1", sid: str = CALL) -> None:
        self.bench.plan(id, sid, now=datetime.now(UTC))
        assert self.bells.ring("move_call", id, 1)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(15)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


@contextmanager
def started(url: str, live: "redis.Redis", valkey: Valkey, folder: Path, **more: str) -> Iterator[Running]:
    with opened_room(url, live) as room, strict_rest() as rest:
        settings = settings_of(folder, LEADLINE_TWILIO_API_URL=rest.root)
        bench = Bench(room, rest, Outbounds(settings, room.db, room.desk.by.real_ms))
        given = {**os.environ, **environ(valkey.url, url, rest.root, folder), **more}
        with open(folder / "worker.log", "wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "worker"], cwd=ROOT, env=given, stdout=log, stderr=log)
        bells = Bells(valkey.url)
        yield Running(bench, bells, process)
        if process.poll() is None:
            process.terminate()
            process.wait(15)
        bells.close()
        bench.by.close()


@pytest.fixture
def running(sqlite_url: str, live: "redis.Redis", valkey: Valkey, tmp_path: Path) -> Iterator[Running]:
    with started(sqlite_url, live, valkey, tmp_path) as worker:
        yield worker


def test_the_worker_performs_what_is_rung_and_stops_when_told(running: Running) -> None:
    running.child()
    running.rung()
    until(lambda: running.bench.state() == ("done", None))
    assert len(running.bench.sent) == 1
    assert running.stop() == 0
    assert running.children() == []


def test_a_worker_told_to_stop_ends_the_job_in_hand_and_leaves_the_rest(running: Running) -> None:
    held = threading.Event()
    running.bench.rest.next.append(Told(200, {"sid": CALL}, held=held))
    running.child()
    running.rung()
    running.bench.rest.came.acquire(timeout=30)
    running.process.terminate()
    until(lambda: running.was_told())
    running.rung("mv_2", "CA" + "4" * 32)
    held.set()
    assert running.process.wait(15) == 0
    assert running.bench.state("mv_1") == ("done", None)
    assert running.bench.state("mv_2") == ("new", None)


def test_a_child_killed_during_its_request_is_replaced_and_the_call_is_sent_once_more(running: Running) -> None:
    held = threading.Event()
    running.bench.rest.next.append(Told(held=held, cut=True))
    child = running.child()
    running.rung()
    running.bench.rest.came.acquire(timeout=30)
    assert running.bench.state() == ("posting", None)
    os.kill(child, signal.SIGKILL)
    held.set()
    until(lambda: running.bench.state() == ("done", None))
    assert running.bench.sent == [(f"{CALL}.json", URL)] * 2
    assert running.child() != child
    time.sleep(3)
    assert len(running.bench.sent) == 2
    assert running.stop() == 0


def test_without_its_queues_the_worker_still_sends_calls(
    sqlite_url: str, live: "redis.Redis", valkey: Valkey, tmp_path: Path
) -> None:
    nowhere = {"LEADLINE_JOBS_REDIS_URL": "redis://127.0.0.1:1/0"}
    with started(sqlite_url, live, valkey, tmp_path, **nowhere) as worker:
        worker.bench.plan(now=datetime.now(UTC))
        until(lambda: worker.bench.state() == ("done", None))
        assert len(worker.bench.sent) == 1
        until(lambda: "no job queues" in (tmp_path / "worker.log").read_text())
        waits = worker.children()
        # It is there again at once when they are, and until then costs nothing.
        time.sleep(2.5)
        assert worker.children() == waits
        assert worker.stop() == 0
    said = (tmp_path / "worker.log").read_text()
    assert said.count("no job queues") == 1
    assert "Traceback" not in said


# -- the keeper of the children


def test_a_child_that_does_not_last_is_started_again_ever_later() -> None:
    now, ends = [0.0], []
    takers = Takers(1, os.environ, lambda *end: ends.append(end), argv=("false",), monotonic=lambda: now[0])
    starts = []
    takers.look()
    for _ in range(400):
        process = takers.all[0].process
        if process:
            process.wait()
            starts.append(now[0])
        now[0] = round(now[0] + 0.1, 1)
        takers.look()
    waits = [round(later - before, 1) for before, later in pairwise(starts)]
    assert waits[:3] == [0.1, 0.6, 1.1]
    assert set(waits[4:]) == {4.1}
    assert {code for _, code in ends} == {1}
    takers.stop()
