"""The connection to the live Redis: short time-outs, no hidden retries, a breaker so that a dead one costs nothing."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

TIMEOUT_S = 0.25
FAILURES = 3
REST_S = 1.0

DOWN = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError, NoPermissionError, ClusterDownError)
"""Loading and failed authentication are connection errors to redis-py."""
DOWN_WORDS = ("MISCONF", "NOREPLICAS", "BUSY")
"""Refusals that redis-py knows only as text."""

Answer = TypeVar("Answer")


class LiveStateDown(Exception):
    """The live Redis is unreachable, too slow, full, read-only, loading, or was so a moment ago."""


def open_live(url: str) -> redis.Redis:
    """A client for the call path: an operation fails after 250 ms and is never repeated behind our back."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


class Breaker:
    """Closed until three questions in a row have failed; then one question a second goes through as a probe.
    ``monotonic`` gives real seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._failures = 0
        self._probe_at = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= FAILURES

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Raises LiveStateDown, at once while the breaker is open."""
        self._admit()
        try:
            answer = question()
        except (*DOWN, ResponseError) as error:
            if not is_down(error):
                raise
            self._failed()
            raise LiveStateDown(type(error).__name__) from error
        with self._lock:
            self._failures = 0
        return answer

    def _admit(self) -> None:
        with self._lock:
            if self._failures < FAILURES:
                return
            if self._monotonic() < self._probe_at:
                raise LiveStateDown("resting after repeated failures")
            self._probe_at = self._monotonic() + REST_S

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._probe_at = self._monotonic() + REST_S


def is_down(error: Exception) -> bool:
    return isinstance(error, DOWN) or str(error).startswith(DOWN_WORDS)
