"""The booth's URLs: the pages, what they do and are told, and the provider's REST for the demo's gateway."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from types import MappingProxyType
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from rehearsal.booth.acts import ACTS, NotNow, caller_number
from rehearsal.booth.chat_page import chat_page
from rehearsal.booth.door import HEADERS, LoopbackOnly
from rehearsal.booth.live import Booth
from rehearsal.booth.pages import ROOM, call_page, start_page
from rehearsal.booth.scene import scene_of
from rehearsal.console import ApiRefused
from rehearsal.people import HABITS, Caller, CallerHabit
from rehearsal.rest.double import rest_routes
from rehearsal.rest.relay import RELAY_PATH
from rehearsal.scenario import CallPlan, NothingToRehearse

BODY_LIMIT = 4096
KINDS = MappingProxyType({".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"})
ASSETS = MappingProxyType({path.name: KINDS[path.suffix] for path in (ROOM / "assets").iterdir()})
QUIET_S = 10.0
"""Real seconds without news after which a page is told the scene anyway, for clocks that ran on meanwhile."""
GATHERED_S = 0.1


def booth_app(booth: Booth) -> ASGIApp:
    async def index(request: Request) -> Response:
        return start_page(booth)

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            return JSONResponse({"error": "no such file"}, 404)
        return FileResponse(ROOM / "assets" / name, media_type=ASSETS[name], headers=dict(HEADERS))

    async def act(request: Request) -> Response:
        wanted = ACTS.get(request.path_params["act"])
        if wanted is None:
            return JSONResponse({"error": "no such act"}, 404)
        try:
            await wanted(booth, await _form(request))
        except NotNow as late:
            return JSONResponse({"error": str(late)}, 409)
        except (ValueError, NothingToRehearse) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        except ApiRefused as refused:
            return JSONResponse({"error": str(refused)}, 502)
        booth.look_soon()
        booth.news.ring()
        return Response(status_code=204)

    async def events(request: Request) -> Response:
        since = request.headers.get("last-event-id", "")
        told = _tell(booth, int(since) + 1 if since.isdigit() and len(since) < 16 else 0)
        return StreamingResponse(told, media_type="text/event-stream", headers=dict(HEADERS))

    async def scene(request: Request) -> Response:
        steps = [step for _, step in booth.news.since(0)]
        return JSONResponse({**scene_of(booth), "steps": steps}, headers=dict(HEADERS))

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

    async def page(request: Request) -> Response:
        return chat_page(booth.stage, request.path_params["practice"], request.query_params.get("language", ""))

    routes = [
        Route("/", index, methods=["GET"]),
        Route("/pages/{practice}", page, methods=["GET"]),
        Route("/assets/{name}", asset, methods=["GET"]),
        Route("/acts/{act}", act, methods=["POST"]),
        Route("/events", events, methods=["GET"]),
        Route("/scene", scene, methods=["GET"]),
        Route("/calls", place, methods=["POST"]),
        Route("/calls/{sid}", story, methods=["GET"]),
        Route(RELAY_PATH, booth.relay.change, methods=["POST"]),
        *rest_routes(booth.rest()),
    ]
    return LoopbackOnly(Starlette(routes=routes))


async def _tell(booth: Booth, following: int) -> AsyncIterator[str]:
    """Steps from ``following`` on, each once and in order, and the scene after whatever changed it."""
    bell = booth.news.listen()
    booth.look_soon()
    try:
        while not booth.news.closed:
            bell.clear()
            yield _event("scene", scene_of(booth))
            for place, step in booth.news.since(following):
                yield _event("step", step, place)
            following = booth.news.following
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET_S):
                    await bell.wait()
            if not bell.is_set():
                booth.look_soon()
            await asyncio.sleep(GATHERED_S)
    finally:
        booth.news.leave(bell)
        if not booth.news.audience and not booth.news.closed:
            booth.beside(booth.hang_up_if_alone())


def _event(name: str, told: object, number: int | None = None) -> str:
    lines = [f"event: {name}", f"data: {json.dumps(told)}"] + ([] if number is None else [f"id: {number}"])
    return "\n".join(lines) + "\n\n"


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
    return CallPlan(
        asked["to"], Caller(caller_number(asked.get("from", "")), CallerHabit(talk_s, patience_s, keys)), habit
    )
