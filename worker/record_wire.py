"""The HTTP under every request for a vendor's record: https, one host, no redirects, bounded in time and size."""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2

from routing.sources.records import Refusal
from routing.sources.strict import Malformed, json_value

TIMEOUT_S = 5.0
"""Per step of a request (SEC-14)."""
TOTAL_S = 15.0
RECORD_BYTES = 262_144
HEADERS: Mapping[str, str] = {"accept": "application/json", "accept-encoding": "identity"}
"""Nothing is unpacked: a small answer could become a large one."""
LATER = frozenset({408, 425, 429})
LOGIN = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Question:
    """``root`` is the vendor's address or the test's; ``path`` holds nothing a stranger wrote but digits."""

    root: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    document: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Later:
    """Worth asking again, after ``wait_s`` if the vendor has said so."""

    code: str
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class Denied:
    """The token is not accepted."""

    code: str


@dataclass(frozen=True, slots=True)
class Never:
    """The same request will not be answered otherwise."""

    code: str


Answer = Found | Later | Denied | Never


def is_allowed(root: str) -> bool:
    """https, or this machine itself, and an address without anything behind it."""
    try:
        parts = urlsplit(root)
        host = parts.hostname or ""
        bare = not (parts.path or parts.query or parts.fragment or parts.username) and bool(host)
    except ValueError:
        return False
    return bare and (parts.scheme == "https" or (parts.scheme == "http" and is_here(host)))


def is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def ask(
    question: Question,
    refusals: Mapping[int, Refusal],
    monotonic: Callable[[], float] = time.monotonic,
) -> Answer:
    """No answer of the vendor's is logged or raised: it holds what somebody said."""
    if not is_allowed(question.root):
        return Denied("address")
    # It logs each address, and with it whose record it is.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        # Each has its own: no cookie goes from one practice's request to another's.
        with httpx2.Client(verify=certificates(), timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            return told(client, question, refusals, monotonic() + TOTAL_S, monotonic)
    except httpx2.InvalidURL:
        return Denied("address")
    except httpx2.RequestError as error:
        return Later(type(error).__name__)


@cache
def certificates() -> ssl.SSLContext:
    """Those of this process: reading them takes longer than the request."""
    return httpx2.create_ssl_context(trust_env=False)


def told(
    client: httpx2.Client,
    question: Question,
    refusals: Mapping[int, Refusal],
    until: float,
    monotonic: Callable[[], float],
) -> Answer:
    headers = {**HEADERS, "authorization": f"Bearer {question.token}"}
    address = question.root + question.path
    with client.stream("GET", address, params=dict(question.query), headers=headers) as response:
        content = bytearray()
        for piece in response.iter_raw():
            content += piece
            if len(content) > RECORD_BYTES:
                return Never("too_large")
            if monotonic() > until:
                return Later("too_slow")
        if response.headers.get("content-encoding", "identity") != "identity":
            return Never("encoded")
        return meant(response, bytes(content), refusals)


def meant(response: httpx2.Response, content: bytes, refusals: Mapping[int, Refusal]) -> Answer:
    status, document = response.status_code, readable(content)
    if status == 200:
        return Never("unreadable") if document is None else Found(document)
    code = code_in(document)
    shown = f"{status}_{code}" if code else str(status)
    refusal = refusals.get(code)
    if status in LATER or status >= 500 or refusal == "later":
        return Later(shown, seconds(response.headers.get("retry-after", "")))
    if status in LOGIN or refusal == "login":
        return Denied(shown)
    return Never(shown)


def readable(content: bytes) -> Any:
    """None for what is no JSON object."""
    try:
        found = json_value(content.decode())
    except (UnicodeDecodeError, Malformed):
        return None
    return found if isinstance(found, dict) else None


def code_in(document: Any) -> int:
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if type(code) is int and 0 < code < 1_000_000 else 0


def seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
