"""What exactly was signed: a request as it arrived, and the text Twilio put under its signature.

The URL is rebuilt from the configured public URL, never from the Host header or a decoded path.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import product
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

MAX_FIELDS = 100
FORM = b"application/x-www-form-urlencoded"
JSON = re.compile(rb"application/(?:[a-z0-9.-]+\+)?json")
DEFAULT_PORTS = MappingProxyType({"https": 443, "wss": 443, "http": 80, "ws": 80})

Pairs = tuple[tuple[str, str], ...]
RefusalCode = Literal[
    "account",
    "algorithm",
    "body",
    "body_hash",
    "content_type",
    "key",
    "method",
    "mismatch",
    "path",
    "settings",
    "signature_malformed",
    "signature_missing",
]


class Refusal(Exception):
    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it arrived. ``public_url`` is ours (scheme, host, perhaps a port and a path prefix)."""

    method: str
    public_url: str
    raw_path: bytes = field(repr=False)
    raw_query: bytes = field(default=b"", repr=False)
    signature: bytes | None = field(default=None, repr=False)
    settings: bytes | None = field(default=None, repr=False)
    content_type: bytes | None = None
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def arrived(cls, scope: Mapping[str, Any], public_url: str, body: bytes = b"") -> "Signed":
        """From an ASGI scope, HTTP or WebSocket (a handshake is a GET that Twilio signs as ``wss``)."""
        handshake = scope["type"] == "websocket"
        headers = scope["headers"]
        return cls(
            method="GET" if handshake else scope["method"],
            public_url=public_url.replace("http", "ws", 1) if handshake else public_url,
            raw_path=scope.get("raw_path") or b"",
            raw_query=scope.get("query_string") or b"",
            signature=_header(headers, b"x-twilio-signature"),
            settings=_header(headers, b"x-twilio-webhooks-signature-settings"),
            content_type=_header(headers, b"content-type"),
            body=body,
        )


@dataclass(frozen=True, slots=True)
class Content:
    """``signed`` follows the URL in the signed text; ``claims`` is where an AccountSid may stand."""

    claims: Pairs
    signed: bytes = b""
    pairs: Pairs = ()
    document: bytes | None = None


def content_of(request: Signed) -> Content:
    if not request.raw_path.startswith(b"/"):
        # "GET @evil.example" would otherwise move the host of the signed URL.
        raise Refusal("path")
    if request.method == "GET":
        return _query_content(request)
    if request.method != "POST":
        raise Refusal("method")
    media_type = (request.content_type or b"").partition(b";")[0].strip().lower()
    if media_type == FORM:
        return _form_content(request)
    if JSON.fullmatch(media_type):
        return _json_content(request)
    raise Refusal("content_type")


def _query_content(request: Signed) -> Content:
    if request.body:
        # The scheme signs the URL of a GET and nothing else: a body would be a stranger's.
        raise Refusal("body")
    query = _pairs(request.raw_query)
    _check_body_hashes(query, request.body)
    return Content(claims=query, pairs=query)


def _form_content(request: Signed) -> Content:
    _check_body_hashes(_pairs(request.raw_query), request.body)
    pairs = _pairs(request.body)
    # Twilio's SDKs sort names by byte and sign each distinct value of a repeated name once.
    signed = "".join(name + value for name, value in sorted(set(pairs)))
    return Content(claims=pairs, signed=signed.encode(), pairs=pairs)


def _json_content(request: Signed) -> Content:
    query = _pairs(request.raw_query)
    if not _check_body_hashes(query, request.body):
        raise Refusal("body_hash")
    return Content(claims=query, document=request.body)


def _check_body_hashes(query: Pairs, body: bytes) -> int:
    """How many hashes the URL states. All must fit, on every kind of request: the signature of a JSON request covers
    its URL only, so it could be sent again as a form or a GET."""
    stated = [value.encode() for name, value in query if name == "bodySHA256"]
    actual = sha256(body).hexdigest().encode() if stated else b""
    if any(not hmac.compare_digest(one, actual) for one in stated):
        raise Refusal("body_hash")
    return len(stated)


def _pairs(encoded: bytes) -> Pairs:
    try:
        text = encoded.decode()
        return tuple(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Refusal("body") from None


def urls_of(request: Signed) -> Iterator[bytes]:
    """The URLs Twilio may have signed for this request, the likeliest first.

    Voice drops the port and messaging keeps it; a configured trailing ``?`` reaches us as an empty query; the WebSocket
    handshake may be signed with a trailing slash.
    """
    slash = request.public_url.startswith("ws") and not request.raw_path.endswith(b"/")
    paths = (request.raw_path, request.raw_path + b"/") if slash else (request.raw_path,)
    queries = (b"?" + request.raw_query,) if request.raw_query else (b"", b"?")
    for path, query, origin in product(paths, queries, _origins(request.public_url)):
        yield origin + path + query


@lru_cache(maxsize=256)
def _origins(public_url: str) -> tuple[bytes, bytes]:
    url = urlsplit(public_url)
    # Twilio drops user and password before it signs.
    authority = url.netloc.rpartition("@")[2]
    other = f"{authority}:{DEFAULT_PORTS[url.scheme]}" if url.port is None else authority.rpartition(":")[0]
    prefix = url.path.rstrip("/")
    return f"{url.scheme}://{authority}{prefix}".encode(), f"{url.scheme}://{other}{prefix}".encode()


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    # A repeated header is joined as HTTP says, so that no two readers can pick a different one.
    return b",".join(found) if (found := [value for key, value in headers if key == name]) else None
