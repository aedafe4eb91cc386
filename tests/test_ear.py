"""Somebody comes free, and the worker hears of it at once."""

from collections.abc import Iterator

import pytest

from gateway.keeping.embedded import Valkey
from routing.state.live.ear import Ear
from tests.rooms import Room

PATIENT_S = 20.0


@pytest.fixture
def ear(valkey: Valkey, room: Room) -> Iterator[Ear]:
    """It listens, and has heard everything that came before."""
    listening = Ear(valkey.url)
    while listening.wait(0.1):
        continue
    yield listening
    listening.close()


@pytest.mark.parametrize("again", [False, True])
def test_whoever_comes_free_is_heard(ear: Ear, room: Room, again: bool) -> None:
    call = room.call()
    assert not ear.wait(0.1)
    if again:
        assert call.accept()
        room.end(call)
    else:
        call.hang_up()
    assert ear.wait(PATIENT_S)


def test_a_wish_to_be_available_is_heard_and_one_to_be_away_is_not(ear: Ear, room: Room) -> None:
    room.wish("marcus-bell", "away")
    assert not ear.wait(0.1)
    room.wish("marcus-bell", "available")
    assert ear.wait(PATIENT_S)


def test_where_nobody_listens_it_waits_and_tries_again() -> None:
    slept: list[float] = []
    deaf = Ear("redis://127.0.0.1:1/0", slept.append)
    assert not deaf.wait(0.5)
    assert not deaf.wait(0.5)
    assert slept == [0.5, 0.5]
