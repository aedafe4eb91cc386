"""The headers of every answer, as a snapshot."""

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from gateway.errors import ErrorAnswers, LastResort, LastWords
from gateway.headers import Exemption, SecurityHeaders, softphone_exemption, widget_exemption
from gateway.limits import RequestLimits

SNAPSHOT = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
    "cache-control": "no-store",
}
ORIGINS = {"harbor": ["https://harbor.example", "http://localhost:8000"], "evil": ["https://a.example; script-src *"]}


def hello(request: Request) -> Response:
    return PlainTextResponse("hello", headers={"Cache-Control": "public", "X-Frame-Options": "ALLOWALL"})


def headers_at(path: str, *exemptions: Exemption) -> dict[str, str]:
    app = SecurityHeaders(Starlette(routes=[Route("/{path:path}", hello)]), exemptions)
    answer = TestClient(app).get(path)
    return {name: value for name, value in answer.headers.items() if name in SNAPSHOT}


WIDGET = widget_exemption(lambda practice: ORIGINS.get(practice, []))
PHONE = softphone_exemption("/console/phone", ["https://sdk.example.com", "wss://voice.example.com"])


@pytest.mark.parametrize("path", ["/", "/voice/incoming", "/console/board", "/chat/harbor/sessions", "/api/v1/leads"])
def test_every_answer_carries_exactly_these_headers(path: str) -> None:
    assert headers_at(path, WIDGET, PHONE) == SNAPSHOT


def test_a_page_not_found_carries_them_too_and_each_only_once() -> None:
    answer = TestClient(SecurityHeaders(Starlette())).get("/nothing")
    assert answer.status_code == 404
    assert {name: answer.headers.get_list(name) for name in SNAPSHOT} == {
        name: [value] for name, value in SNAPSHOT.items()
    }


def test_refusals_and_the_last_words_to_a_caller_carry_them_too() -> None:
    def broken(request: Request) -> Response:
        raise RuntimeError

    answers = ErrorAnswers(
        LastWords(b"<Response><Hangup/></Response>", b"<Response/>"), lambda: "err_1", lambda _: None
    )
    guards = [
        Middleware(SecurityHeaders),
        Middleware(LastResort, answers=answers),
        Middleware(RequestLimits, refuse=answers.to_status),
    ]
    client = TestClient(Starlette(routes=[Route("/{path:path}", broken, methods=["POST"])], middleware=guards))
    answered = [client.post("/voice/x"), client.post("/api/v1/x"), client.post("/forms/x", content=b"x" * 40_000)]
    assert [answer.status_code for answer in answered] == [200, 500, 413]
    for answer in answered:
        assert SNAPSHOT.items() <= dict(answer.headers).items()


def test_the_chat_widget_may_be_loaded_by_the_exact_origins_of_its_practice() -> None:
    changed = {
        "content-security-policy": SNAPSHOT["content-security-policy"].replace(
            "frame-ancestors 'none'", "frame-ancestors https://harbor.example http://localhost:8000"
        ),
        "cross-origin-resource-policy": "cross-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "cache-control": "public, max-age=300",
    }
    assert headers_at("/chat/harbor/widget.js", WIDGET) == SNAPSHOT | changed


@pytest.mark.parametrize("practice", ["unknown", "evil"])
def test_a_practice_without_a_proper_origin_lets_nobody_frame_it(practice: str) -> None:
    policy = headers_at(f"/chat/{practice}/widget.js", WIDGET)["content-security-policy"]
    assert policy == SNAPSHOT["content-security-policy"]


@pytest.mark.parametrize("path", ["/chat/harbor/widget.js/x", "/x/chat/harbor/widget.js", "/chat/harbor/widget-js"])
def test_the_exception_holds_for_the_whole_path_only(path: str) -> None:
    assert headers_at(path, WIDGET) == SNAPSHOT


def test_the_browser_phone_may_reach_its_named_hosts() -> None:
    policy = headers_at("/console/phone", PHONE)["content-security-policy"]
    hosts = "'self' https://sdk.example.com wss://voice.example.com"
    assert f"connect-src {hosts};" in policy
    assert f"media-src {hosts}" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("host", ["*", "http://sdk.example.com", "https://a.example; script-src *", "'unsafe-inline'"])
def test_a_host_that_is_no_secure_origin_cannot_be_configured(host: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        softphone_exemption("/console/phone", [host])


def test_a_path_with_dots_is_taken_literally() -> None:
    assert softphone_exemption("/a.b", []).path == re.compile(r"/a\.b")


def test_start_and_stop_of_the_server_pass_through() -> None:
    with TestClient(SecurityHeaders(Starlette())) as client:
        assert client.get("/").status_code == 404
