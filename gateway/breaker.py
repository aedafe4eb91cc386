"""A dead database must not gather threads: after three failures in a row it is asked once a second."""

from collections.abc import Callable

from routing.state.database import DatabaseDown

FAILURES = 3
REST_S = 1.0


class Breaker:
    """For one event loop. ``monotonic`` gives real seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= FAILURES

    def admit(self) -> None:
        """:raises DatabaseDown: while it is open; one question a second goes through as a probe."""
        if not self.is_open:
            return
        if self._monotonic() < self._probe_at:
            raise DatabaseDown("resting after repeated failures")
        self._probe_at = self._monotonic() + REST_S

    def failed(self) -> None:
        self._failures += 1
        self._probe_at = self._monotonic() + REST_S

    def answered(self) -> None:
        self._failures = 0
