"""What is let in is counted on the bytes that arrive, whatever their sender claims."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway.limits import KIB, STANDARD, Limits, RequestLimits

Headers = list[tuple[bytes, bytes]]


class Drive:
    """One raw ASGI exchange. A wire that has run dry never delivers again."""

    def __init__(self, messages: Iterable[Message], limits: Limits = STANDARD) -> None:
        self.wire = list(messages)
        self.sent: list[Message] = []
        self.bodies: list[bytes] = []
        self.later: list[Message] = []
        self.limits = limits

    def run(self, path: str = "/voice/incoming", headers: Headers | None = None, kind: str = "http") -> int | None:
        scope = {"type": kind, "method": "POST", "path": path, "headers": headers or []}
        asyncio.run(RequestLimits(self._app, self._refuse, self.limits)(scope, self._receive, self._send))
        return next((message["status"] for message in self.sent if "status" in message), None)

    async def _receive(self) -> Message:
        if not self.wire:
            await asyncio.Event().wait()
        return self.wire.pop(0)

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        first = await receive()
        self.bodies.append(first.get("body", b""))
        assert not first.get("more_body")
        if self.wire or scope["type"] == "websocket":
            self.later.append(first if scope["type"] == "websocket" else await receive())
        if scope["type"] == "http":
            await Response(status_code=204)(scope, receive, send)

    def _refuse(self, scope: Scope, status: int) -> Response:
        return Response(b"refused", status)


def chunks(*bodies: bytes, end: bool = True) -> list[Message]:
    last = len(bodies) - 1
    return [
        {"type": "http.request", "body": body, "more_body": not end or number < last}
        for number, body in enumerate(bodies)
    ]


def length(value: bytes) -> Headers:
    return [(b"content-length", value)]


def test_a_body_in_pieces_reaches_the_app_in_one() -> None:
    drive = Drive(chunks(b"From=", b"", b"%2B1"))
    assert drive.run(headers=length(b"9")) == 204
    assert drive.bodies == [b"From=%2B1"]


def test_after_the_body_the_app_hears_the_wire_itself() -> None:
    drive = Drive([*chunks(b""), {"type": "http.disconnect"}])
    assert drive.run(path="/api/v1/board") == 204
    assert drive.later == [{"type": "http.disconnect"}]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/voice/incoming", 64 * KIB),
        ("/sms/incoming", 64 * KIB),
        ("/conversations/events", 64 * KIB),
        ("/sources/harbor/callrail", 64 * KIB),
        ("/forms/harbor/contact", 32 * KIB),
        ("/chat/harbor/sessions", 8 * KIB),
        ("/chatter", 64 * KIB),
        ("/console/login", 64 * KIB),
    ],
)
def test_each_door_takes_its_own_size_and_not_a_byte_more(path: str, most: int) -> None:
    assert Drive(chunks(b"x" * most)).run(path) == 204
    over = Drive(chunks(b"x" * most, b"x"))
    assert over.run(path) == 413
    assert over.bodies == []


def test_an_endless_body_is_cut_off_at_the_limit_without_reading_on() -> None:
    drive = Drive(chunks(*[b"x" * KIB] * 1000, end=False))
    assert drive.run() == 413
    assert len(drive.wire) == 1000 - 65


def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_read() -> None:
    drive = Drive(chunks(b"x"))
    assert drive.run(headers=length(b"65537")) == 413
    assert len(drive.wire) == 1


@pytest.mark.parametrize("value", [b"-1", b"+5", b"5 ", b"0x5", b"5_0", b"", b"five", b"\xb2"])
def test_a_length_that_is_no_plain_number_is_refused(value: bytes) -> None:
    assert Drive(chunks(b"x" * 5)).run(headers=length(value)) == 400


def test_an_absurdly_long_length_is_too_large_and_does_not_raise() -> None:
    assert Drive(chunks(b"x")).run(headers=length(b"9" * 10_000)) == 413


@pytest.mark.parametrize("declared", [b"0", b"4", b"6", b"60000"])
def test_a_length_that_lies_about_what_arrived_is_refused(declared: bytes) -> None:
    assert Drive(chunks(b"12345")).run(headers=length(declared)) == 400


def test_two_lengths_or_a_length_beside_chunks_are_refused() -> None:
    assert Drive(chunks(b"12345")).run(headers=length(b"5") * 2) == 400
    assert Drive(chunks(b"12345")).run(headers=[*length(b"5"), (b"transfer-encoding", b"chunked")]) == 400


def test_chunks_without_a_length_are_counted() -> None:
    chunked: Headers = [(b"transfer-encoding", b"chunked")]
    assert Drive(chunks(b"x" * 8 * KIB)).run("/chat/harbor/sessions", chunked) == 204
    assert Drive(chunks(b"x" * 8 * KIB, b"x")).run("/chat/harbor/sessions", chunked) == 413


def test_a_body_that_does_not_finish_in_time_is_refused() -> None:
    drive = Drive(chunks(b"From=", end=False), Limits(arrival_seconds=0.01))
    assert drive.run(headers=length(b"9")) == 408
    assert drive.bodies == []


def test_a_sender_who_leaves_halfway_gets_no_answer_and_no_app_runs() -> None:
    drive = Drive([*chunks(b"From=", end=False), {"type": "http.disconnect"}])
    assert drive.run() is None
    assert (drive.sent, drive.bodies) == ([], [])


def test_large_headers_are_refused() -> None:
    assert Drive(chunks(b"")).run(headers=[(b"cookie", b"x" * 16 * KIB)]) == 431
    assert Drive(chunks(b"")).run(headers=[(b"cookie", b"x" * (16 * KIB - 6))]) == 204


def test_a_refusal_closes_the_connection_and_is_the_answer_it_was_told_to_give() -> None:
    drive = Drive(chunks(b"x" * 70_000))
    assert drive.run() == 413
    assert (b"connection", b"close") in drive.sent[0]["headers"]
    assert drive.sent[1]["body"] == b"refused"


def test_a_chat_message_over_the_limit_ends_the_conversation() -> None:
    for large in ({"text": "ä" * 4 * KIB + "x"}, {"bytes": b"x" * (8 * KIB + 1), "text": None}):
        drive = Drive([{"type": "websocket.receive", **large}])
        drive.run("/chat/harbor", kind="websocket")
        assert drive.sent == [{"type": "websocket.close", "code": 1009}]
        assert drive.later == [{"type": "websocket.disconnect", "code": 1009}]


def test_a_chat_message_within_the_limit_passes_unchanged() -> None:
    message: dict[str, Any] = {"type": "websocket.receive", "text": "ä" * 4 * KIB}
    drive = Drive([message])
    drive.run("/chat/harbor", kind="websocket")
    assert (drive.later, drive.sent) == ([message], [])


def test_a_handshake_with_large_headers_is_closed_before_it_opens() -> None:
    drive = Drive([{"type": "websocket.connect"}])
    drive.run("/chat/harbor", [(b"cookie", b"x" * 16 * KIB)], "websocket")
    assert drive.sent == [{"type": "websocket.close", "code": 1008}]


def test_start_and_stop_of_the_server_pass_through() -> None:
    drive = Drive([])
    assert drive.run(kind="lifespan") is None
