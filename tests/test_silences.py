"""Calls whose end the provider never reported (F27): it is asked, believed the second time, and everybody is free."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from routing.links import Links
from tests.loopback import Told
from tests.rooms import Call, Room
from tests.stage import PUBLIC, settings_of
from tests.strict_rest import StrictRest, strict_rest
from worker.clock import Bellringer
from worker.outbound import Outbounds
from worker.silences import perform_ask, silences_due

DETOX = "+18505550131"
ENDED = "Tue, 17 Nov 2026 19:03:20 +0000"


@dataclass
class Provider:
    room: Room
    rest: StrictRest
    by: Outbounds
    rung: list[tuple[str, int]] = field(default_factory=list)

    def talk(self) -> Call:
        call = self.room.call(tracking_number=DETOX)
        assert call.accept()
        return call

    def due(self) -> int:
        def ring(job: str, row: str, number: int) -> bool:
            self.rung.append((row, number))
            return job == "ask_after"

        return silences_due(
            Bellringer(ring, lambda *_: True, Links(PUBLIC, self.room.db.vault)), self.room.desk, self.now
        )

    @property
    def now(self) -> datetime:
        return self.room.now

    def ask(self, call: Call, status: str, **more: str) -> bool | None:
        self.rest.next.append(Told(200, {"sid": call.arrival.source.sid, "status": status, **more}))
        return perform_ask(self.by, self.room.desk, call.arrival.inquiry.id, self.now)


@pytest.fixture
def provider(room: Room, tmp_path: Path) -> Iterator[Provider]:
    with strict_rest() as rest:
        account = "AC" + "0" * 32
        rest.login = (account, "an-invented-auth-token")
        by = Outbounds(
            settings_of(tmp_path, LEADLINE_TWILIO_API_URL=rest.root, LEADLINE_TWILIO_ACCOUNT_SID=account),
            room.db,
            room.desk.by.real_ms,
        )
        yield Provider(room, rest, by)
        by.close()


def test_a_talk_that_is_over_by_the_provider_s_word_ends_when_it_was_said_twice(provider: Provider) -> None:
    call = provider.talk()
    provider.room.later(seconds=599)
    assert provider.due() == 0
    provider.room.later(seconds=1)
    assert (provider.due(), provider.due()) == (1, 0)
    assert provider.ask(call, "completed", end_time=ENDED) is False
    assert provider.ask(call, "completed", end_time=ENDED) is False
    provider.room.later(seconds=15)
    assert provider.due() == 1
    assert provider.ask(call, "completed", end_time=ENDED) is True
    assert [ring for _, ring in provider.rung] == [1, 2]
    room = provider.room
    assert room.row("inquiries")["state"] == "ended"
    assert room.row("attempts")["talk_s"] == 200
    assert room.row("reservations")["state"] == "wrapping"
    room.later(minutes=10)
    assert provider.due() == 0
    assert perform_ask(provider.by, room.desk, call.arrival.inquiry.id, provider.now) is None


def test_a_talk_that_goes_on_is_left_alone_and_asked_after_again(provider: Provider) -> None:
    call = provider.talk()
    provider.room.later(minutes=10)
    assert provider.due() == 1
    assert provider.ask(call, "completed") is False
    provider.room.later(minutes=5)
    assert provider.due() == 1
    assert provider.ask(call, "in-progress") is False
    provider.room.later(minutes=5)
    assert provider.due() == 1
    assert provider.ask(call, "completed") is False
    assert provider.room.row("inquiries")["state"] == "connected"


def test_a_call_the_provider_does_not_know_is_over_and_one_it_cannot_tell_of_is_not(provider: Provider) -> None:
    call = provider.talk()
    inquiry = call.arrival.inquiry.id
    provider.room.later(minutes=10)
    assert provider.due() == 1
    for told in (Told(503), Told(cut=True)):
        provider.rest.next.append(told)
        assert perform_ask(provider.by, provider.room.desk, inquiry, provider.now) is None
    for expected in (False, True):
        provider.rest.next.append(Told(404, {"code": 20404, "message": "not found", "status": 404}))
        assert perform_ask(provider.by, provider.room.desk, inquiry, provider.room.later(seconds=20)) is expected
    assert provider.room.row("inquiries")["state"] == "ended"
