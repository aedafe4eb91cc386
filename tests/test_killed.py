"""Workers that are killed with a dial in their hands: nobody is dialled twice, and no callback is lost (F19)."""

from pathlib import Path

import pytest
import redis

from gateway.keeping.embedded import Valkey
from tests.killing import Who, killing

REPETITIONS = 3
SPEED = 6.0
"""Seconds of the product's clock in one of ours."""


@pytest.mark.parametrize(
    ("point", "who", "times"),
    [
        ("after_claim", "child", REPETITIONS),
        ("after_request", "child", REPETITIONS),
        ("after_posting", "child", 1),
        ("after_request", "parent", 1),
    ],
)
def test_a_worker_killed_with_a_dial_in_hand_leads_to_one_call(
    point: str,
    who: Who,
    times: int,
    sqlite_room_url: str,
    live: "redis.Redis",
    valkey: Valkey,
    tmp_path: Path,
) -> None:
    with killing(sqlite_room_url, live, (valkey.url, tmp_path / "worker"), point, who, SPEED) as killed:
        for _ in range(times):
            callback = killed.ask()
            assert killed.repetition(callback).created == 1
            assert killed.died is not None
            killed.settle(callback)
