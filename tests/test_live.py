"""A Redis that is down, frozen, full or read-only is one exception, within its time-out, and soon costs nothing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ResponseError
from redis.retry import Retry

from gateway.keeping.embedded import Valkey, wheel_server
from routing.state.live.availability import Availability
from routing.state.live.connection import FAILURES, REST_S, Breaker, LiveStateDown, open_live
from tests.small_practice import START, available, book, look, offer, preferred, queue

PAIR = book(queue("admissions", ["marcus", "keisha"]))


class Seconds:
    """Real time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Valkey]:
    """A server of the test's own, to be frozen or filled."""
    with Valkey(tmp_path / "valkey", persist=False, server=wheel_server()) as server:
        yield server


@pytest.fixture
def client(own: Valkey) -> Iterator[redis.Redis]:
    opened = open_live(own.url)
    yield opened
    opened.close()


def test_a_client_of_ours_times_out_after_a_quarter_second_and_never_retries(client: redis.Redis) -> None:
    options = client.connection_pool.connection_kwargs
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (0.25, 0.25)
    retry = options["retry"]
    assert isinstance(retry, Retry)
    assert retry.get_retries() == 0
    assert isinstance(retry._backoff, NoBackoff)


def test_a_frozen_server_is_down_and_the_breaker_opens_until_a_probe_succeeds(own: Valkey, client: redis.Redis) -> None:
    seconds = Seconds()
    breaker = Breaker(seconds)
    availability = Availability(client, breaker)
    availability.seat(PAIR, available(PAIR), 0, START)
    assert own.process is not None
    os.kill(own.process.pid, signal.SIGSTOP)
    try:
        for _ in range(FAILURES):
            assert not breaker.open
            with pytest.raises(LiveStateDown, match="TimeoutError"):
                availability.snapshot(PAIR, "admissions", look())
        assert breaker.open
        with pytest.raises(LiveStateDown, match="resting"):
            availability.snapshot(PAIR, "admissions", look())
        seconds.now += REST_S
        with pytest.raises(LiveStateDown, match="TimeoutError"):
            availability.snapshot(PAIR, "admissions", look())
        with pytest.raises(LiveStateDown, match="resting"):
            availability.snapshot(PAIR, "admissions", look())
    finally:
        os.kill(own.process.pid, signal.SIGCONT)
    seconds.now += REST_S
    assert len(availability.snapshot(PAIR, "admissions", look()).candidates) == 2
    assert not breaker.open


def test_a_claim_cut_off_by_a_frozen_server_is_answered_the_same_when_repeated(
    own: Valkey, client: redis.Redis
) -> None:
    availability = Availability(client, Breaker(Seconds()))
    availability.seat(PAIR, available(PAIR), 0, START)
    seen = availability.snapshot(PAIR, "admissions", look()).candidates
    assert own.process is not None
    os.kill(own.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(LiveStateDown):
            availability.claim(offer(PAIR), preferred(PAIR, seen), seen, START)
    finally:
        os.kill(own.process.pid, signal.SIGCONT)
    again = availability.claim(offer(PAIR), preferred(PAIR, seen), seen, START)
    assert again is not None
    assert again.coordinator == "marcus"
    now = availability.snapshot(PAIR, "admissions", look()).candidates
    assert [each.effective for each in now] == ["offered", "free"]


def test_a_server_that_is_not_there_is_down(tmp_path: Path) -> None:
    client = open_live(f"unix://{tmp_path}/nobody")
    with pytest.raises(LiveStateDown, match="ConnectionError"):
        Availability(client, Breaker(Seconds())).come_free("harbor", "marcus", START)
    client.close()


def test_a_full_server_is_down_for_writes(client: redis.Redis) -> None:
    availability = Availability(client, Breaker(Seconds()))
    availability.seat(PAIR, available(PAIR), 0, START)
    client.config_set("maxmemory", "1")
    with pytest.raises(LiveStateDown, match="OutOfMemoryError"):
        availability.step_away("harbor", "marcus", "away", START)
    assert len(availability.snapshot(PAIR, "admissions", look()).candidates) == 2


def test_a_read_only_replica_is_down_for_writes(client: redis.Redis) -> None:
    availability = Availability(client, Breaker(Seconds()))
    availability.seat(PAIR, available(PAIR), 0, START)
    client.replicaof("127.0.0.1", "1")
    with pytest.raises(LiveStateDown, match="ReadOnlyError"):
        availability.step_away("harbor", "marcus", "away", START)


def test_a_user_without_rights_is_down(own: Valkey, client: redis.Redis) -> None:
    client.acl_setuser("reader", enabled=True, passwords=["+secret"], categories=["+@read"], keys=["*"])
    reader = redis.Redis.from_url(own.url, username="reader", password="secret", decode_responses=True)
    with pytest.raises(LiveStateDown, match="NoPermissionError"):
        Availability(reader, Breaker(Seconds())).come_free("harbor", "marcus", START)
    reader.close()


@pytest.mark.parametrize(
    "error", [BusyLoadingError("loading"), ResponseError("MISCONF no snapshot"), ResponseError("BUSY with a script")]
)
def test_a_server_that_refuses_to_serve_is_down(error: Exception) -> None:
    with pytest.raises(LiveStateDown):
        Breaker(Seconds()).ask(lambda: raise_(error))


def test_a_mistake_of_ours_is_no_outage() -> None:
    breaker = Breaker(Seconds())
    for _ in range(FAILURES):
        with pytest.raises(ResponseError):
            breaker.ask(lambda: raise_(ResponseError("ERR wrong number of arguments")))
    assert not breaker.open


def test_one_success_between_failures_keeps_the_breaker_closed() -> None:
    breaker = Breaker(Seconds())
    for _ in range(FAILURES):
        with pytest.raises(LiveStateDown):
            breaker.ask(lambda: raise_(redis.exceptions.ConnectionError("refused")))
        assert breaker.ask(lambda: "PONG") == "PONG"
    assert not breaker.open


def raise_(error: Exception) -> None:
    raise error
