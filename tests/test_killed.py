"""Workers that are killed with a dial in their hands: nobody is dialled twice, and no callback is lost (F19)."""

from pathlib import Path

import pytest
import redis

from gateway.keeping.embedded import Valkey
from tests.forked import forking
from tests.killing import POINTS, WHO, Who, killing

REPETITIONS = 3
"""At every point; ``tests.bench.killed`` does more."""
SPEED = 6.0
"""Seconds of the product's clock in one of ours."""
ASLEEP_S = 2.0
"""Then whoever outlived its worker goes on, beside the next one."""
REST_S = 0.7
"""Four ticks of that clock."""


@pytest.mark.waiting
@pytest.mark.timeout(500)
@pytest.mark.parametrize("who", WHO)
def test_wherever_a_worker_is_killed_with_a_dial_in_hand_there_is_one_call(
    who: Who, sqlite_room_url: str, live: "redis.Redis", valkey: Valkey, tmp_path: Path
) -> None:
    servers, calls = (valkey.url, tmp_path / "worker"), {}
    with (
        forking(tmp_path / "forked.log") as start,
        killing(sqlite_room_url, live, servers, who, SPEED, ASLEEP_S, start) as killed,
    ):
        for point in POINTS:
            for time in range(REPETITIONS):
                callback = killed.ask(point)
                calls[point, time] = killed.repetition(callback, REST_S).created
                killed.settle(callback)
    assert set(calls.values()) == {1}, calls
