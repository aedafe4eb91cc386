"""Pages for operators: alive, ready, metrics. Strangers see a status code; a loopback peer or a token sees why."""

import math
import time
from dataclasses import dataclass
from ipaddress import ip_address

from anyio import Lock
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from gateway.api.bearer import authorization_of, bearer
from gateway.callback_counts import CallbackGauges
from gateway.counts import COUNTS, BookVersions, Counts, OverdueRules, Shown
from gateway.house import OTHER_BUDGET_S, House
from gateway.keeping.checks import Check, as_words, failing
from gateway.keeping.examination import readiness
from gateway.source_counts import SourceGauges
from gateway.tokens import permits
from routing.state.database import DatabaseDown

FORWARDED = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"})
"""A proxy on this machine speaks for strangers: whoever it forwards is no loopback peer."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who may see details; ``practice`` None is the operator on the machine itself."""

    practice: str | None


class Examiner:
    """Looks at most once in ``fresh_s`` seconds and one at a time: whoever asks often costs calls nothing."""

    def __init__(self, house: House, fresh_s: float) -> None:
        self._house = house
        self._fresh_s = fresh_s
        self._lock = Lock()
        self._found: tuple[Check, ...] = ()
        self._looked_at = -math.inf

    async def found(self) -> tuple[Check, ...]:
        async with self._lock:
            if time.monotonic() - self._looked_at >= self._fresh_s:
                house = self._house
                self._found = await house.below(OTHER_BUDGET_S, readiness, house.settings, house.desk, house.now())
                self._looked_at = time.monotonic()
                self._tell()
        return self._found

    def _tell(self) -> None:
        wrong = failing(self._found)
        if wrong:
            self._house.log.warning("not_ready", code=" ".join(wrong))


def operations_routes(house: House, counts: Counts = COUNTS, fresh_s: float = 1.0) -> list[Route]:
    books, examiner = BookVersions(lambda: house.desk.shelf.books), Examiner(house, fresh_s)
    owed, refused, reviews = CallbackGauges(house), SourceGauges(house), OverdueRules(house.now)

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(request: Request) -> Response:
        found = await examiner.found()
        wrong = failing(found)
        told: dict[str, object] = {"status": "not_ready" if wrong else "ready"}
        if await house.below(OTHER_BUDGET_S, viewer, house, request.scope):
            told |= {"failing": list(wrong), "checks": as_words(found)}
        return JSONResponse(told, 503 if wrong else 200, headers={"retry-after": "5"} if wrong else None)

    async def metrics(request: Request) -> Response:
        who = await house.below(OTHER_BUDGET_S, viewer, house, request.scope)
        if who is None:
            raise HTTPException(401, headers={"www-authenticate": "Bearer"})
        shown = Shown((counts.registry, books, owed, refused, reviews), who.practice)
        told = await house.below(OTHER_BUDGET_S, generate_latest, shown)
        return Response(told, headers={"content-type": CONTENT_TYPE_LATEST})

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def viewer(house: House, scope: Scope) -> Viewer | None:
    """Who has an ``admin`` token, or sits on this machine. While the database is away no token is known."""
    if is_loopback(scope):
        return Viewer(None)
    try:
        grant = bearer(house.desk.db, authorization_of(scope["headers"]), house.now())
    except (HTTPException, DatabaseDown):
        return None
    return Viewer(grant.practice) if permits(grant, "admin", grant.practice) else None


def is_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None or any(name in FORWARDED for name, _ in scope["headers"]):
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False
