"""Jobs that are begun no more: those that never came to their end, and those that nobody knows (F20, F21, F22, F23)."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue

from gateway.keeping.embedded import Valkey
from routing.settings import SettingsError, read
from routing.state.callback import callbacks
from routing.state.database import DatabaseDown
from tests.rooms import Room, opened_room
from tests.test_callbacks_lawful import asks, served
from tests.test_jobs import environ
from worker import jobs, taker
from worker.bells import SERIALIZER, Bells, open_jobs
from worker.failpoints import Failed, reach
from worker.jobs import counted


@pytest.fixture
def room(sqlite_room_url: str, live: "redis.Redis") -> Iterator[Room]:
    with opened_room(sqlite_room_url, live) as opened:
        yield opened


def dies() -> None:
    raise RuntimeError("again")


def test_after_three_starts_that_never_ended_a_dial_is_parked_with_a_task_for_a_person(room: Room) -> None:
    asks(room)
    (dial,) = served(room)
    of = ("dial_callback", str(dial["id"]))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            counted(room.desk, of, room.now, dies)
    ran: list[str] = []
    assert counted(room.desk, of, room.now, lambda: ran.append("again")) is None
    assert ran == []
    assert (room.row("callbacks")["state"], room.row("dials")["state"]) == ("parked", "over")
    review = room.row("tasks", kind="review")
    assert (review["reason"], review["owner_id"]) == ("job_parked", room.row("leads")["owner_id"])
    assert room.row("strikes")["parked_at"] is not None
    assert room.row("reservations")["state"] == "canceled"
    # The coordinator is free for somebody else.
    with room.db.reading() as tx:
        assert callbacks.line(tx, "harbor-recovery", room.now, 10) == ()
    assert room.call(contact="+18135550188").coordinator is not None
    assert served(room) == []


def test_a_job_that_ends_leaves_no_strike_whatever_came_of_it(room: Room) -> None:
    for _ in range(5):
        assert counted(room.desk, ("move_call", "mv_1"), room.now, lambda: "done") == "done"
    assert room.rows("strikes") == []


def test_an_outage_is_no_strike(room: Room) -> None:
    from_db = DatabaseDown("away")

    def fails() -> None:
        raise from_db

    for _ in range(5):
        with pytest.raises(DatabaseDown):
            counted(room.desk, ("move_call", "mv_1"), room.now, fails)
    assert room.rows("strikes") == []


def test_unknown_and_unreadable_jobs_are_parked_and_never_run(
    room: Room, sqlite_room_url: str, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ(valkey.url, sqlite_room_url, "http://127.0.0.1:1", tmp_path).items():
        monkeypatch.setenv(name, value)
    bells, connection = Bells(valkey.url), open_jobs(valkey.url)
    bells.queues["now"].enqueue_call("worker.jobs.v99_move_call", args=["mv_1"], job_id="v99-1")
    bells.queues["now"].enqueue_call("os.getcwd", args=[], job_id="os-1")
    pickled = Queue("now", connection=bells.client)
    pickled.enqueue_call("worker.jobs.move_call", args=[pickle.dumps("mv_1")], job_id="pickled-1")
    worker = taker.taking(read(os.environ))
    worker.work(burst=True, logging_level="CRITICAL")
    parked = {(row["job"], row["row_id"], row["code"]) for row in room.rows("strikes")}
    assert parked == {
        ("worker.jobs.v99_move_call", "v99-1", "unknown"),
        ("os.getcwd", "os-1", "unknown"),
        ("", "pickled-1", "unknown"),
    }
    assert not list(connection.scan_iter("rq:job:*"))
    assert SERIALIZER == "json"
    for each in (worker.connection, connection, bells):
        each.close()
    jobs.hands().desk.db.engine.dispose()
    jobs.hands.cache_clear()


def test_whoever_takes_jobs_has_loaded_all_of_them_before(tmp_path: Path) -> None:
    """Whatever is installed beneath it later, it is of one version."""
    asked = (
        "import sys; from worker.bells import JOBS; from worker.taker import load_jobs; load_jobs(); "
        "sys.exit(not {each.path.rpartition('.')[0] for each in JOBS.values()} <= set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


# -- failpoints


def test_a_failpoint_fires_once_and_only_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    reach("after_claim")
    monkeypatch.setenv("LEADLINE_FAILPOINT", "after_claim:raise")
    reach("after_request")
    with pytest.raises(Failed):
        reach("after_claim")
    reach("after_claim")


def test_several_failpoints_are_named_with_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LEADLINE_FAILPOINT", "after_claim:raise,after_request:sleep0")
    reach("after_request")
    assert (tmp_path / "failpoint.after_request").read_text() == str(os.getpid())
    with pytest.raises(Failed):
        reach("after_claim")


def test_a_failpoint_kills_this_process_at_once(tmp_path: Path) -> None:
    given = {**os.environ, "LEADLINE_DATA_DIR": str(tmp_path), "LEADLINE_FAILPOINT": "here:kill"}
    code = "from worker.failpoints import reach; reach('here'); print('on')"
    done = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")


def test_failpoints_are_refused_in_production() -> None:
    given = {"LEADLINE_ENVIRONMENT": "production", "LEADLINE_FAILPOINT": "after_claim:kill"}
    with pytest.raises(SettingsError) as refused:
        read(given)
    assert "LEADLINE_FAILPOINT is refused in production" in refused.value.problems
