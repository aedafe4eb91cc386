"""One log line a request, by route template: a path may hold an id or a token."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars
from structlog.typing import FilteringBoundLogger

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class RequestLog:
    """One line a request: method, route template, status, milliseconds. ``route_of`` is ``templates(routes)``."""

    def __init__(
        self,
        app: ASGIApp,
        log: FilteringBoundLogger,
        route_of: Callable[[Scope], str],
        new_id: Callable[[], str],
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.app = app
        self.log = log
        self.route_of = route_of
        self.new_id = new_id
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        status: int | None = None

        async def watched(message: Message) -> None:
            nonlocal status
            status = status or _status(message)
            await send(message)

        started = self.seconds()
        with bound_contextvars(request=self.new_id()):
            try:
                await self.app(scope, receive, watched)
            finally:
                ms = round((self.seconds() - started) * 1000, 1)
                self.log.info("request", method=_method(scope), route=self.route_of(scope), status=status, ms=ms)


def _status(message: Message) -> int | None:
    if message["type"] in ("http.response.start", "websocket.http.response.start"):
        return int(message["status"])
    return {"websocket.accept": 101, "websocket.close": 403}.get(message["type"])


def _method(scope: Scope) -> str:
    method = scope.get("method", "WEBSOCKET")
    return method if method in METHODS or scope["type"] == "websocket" else "other"


def templates(routes: Sequence[BaseRoute]) -> Callable[[Scope], str]:
    """A function from a routed scope to the template of its route; several that share an endpoint are all named."""
    found: dict[tuple[int, frozenset[str]], list[str]] = {}
    for endpoint, names, template in _walk(routes, "", frozenset()):
        # By identity: a mounted router has no hash. The app keeps its routes for as long as it lives.
        found.setdefault((id(endpoint), names), []).append(template)
    known = {key: "|".join(several) for key, several in found.items()}

    def route_of(scope: Scope) -> str:
        return known.get((id(scope.get("endpoint")), frozenset(scope.get("path_params", ()))), "unmatched")

    return route_of


def _walk(
    routes: Iterable[BaseRoute], prefix: str, outer: frozenset[str]
) -> Iterator[tuple[object, frozenset[str], str]]:
    for route in routes:
        if isinstance(route, Route | WebSocketRoute):
            yield route.endpoint, outer | frozenset(route.param_convertors), prefix + route.path
        elif isinstance(route, Mount):
            names = outer | frozenset(route.param_convertors) - {"path"}
            yield route.app, names, f"{prefix}{route.path}/..."
            yield from _walk(route.routes, prefix + route.path, names)
