"""The HTTP under every request to the phone provider: one time-out, one root address, no redirects, no logging."""

import json
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from twilio.http import HttpClient
from twilio.http.response import Response

from worker.answers import Ambiguous, Failure, NotProcessed

TIMEOUT_S = 5.0
"""Per step of a request (SEC-14); a lease outlasts it."""
TOTAL_S = 20.0
"""Nobody feeds us a body for longer."""
ANSWER_BYTES = 1_000_000
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
"""Refused, not resolved, not reached: the provider has not seen the request. After these all is open."""


class Declined(Exception):
    """The provider answered, but not with what was asked for. ``code`` is its own, 0 where it gave none; its words,
    which repeat numbers, are left out. Raised here, because the provider's library has four ways of telling."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class TooLarge(Exception):
    """A body that is larger or slower than allowed."""


@dataclass(frozen=True, slots=True)
class Body:
    status: int
    headers: httpx2.Headers
    content: bytes

    @property
    def kind(self) -> str:
        """Its content type, without parameters."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


class Wire(HttpClient):  # type: ignore[misc]
    """Speaks to ``root`` whatever host a request names, so that tests and rehearsals can stand in for the provider."""

    def __init__(self, root: str, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=timeout_s)
        # It logs each address, and the list of calls has a phone number in its own.
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        self.root = root
        self.client = httpx2.Client(timeout=timeout_s, follow_redirects=False)

    def request(self, method: str, url: str, **asked: Any) -> Response:
        """For the provider's library. Raises Declined, TooLarge and httpx2.RequestError."""
        request = self.client.build_request(
            method, self.at_root(url), params=asked["params"], data=asked["data"], headers=asked["headers"]
        )
        body = self.send(request, asked["auth"], ANSWER_BYTES)
        return Response(body.status, body.content.decode("utf-8", errors="replace"), dict(body.headers))

    def fetch(self, path: str, login: tuple[str, str], most_bytes: int) -> Body:
        """A file below the root. Raises as above."""
        return self.send(self.client.build_request("GET", self.root + path), login, most_bytes)

    def send(self, request: httpx2.Request, login: tuple[str, str], most_bytes: int) -> Body:
        until = time.monotonic() + TOTAL_S
        response = self.client.send(request, auth=login, stream=True)
        try:
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > most_bytes or time.monotonic() > until:
                    raise TooLarge
        finally:
            response.close()
        if not response.is_success:
            raise Declined(response.status_code, code_in(content))
        return Body(response.status_code, response.headers, bytes(content))

    def at_root(self, url: str) -> str:
        parts = urlsplit(url)
        return f"{self.root}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def close(self) -> None:
        self.client.close()


def code_in(content: bytes | bytearray) -> int:
    """A refusal may be a page of some proxy."""
    try:
        told = json.loads(content)
    except ValueError:
        return 0
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, int) else 0


def fault(error: Exception) -> Failure:
    """What a request that got no answer means; the kind of error only, its text may hold an address."""
    name = type(error).__name__
    return NotProcessed(name) if isinstance(error, NEVER_SENT) else Ambiguous(name)


def sid_of(made: Any) -> str:
    """Of a call, conference or participant (whose sid is that of their call). ValueError where there is none."""
    sid = getattr(made, "call_sid", None) or getattr(made, "sid", None)
    if not isinstance(sid, str) or not sid:
        raise ValueError("no sid")
    return sid
