"""Database, Redis, worker or spool away: every caller hears words and a way on, and every lead is in the rows later."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
import redis
from httpx2 import Response
from sqlalchemy import event
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from gateway.app import app
from gateway.counts import COUNTS
from gateway.house import House
from gateway.keeping.embedded import Valkey, wheel_server
from gateway.provider.outage import emptied
from routing import connection
from routing.state.call.talks import Talk
from routing.state.live.connection import Breaker, LiveStateDown, open_live
from routing.state.migrate import migrate
from routing.state.spool import Lost
from tests.postgres_server import postgres
from tests.rooms import Room, opened_room
from tests.stage import PUBLIC, house_of, settings_of
from tests.test_clock import effective
from tests.test_door import DETOX, Twilio, eventually, incoming, spoken
from tests.test_waiting import occupy
from voice.lateness import ALIVE
from voice.lateness import made_good as made_good_now
from worker.clock import tick

LONG_S = 30.0
"""Only that nothing hangs: machines may be slow."""
ORTHO_EVN = "+18475550121"
CALLER, CANARY = "+18135550163", "Zyxwv Canaryson"


@dataclass
class Line:
    """A gateway behind its door, as Twilio sees it."""

    room: Room
    house: House
    twilio: Twilio

    def rings(self, number: int = 1, **changes: str) -> Response:
        caller = f"+181355501{number:02d}"
        sid = f"CA{number:032x}"
        return self.twilio.post("/voice/incoming", incoming(CallSid=sid, From=caller, CallerName=CANARY, **changes))

    def over(self, number: int = 1) -> Response:
        sid, caller = f"CA{number:032x}", f"+181355501{number:02d}"
        return self.twilio.post("/voice/status", incoming(CallSid=sid, From=caller, CallStatus="completed"))

    def leg(self, what: str, number: int = 1, step: int = 0, **changes: str) -> Response:
        inquiry = self.room.db.vault.name("iq", incoming()["AccountSid"], f"CA{number:032x}")
        url = self.room.links.to(what, inquiry, step)  # type: ignore[arg-type]
        return self.twilio.post(url.removeprefix(PUBLIC), incoming(CallSid=f"CA{number:032x}", **changes))

    @property
    def spooled(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.house.spool.folder.glob("*"))


@contextmanager
def opened_line(url: str, live: "redis.Redis", folder: Path, call_budget_s: float = 0.4) -> Iterator[Line]:
    """With the short waits of the call path, and without the loops of a running gateway."""
    with opened_room(url, live, wait_s=0.25) as room:
        yield line_to(room, folder, call_budget_s)


def line_to(room: Room, folder: Path, call_budget_s: float = LONG_S) -> Line:
    """Patient, for what comes before and after an outage: a slow machine is none."""
    house = replace(house_of(room, settings_of(folder)), call_budget_s=call_budget_s)
    return Line(room, house, Twilio(TestClient(app(house), base_url=PUBLIC, raise_server_exceptions=False)))


def static(answer: Response) -> bool:
    assert spoken(answer)
    assert b"/voice/" not in answer.content
    return b"<Dial" in answer.content


# The database


@contextmanager
def sqlite_locked(url: str) -> Iterator[None]:
    other = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@contextmanager
def postgres_locked(url: str) -> Iterator[None]:
    with psycopg.connect(plain(url)) as other:
        other.execute("LOCK TABLE inbox, inquiries IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def postgres_refusing(url: str) -> Iterator[None]:
    """Every connection is cut and no new one let in, as when the server is stopped."""
    name = make_url(url).database
    with psycopg.connect(plain(url, "postgres"), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        yield
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


def plain(url: str, database: str | None = None) -> str:
    named = make_url(url).set(drivername="postgresql")
    return (named.set(database=database) if database else named).render_as_string(hide_password=False)


OUTAGES: Mapping[str, tuple[str, Callable[[str], AbstractContextManager[None]]]] = {
    "SQLite locked": ("sqlite_url", sqlite_locked),
    "PostgreSQL locked": ("postgres_url", postgres_locked),
    "PostgreSQL stopped": ("postgres_url", postgres_refusing),
}


@dataclass
class Faulty:
    line: Line
    calm: Line
    """The same gateway, when nothing is wrong."""
    outage: Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=OUTAGES)
def faulty(request: pytest.FixtureRequest, live: "redis.Redis", tmp_path: Path) -> Iterator[Faulty]:
    fixture, outage = OUTAGES[request.param]
    url = str(request.getfixturevalue(fixture))
    with opened_line(url, live, tmp_path) as line:
        yield Faulty(line, line_to(line.room, tmp_path), lambda: outage(url))


def test_every_caller_of_an_outage_is_answered_and_later_stands_in_the_rows_once(faulty: Faulty) -> None:
    line = faulty.line
    with faulty.outage():
        began = time.monotonic()
        answers = [line.rings(number) for number in (1, 2, 3, 4, 5)]
        again = line.rings(1)
        assert line.over(2).status_code == 204
        assert time.monotonic() - began < LONG_S
        assert all(map(static, answers))
        assert again.content == answers[0].content
        assert emptied(line.house).done == 0
    assert made_good(line)
    assert line.house.spool.is_empty()
    assert len(line.room.rows("leads")) == len(line.room.rows("tasks", kind="callback", state="open")) == 5
    for inquiry in line.room.rows("inquiries"):
        (lead,) = line.room.rows("leads", id=inquiry["lead_id"])
        (task,) = line.room.rows("tasks", lead_id=lead["id"])
        assert lead["owner_id"] == task["owner_id"]
        assert [receipt["trigger"] for receipt in line.room.receipts(str(inquiry["id"]))] == ["degraded"]
    assert sorted(str(row["state"]) for row in line.room.rows("inquiries")) == ["ended", *["promised"] * 4]
    before = [line.room.rows(table) for table in ("leads", "tasks", "decisions", "inbox")]
    assert not emptied(line.house)
    assert [line.room.rows(table) for table in ("leads", "tasks", "decisions", "inbox")] == before


def made_good(line: Line, inquiries: int = 5) -> bool:
    """Threads that outlived their answer may be first, or hold the lock for a moment. Where one of them wrote an offer
    or a place in the line, the call is put down when it can have no life of its own any more."""
    line.room.later(seconds=121)

    def there() -> bool:
        emptied(line.house)
        return line.house.spool.is_empty() and len(line.room.rows("inquiries")) == inquiries

    return eventually(there)


def test_a_hang_up_waits_in_the_spool_until_its_call_is_in_the_rows(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_line(sqlite_url, live, tmp_path) as line:
        with sqlite_locked(sqlite_url):
            line.rings(2)
            line.over(2)
        kept: list[Lost] = []
        line.house.spool.replay(lambda lost: kept.append(lost) or "later")  # type: ignore[func-returns-value]
        call, hang_up = sorted(kept, key=lambda lost: lost.what)
        board, now = line.house.board, line.room.now
        assert made_good_now(board, hang_up, now) == "later"
        # A thread that outlived its answer may hold the lock for a moment.
        assert eventually(lambda: made_good_now(board, call, now) == "done")
        assert made_good_now(board, hang_up, now) == "done"
        assert line.room.row("inquiries")["state"] == "ended"
        assert made_good_now(board, replace(hang_up, inquiry="iq_unknown"), now + ALIVE) == "done"


def test_after_an_outage_a_repeated_webhook_gets_the_words_that_were_said(faulty: Faulty) -> None:
    with faulty.outage():
        said = faulty.line.rings()
    assert made_good(faulty.line, 1)
    assert faulty.calm.rings().content == said.content


def test_nothing_personal_can_be_read_in_the_spool(faulty: Faulty) -> None:
    with faulty.outage():
        faulty.line.rings(63)
        spooled = faulty.line.spooled
    assert spooled
    for canary in (CANARY, "Canaryson", CALLER, CALLER[2:], DETOX, f"CA{63:032x}", "Dial"):
        assert canary.encode() not in spooled
    assert CANARY not in faulty.line.house.log._logger._file.getvalue()  # type: ignore[attr-defined]


def test_no_coordinator_stays_reserved_for_a_call_that_was_answered_without_her(faulty: Faulty) -> None:
    with faulty.outage():
        for number in range(1, 9):
            assert static(faulty.line.rings(number))
    assert made_good(faulty.line, 8)
    assert b"/voice/whisper/" in faulty.calm.rings(20).content


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("whisper", {}),
        ("accept", {"Digits": "1"}),
        ("dialled", {"DialCallStatus": "no-answer"}),
        ("wait", {}),
        ("waitkey", {"Digits": "1"}),
        ("queued", {"QueueResult": "leave"}),
        ("offer", {}),
    ],
)
def test_every_document_of_a_call_under_way_speaks_during_an_outage(
    faulty: Faulty, what: str, changes: dict[str, str]
) -> None:
    assert b"/voice/whisper/" in faulty.calm.rings().content
    with faulty.outage():
        assert has_a_way_on(faulty.line.leg(what, **changes))
        assert faulty.line.leg("leg", CallStatus="completed").status_code == 204


def has_a_way_on(answer: Response) -> bool:
    assert answer.status_code == 200
    return any(word in answer.content for word in (b"<Say", b"<Play", b"<Leave"))


def test_a_key_pressed_during_an_outage_connects_and_is_written_down_afterwards(faulty: Faulty) -> None:
    faulty.calm.rings()
    with faulty.outage():
        assert spoken(faulty.line.leg("accept", Digits="1"))
    assert eventually(lambda: bool(emptied(faulty.line.house)) or faulty.line.house.spool.is_empty())
    (offer,) = faulty.line.room.rows("reservations")
    assert offer["state"] == "accepted"
    (lead,) = faulty.line.room.rows("leads")
    assert lead["owner_id"] == offer["coordinator_id"]


def test_an_offer_missed_during_an_outage_becomes_a_promise_afterwards(faulty: Faulty) -> None:
    faulty.calm.rings()
    with faulty.outage():
        assert static(faulty.line.leg("dialled", DialCallStatus="no-answer"))
    assert eventually(lambda: bool(emptied(faulty.line.house)) or faulty.line.house.spool.is_empty())
    (inquiry,) = faulty.line.room.rows("inquiries")
    (task,), (offer,) = faulty.line.room.rows("tasks"), faulty.line.room.rows("reservations")
    assert (inquiry["state"], task["kind"], offer["state"]) == ("promised", "callback", "timeout")
    assert [receipt["trigger"] for receipt in faulty.line.room.receipts(str(inquiry["id"]))] == ["entry", "degraded"]


def test_a_crisis_said_during_an_outage_is_answered_as_one_and_known_afterwards(faulty: Faulty) -> None:
    assert b"/voice/menu/" in faulty.calm.rings(To=ORTHO_EVN).content
    said = {"To": ORTHO_EVN, "SpeechResult": "I want to kill myself"}
    with faulty.outage():
        answer = faulty.line.leg("menu", **said)
        assert b"988" in answer.content
        assert b"kill" not in faulty.line.spooled
    assert eventually(lambda: bool(emptied(faulty.line.house)) or faulty.line.house.spool.is_empty())
    (lead,), (task,) = faulty.line.room.rows("leads"), faulty.line.room.rows("tasks")
    assert (lead["reason"], task["owner_id"]) == ("crisis", lead["owner_id"])
    (inquiry,) = faulty.line.room.rows("inquiries")
    assert [receipt["trigger"] for receipt in faulty.line.room.receipts(str(inquiry["id"]))] == ["entry", "degraded"]


def test_a_question_that_a_late_thread_wrote_is_a_promise_in_the_end(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_room(sqlite_url, live, wait_s=20) as room:
        line = line_to(room, tmp_path, 0.3)
        with room.db.writing():
            assert static(line.rings(To=ORTHO_EVN))
        assert eventually(lambda: len(room.rows("inquiries")) == 1)
        room.later(seconds=121)
        assert emptied(line.house).done == 1
        (inquiry,), (task,) = room.rows("inquiries"), room.rows("tasks")
        assert (inquiry["state"], task["state"]) == ("promised", "open")


def test_a_full_database_is_an_outage_like_any_other(sqlite_url: str, live: "redis.Redis", tmp_path: Path) -> None:
    with opened_line(sqlite_url, live, tmp_path) as line:
        engine = line.room.db.engine

        def no_more_pages(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")

        engine.dispose()
        event.listen(engine, "connect", no_more_pages)
        answers = [line.rings(number) for number in range(1, 40)]
        event.remove(engine, "connect", no_more_pages)
        engine.dispose()
        assert any(map(static, filter(lambda answer: b"/voice/" not in answer.content, answers)))
        assert made_good(line, 39)
        assert {row["id"] for row in line.room.rows("leads")} == {row["lead_id"] for row in line.room.rows("inquiries")}


def test_a_frozen_server_costs_three_callers_their_patience_and_no_more_threads(
    live: "redis.Redis", tmp_path: Path
) -> None:
    with postgres() as server:
        url = f"{server.replace('@/', '@/postgres')}"
        migrate(url)
        with opened_line(url, live, tmp_path) as line:
            assert b"/voice/whisper/" in line_to(line.room, tmp_path).rings(1).content
            with frozen(server):
                assert all(static(line.rings(number)) for number in range(2, 12))
                assert line.house.threads.borrowed_tokens == 0
                assert line.house.breaker.is_open
            assert made_good(line, 11)


@contextmanager
def frozen(server: str) -> Iterator[None]:
    """The whole server stands still: who is connected hears nothing, who connects waits."""
    folder = Path(make_url(server).query["host"])  # type: ignore[arg-type]
    postmaster = int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0])
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, check=True).stdout
    everybody = [postmaster, *map(int, children.split())]
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)


def test_what_a_late_thread_wrote_is_a_promise_in_the_end_and_its_coordinator_is_free(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    """She was claimed in time, but the rows could not be written in time."""
    with opened_room(sqlite_url, live, wait_s=20) as room:
        line = line_to(room, tmp_path, 0.3)
        house = line.house
        with room.db.writing():
            assert static(line.rings())
        assert eventually(lambda: len(room.rows("inquiries")) == 1)
        (inquiry,) = room.rows("inquiries")
        assert inquiry["state"] == "offered"
        assert emptied(house).done == 0
        assert not house.spool.is_empty()
        room.later(seconds=121)
        assert emptied(house).done == 1
        (offer,), (task,) = room.rows("reservations"), room.rows("tasks")
        assert (offer["state"], task["kind"]) == ("canceled", "callback")
        assert [receipt["trigger"] for receipt in room.receipts(str(inquiry["id"]))] == ["entry", "degraded"]
        assert effective(room, str(offer["coordinator_id"])) == "free"


def test_a_running_gateway_empties_the_spool_of_the_one_before_it(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_line(sqlite_url, live, tmp_path) as line, sqlite_locked(sqlite_url):
        assert static(line.rings())
        line.house.spool.close()
    with opened_room(sqlite_url, live) as room:
        house = house_of(room, settings_of(tmp_path))
        with TestClient(app(house), base_url=PUBLIC):
            assert eventually(lambda: len(room.rows("leads")) == 1)
            assert eventually(house.spool.is_empty)


def test_a_gateway_started_during_an_outage_keeps_calls_to_numbers_it_does_not_know_yet(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_line(sqlite_url, live, tmp_path) as line:
        line.room.desk.shelf._books, line.room.desk.shelf._numbers = {}, {}
        answer = line.rings()
        assert b"+18135550199" in answer.content
        assert made_good(line, 1)


def test_a_caller_whom_the_first_gateway_lost_is_kept_by_the_fallback_url(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_line(sqlite_url, live, tmp_path, LONG_S) as line:
        line.rings(1)
        for number in (1, 2):
            fields = incoming(CallSid=f"CA{number:032x}", From=f"+181355501{number:02d}", ErrorCode="11200")
            assert static(line.twilio.post("/voice/fallback", fields))
        line.room.later(seconds=121)
        emptied(line.house)
        assert {str(row["sid"]) for row in line.room.rows("inquiries", state="promised")} == {
            f"CA{number:032x}" for number in (1, 2)
        }
        assert len(line.room.rows("tasks")) == 2


def test_a_spool_that_fails_as_well_raises_the_alarm_and_the_caller_hears_the_same(faulty: Faulty) -> None:
    folder = faulty.line.house.spool.folder
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    before = COUNTS.spool_down._value.get()
    with faulty.outage():
        assert static(faulty.line.rings())
    assert COUNTS.spool_down._value.get() == before + 1
    assert '"event":"spool_down"' in faulty.line.house.log._logger._file.getvalue()  # type: ignore[attr-defined]


def test_one_webhook_that_never_fits_does_not_hold_up_the_others(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_line(sqlite_url, live, tmp_path) as line:
        with sqlite_locked(sqlite_url):
            line.rings(1)
            line.house.spool.append(Lost("yodelled", "iq_of_a_later_release", 0, line.room.now, {}, b""))
            line.rings(2)
        assert made_good(line, 2)
        assert len(list(line.house.spool.folder.glob("*.aside"))) == 1
        assert '"event":"spool_set_aside"' in line.house.log._logger._file.getvalue()  # type: ignore[attr-defined]


# Redis


@dataclass
class Shaken:
    """A line over a Valkey of its own, which may be killed, stopped and filled."""

    line: Line
    valkey: Valkey
    tell: "redis.Redis"

    @property
    def room(self) -> Room:
        return self.line.room

    def back(self) -> None:
        """The outage is over, and the worker's clock has looked twice."""
        assert eventually(self.hears)
        for _ in range(2):
            self.room.later(seconds=1)
            tick(self.room.desk, self.room.now, lambda kind, error: pytest.fail(f"{kind} {error!r}"))

    def hears(self) -> bool:
        try:
            return bool(self.room.desk.by.live.is_seated(self.room.book())) or True
        except LiveStateDown:
            return False


@pytest.fixture
def shaken(sqlite_url: str, tmp_path: Path) -> Iterator[Shaken]:
    with Valkey(tmp_path / "valkey", persist=False, server=wheel_server()) as valkey:
        tell = redis.Redis.from_url(valkey.url, decode_responses=True)
        live = open_live(valkey.url)
        with opened_line(sqlite_url, live, tmp_path, LONG_S) as line:
            line.room.desk.by.live.__init__(live, Breaker(time.monotonic))  # type: ignore[misc]
            yield Shaken(line, valkey, tell)
        live.close()
        tell.close()


@contextmanager
def killed(it: Shaken) -> Iterator[None]:
    assert it.valkey.process
    it.valkey.process.kill()
    it.valkey.process.wait()
    yield
    it.valkey.start()


@contextmanager
def stopped(it: Shaken) -> Iterator[None]:
    pid = it.tell.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


@contextmanager
def full(it: Shaken) -> Iterator[None]:
    it.tell.config_set("maxmemory", "1")
    yield
    it.tell.config_set("maxmemory", "0")


@contextmanager
def read_only(it: Shaken) -> Iterator[None]:
    it.tell.replicaof("127.0.0.1", "1")
    yield
    it.tell.replicaof("NO", "ONE")


FAULTS: Mapping[str, Callable[[Shaken], AbstractContextManager[None]]] = {
    "killed": killed,
    "frozen": stopped,
    "out of memory": full,
    "read-only": read_only,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_without_live_state_every_caller_is_owned_and_promised_and_nobody_is_claimed(
    shaken: Shaken, fault: str
) -> None:
    with FAULTS[fault](shaken):
        began = time.monotonic()
        answers = [shaken.line.rings(number) for number in range(1, 7)]
        assert time.monotonic() - began < LONG_S
        assert all(map(static, answers))
    assert shaken.line.house.spool.is_empty()
    assert len(shaken.room.rows("leads")) == len(shaken.room.rows("tasks", kind="callback")) == 6
    for inquiry in shaken.room.rows("inquiries"):
        assert [receipt["trigger"] for receipt in shaken.room.receipts(str(inquiry["id"]))] == ["degraded"]
    shaken.back()
    assert b"/voice/whisper/" in shaken.line.rings(20).content


@pytest.mark.parametrize("fault", FAULTS)
def test_who_comes_free_or_leaves_during_an_outage_is_known_when_it_is_over(shaken: Shaken, fault: str) -> None:
    """One talk began before and ended within, one began before and goes on."""
    shaken.back()
    over, going = shaken.room.call(contact="+18135550171"), shaken.room.call(contact="+18135550172")
    assert over.accept()
    assert going.accept()
    with FAULTS[fault](shaken):
        shaken.line.rings(1)
        shaken.room.later(seconds=30)
        talk = Talk(over.arrival.inquiry.id, over.step, 30, "gone")
        assert connection.talk_over(shaken.room.desk, talk, shaken.room.now)
    shaken.back()
    assert effective(shaken.room, str(over.coordinator)) == "wrapping"
    assert effective(shaken.room, str(going.coordinator)) == "busy"
    shaken.room.later(seconds=121)
    assert effective(shaken.room, str(over.coordinator)) == "free"
    assert effective(shaken.room, str(going.coordinator)) == "busy"


def test_a_flush_in_the_middle_of_a_talk_offers_nobody_twice(shaken: Shaken) -> None:
    talking = shaken.room.call(contact="+18135550171")
    assert talking.accept()
    shaken.tell.flushall()
    rung, held = [shaken.line.rings(number) for number in (1, 2)]
    assert b"/voice/whisper/" in rung.content
    assert b"<Enqueue" in held.content
    offered = {str(row["coordinator_id"]) for row in shaken.room.rows("reservations", state="pending")}
    assert len(offered) == 1
    assert talking.coordinator not in offered
    assert effective(shaken.room, str(talking.coordinator)) == "busy"


def test_a_key_pressed_while_redis_is_frozen_connects_and_the_rows_know_it(shaken: Shaken) -> None:
    assert b"/voice/whisper/" in shaken.line.rings().content
    with stopped(shaken):
        assert spoken(shaken.line.leg("accept", Digits="1"))
    (offer,) = shaken.room.rows("reservations")
    assert offer["state"] == "accepted"
    shaken.back()
    assert effective(shaken.room, str(offer["coordinator_id"])) == "busy"


# The worker


def test_while_no_worker_runs_the_wait_documents_move_the_line(room: Room, tmp_path: Path) -> None:
    line = line_to(room, tmp_path)
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    for number in (1, 2):
        assert b"<Enqueue" in line.rings(number).content
        room.later(seconds=5)
    assert b"<Leave" not in line.leg("wait", 1).content
    room.end(talks["keisha-rowan"])
    assert b"<Leave" not in line.leg("wait", 2).content
    assert b"<Leave" in line.leg("wait", 1).content
    answer = line.leg("queued", 1, QueueResult="leave")
    assert b"/voice/whisper/" in answer.content
    assert room.book().coordinators["keisha-rowan"].phone.encode() in answer.content


def test_while_a_worker_runs_the_wait_documents_leave_the_line_to_it(room: Room, tmp_path: Path) -> None:
    line = line_to(room, tmp_path)
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    assert b"<Enqueue" in line.rings(1).content
    room.end(talks["keisha-rowan"])
    tick(room.desk, room.now, lambda kind, error: pytest.fail(f"{kind} {error!r}"))
    assert b"<Leave" not in line.leg("wait", 1).content
    room.later(seconds=6)
    assert b"<Leave" in line.leg("wait", 1).content
