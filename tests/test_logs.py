"""Nothing anybody said, and no number anybody has, is ever written to a log."""

import asyncio
import io
import json
import logging
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.logs import FIELDS, LibraryLines, last_two, open_log
from gateway.request_log import RequestLog, templates

NOON = datetime(2026, 3, 2, 7, tzinfo=timezone(timedelta(hours=-5)))
CANARIES = ("Jane Roe", "detox for my son", "813-555-0142", "+18135550142", "jane@mail.example", "leadline_tk01_secret")


class Page:
    """A log on paper."""

    def __init__(self) -> None:
        self.paper = io.StringIO()
        self.log = open_log(self.paper, now=lambda: NOON)

    @property
    def text(self) -> str:
        return self.paper.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def test_a_line_is_json_in_utc_with_the_fields_that_are_allowed() -> None:
    page = Page()
    page.log.info("call_offered", practice="harbor", inquiry="iq_7f3a", ms=12.5)
    assert page.lines == [
        {
            "at": "2026-03-02T12:00:00.000+00:00",
            "practice": "harbor",
            "inquiry": "iq_7f3a",
            "ms": 12.5,
            "event": "call_offered",
            "level": "info",
        }
    ]


@pytest.mark.parametrize("canary", CANARIES)
def test_an_unknown_field_is_dropped_with_its_value(canary: str) -> None:
    page = Page()
    page.log.warning("form_taken", body=canary, name=canary, notes={"deep": canary}, path=canary, practice="harbor")
    assert set(page.lines[0]) == {"at", "practice", "event", "level"}
    assert canary not in page.text


@pytest.mark.parametrize("canary", CANARIES)
def test_a_sentence_is_no_event(canary: str) -> None:
    page = Page()
    page.log.error(f"could not route {canary}")
    assert page.lines[0]["event"] == "unnamed"
    assert canary not in page.text


@pytest.mark.parametrize("canary", CANARIES)
def test_an_exception_is_written_as_its_type_without_text_or_stack(canary: str) -> None:
    page = Page()
    try:
        raise LookupError(canary)
    except LookupError as error:
        page.log.exception("plan_failed")
        page.log.error("plan_failed", exc_info=True)
        page.log.error("plan_failed", exc_info=error)
        page.log.error("plan_failed", error=error)
    assert [line["error"] for line in page.lines] == ["LookupError"] * 3 + ["<LookupError>"]
    assert canary not in page.text


@pytest.mark.parametrize(
    "phone",
    ["+18135550142", "(813) 555-0142", "813.555.0142", "tel8135550142", "call 1 813 555 01 42 now", "8135550142"],
)
def test_a_phone_number_is_reduced_wherever_it_stands(phone: str) -> None:
    page = Page()
    page.log.info("call_offered", phone=phone, reason=phone, code=f"x{phone}y")
    assert page.lines[0]["phone"] == "..42"
    assert "..42" in page.lines[0]["reason"]
    assert "555" not in page.text


def test_an_email_address_is_taken_out_of_a_value() -> None:
    page = Page()
    page.log.info("notice_sent", reason="to jane@mail.example today")
    assert page.lines[0]["reason"] == "to <email> today"


@pytest.mark.parametrize("value", ["iq_4815550142a", "CA" + "8135550142" * 3 + "ab", "err_81355501"])
def test_our_ids_and_the_carriers_stay_whole(value: str) -> None:
    page = Page()
    page.log.info("call_offered", inquiry=value)
    assert page.lines[0]["inquiry"] == value


def test_a_forged_line_stays_inside_its_value() -> None:
    page = Page()
    page.log.info("call_offered", reason='x"}\r\n{"event":"forged"}\x1b[2J\u2028\u2029\x7f\x85\u202e\x00')
    assert len(page.lines) == 1
    assert page.text.endswith("}\n")
    assert all(32 <= ord(letter) < 127 for letter in page.text[:-1])
    assert "\\u2028" in page.text
    assert "\\u001b" in page.text
    assert "\\r\\n" in page.text


@given(st.text(), st.text())
def test_any_text_gives_one_printable_line(event: str, value: str) -> None:
    page = Page()
    page.log.info(event, reason=value, phone=value)
    assert len(page.lines) == 1
    assert page.text[:-1].isascii()
    assert page.text[:-1].isprintable()


def test_values_are_plain_and_short() -> None:
    class Channel(StrEnum):
        CALL = "call"

    page = Page()
    page.log.info("call_offered", channel=Channel.CALL, status=None, count=3, reason="r" * 999, source=["a"], step=NOON)
    line = page.lines[0]
    assert (line["channel"], line["status"], line["count"], line["source"]) == ("call", None, 3, "<list>")
    assert len(line["reason"]) == 200
    assert line["step"] == "2026-03-02T12:00:00.000+00:00"


def test_no_allowed_field_is_a_place_for_words_of_people() -> None:
    assert not FIELDS & {
        "body",
        "text",
        "message",
        "name",
        "email",
        "path",
        "url",
        "query",
        "headers",
        "params",
        "notes",
    }


@pytest.mark.parametrize(("phone", "shown"), [("+18135550142", "..42"), ("anonymous", ".."), ("42", ".."), ("", "..")])
def test_two_digits_are_all_that_is_left_of_a_number(phone: str, shown: str) -> None:
    assert last_two(phone) == shown


def test_a_line_below_the_level_is_not_written() -> None:
    page = Page()
    page.log.debug("call_offered")
    assert page.text == ""


def test_a_librarys_message_is_replaced_by_who_and_where() -> None:
    page = Page()
    library = logging.Logger("sqlalchemy.engine")
    library.addHandler(LibraryLines(page.log))
    library.error("INSERT ... %s", CANARIES[0])
    try:
        raise ValueError(CANARIES[1])
    except ValueError:
        library.exception(CANARIES[2])
    assert [(line["event"], line["logger"], line["level"]) for line in page.lines] == [
        ("library", "sqlalchemy.engine", "error")
    ] * 2
    assert page.lines[0]["place"].startswith("test_logs:")
    assert page.lines[1]["error"] == "ValueError"
    assert not any(canary in page.text for canary in CANARIES)


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def speak(request: Request) -> Response:
    page_of(request).log.info("call_offered")
    return Response(status_code=204)


def page_of(request: Request) -> Page:
    page = request.app.state.page
    assert isinstance(page, Page)
    return page


class Leads(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        raise RuntimeError(CANARIES[0])


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=304)(scope, receive, send)


ROUTES = [
    Route("/voice/{call}/{step}", speak, methods=["POST"]),
    WebSocketRoute("/chat/{practice}", talk),
    Route("/one", hello),
    Route("/two", hello),
    Mount("/api/v1", routes=[Route("/leads/{id}", Leads), Mount("/in/{practice}", routes=[Route("/board", speak)])]),
    Mount("/static", app=inner),
]


def client_of(page: Page) -> TestClient:
    app = Starlette(routes=ROUTES)
    app.state.page = page
    ticks = iter(n * 0.0125 for n in range(100))
    logged = RequestLog(app, page.log, templates(ROUTES), new_id=lambda: "rq_0001", seconds=lambda: next(ticks))
    return TestClient(logged, raise_server_exceptions=False)


def test_a_request_is_one_line_with_its_template_and_never_its_path() -> None:
    page = Page()
    client_of(page).post("/voice/iq_canary/wait.secret?From=%2B18135550142", content="Body=detox")
    inside, line = page.lines
    assert inside["request"] == line["request"] == "rq_0001"
    assert (line["event"], line["method"], line["route"]) == ("request", "POST", "/voice/{call}/{step}")
    assert (line["status"], line["ms"]) == (204, 12.5)
    assert not any(word in page.text for word in ("canary", "secret", "8135550142", "detox"))


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/one", "/one|/two", 200),
        ("/api/v1/leads/ld_1", "/api/v1/leads/{id}", 500),
        ("/api/v1/in/harbor/board", "/api/v1/in/{practice}/board", 204),
        ("/static/app.css", "/static/...", 304),
        ("/jane-roe", "unmatched", 404),
        ("/voice/x/y", "/voice/{call}/{step}", 405),
    ],
)
def test_every_kind_of_route_is_named_by_its_template(path: str, route: str, status: int) -> None:
    page = Page()
    client_of(page).get(path)
    assert (page.lines[-1]["route"], page.lines[-1]["status"]) == (route, status)
    assert "Jane Roe" not in page.text


def test_an_invented_method_is_not_repeated() -> None:
    page = Page()
    client_of(page).request("JANEROE", "/one")
    assert page.lines[-1]["method"] == "other"


def test_a_chat_is_one_line_when_it_ends() -> None:
    page = Page()
    with client_of(page).websocket_connect("/chat/harbor"):
        pass
    line = page.lines[-1]
    assert (line["method"], line["route"], line["status"]) == ("WEBSOCKET", "/chat/{practice}", 101)


def test_a_request_nobody_waited_for_has_no_status() -> None:
    async def gone(scope: Scope, receive: Receive, send: Send) -> None:
        return None

    async def wire(*_: object) -> Any:
        return {"type": "http.disconnect"}

    page = Page()
    log = RequestLog(gone, page.log, templates([]), new_id=lambda: "rq_0001")
    asyncio.run(log({"type": "http", "method": "GET", "path": "/x"}, wire, wire))
    assert page.lines[0]["status"] is None


def test_the_clock_of_a_line_is_the_one_it_was_given() -> None:
    page = Page()
    page.log.info("call_offered")
    assert page.lines[0]["at"] == NOON.astimezone(UTC).isoformat(timespec="milliseconds")
