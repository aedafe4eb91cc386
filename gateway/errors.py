"""What an error means to whoever asked: one table from error to answer, and the last words of each channel.

No answer repeats anything of the request; the error id is what a person can quote to an operator.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TWIML = "text/xml; charset=utf-8"
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,39}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """``retry_after`` is in seconds."""

    status: int
    code: str
    message: str
    retry_after: int | None = None


STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {
        meaning.status: meaning
        for meaning in (
            Meaning(400, "malformed", "The request could not be read."),
            Meaning(401, "unauthenticated", "Sign in or send a valid token."),
            Meaning(403, "forbidden", "This request is not allowed."),
            Meaning(404, "not_found", "There is nothing here."),
            Meaning(405, "method_not_allowed", "This address does not take that method."),
            Meaning(408, "too_slow", "The request took too long to arrive."),
            Meaning(409, "conflict", "Someone else changed this first. Read it again."),
            Meaning(410, "gone", "This is no longer here."),
            Meaning(413, "too_large", "The request is too large."),
            Meaning(415, "unsupported_content_type", "This content type is not read here."),
            Meaning(422, "invalid", "Some fields are missing or not valid."),
            Meaning(429, "too_many", "Too many requests. Try again later."),
            Meaning(431, "headers_too_large", "The request headers are too large."),
            Meaning(500, "internal", "Something went wrong on our side."),
            Meaning(503, "unavailable", "Not available right now. Try again shortly.", retry_after=5),
        )
    }
)

ERRORS: Mapping[type[Exception], Meaning] = MappingProxyType(
    {
        ValidationError: STATUSES[422],
        TimeoutError: STATUSES[503],
        ConnectionError: STATUSES[503],
    }
)
"""Errors that are no ``HTTPException`` and what they mean; anything else is 500."""

NEVER_SPOKEN = frozenset({401, 403, 404, 405})
"""A stranger, or an address we do not have: it is told so, and never hears the fallback number."""


@dataclass(frozen=True, slots=True)
class LastWords:
    """Complete TwiML documents for when nothing else can be said (rule 11 of the house, SEC-10).

    ``voice`` promises a call back and dials or names the static fallback number; ``text`` is the empty answer.
    """

    voice: bytes
    text: bytes

    def __call__(self, scope: Scope) -> Response | None:
        """None where a plain error does no harm."""
        if scope["type"] != "http":
            return None
        if is_within(scope["path"], "/voice"):
            return Response(self.voice, headers={"content-type": TWIML})
        if is_within(scope["path"], "/sms"):
            return Response(self.text, headers={"content-type": TWIML})
        return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a log may know of an error: never its text, which may hold a caller's words."""

    id: str
    kind: str
    code: str
    status: int


@dataclass(frozen=True, slots=True)
class ErrorAnswers:
    """``report`` is called once for each answered error, with names and codes only."""

    last_words: Callable[[Scope], Response | None]
    new_id: Callable[[], str]
    report: Callable[[Seen], None]
    meanings: Mapping[type[Exception], Meaning] = field(default_factory=lambda: ERRORS)

    def to_error(self, scope: Scope, error: Exception) -> Response:
        meaning = self.meaning(error)
        seen = Seen(self.new_id(), type(error).__name__, meaning.code, meaning.status)
        self.report(seen)
        spoken = None if meaning.status in NEVER_SPOKEN else self.last_words(scope)
        if spoken is not None:
            return spoken
        headers = error.headers if isinstance(error, HTTPException) else None
        return problem(meaning, seen.id, faulty_fields(error), headers)

    def to_status(self, scope: Scope, status: int) -> Response:
        return self.to_error(scope, HTTPException(status))

    def meaning(self, error: Exception) -> Meaning:
        if isinstance(error, HTTPException):
            return STATUSES.get(error.status_code) or Meaning(error.status_code, "refused", "The request was refused.")
        return next((self.meanings[kind] for kind in type(error).__mro__ if kind in self.meanings), STATUSES[500])

    def by_type(self) -> dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]:
        """For ``Starlette(exception_handlers=...)``. ``Exception`` itself is left to ``LastResort``: Starlette raises
        it again after answering, and the server would print its text."""

        async def answer(request: Request, error: Exception) -> Response:
            return self.to_error(request.scope, error)

        return {HTTPException: answer, **dict.fromkeys(self.meanings, answer)}


def problem(
    meaning: Meaning,
    error_id: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """``fields``: name of a faulty field to the code of what is wrong with it."""
    told: dict[str, object] = {"code": meaning.code, "message": meaning.message, "id": error_id}
    if fields:
        told["fields"] = dict(fields)
    retry = {} if meaning.retry_after is None else {"retry-after": str(meaning.retry_after)}
    return JSONResponse({"error": told}, meaning.status, headers={**retry, **(headers or {})})


def faulty_fields(error: Exception) -> dict[str, str]:
    if not isinstance(error, ValidationError):
        return {}
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return {_field_name(one["loc"], one["type"]): one["type"] for one in found}


def _field_name(place: tuple[int | str, ...], kind: str) -> str:
    # A key that our model does not know was written by the sender: it is not repeated.
    known = place[:-1] if kind == "extra_forbidden" else place
    name = ".".join(str(part) for part in known)
    return name if FIELD_NAME.fullmatch(name) else "*"


def is_within(path: str, prefix: str) -> bool:
    """``/voice`` holds ``/voice`` and ``/voice/...`` but not ``/voicemail``."""
    return path == prefix or path.startswith(prefix + "/")


class AnswerCutShort(Exception):
    """The answer had begun, so the connection can only be closed. Carries no text, for the server prints it."""


class LastResort:
    """Whatever escapes becomes an answer, and its text goes nowhere.

    Belongs in ``Starlette(middleware=...)`` right inside headers and log: the framework's own answer to an error is
    written outside of that list, and its text is printed by the server.
    """

    def __init__(self, app: ASGIApp, answers: ErrorAnswers) -> None:
        self.app = app
        self.answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
            return
        except Exception as error:
            answer = self.answers.to_error(scope, error)
        if begun:
            raise AnswerCutShort
        await answer(scope, receive, send)
