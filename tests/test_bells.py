"""Bells: what reaches the queues, what a repeated ring does, and that a Redis that is away costs nothing."""

import json
import pickle
import subprocess
import sys
import zlib
from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
import redis
from rq import Queue, SimpleWorker
from rq.job import Job as Rung
from rq.serializers import JSONSerializer

from gateway.keeping.embedded import Valkey
from worker.bells import JOBS, SERIALIZER, URGENCIES, Bells, open_jobs

ROOT = Path(__file__).parents[1]


@pytest.fixture
def rung(valkey: Valkey, live: "redis.Redis") -> Iterator[Bells]:
    opened = Bells(valkey.url)
    yield opened
    opened.close()


@pytest.fixture
def connection(valkey: Valkey, live: "redis.Redis") -> Iterator["redis.Redis"]:
    opened = open_jobs(valkey.url)
    yield opened
    opened.close()


def waiting(bells: Bells, queue: str = "now") -> list[str]:
    return Queue(queue, connection=bells.client, serializer=SERIALIZER).job_ids


def burst(connection: "redis.Redis") -> SimpleWorker:
    worker = SimpleWorker(list(URGENCIES), connection=connection, serializer=SERIALIZER, worker_ttl=20)
    worker.log_result_lifespan = False
    worker.work(burst=True, logging_level="CRITICAL")
    return worker


def test_a_bell_is_the_id_of_a_row_and_nothing_else(rung: Bells) -> None:
    assert rung.ring("move_call", "mv_1", 1)
    assert waiting(rung) == ["move_call-mv_1-1"]
    job = Rung.fetch("move_call-mv_1-1", connection=rung.client, serializer=JSONSerializer)
    assert (job.func_name, list(job.args), job.kwargs) == ("worker.jobs.move_call", ["mv_1"], {})
    assert (job.ttl, job.result_ttl, job.failure_ttl, job.timeout) == (60, 0, 60, 20)
    kept = rung.client.hget("rq:job:move_call-mv_1-1", "data")
    assert json.loads(zlib.decompress(kept)) == ["worker.jobs.move_call", None, ["mv_1"], {}]  # type: ignore[arg-type]


def test_the_same_ring_twice_is_one_bell_and_the_next_ring_is_another(rung: Bells) -> None:
    assert [rung.ring("move_call", "mv_1", ring) for ring in (1, 1, 2)] == [True, True, True]
    assert waiting(rung) == ["move_call-mv_1-1", "move_call-mv_1-2"]


def test_a_bell_that_was_lost_does_not_silence_the_next(rung: Bells) -> None:
    """Popped by a worker that died: its hash stays, so its id stays taken."""
    rung.ring("move_call", "mv_1", 1)
    rung.client.lpop("rq:queue:now")
    assert rung.ring("move_call", "mv_1", 1)
    assert waiting(rung) == []
    assert rung.ring("move_call", "mv_1", 2)
    assert waiting(rung) == ["move_call-mv_1-2"]


def test_without_redis_nobody_is_rung_and_nobody_waits() -> None:
    nowhere = Bells("redis://127.0.0.1:1/0", lambda: 0.0)
    assert [nowhere.ring("move_call", "mv_1", ring) for ring in range(1, 6)] == [False] * 5
    assert nowhere.breaker.open
    nowhere.close()


@pytest.mark.parametrize("name", JOBS)
def test_every_job_is_a_function_of_one_id_and_its_queue_has_a_worker(name: str) -> None:
    job = JOBS[name]
    module, _, function = job.path.rpartition(".")
    (row,) = signature(getattr(import_module(module), function)).parameters.values()
    assert row.annotation is str
    assert job.urgency in URGENCIES
    assert function == name
    assert job.most_s <= 30
    assert job.meaning


def test_whoever_rings_does_not_load_the_providers_library() -> None:
    """The gateway rings bells while a caller waits; requests are made by jobs only."""
    asked = "import sys, worker.bells, worker.clock; sys.exit('twilio.rest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0


def test_a_pickled_job_is_refused_and_not_run(connection: "redis.Redis", tmp_path: Path) -> None:
    """Whoever can write to Redis cannot run code here (F23)."""
    mark = tmp_path / "ran"
    poison = Queue("now", connection=connection).enqueue_call("pathlib.Path.touch", args=[mark], job_id="poison")
    assert pickle.loads(zlib.decompress(connection.hget("rq:job:poison", "data")))[0] == "pathlib.Path.touch"  # type: ignore[arg-type]
    burst(connection)
    assert not mark.exists()
    assert Queue("now", connection=connection, serializer=SERIALIZER).job_ids == []
    assert poison.get_status() == "failed"


def test_a_job_that_this_version_does_not_know_does_no_harm(connection: "redis.Redis") -> None:
    """A newer version rang while this one was still running (F22)."""
    queue = Queue("soon", connection=connection, serializer=SERIALIZER)
    queue.enqueue_call("worker.jobs.of_the_next_version", args=["x_1"], job_id="next-x_1-1", failure_ttl=60)
    queue.enqueue_call("time.sleep", args=[0], job_id="after", result_ttl=60)
    burst(connection)
    assert Rung.fetch("after", connection=connection, serializer=JSONSerializer).get_status() == "finished"
    assert 0 < connection.ttl("rq:job:next-x_1-1") <= 60  # type: ignore[operator]


def test_what_is_urgent_is_taken_first(connection: "redis.Redis") -> None:
    for name in reversed(URGENCIES):
        Queue(name, connection=connection, serializer=SERIALIZER).enqueue_call(
            "builtins.len", args=[[]], job_id=f"of-{name}", result_ttl=60
        )
    burst(connection)
    jobs = [Rung.fetch(f"of-{name}", connection=connection, serializer=JSONSerializer) for name in URGENCIES]
    started = [job.started_at for job in jobs]
    assert started == sorted(started)  # type: ignore[type-var]
