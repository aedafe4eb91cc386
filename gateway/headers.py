"""The response headers every answer carries (security facts, section 3), and the two exceptions from them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Mapping[str, str] = MappingProxyType(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "object-src": "'none'",
    }
)


def content_policy(changes: Mapping[str, str] = MappingProxyType({})) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in {**POLICY, **changes}.items())


HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "content-security-policy": content_policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
        "cache-control": "no-store",
    }
)
WIDGET_PATH = re.compile(r"/chat/(?P<practice>[A-Za-z0-9-]+)/widget\.js")
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?")
HOST = re.compile(r"(?:https|wss)://[a-z0-9.*-]+(?::\d{1,5})?")
FIVE_MINUTES = "public, max-age=300"
ANSWER_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})


@dataclass(frozen=True, slots=True)
class Exemption:
    """``path`` has to match in full; ``changes`` tells from the match which headers (lower case) get another value."""

    path: re.Pattern[str]
    changes: Callable[[re.Match[str]], Mapping[str, str]]


def widget_exemption(origins_of: Callable[[str], Iterable[str]]) -> Exemption:
    """The chat widget's script, for pages of the practice's exact origins; ``origins_of`` takes the practice id.

    Its name never changes, so a browser keeps it for minutes only.
    """

    def changes(match: re.Match[str]) -> Mapping[str, str]:
        origins = [origin for origin in origins_of(match["practice"]) if ORIGIN.fullmatch(origin)]
        return {
            "content-security-policy": content_policy({"frame-ancestors": " ".join(origins) or "'none'"}),
            "cross-origin-resource-policy": "cross-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cache-control": FIVE_MINUTES,
        }

    return Exemption(WIDGET_PATH, changes)


def softphone_exemption(path: str, hosts: Iterable[str]) -> Exemption:
    """The page with the browser phone: it may also talk to, and play from, the hosts Twilio documents for it.

    Raises ValueError for a host that is no ``https://`` or ``wss://`` origin.
    """
    allowed = list(hosts)
    if not all(HOST.fullmatch(host) for host in allowed):
        raise ValueError("a host of the browser phone is not an https or wss origin")
    sources = " ".join(["'self'", *allowed])
    policy = content_policy({"connect-src": sources, "media-src": sources})
    return Exemption(re.compile(re.escape(path)), lambda match: {"content-security-policy": policy})


class SecurityHeaders:
    """First in ``Starlette(middleware=...)``, so that refusals and last words carry the headers too. A header of the
    same name set further in is replaced: this table has the last word."""

    def __init__(self, app: ASGIApp, exemptions: Iterable[Exemption] = ()) -> None:
        self.app = app
        self.exemptions = tuple(exemptions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        ours = self._headers(scope["path"])

        async def sealed(message: Message) -> None:
            if message["type"] in ANSWER_STARTS:
                theirs = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in ours]
                message = {**message, "headers": [*theirs, *ours.items()]}
            await send(message)

        await self.app(scope, receive, sealed)

    def _headers(self, path: str) -> Mapping[bytes, bytes]:
        for exemption in self.exemptions:
            match = exemption.path.fullmatch(path)
            if match is not None:
                return _encoded({**HEADERS, **exemption.changes(match)})
        return ENCODED_HEADERS


def _encoded(headers: Mapping[str, str]) -> Mapping[bytes, bytes]:
    return {name.encode("ascii"): value.encode("ascii") for name, value in headers.items()}


ENCODED_HEADERS = _encoded(HEADERS)
