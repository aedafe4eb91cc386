"""Hears that somebody came free, or that there is news, the moment it happens. What it misses, the next look finds."""

import time
from collections.abc import Callable

import redis
from redis.exceptions import RedisError

from routing.state.live.connection import open_live

CAME_FREE = "leadline:*:ends"
"""The scripts publish on the name of the key that holds when people are free again."""
NEWS = "leadline:*:news"
"""Published on after something was written that a live view shows."""


class Ear:
    """One subscription; made anew after a failure. ``sleep`` takes seconds of real time."""

    def __init__(self, url: str, sleep: Callable[[float], None] = time.sleep, heeds: str = CAME_FREE) -> None:
        self._url = url
        self._heeds = heeds
        self._sleep = sleep
        self._heard: redis.client.PubSub | None = None

    def wait(self, seconds: float) -> bool:
        """True as soon as somebody came free, False after so long without."""
        try:
            if self._heard is None:
                self._heard = open_live(self._url).pubsub(  # type: ignore[no-untyped-call]
                    ignore_subscribe_messages=True
                )
                self._heard.psubscribe(self._heeds)
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                if self._heard.get_message(timeout=left):
                    self._drain(self._heard)
                    return True
        except RedisError:
            self._heard = None
            self._sleep(seconds)
        return False

    def close(self) -> None:
        if self._heard is not None:
            self._heard.close()
            self._heard = None

    def _drain(self, heard: "redis.client.PubSub") -> None:
        """Who come free together are served together."""
        while heard.get_message(timeout=0):
            continue
