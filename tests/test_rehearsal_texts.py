"""The simulated network for texts: answers read strictly, fates told, and the REST double as strict as the provider."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from httpx2 import ASGITransport, AsyncClient
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from gateway.app import app
from rehearsal.carrier import Account
from rehearsal.delivery import Door
from rehearsal.exchange import Exchange
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import Phonebook
from rehearsal.signing import SigningKey
from rehearsal.texts import Shown, TextPlan, TextRefused, send_text, talk
from tests.rest_stage import Stage, code_of, on_stage
from tests.rooms import Room, opened_room
from tests.stage import ACCOUNT, PUBLIC, house_of, settings_of
from tests.stage import TOKEN as AUTH
from tests.stand_in import CALLER, TRACKED, Staging, StandIn, client_of, exchange_to, twiml
from tests.text_stage import JAX, SENDER, asks_nothing

REPORT = "/sms/status/ms_1.tag"


def sent(answer: str, *bodies: str) -> tuple[list[tuple[Shown, ...]], StandIn]:
    gateway = StandIn({"/sms/incoming": twiml(answer)})

    async def play(pace: VirtualPace) -> list[tuple[Shown, ...]]:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(), client, pace)
            return [await send_text(exchange, TextPlan(TRACKED, CALLER, body)) for body in bodies]

    return run_virtual(play), gateway


def test_a_text_is_posted_signed_and_its_answer_delivered_and_reported() -> None:
    told, gateway = sent(f'<Message statusCallback="{REPORT}">Thank you &amp; hello</Message>', "hello")
    assert [each.text for each in told[0]] == ["Thank you & hello"]
    (fields,) = gateway.fields_of("/sms/incoming")
    assert (fields["From"], fields["To"], fields["Body"]) == (CALLER, TRACKED, "hello")
    assert [each["MessageStatus"] for each in gateway.fields_of(REPORT)] == ["queued", "sent", "delivered"]


def test_who_texted_stop_gets_nothing_and_the_refusal_is_reported() -> None:
    _, gateway = sent(f'<Message statusCallback="{REPORT}">You get no more</Message>', "Stop")
    (fate,) = gateway.fields_of(REPORT)
    assert (fate["MessageStatus"], fate["ErrorCode"]) == ("failed", "21610")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("<Say>no</Say>", "12200"),
        ('<Message colour="red">no</Message>', "12200"),
        ('<Message statusCallback="https://evil.example/x">no</Message>', "12200"),
        ("<Message> </Message>", "14103"),
        (f"<Message>{'x' * 1601}</Message>", "21617"),
    ],
)
def test_what_the_provider_would_not_carry_out_is_refused(answer: str, code: str) -> None:
    with pytest.raises(TextRefused) as refused:
        sent(answer, "hello")
    assert refused.value.code == code


@pytest.fixture
def room(sqlite_url: str, live: "redis.Redis") -> Iterator[Room]:
    with opened_room(sqlite_url, live) as opened:
        yield opened


def test_a_rehearsed_text_goes_through_the_gateways_own_door(room: Room, tmp_path: Path) -> None:
    asks_nothing(room)
    house = house_of(room, settings_of(tmp_path))

    async def play(pace: VirtualPace) -> list[tuple[TextPlan, tuple[Shown, ...]]]:
        async with AsyncClient(transport=ASGITransport(app(house))) as client:
            door = Door(client, PUBLIC, PUBLIC, SigningKey(AUTH), pace, copies=2)
            account = Account.at(ACCOUNT, PUBLIC, frozenset({JAX}))
            exchange = Exchange(account, door, Phonebook(), room.now)
            return await talk(exchange, [TextPlan(JAX, SENDER, each) for each in ("hello", "are you there?", "STOP")])

    told = run_virtual(play)
    assert [len(shown) for _, shown in told] == [1, 0, 1]
    assert room.row("messages", purpose="answer")["status"] == "delivered"
    assert room.row("messages", purpose="answer")["status"] == "delivered"
    assert room.row("messages", purpose="confirmation")["code"] == "21610"


def creating(**given: str) -> Callable[[Client], Any]:
    wanted = {"to": CALLER, "from_": TRACKED, "body": "hello", **given}
    return lambda client: client.messages.create(**{name: value for name, value in wanted.items() if value})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "+1415"}, 21211),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": "+14155550123"}, 21606),
        ({"from_": "four"}, 21212),
    ],
)
def test_rest_refuses_a_message_as_the_provider_does(given: dict[str, str], code: int) -> None:
    (_, told), _ = on_stage(code_of(creating(**given)), {})
    assert told == code


def test_rest_creates_lists_and_reports_a_message_and_refuses_one_to_who_opted_out() -> None:
    async def play(stage: Stage) -> tuple[Any, list[Any]]:
        made = await stage.ask(creating(status_callback=f"https://gw.example.com{REPORT}"))
        await stage.exchange.registry.quiet()
        await stage.sleep(6)
        listed = await stage.ask(lambda client: client.messages.list(to=CALLER, from_=TRACKED))
        stage.exchange.registry.stopped.add((TRACKED, CALLER))
        with pytest.raises(TwilioRestException) as refused:
            await stage.ask(creating())
        assert refused.value.code == 21610
        return made, listed

    (made, listed), gateway = on_stage(play, {})
    assert [each.sid for each in listed] == [made.sid]
    assert [each["MessageStatus"] for each in gateway.fields_of(REPORT)] == ["queued", "sent", "delivered"]
