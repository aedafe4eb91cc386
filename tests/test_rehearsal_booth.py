"""The command ``leadline rehearse call`` and the demo's phone booth, against a stand-in gateway over real HTTP."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import uvicorn
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from rehearsal.__main__ import NotADemo, booth_address
from rehearsal.booth import Booth, booth_app
from rehearsal.commands import app as rehearse
from rehearsal.directory import Directory, Tracked, read_directory
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import HABITS, Phonebook
from rehearsal.scenario import Stage, local_url
from routing.settings import Settings, read

PRACTICES = Path(__file__).parents[1] / "routing" / "practices"
TRACKED = "+18505550131"
MARCUS = "+17275550174"
SURROUNDINGS = {
    "LEADLINE_ENVIRONMENT": "demo",
    "LEADLINE_TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "LEADLINE_TWILIO_AUTH_TOKEN": "test-auth-token",
    "LEADLINE_PUBLIC_URL": "http://gw.example.com",
}


def document(inner: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'
    return Response(body, media_type="text/xml")


async def desk(request: Request) -> Response:
    """Greets, rings Marcus, and promises a callback if he does not talk."""
    fields = dict(parse_qsl((await request.body()).decode()))
    if request.url.path == "/voice/incoming":
        dial = f'<Dial action="/voice/result" timeout="15"><Number url="/voice/whisper">{MARCUS}</Number></Dial>'
        return document(f"<Say>Welcome.</Say>{dial}")
    if request.url.path == "/voice/whisper":
        return document('<Gather action="/voice/key" numDigits="1"><Say>Press 1.</Say></Gather><Hangup/>')
    if request.url.path == "/voice/key":
        return document("" if fields["Digits"] == "1" else "<Hangup/>")
    if request.url.path == "/voice/result":
        return document("<Say>We will call you back.</Say>")
    return Response(status_code=204)


def desk_app() -> Starlette:
    return Starlette(routes=[Route("/{path:path}", desk, methods=["POST"])])


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The URL of ``app`` on a loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    with served(desk_app()) as url:
        yield url


def run(arguments: list[str], tmp_path: Path, changes: Mapping[str, str] | None = None) -> tuple[int, str]:
    surroundings = SURROUNDINGS | {"LEADLINE_DATA_DIR": str(tmp_path)} | dict(changes or {})
    told = CliRunner().invoke(rehearse, ["call", *arguments], env=surroundings)
    return told.exit_code, told.output


def test_a_call_is_told_line_by_line_and_nothing_refused_is_success(gateway: str, tmp_path: Path) -> None:
    code, told = run(["--to", TRACKED, "--from", "+15125550140", "--url", gateway], tmp_path)
    assert code == 0, told
    assert f"dials     {TRACKED}" in told
    assert "hears     Press 1." in told
    assert "=> completed; bridged with" in told
    assert "nothing refused" in told


def test_the_people_of_the_practices_are_called_by_name(gateway: str, tmp_path: Path) -> None:
    names = read_directory(PRACTICES).names
    code, told = run(["--to", TRACKED, "--url", gateway, "--practices", str(PRACTICES)], tmp_path)
    assert code == 0, told
    assert names[MARCUS] == "Marcus Bell"
    assert "bridged with Marcus Bell" in told


@pytest.mark.parametrize("choice", [["--habit", "refuses"], ["--press", "2"], ["--habit", "no-answer"]])
def test_a_call_nobody_takes_ends_with_a_promise(choice: list[str], gateway: str, tmp_path: Path) -> None:
    code, told = run(["--to", TRACKED, "--url", gateway, *choice], tmp_path)
    assert code == 0, told
    assert "We will call you back." in told
    assert "bridged with nobody" in told


def test_by_default_every_tracking_number_of_the_practices_is_called(gateway: str, tmp_path: Path) -> None:
    code, told = run(["--url", gateway, "--practices", str(PRACTICES)], tmp_path)
    assert code == 0, told
    assert told.count("=> completed") == len(read_directory(PRACTICES).tracked)


def test_a_gateway_that_is_not_there_is_refused_with_exit_code_1(tmp_path: Path) -> None:
    code, told = run(["--to", TRACKED, "--url", "http://127.0.0.1:1"], tmp_path)
    assert code == 1
    assert "11205 at http://gw.example.com/voice/incoming: nobody listens" in told


@pytest.mark.parametrize(
    ("arguments", "changes", "said"),
    [
        ([], {}, "there is no number to dial"),
        (["--to", TRACKED], {"LEADLINE_TWILIO_ACCOUNT_SID": "", "LEADLINE_TWILIO_AUTH_TOKEN": ""}, "no Twilio account"),
        (["--to", TRACKED], {"LEADLINE_PORT": "many"}, "LEADLINE_PORT"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    arguments: list[str], changes: Mapping[str, str], said: str, tmp_path: Path
) -> None:
    code, told = run(arguments, tmp_path, changes)
    assert code == 1
    assert said in told


def test_waits_may_be_real_but_faster(gateway: str, tmp_path: Path) -> None:
    code, told = run(["--to", TRACKED, "--url", gateway, "--speed", "50", "--copies", "2", "--habit", "busy"], tmp_path)
    assert code == 0, told
    assert "We will call you back." in told


def test_an_unknown_habit_is_a_wrong_word(tmp_path: Path) -> None:
    code, _ = run(["--habit", "sleeps"], tmp_path)
    assert code == 2


# --- the booth ---------------------------------------------------------------------------------------------------


def settings(tmp_path: Path, changes: Mapping[str, str] | None = None) -> Settings:
    return read(SURROUNDINGS | {"LEADLINE_DATA_DIR": str(tmp_path)} | dict(changes or {}))


DIRECTORY = Directory(
    (Tracked(TRACKED, "harbor-recovery", "Harbor <Recovery>: detox-search"),), {MARCUS: "Marcus <Bell>"}
)


def in_booth(play: Callable[[AsyncClient, VirtualPace], Coroutine[Any, Any, Any]], tmp_path: Path) -> Any:
    """``play`` gets a browser in front of the booth, whose gateway is the stand-in, in virtual time."""

    async def scene(pace: VirtualPace) -> Any:
        inside = AsyncClient(transport=ASGITransport(app=desk_app()))
        stage = Stage(
            settings(tmp_path), DIRECTORY, "http://gw.example.com", "s", lambda: datetime(2026, 11, 17, tzinfo=UTC)
        )
        booth = Booth(stage, inside, pace, Phonebook(HABITS["accepts"], DIRECTORY.names))
        browser = AsyncClient(transport=ASGITransport(app=booth_app(booth)), base_url="http://127.0.0.1:8081")
        async with inside, browser:
            return await play(browser, pace)

    return run_virtual(scene)


def test_a_call_placed_at_the_booth_can_be_followed_to_its_end(tmp_path: Path) -> None:
    async def play(browser: AsyncClient, pace: VirtualPace) -> object:
        placed = await browser.post("/calls", data={"to": TRACKED, "talk": "20"})
        assert placed.status_code == 202
        await pace.sleep(3)
        early = (await browser.get(placed.json()["url"])).json()
        await pace.sleep(100)
        return early, (await browser.get(placed.json()["url"])).json()

    early, late = in_booth(play, tmp_path)
    assert not early["finished"]
    assert early["bridges"] == []
    assert late["finished"]
    assert late["failures"] == []
    assert late["bridges"][0]["coordinator"] == MARCUS


def test_a_browser_without_scripts_follows_a_call_on_a_page_and_nothing_is_unescaped(tmp_path: Path) -> None:
    async def play(browser: AsyncClient, pace: VirtualPace) -> object:
        browser.headers["Accept"] = "text/html"
        index = await browser.get("/")
        placed = await browser.post("/calls", data={"to": TRACKED, "from": "anonymous"})
        running = await browser.get(placed.headers["location"])
        await pace.sleep(200)
        return index, placed.status_code, running.text, (await browser.get(placed.headers["location"])).text

    index, code, running, finished = in_booth(play, tmp_path)
    assert "Harbor &lt;Recovery&gt;: detox-search" in index.text
    assert "default-src 'none'" in index.headers["content-security-policy"]
    assert code == 303
    assert 'http-equiv="refresh"' in running
    assert 'http-equiv="refresh"' not in finished
    assert "caller anonymous" in finished
    assert "Marcus &lt;Bell&gt;" in finished
    assert "<script" not in finished


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"to": "front desk"},
        {"to": TRACKED, "habit": "sleeps"},
        {"to": TRACKED, "talk": "long"},
        {"to": TRACKED, "from": "9" * 5000},
        {"to": TRACKED, "from": "<b>"},
    ],
)
def test_the_booth_says_what_it_did_not_understand(fields: Mapping[str, str], tmp_path: Path) -> None:
    async def play(browser: AsyncClient, pace: VirtualPace) -> object:
        return await browser.post("/calls", data=dict(fields))

    answered = in_booth(play, tmp_path)
    assert answered.status_code == 400
    assert set(answered.json()) == {"error"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "localhost:8081"}, 200),
        ({"Host": "[::1]:8081"}, 200),
        ({"Host": "booth.example.com"}, 403),
        ({"Host": "127.0.0.1.example.com"}, 403),
        ({"Origin": "http://127.0.0.1:8081"}, 200),
        ({"Origin": "https://page.example.com"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_the_booth_answers_its_own_host_only(headers: Mapping[str, str], code: int, tmp_path: Path) -> None:
    async def play(browser: AsyncClient, pace: VirtualPace) -> object:
        return (await browser.get("/", headers=dict(headers))).status_code

    assert in_booth(play, tmp_path) == code


def test_an_unknown_call_is_not_found(tmp_path: Path) -> None:
    async def play(browser: AsyncClient, pace: VirtualPace) -> object:
        return (await browser.get("/calls/CA1")).status_code

    assert in_booth(play, tmp_path) == 404


def test_the_booth_keeps_to_loopback_ports_and_out_of_production(tmp_path: Path) -> None:
    demo = settings(tmp_path, {"LEADLINE_TWILIO_API_URL": "http://127.0.0.1:9123"})
    assert booth_address({}, settings(tmp_path)) == ("127.0.0.1", 8081)
    assert booth_address({}, demo) == ("127.0.0.1", 9123)
    assert booth_address({"LEADLINE_REHEARSAL_PORT": "9124"}, demo) == ("127.0.0.1", 9124)
    for environ, given in (
        ({"LEADLINE_REHEARSAL_PORT": "ninety"}, demo),
        ({}, replace(demo, environment="production")),
    ):
        with pytest.raises(NotADemo):
            booth_address(environ, given)


def test_a_gateway_bound_to_every_address_is_reached_on_loopback(tmp_path: Path) -> None:
    assert local_url(replace(settings(tmp_path), host="0.0.0.0")) == "http://127.0.0.1:8080"
    assert local_url(replace(settings(tmp_path), host="::")) == "http://[::1]:8080"


def test_practice_files_name_their_numbers_and_people() -> None:
    directory = read_directory(PRACTICES)
    assert {one.number for one in directory.tracked} >= {TRACKED, "+18475550121"}
    assert directory.practice_of(TRACKED) == "harbor-recovery"
    assert "Marcus Bell" in directory.names.values()


def test_a_fallback_number_that_is_somebodys_phone_has_one_line() -> None:
    directory = read_directory(PRACTICES)
    assert MARCUS not in directory.desks


def test_the_phone_network_of_a_demo_starts_on_its_port_and_stops_when_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = os.environ | SURROUNDINGS | {"LEADLINE_DATA_DIR": str(tmp_path), "LEADLINE_REHEARSAL_PORT": str(port)}
    command = [sys.executable, "-m", "rehearsal"]
    started = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, cwd=PRACTICES.parents[1])
    assert started.stderr is not None
    try:
        said = next((line for line in started.stderr if "running on" in line), "")
    finally:
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=30)
    assert f"http://127.0.0.1:{port}" in said
