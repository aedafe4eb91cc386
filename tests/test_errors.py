"""What whoever asked gets to read or hear when something fails."""

import asyncio
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from gateway.errors import ERRORS, STATUSES, AnswerCutShort, ErrorAnswers, LastResort, LastWords, Seen, faulty_fields

CANARY = "Jane Roe +15550100123"
SPOKEN = b"<Response><Say>We will call you back.</Say><Dial>+15550100100</Dial></Response>"
EMPTY = b"<Response/>"


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: Literal["available", "away", "offline"]
    minutes: int = 0


class LeadMoved(Exception):
    """A test's error of the house."""


def failing(request: Request) -> Response:
    kind = request.path_params["kind"]
    if kind == "model":
        Wanted.model_validate({"status": CANARY, "minutes": CANARY, CANARY: 1})
    if kind == "moved":
        raise LeadMoved(CANARY)
    if kind == "wait":
        raise HTTPException(429, CANARY, {"Retry-After": "60"})
    if kind.isdigit():
        raise HTTPException(int(kind), CANARY)
    raise {"late": TimeoutError, "lost": ConnectionResetError}.get(kind, RuntimeError)(CANARY)


class House:
    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers = ErrorAnswers(
            LastWords(voice=SPOKEN, text=EMPTY),
            new_id=lambda: f"err_{len(self.seen) + 1}",
            report=self.seen.append,
            meanings={**ERRORS, LeadMoved: STATUSES[409]},
        )
        routes = [Route("/{prefix:path}/{kind}", failing, methods=["GET", "POST"])]
        last = [Middleware(LastResort, answers=self.answers)]
        self.client = TestClient(Starlette(routes=routes, middleware=last, exception_handlers=self.answers.by_type()))


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("400", 400, "malformed"),
        ("401", 401, "unauthenticated"),
        ("403", 403, "forbidden"),
        ("404", 404, "not_found"),
        ("410", 410, "gone"),
        ("418", 418, "refused"),
        ("413", 413, "too_large"),
        ("wait", 429, "too_many"),
        ("model", 422, "invalid"),
        ("moved", 409, "conflict"),
        ("late", 503, "unavailable"),
        ("lost", 503, "unavailable"),
        ("surprise", 500, "internal"),
    ],
)
def test_each_error_has_one_answer_which_repeats_nothing(kind: str, status: int, code: str) -> None:
    house = House()
    answer = house.client.post(f"/api/v1/{kind}", content=CANARY)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["id"]) == (status, code, "err_1")
    assert error["message"]
    assert answer.headers["content-type"] == "application/json"
    for word in ("Jane", "Roe", "0100123", "Traceback", "Error"):
        assert word not in answer.text
    assert [(seen.id, seen.code, seen.status) for seen in house.seen] == [("err_1", code, status)]
    assert CANARY not in repr(house.seen)


def test_faulty_fields_are_named_with_the_code_of_their_fault() -> None:
    fields = House().client.post("/api/v1/model").json()["error"]["fields"]
    assert fields == {"status": "literal_error", "minutes": "int_parsing", "*": "extra_forbidden"}
    assert faulty_fields(ValueError(CANARY)) == {}


def test_whoever_may_come_back_is_told_when() -> None:
    client = House().client
    assert client.post("/forms/late").headers["retry-after"] == "5"
    assert client.post("/forms/wait").headers["retry-after"] == "60"


@pytest.mark.parametrize("kind", ["surprise", "late", "lost", "model", "moved", "400", "413", "500", "503", "wait"])
def test_a_caller_hears_the_last_words_whatever_breaks(kind: str) -> None:
    answer = House().client.post(f"/voice/{kind}")
    assert (answer.status_code, answer.content) == (200, SPOKEN)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize("kind", ["surprise", "late", "422"])
def test_a_texter_gets_an_empty_answer_whatever_breaks(kind: str) -> None:
    answer = House().client.post(f"/sms/{kind}")
    assert (answer.status_code, answer.content) == (200, EMPTY)


@pytest.mark.parametrize("kind", ["401", "403", "404", "405"])
@pytest.mark.parametrize("prefix", ["/voice", "/sms"])
def test_a_stranger_is_refused_and_never_spoken_to(prefix: str, kind: str) -> None:
    answer = House().client.post(f"{prefix}/{kind}")
    assert answer.status_code == int(kind)
    assert "error" in answer.json()


def test_only_whole_path_words_count() -> None:
    assert House().client.post("/voicemail/surprise").status_code == 500


def test_a_refused_method_still_names_the_allowed_ones() -> None:
    answer = House().client.delete("/api/x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_an_answer_that_had_begun_is_cut_short_without_the_text_of_the_error() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("half")(scope, receive, send)
        raise RuntimeError(CANARY)

    async def drive() -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        with pytest.raises(AnswerCutShort) as caught:
            await LastResort(half, house.answers)({"type": "http", "path": "/voice/x"}, receive, send)
        assert caught.value.__context__ is None
        assert str(caught.value) == ""
        return sent

    house = House()
    sent = asyncio.run(drive())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert [seen.kind for seen in house.seen] == ["RuntimeError"]


def test_a_status_alone_can_be_answered_for_the_limits() -> None:
    house = House()
    assert house.answers.to_status({"type": "http", "path": "/forms/x"}, 413).status_code == 413
    assert house.answers.to_status({"type": "http", "path": "/voice/x"}, 413).body == SPOKEN
    assert house.answers.to_status({"type": "websocket", "path": "/voice/x"}, 413).status_code == 413


def test_every_meaning_has_its_own_code() -> None:
    codes = [meaning.code for meaning in STATUSES.values()]
    assert len(set(codes)) == len(codes)
