"""The booth's own door: loopback only, nothing for other origins' pages, and headers that let no foreign thing in."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from routing.settings.refusals import is_loopback

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)


class LoopbackOnly:
    """Refuses requests for another host name, and those a page of another origin makes a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_strange(Request(scope).headers):
            await PlainTextResponse("this phone booth answers on loopback only", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_strange(headers: Mapping[str, str]) -> bool:
    """By Host, which a rebound name cannot fake; by Origin; and by what browsers say of requests without one."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_loopback(urlsplit(f"//{host}").hostname or "") or origin not in (None, f"http://{host}"):
        return True
    elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return elsewhere and headers.get("sec-fetch-mode") != "navigate"
