"""The demo phone: one person plays the caller and coordinators at a page, against a stand-in gateway."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.responses import Response as Answer
from starlette.routing import Route

from gateway.api.models import LeadInFull
from gateway.api.transfer_models import TransferWanted
from rehearsal.booth import Booth, booth_app
from rehearsal.booth.expecting import expected
from rehearsal.booth.pages import BY_THEMSELVES, ROOM
from rehearsal.booth.plain import FAILS
from rehearsal.directory import Directory, Tracked, read_directory
from rehearsal.listening import listening
from rehearsal.pace import RealPace, VirtualPace, run_virtual
from rehearsal.people import HABITS, Phonebook
from rehearsal.scenario import Stage
from routing.rules.candidates import CONDITIONS
from routing.settings import read

PRACTICES = Path(__file__).parents[1] / "routing" / "practices"
DIRECTORY = read_directory(PRACTICES)
TRACKED, MARCUS, ANA = "+18505550131", "harbor-recovery/marcus-bell", "+18505550142"
INQUIRY = "iq_0123456789"
SURROUNDINGS = {
    "LEADLINE_ENVIRONMENT": "demo",
    "LEADLINE_TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "LEADLINE_TWILIO_AUTH_TOKEN": "test-auth-token",
    "LEADLINE_PUBLIC_URL": "http://gw.example.com",
}
GREETS = (
    '<Say language="es-US">Bienvenida.</Say><Dial action="/voice/dialled/{iq}/0.t" timeout="15">'
    '<Number url="/voice/whisper/{iq}/0.t" statusCallback="/voice/leg/{iq}/0.t">+17275550174</Number></Dial>'
)
ASKS = '<Gather action="/voice/accept/{iq}/0.t" numDigits="1" timeout="6"><Say>Press 1.</Say></Gather><Hangup/>'
MENU = (
    '<Gather action="/voice/menu/{iq}/0.t" input="dtmf speech" numDigits="1" timeout="6"><Say>What is it?</Say>'
    "</Gather><Say>Goodbye then.</Say>"
)
RECORDER = (
    '<Say>Speak.</Say><Record action="/voice/voicemail/{iq}/0.t" timeout="5" finishOnKey="#"/><Say>Nothing.</Say>'
)


@dataclass(slots=True)
class Desk:
    """Answers by the word after /voice; other webhooks get 204, the API what is known. ``posted`` is what came."""

    documents: dict[str, str] = field(
        default_factory=lambda: {"incoming": GREETS, "whisper": ASKS, "dialled": "<Say>We will call you back.</Say>"}
    )
    known: dict[str, object] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.respond, methods=["GET", "POST", "PUT"])])

    async def respond(self, request: Request) -> Answer:
        path, body = request.url.path, (await request.body()).decode()
        if path.startswith("/api/"):
            self.posted.append((f"{request.method} {path}", json.loads(body or "{}")))
            return JSONResponse(self.known.get(path.removeprefix("/api/v1"), {}))
        fields = dict(parse_qsl(body))
        self.posted.append((path, fields))
        word = path.split("/")[2]
        inner = self.documents.get(word)
        if word == "accept":
            inner = "" if fields["Digits"] == "1" else "<Hangup/>"
        if inner is None:
            return Answer(status_code=204)
        text = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner.replace("{iq}", INQUIRY)}</Response>'
        return Answer(text, media_type="text/xml")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the person sits: the browser in front of the booth."""

    browser: AsyncClient
    pace: VirtualPace | RealPace
    booth: Booth
    desk: Desk

    async def act(self, name: str, **given: str) -> Response:
        return await self.browser.post(f"/acts/{name}", data=given)

    async def scene(self) -> Any:
        return (await self.browser.get("/scene")).json()

    async def call(self) -> str:
        """The caller's leg."""
        assert (await self.act("call", to=TRACKED, **{"from": ANA})).status_code == 204
        return str((await self.scene())["call"]["leg"])

    async def phone(self, key: str = MARCUS) -> Any:
        return next(phone for phone in (await self.scene())["phones"] if phone["key"] == key)

    async def heard(self, who: str) -> list[str]:
        return [
            step["text"] for step in (await self.scene())["steps"] if step["kind"] == "hears" and step["who"] == who
        ]


def booth_of(desk_client: AsyncClient, pace: VirtualPace | RealPace, tmp_path: Path, directory: Directory) -> Booth:
    settings = read(SURROUNDINGS | {"LEADLINE_DATA_DIR": str(tmp_path)})
    at = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
    stage = Stage(settings, directory, "http://gw.example.com", "s", lambda: at)
    return Booth(stage, desk_client, pace, Phonebook(HABITS["accepts"], directory.names))


def seated(
    play: Callable[[Seat], Coroutine[Any, Any, Any]],
    tmp_path: Path,
    desk: Desk | None = None,
    directory: Directory = DIRECTORY,
) -> Any:
    async def sit(pace: VirtualPace) -> Any:
        behind = desk or Desk()
        async with AsyncClient(transport=ASGITransport(app=behind.app())) as inside:
            booth = booth_of(inside, pace, tmp_path, directory)
            app = ASGITransport(app=booth_app(booth))
            async with AsyncClient(transport=app, base_url="http://127.0.0.1:8081") as browser:
                return await play(Seat(browser, pace, booth, behind))

    return run_virtual(sit)


async def ringing(seat: Seat) -> tuple[str, str]:
    """The caller's leg and that of Marcus, whose phone rings here."""
    await seat.act("play", coordinator=MARCUS, on="true")
    caller = await seat.call()
    await seat.pace.sleep(4)
    phone = await seat.phone()
    assert (phone["state"], phone["byHand"], phone["shows"]) == ("ringing", True, ANA)
    return caller, phone["leg"]


def test_one_person_plays_caller_and_coordinator_from_the_ring_to_the_end_of_the_talk(tmp_path: Path) -> None:
    async def play(seat: Seat) -> None:
        caller, marcus = await ringing(seat)
        await seat.act("decide", leg=marcus, decision="answer")
        await seat.pace.sleep(2)
        assert (await seat.phone())["listens"] == ["keys"]
        assert await seat.heard("Marcus Bell") == ["Press 1."]
        await seat.act("press", leg=marcus, key="1")
        await seat.pace.sleep(1)
        assert (await seat.scene())["call"]["state"] == "talking"
        assert (await seat.phone())["state"] == "talking"
        await seat.act("say", leg=caller, words="  I call for   my brother. ")
        await seat.act("hang-up", leg=marcus)
        await seat.pace.sleep(20)
        scene, story = await seat.scene(), (await seat.browser.get(f"/calls/{caller}")).json()
        assert scene["call"]["state"] == "ended"
        assert (await seat.act("hang-up", leg=caller)).status_code == 409
        assert story["failures"] == []
        assert [(bridge["caller"], bridge["coordinator"]) for bridge in story["bridges"]] == [(ANA, "+17275550174")]
        said = [step["text"] for step in scene["steps"] if step["kind"] == "line" and step["what"] == "says"]
        assert said == ["I call for my brother."]
        assert {"sound": "speech", "language": "es-US", "text": "Bienvenida."}.items() <= scene["steps"][2].items()

    seated(play, tmp_path)


def test_each_step_shows_the_route_the_time_and_the_twiml_that_leadline_answered(tmp_path: Path) -> None:
    async def play(seat: Seat) -> Any:
        await seat.call()
        await seat.pace.sleep(60)
        await seat.act("hang-up", leg=(await seat.scene())["call"]["leg"])
        await seat.pace.sleep(20)
        return (await seat.scene())["steps"]

    steps = seated(play, tmp_path)
    documents = [step for step in steps if step["kind"] == "document"]
    assert [step["template"] for step in documents] == [
        "/voice/incoming",
        "/voice/whisper/{inquiry}/{step}.{tag}",
        "/voice/accept/{inquiry}/{step}.{tag}",
        "/voice/dialled/{inquiry}/{step}.{tag}",
    ]
    assert all(step["took_ms"] == 0 and step["status"] == 200 for step in documents), "virtual time stands still"
    assert '  <Say language="es-US">Bienvenida.</Say>' in documents[0]["twiml"].splitlines()
    assert [step["what"] for step in steps if step["kind"] == "status"] == ["completed", "completed"]


@pytest.mark.parametrize(
    ("decision", "keys", "told"),
    [
        ("refuse", "", "busy"),
        ("answer", "7", "completed"),
        ("answer", "", "completed"),
        ("mailbox", "", "completed"),
        ("", "", "no-answer"),
    ],
)
def test_who_refuses_presses_the_wrong_key_or_none_or_lets_it_ring_is_not_connected(
    decision: str, keys: str, told: str, tmp_path: Path
) -> None:
    async def play(seat: Seat) -> Any:
        _, marcus = await ringing(seat)
        if decision:
            await seat.act("decide", leg=marcus, decision=decision)
        await seat.pace.sleep(3)
        for key in keys:
            assert (await seat.act("press", leg=marcus, key=key)).status_code == 204
        await seat.pace.sleep(30)
        scene = await seat.scene()
        return await seat.heard(scene["call"]["who"]), dict(seat.desk.posted), seat.booth.transcript

    heard, posted, transcript = seated(play, tmp_path)
    assert heard == ["Bienvenida.", "ringing", "We will call you back."]
    dialled = posted[f"/voice/dialled/{INQUIRY}/0.t"]
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == (told, "false")
    assert (transcript.bridges, transcript.failures) == ([], [])


def test_a_question_is_answered_in_words_and_typing_counts_as_drawing_breath(tmp_path: Path) -> None:
    async def play(seat: Seat) -> Any:
        caller = await seat.call()
        await seat.pace.sleep(3)
        assert (await seat.scene())["call"]["listens"] == ["keys", "words"]
        for _ in range(4):
            await seat.act("typing", leg=caller)
            await seat.pace.sleep(5)
        await seat.act("say", leg=caller, words="my knee")
        await seat.pace.sleep(30)
        return await seat.heard(f"caller {ANA}"), dict(seat.desk.posted)

    desk = Desk({"incoming": MENU, "menu": "<Say>Thank you.</Say>"})
    heard, posted = seated(play, tmp_path, desk)
    assert heard == ["What is it?", "Thank you."]
    assert posted[f"/voice/menu/{INQUIRY}/0.t"]["SpeechResult"] == "my knee"


@pytest.mark.parametrize("key", ["1", ""])
def test_a_key_cuts_the_question_short_and_silence_goes_on(key: str, tmp_path: Path) -> None:
    async def play(seat: Seat) -> Any:
        caller = await seat.call()
        await seat.pace.sleep(0.2)
        if key:
            await seat.act("press", leg=caller, key=key)
        await seat.pace.sleep(0.2)
        soon = await seat.heard(f"caller {ANA}")
        await seat.pace.sleep(30)
        return soon, await seat.heard(f"caller {ANA}")

    soon, late = seated(play, tmp_path, Desk({"incoming": MENU, "menu": "<Say>Thank you.</Say>"}))
    assert soon == (["What is it?", "Thank you."] if key else ["What is it?"])
    assert late == ["What is it?", "Thank you." if key else "Goodbye then."]


@pytest.mark.parametrize(
    ("words", "end", "digits"), [("Please call me.", "#", "#"), ("Please call me.", "", ""), ("", "#", None)]
)
def test_a_message_is_what_was_said_until_a_key_or_silence(
    words: str, end: str, digits: str | None, tmp_path: Path
) -> None:
    async def play(seat: Seat) -> Any:
        caller = await seat.call()
        await seat.pace.sleep(3)
        if words:
            await seat.act("say", leg=caller, words=words)
        await seat.pace.sleep(2)
        if end:
            await seat.act("press", leg=caller, key=end)
        await seat.pace.sleep(40)
        return dict(seat.desk.posted), await seat.heard(f"caller {ANA}")

    posted, heard = seated(play, tmp_path, Desk({"incoming": RECORDER, "voicemail": "<Say>Thank you.</Say>"}))
    assert posted.get(f"/voice/voicemail/{INQUIRY}/0.t", {}).get("Digits", "" if words else None) == digits
    assert heard[-1] == ("Thank you." if words else "Nothing.")


@pytest.mark.parametrize(
    ("act", "given", "code"),
    [
        ("sleep", {}, 404),
        ("call", {"to": TRACKED, "from": "+12125551234"}, 400),
        ("call", {"to": "+12125551234"}, 400),
        ("call", {}, 400),
        ("press", {"leg": "CA1", "key": "x"}, 400),
        ("press", {"leg": "CA1", "key": "1"}, 409),
        ("say", {"leg": "CA1", "words": " "}, 400),
        ("decide", {"leg": "CA1", "decision": "sleep"}, 400),
        ("play", {"coordinator": "harbor-recovery/nobody"}, 400),
        ("behave", {"coordinator": MARCUS, "habit": "sleeps"}, 400),
        ("be", {"coordinator": MARCUS, "status": "asleep"}, 400),
        ("outcome", {"coordinator": MARCUS, "code": "rich"}, 400),
        ("hand-on", {"coordinator": MARCUS, "queue": "general-intake", "mode": "tepid"}, 400),
        ("hand-on", {"coordinator": MARCUS, "queue": "general-intake", "mode": "warm"}, 409),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    act: str, given: Mapping[str, str], code: int, tmp_path: Path
) -> None:
    async def play(seat: Seat) -> Response:
        return await seat.act(act, **given)

    answered = seated(play, tmp_path)
    assert (answered.status_code, set(answered.json())) == (code, {"error"})


def test_acts_out_of_turn_change_nothing(tmp_path: Path) -> None:
    async def play(seat: Seat) -> None:
        caller, marcus = await ringing(seat)
        assert (await seat.act("call", to=TRACKED)).status_code == 409
        assert (await seat.browser.post("/calls", data={"to": TRACKED})).status_code == 202
        assert (await seat.scene())["call"]["leg"] == caller, "a call from elsewhere does not take the page"
        await seat.act("decide", leg=marcus, decision="answer")
        await seat.pace.sleep(0.5)
        assert (await seat.act("decide", leg=marcus, decision="refuse")).status_code == 409
        assert (await seat.act("press", leg=caller, key="1")).status_code == 204
        await seat.act("press", leg=marcus, key="1")
        await seat.pace.sleep(1)
        assert (await seat.scene())["call"]["state"] == "talking"
        assert ANA not in [fields.get("Digits") for _, fields in seat.desk.posted]
        await seat.act("hang-up", leg=caller)
        await seat.pace.sleep(20)

    seated(play, tmp_path)


STRANGE = [
    {"Origin": "https://page.example.com"},
    {"Origin": "null"},
    {"Host": "booth.example.com"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
]


@pytest.mark.parametrize("headers", STRANGE)
def test_strangers_neither_act_nor_listen(headers: Mapping[str, str], tmp_path: Path) -> None:
    async def play(seat: Seat) -> list[int]:
        place = await seat.browser.post("/acts/call", data={"to": TRACKED}, headers=dict(headers))
        read = [await seat.browser.get(path, headers=dict(headers)) for path in ("/events", "/scene")]
        assert not seat.booth.calls
        return [place.status_code, *(each.status_code for each in read)]

    assert seated(play, tmp_path) == [403, 403, 403]


def test_names_are_never_markup_and_the_page_brings_its_own_scripts_only(tmp_path: Path) -> None:
    name, number = "<img src=x onerror=alert(1)>", "+17275550174"
    strange = Directory(
        (Tracked(TRACKED, "harbor-recovery", f"{name} & sons"),), {number: name}, people={name: ("a<b", "c'd")}
    )

    async def play(seat: Seat) -> tuple[Response, list[Response]]:
        page = await seat.browser.get("/")
        assets = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
        return page, [await seat.browser.get(path) for path in assets]

    page, assets = seated(play, tmp_path, directory=strange)
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"\son\w+=\"|\sstyle=|<style|<script(?! type=\"module\" src=\"/assets/)", page.text)
    assert {each.status_code for each in assets} == {200}
    for script in (ROOM / "assets").glob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|https?:", script.read_text()
        )


def test_every_webhook_comes_twice_and_no_status_callback_where_that_is_wished(tmp_path: Path) -> None:
    async def play(seat: Seat) -> Any:
        await seat.act("go-wrong", twice="true", lost="true")
        caller = await seat.call()
        await seat.pace.sleep(60)
        await seat.act("hang-up", leg=caller)
        await seat.pace.sleep(20)
        scene = await seat.scene()
        await seat.act("go-wrong")
        return [path for path, _ in seat.desk.posted], scene, (await seat.scene())["faults"]

    posted, scene, faults = seated(play, tmp_path)
    assert posted.count("/voice/incoming") == 2
    assert "/voice/status" not in posted
    assert {step["lost"] for step in scene["steps"] if step["kind"] == "status"} == {True}
    assert scene["faults"] == {"twice": True, "lost": True}
    assert faults == {"twice": False, "lost": False}


# --- what Leadline says ------------------------------------------------------------------------------------------

AT = "2026-11-17T19:00:00Z"
LOOK = {
    "asked": {"kind": "live_call"},
    "candidates": [
        {"id": "keisha-rowan", "position": 1},
        {"id": "marcus-bell", "position": 0},
        {"id": "priya-nair", "position": 2},
    ],
    "chosen": "marcus-bell",
    "failing": {"priya-nair": "desired_away"},
    "order": ["marcus-bell", "keisha-rowan"],
    "ordering": "longest_idle",
    "target": "admissions-general",
}
PLAN = {
    "decided": [{"layer": "payer", "reason": "payer_unknown", "value": "admissions-general"}],
    "steps": [{"kind": "offer", "target": "admissions-general", "owner": "marcus-bell", "until_s": 60}],
}
LEAD: dict[str, Any] = {
    "id": "ld_1",
    "version": 1,
    "status": "attempted",
    "owner": "marcus-bell",
    "queue": "admissions-general",
    "category": "detox",
    "location": "PNS",
    "campaign": "detox-search",
    "payer": None,
    "level_of_care": "detox",
    "language": None,
    "reason": "payer_unknown",
    "note": None,
    "rulebook_version": 1,
    "clock": {
        "started_at": AT,
        "due_at": "2026-11-17T19:05:00Z",
        "first_response_at": None,
        "human_s": 9,
        "business_s": 9,
        "lawful_s": 9,
        "state": "running",
    },
    "contacted_at": None,
    "closed_at": None,
    "close_cause": None,
    "is_test": False,
    "created_at": AT,
    "person": {"id": "pe_1", "name": None, "email": None, "numbers": [ANA], "language": None, "established": None},
    "timeline": [
        {"at": AT, "kind": "inquiry", "id": INQUIRY, "facts": {"channel": "call", "state": "offered", "outcome": None}}
    ],
    "receipts": [
        {
            "id": "dc_1",
            "at": AT,
            "trigger": "entry",
            "digest": "0" * 64,
            "receipt": {"at": AT, "trigger": "entry", "looks": [LOOK], "plan": PLAN},
        }
    ],
    "attempts": [],
    "tasks": [],
}


def test_the_receipt_of_the_call_is_told_in_plain_words(tmp_path: Path) -> None:
    LeadInFull.model_validate(LEAD)  # as the API tells it
    free = {"id": "marcus-bell", "name": "Marcus Bell", "desired": "available", "effective": "free"}
    desk = Desk(
        known={"/leads": {"leads": [{"id": "ld_1"}]}, "/leads/ld_1": LEAD, "/coordinators": {"coordinators": [free]}}
    )

    async def play(seat: Seat) -> Any:
        bell = seat.booth.news.listen()
        caller = await seat.call()
        while (await seat.scene())["lead"] is None:
            bell.clear()
            await bell.wait()
        await seat.act("be", coordinator=MARCUS, status="away")
        await seat.act("outcome", coordinator=MARCUS, code="scheduled")
        assert (await seat.act("hand-on", coordinator=MARCUS, queue="general-intake", mode="cold")).status_code == 204
        scene = await seat.scene()
        await seat.act("hang-up", leg=caller)
        return scene, seat.desk.posted

    scene, posted = seated(play, tmp_path, desk)
    lead = scene["lead"]
    assert lead["headline"] == "Marcus Bell owns this lead"
    assert lead["clock"]["words"] == "running"
    assert lead["clock"]["due"] == "Tue 14:05:00"
    assert [(one["name"], one["state"], one["verdict"]) for one in lead["looks"][0]["people"]] == [
        ("Marcus Bell", "chosen", "is rung"),
        ("Keisha Rowan", "could", "could take it, comes after"),
        ("Priya Nair", "fails", "is away"),
    ]
    assert lead["layers"] == [{"layer": "payer", "reason": "payer unknown", "value": "Admissions, payer not known yet"}]
    assert ("PUT /api/v1/coordinators/marcus-bell/availability", {"status": "away"}) in posted
    assert ("POST /api/v1/coordinators/marcus-bell/outcome", {"code": "scheduled"}) in posted
    handed = TransferWanted.model_validate(dict(posted)[f"POST /api/v1/calls/{INQUIRY}/transfer"])
    assert (handed.to.queue, handed.mode) == ("general-intake", "cold")


def test_every_code_of_the_rules_has_its_words_at_the_booth() -> None:
    assert FAILS.keys() >= CONDITIONS
    assert BY_THEMSELVES.keys() == HABITS.keys()


def test_the_page_says_what_to_expect_of_a_number_now() -> None:
    harbor, lakeside = DIRECTORY.book_of("harbor-recovery"), DIRECTORY.book_of("lakeside-specialty")
    assert harbor is not None
    assert lakeside is not None
    day, night = datetime(2026, 11, 17, 19, 0, tzinfo=UTC), datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
    assert "Marcus Bell, Keisha Rowan" in expected(harbor, TRACKED, day)
    assert "who is on call: Tess Adair" in expected(harbor, TRACKED, night)
    assert expected(lakeside, "+18475550121", day).startswith("Open. Asks by key or in words: 1 ")
    assert expected(lakeside, "+18475550121", night).startswith("Closed until Wed ")


# --- news --------------------------------------------------------------------------------------------------------


async def told(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, Any]]:
    """Each event's name and content; a step's number is part of its name."""
    event: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, text = line.partition(": ")
            event[name] = text
        elif event:
            yield f"{event['event']} {event.get('id', '')}".strip(), json.loads(event["data"])
            event = {}


def test_a_page_hears_every_step_once_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def scene() -> None:
        async with AsyncClient(transport=ASGITransport(app=Desk().app())) as inside:
            booth = booth_of(inside, RealPace(lambda: 0.0), tmp_path, DIRECTORY)
            booth.alone_s = 0.0
            async with (
                listening(booth_app(booth)) as place,
                AsyncClient(base_url=place.url, trust_env=False) as browser,
            ):
                await browser.post("/acts/call", data={"to": TRACKED, "from": ANA})
                first: list[str] = []
                async with browser.stream("GET", "/events") as stream:
                    async for name, step in told(stream.aiter_lines()):
                        first.append(name)
                        if step.get("kind") == "hears":
                            break
                async with browser.stream("GET", "/events", headers={"Last-Event-ID": "0"}) as stream:
                    async for name, _ in told(stream.aiter_lines()):
                        if name.startswith("step"):
                            break
                assert first[:4] == ["scene", "step 0", "step 1", "step 2"]
                assert name == "step 1"
                leg = booth.watched_leg()
                assert leg is not None
                await asyncio.wait_for(leg.gone.wait(), 30)  # nobody is at the page any more
                booth.news.close()

    asyncio.run(scene())
