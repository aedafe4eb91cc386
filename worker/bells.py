"""Rings the bells of jobs: puts a row's id where a worker takes it from. Owns RQ's connections.

A bell is a hint: the row is due whether it rings or not, and the clock rings again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError

from routing.state.live.connection import TIMEOUT_S, Breaker, LiveStateDown

Urgency = Literal["now", "soon", "later"]
URGENCIES: tuple[Urgency, ...] = ("now", "soon", "later")
"""Queues, in the order in which workers look into them: somebody is on the line, is waiting for news, is not."""
SERIALIZER = "json"
"""RQ's own, pickle, would run whatever somebody writes to Redis (F23)."""
WAIT_S = 60
"""A bell that nobody heard so long is forgotten; the clock has rung others meanwhile."""
CONNECT_S = 2.0
JobsDown = RedisError
"""What a worker raises that cannot reach its queues."""


@dataclass(frozen=True, slots=True)
class Job:
    """``path`` is the function; ``most_s`` ends it (design section 3.3: at most 30 s)."""

    path: str
    urgency: Urgency
    most_s: int
    meaning: str


JOBS: Mapping[str, Job] = MappingProxyType(
    {
        "move_call": Job("worker.jobs.move_call", "now", 20, "sends a waiting call to a URL of ours"),
        "fetch_recording": Job("worker.fetching.fetch_recording", "later", 30, "brings a recording home, sealed"),
        "ring_phone": Job("worker.ringing.ring_phone", "now", 20, "rings one of several phones for a waiting caller"),
        "ring_guest": Job("worker.transferring.ring_guest", "now", 20, "rings somebody into a talk that goes on"),
        "dial_callback": Job(
            "worker.calling.dial_callback", "now", 25, "rings a coordinator for a callback, or finds it"
        ),
        "send_text": Job("worker.texting.send_text", "soon", 20, "sends a text, or finds out what became of one"),
        "ask_after": Job("worker.silences.ask_after", "later", 20, "asks the provider whether a silent call is over"),
        "fetch_record": Job("worker.records.fetch_record", "soon", 30, "fetches what a source's webhook only names"),
        "ring_target": Job("worker.transferring.ring_target", "now", 20, "rings whom a caller is transferred to"),
    }
)
"""To add a job: a row here, a function in ``jobs.py``, and a kind of due rows in the clock."""


class Bells:
    """``ask`` runs a question to Redis behind a breaker, for bells are rung on the call path as well."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
        self.queues = {each: Queue(each, connection=self.client, serializer=SERIALIZER) for each in URGENCIES}
        self.breaker = Breaker(monotonic)

    def ring(self, name: str, row: str, ring: int) -> bool:
        """``ring`` counts the rings of this row, so that a lost bell does not silence the next. False: Redis does not
        answer, the row is left to the clock."""
        job = JOBS[name]
        try:
            self.breaker.ask(lambda: self._enqueue(job, f"{name}-{row}-{ring}", row))
        except LiveStateDown:
            return False
        return True

    def _enqueue(self, job: Job, job_id: str, row: str) -> None:
        try:
            self.queues[job.urgency].enqueue_call(
                job.path,
                args=[row],
                timeout=job.most_s,
                job_id=job_id,
                unique=True,
                ttl=WAIT_S,
                result_ttl=0,
                failure_ttl=WAIT_S,
            )
        except DuplicateJobError:
            return

    def close(self) -> None:
        self.client.close()


def open_jobs(url: str) -> redis.Redis:
    """The connection of a worker, whose time-out RQ sets itself: it waits for jobs on it."""
    return redis.Redis.from_url(url, socket_connect_timeout=CONNECT_S, retry=Retry(NoBackoff(), 0))
