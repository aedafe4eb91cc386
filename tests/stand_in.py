"""A small stand-in gateway for the simulated phone network, and the staging of one call through it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from rehearsal.delivery import Door
from rehearsal.exchange import Account, Carrier, Exchange
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import Caller, CallerHabit, CoordinatorHabit, Phonebook
from rehearsal.signing import SigningKey

PAYLOADS = Path(__file__).parent / "payloads"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "test-auth-token"
PUBLIC = "https://gw.example.com"
TRACKED = "+14155550199"
CALLER = "+14155550100"
MARCUS, KEISHA, PRIYA = "+13125550142", "+13125550143", "+13125550144"
STARTED = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)

Fields = Mapping[str, str]
Told = str | Response | Callable[[Fields], str | Response]


def twiml(inner: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
    return Response(body, media_type="text/xml")


def say(words: str) -> str:
    return f"<Say>{words}</Say>"


def number(phone: str, **more: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    return f"<Number{attributes}>{phone}</Number>"


def dial(inner: str, **more: str) -> str:
    settings = {"action": "/voice/result", "timeout": "15"} | more
    attributes = "".join(f' {name}="{value}"' for name, value in settings.items() if value)
    return f"<Dial{attributes}>{inner}</Dial>"


WHISPER = '<Gather action="/voice/key" numDigits="1" timeout="5"><Say>Detox search, press 1.</Say></Gather><Hangup/>'
WHISPERED = number(
    MARCUS,
    url="/voice/whisper",
    statusCallback="/voice/leg",
    statusCallbackEvent="initiated ringing answered completed",
)


def key_pressed(fields: Fields) -> str:
    return "" if fields["Digits"] == "1" else "<Hangup/>"


def after_dial(fields: Fields) -> str:
    return "<Hangup/>" if fields["DialBridged"] == "true" else say("We will call you back.")


OFFER: Mapping[str, Told] = {
    "/voice/incoming": say("Welcome.") + dial(WHISPERED),
    "/voice/whisper": WHISPER,
    "/voice/key": key_pressed,
    "/voice/result": after_dial,
}


@dataclass
class StandIn:
    """Answers from a table, checks every signature with Twilio's own validator, and remembers what it was asked."""

    told: Mapping[str, Told]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        fields = dict(parse_qsl(body or request.url.query, keep_blank_values=True))
        signed = PUBLIC + request.url.path + (f"?{request.url.query}" if request.url.query else "")
        given = request.headers["X-Twilio-Signature"]
        params = dict(parse_qsl(body, keep_blank_values=True))
        assert RequestValidator(TOKEN).validate(signed, params, given)
        self.asked.append((request.url.path, fields))
        self.tokens.append(request.headers["I-Twilio-Idempotency-Token"])
        if request.url.path not in self.told:
            return Response(status_code=204)
        told = self.told[request.url.path]
        found = told(fields) if callable(told) and not isinstance(told, Response) else told
        return twiml(found) if isinstance(found, str) else found

    def fields_of(self, path: str) -> list[dict[str, str]]:
        return [fields for asked, fields in self.asked if asked == path]


PATIENT = CallerHabit()
USUAL = Carrier()


@dataclass(frozen=True)
class Staging:
    """Who calls, who is called, and how the network behaves."""

    caller: CallerHabit = PATIENT
    phones: Mapping[str, CoordinatorHabit] = field(default_factory=dict)
    carrier: Carrier = USUAL
    copies: int = 1
    limit_s: float = 15.0
    number: str = CALLER


def exchange_to(gateway: StandIn, staging: Staging, client: AsyncClient, pace: VirtualPace) -> Exchange:
    phones = Phonebook(names={MARCUS: "Marcus", KEISHA: "Keisha", PRIYA: "Priya"})
    for phone, habit in staging.phones.items():
        phones.enter(phone, habit)
    door = Door(client, PUBLIC, PUBLIC, SigningKey(TOKEN), pace, staging.limit_s, staging.copies)
    account = Account.at(ACCOUNT, PUBLIC, frozenset({TRACKED}))
    return Exchange(account, door, phones, STARTED, staging.carrier)


def client_of(gateway: StandIn) -> AsyncClient:
    app = Starlette(routes=[Route("/{path:path}", gateway.answer, methods=["GET", "POST"])])
    return AsyncClient(transport=ASGITransport(app=app))


def play(told: Mapping[str, Told], staging: Staging | None = None) -> tuple[CallOutcome, StandIn, Exchange]:
    staged, gateway = staging or Staging(), StandIn(told)

    async def one_call(pace: VirtualPace) -> tuple[CallOutcome, Exchange]:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, staged, client, pace)
            return await place_call(exchange, Caller(staged.number, staged.caller), TRACKED), exchange

    outcome, exchange = run_virtual(one_call)
    return outcome, gateway, exchange


def codes(outcome: CallOutcome) -> list[str]:
    return [failure.code for failure in outcome.failures]


def keys_of(sample: str) -> set[str]:
    return set(json.loads((PAYLOADS / sample).read_text("utf-8")))
