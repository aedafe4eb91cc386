"""The demo's phone booth: a page and two URLs that place calls through the simulated network. Loopback only."""

import asyncio
import secrets
from dataclasses import asdict, dataclass, field
from urllib.parse import parse_qsl, urlsplit

from httpx2 import AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rehearsal.booth_page import booth_page, call_page
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.network import carry, new_call
from rehearsal.pace import Pace
from rehearsal.people import HABITS, Caller, CallerHabit, Phonebook
from rehearsal.relay import RELAY_PATH, Relay
from rehearsal.rest import RestDouble, rest_routes
from rehearsal.scenario import CallPlan, NothingToRehearse, Stage, account_for, logins_of, open_exchange, wrap_up
from rehearsal.transcript import Transcript
from routing.settings.refusals import is_loopback

BODY_LIMIT = 4096
KEPT_CALLS = 100
MOST_CALLS = 50
"""At once; a booth is for people, load has a command of its own."""


@dataclass(slots=True)
class Booth:
    """All calls of the booth share one phone book and one transcript: a coordinator has one phone."""

    stage: Stage
    client: AsyncClient
    pace: Pace
    phones: Phonebook
    transcript: Transcript = field(default_factory=Transcript)
    calls: dict[str, tuple[Leg, asyncio.Task[object]]] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    """By account; REST asks for the calls, queues and recordings of the account it logs in to."""

    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = Relay(self.client)
        for sid, account in self.stage.settings.twilio_accounts.items():
            exchange = open_exchange(self.stage, account, self.client, self.pace)
            exchange.phones, exchange.transcript, exchange.seed = self.phones, self.transcript, secrets.token_hex(8)
            self.exchanges[sid] = exchange

    def rest(self) -> RestDouble:
        return RestDouble(self.exchanges, logins_of(self.stage.settings), elsewhere=self.relay.pass_on)

    def place(self, plan: CallPlan) -> str:
        """The new call's id. Raises ``NothingToRehearse``."""
        if sum(not task.done() for _, task in self.calls.values()) >= MOST_CALLS:
            raise NothingToRehearse("too many calls at once")
        exchange = self.exchanges[account_for(self.stage, plan.to).sid]
        self.phones.all_behave(plan.coordinators)
        leg = new_call(exchange, plan.caller, plan.to)
        self.calls[leg.sid] = leg, asyncio.ensure_future(self._carry(exchange, leg))
        self._forget_oldest()
        return leg.sid

    async def _carry(self, exchange: Exchange, leg: Leg) -> None:
        outcome = await carry(exchange, leg)
        await wrap_up(self.stage, self.client, outcome.bridged)

    def _forget_oldest(self) -> None:
        over = [sid for sid, (_, task) in self.calls.items() if task.done()][: max(0, len(self.calls) - KEPT_CALLS)]
        for sid in over:
            del self.calls[sid]
            self.transcript.forget(sid)
            for exchange in self.exchanges.values():
                exchange.registry.forget(sid)

    def story(self, sid: str) -> dict[str, object]:
        leg, task = self.calls[sid]
        return {
            "id": sid,
            "status": leg.status,
            "finished": task.done(),
            "lines": [asdict(line) for line in self.transcript.lines_of(sid)],
            "failures": [asdict(failure) for failure in self.transcript.failures_of(sid)],
            "bridges": [asdict(bridge) for bridge in self.transcript.bridges if bridge.call == sid],
        }


class LoopbackOnly:
    """Refuses requests for another host name, and those a page of another origin makes a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Request(scope).headers
        host, origin = headers.get("host", ""), headers.get("origin")
        if not is_loopback(urlsplit(f"//{host}").hostname or "") or origin not in (None, f"http://{host}"):
            await PlainTextResponse("this phone booth answers on loopback only", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def booth_app(booth: Booth) -> ASGIApp:
    async def index(request: Request) -> Response:
        return booth_page(booth.stage.directory, list(HABITS))

    async def place(request: Request) -> Response:
        asked = await _form(request)
        try:
            sid = booth.place(_plan(asked))
        except (NothingToRehearse, ValueError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        if _wants_page(request):
            return RedirectResponse(f"/calls/{sid}", 303)
        return JSONResponse({"id": sid, "url": f"/calls/{sid}"}, 202)

    async def story(request: Request) -> Response:
        sid = request.path_params["sid"]
        if sid not in booth.calls:
            return JSONResponse({"error": "no such call"}, 404)
        if _wants_page(request):
            leg, task = booth.calls[sid]
            return call_page(leg, booth.transcript.lines_of(sid), task.done())
        return JSONResponse(booth.story(sid))

    routes = [
        Route("/", index, methods=["GET"]),
        Route("/calls", place, methods=["POST"]),
        Route("/calls/{sid}", story, methods=["GET"]),
        Route(RELAY_PATH, booth.relay.change, methods=["POST"]),
        *rest_routes(booth.rest()),
    ]
    return LoopbackOnly(Starlette(routes=routes))


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _form(request: Request) -> dict[str, str]:
    """Fields of a form post; too many bytes count as none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _plan(asked: dict[str, str]) -> CallPlan:
    """Raises ``ValueError`` with a sentence for the person at the booth."""
    habit = HABITS.get(asked.get("habit", "accepts"))
    if habit is None:
        raise ValueError("habit is one of " + ", ".join(HABITS))
    if not asked.get("to", "").startswith("+"):
        raise ValueError("to is a number in E.164")
    try:
        talk_s = min(float(asked.get("talk", "30")), 3600.0)
        patience_s = float(asked["patience"]) if asked.get("patience") else None
    except ValueError:
        raise ValueError("talk and patience are seconds") from None
    keys = tuple(asked["keys"].split(",")) if asked.get("keys") else ()
    number = asked.get("from") or f"+1512555{140 + secrets.randbelow(60):04d}"
    return CallPlan(asked["to"], Caller(number, CallerHabit(talk_s, patience_s, keys)), habit)
