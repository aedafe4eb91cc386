"""How much of a request is let in, counted on the bytes that arrive: a declared length may lie."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import is_within

KIB = 1024
MAX_LENGTH_DIGITS = 15
MESSAGE_TOO_BIG = 1009
POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds (security facts, section 2). ``bodies``: path prefix to the largest body below it; for a
    WebSocket, to its largest message."""

    bodies: tuple[tuple[str, int], ...] = (
        ("/voice", 64 * KIB),
        ("/sms", 64 * KIB),
        ("/conversations", 64 * KIB),
        ("/sources", 64 * KIB),
        ("/forms", 32 * KIB),
        ("/chat", 8 * KIB),
    )
    other_bodies: int = 64 * KIB
    header_bytes: int = 16 * KIB
    arrival_seconds: float = 5.0

    def body_bytes(self, path: str) -> int:
        return next((most for prefix, most in self.bodies if is_within(path, prefix)), self.other_bodies)


STANDARD = Limits()


class OverLimit(Exception):
    """``status`` is the HTTP answer: 400, 408, 413 or 431."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class SenderGone(Exception):
    """Nobody is left to answer."""


class RequestLimits:
    """Reads the whole body before the app runs, so that a slow or endless sender never holds a worker thread.

    ``refuse`` makes the answer to a refused request from its scope and status (``ErrorAnswers.to_status``), so that a
    caller hears the last words even then.
    """

    def __init__(self, app: ASGIApp, refuse: Callable[[Scope, int], Response], limits: Limits = STANDARD) -> None:
        self.app = app
        self.refuse = refuse
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._conversation(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._arrived(scope, receive)
        except OverLimit as refused:
            answer = self.refuse(scope, refused.status)
            # What was not read must not be taken for the next request of this connection.
            answer.headers["connection"] = "close"
            await answer(scope, receive, send)
        except SenderGone:
            return
        else:
            await self.app(scope, _replayed(body, receive), send)

    async def _conversation(self, scope: Scope, receive: Receive, send: Send) -> None:
        if header_bytes(scope) > self.limits.header_bytes:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        await self.app(scope, _bounded(receive, send, self.limits.body_bytes(scope["path"])), send)

    async def _arrived(self, scope: Scope, receive: Receive) -> bytes:
        if header_bytes(scope) > self.limits.header_bytes:
            raise OverLimit(431)
        most = self.limits.body_bytes(scope["path"])
        declared = declared_length(scope)
        if declared is not None and declared > most:
            raise OverLimit(413)
        try:
            async with asyncio.timeout(self.limits.arrival_seconds):
                body = await _body(receive, most)
        except TimeoutError:
            raise OverLimit(408) from None
        if declared is not None and declared != len(body):
            raise OverLimit(400)
        return body


def header_bytes(scope: Scope) -> int:
    return sum(len(name) + len(value) for name, value in scope["headers"])


def declared_length(scope: Scope) -> int | None:
    """The Content-Length, or None. Two of them, a sign, or chunks as well are how requests are smuggled: 400."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if not lengths:
        return None
    chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
    if chunked or len(lengths) > 1 or not lengths[0].isdigit():
        raise OverLimit(400)
    if len(lengths[0]) > MAX_LENGTH_DIGITS:
        raise OverLimit(413)
    return int(lengths[0])


async def _body(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise OverLimit(413)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    message: Message | None = {"type": "http.request", "body": body, "more_body": False}

    async def replayed() -> Message:
        nonlocal message
        if message is None:
            return await receive()
        first, message = message, None
        return first

    return replayed


def _bounded(receive: Receive, send: Send, most: int) -> Receive:
    async def bounded() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive" or _message_bytes(message) <= most:
            return message
        await send({"type": "websocket.close", "code": MESSAGE_TOO_BIG})
        return {"type": "websocket.disconnect", "code": MESSAGE_TOO_BIG}

    return bounded


def _message_bytes(message: Message) -> int:
    return len(message.get("bytes") or b"") + len((message.get("text") or "").encode())
