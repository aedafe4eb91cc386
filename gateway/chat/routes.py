"""The web chat: its script, a session for a page of the practice's own, and the WebSocket it talks over."""

import gzip
from functools import partial
from pathlib import Path
from time import monotonic

import anyio
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.chat.frames import MalformedFrame, frame, hello
from gateway.chat.guard import address_of, chat_book, cors
from gateway.chat.hub import Hub
from gateway.chat.socket import MALFORMED, STRANGER, TOO_LATE, TOO_MANY, ChatClosed, ChatSocket, Place, received
from routing.rules.book import Book
from routing.rules.hours import verdict
from routing.rules.wording.plain import plain
from routing.state.database import DatabaseDown
from routing.state.text.chat_sessions import Opened, drawn, entered, open_chat
from sms import widget
from sms.chat_left import consent_words

FIRST_FRAME_S = 5.0
LAST_WORDS_S = 1.0
SCRIPT = Path(widget.__file__).with_name("widget.js").read_bytes()
PACKED = gzip.compress(SCRIPT, 9, mtime=0)
JAVASCRIPT = "text/javascript; charset=utf-8"


def chat_routes(hub: Hub) -> list[Route | WebSocketRoute]:
    return [
        Route("/chat/{practice}/widget.js", partial(on_script, hub), methods=["GET"]),
        Route("/chat/{practice}/sessions", partial(on_session, hub), methods=["POST"]),
        WebSocketRoute("/chat/{practice}", partial(on_chat, hub)),
    ]


async def on_script(hub: Hub, request: Request) -> Response:
    """The same for every practice: which one it serves it reads from its own address."""
    book = hub.house.desk.shelf.book(request.path_params["practice"])
    if book is None or book.chat is None:
        raise HTTPException(404)
    headers = {"content-type": JAVASCRIPT, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(PACKED, headers={**headers, "content-encoding": "gzip"})
    return Response(SCRIPT, headers=headers)


class SessionWanted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(default="", max_length=35)
    page: str = Field(default="", max_length=500)


async def on_session(hub: Hub, request: Request) -> Response:
    """Read as JSON whatever its type says: a page of another origin can send it without asking first."""
    house, origin = hub.house, request.headers.get("origin")
    book = chat_book(house, request.path_params["practice"], origin)
    if book is None or origin is None:
        raise HTTPException(403)
    wait_s = hub.sessions.take(address_of(request), monotonic())
    if wait_s:
        return refusal(429, "too_many", origin, {"retry-after": str(int(wait_s) + 1)})
    try:
        wanted = SessionWanted.model_validate_json(await request.body())
    except ValidationError:
        return refusal(422, "invalid", origin)
    name = house.desk.new_id("cs")
    new = Opened(name, book.practice, origin, spoken_by(book, wanted.language), plain(wanted.page) or None)
    secret = drawn(name)
    try:
        expires_at = await hub.below(open_chat, house.desk.db, new, secret, house.now())
    except (DatabaseDown, TimeoutError):
        return refusal(503, "unavailable", origin, {"retry-after": "3"})
    hours = verdict(book.calendar, house.now())
    told = {
        "secret": secret,
        "expires_at": expires_at.isoformat(),
        "name": book.name,
        "language": new.language,
        "zone": book.zone,
        "open": hours.open,
        "consent": consent_words(book, new.language),
        "number": book.chat.number if book.chat else None,
    }
    return JSONResponse(told, 201, headers=dict(cors(origin)))


def refusal(status: int, code: str, origin: str, headers: dict[str, str] | None = None) -> Response:
    """Readable for the page that asked."""
    return JSONResponse({"error": {"code": code}}, status, headers={**cors(origin), **(headers or {})})


def spoken_by(book: Book, language: str) -> str:
    """The page's language where the practice speaks it, else the practice's own."""
    short = language[:2].lower()
    return short if short in book.languages else book.languages[0]


async def on_chat(hub: Hub, ws: WebSocket) -> None:
    practice, address = ws.path_params["practice"], address_of(ws)
    if chat_book(hub.house, practice, ws.headers.get("origin")) is None:
        await ws.close(1008)
        return
    await ws.accept()
    closed: ChatClosed | None
    try:
        socket = await opened(hub, ws, Place(hub, practice, address))
        await socket.run()
        closed = socket.closing
    except ChatClosed as refused:
        closed = refused
    except (WebSocketDisconnect, OSError):
        return
    if closed:
        await close(ws, closed)


async def opened(hub: Hub, ws: WebSocket, place: Place) -> ChatSocket:
    """:raises ChatClosed: for whoever does not say at once which chat is hers, or does not hold its secret."""
    try:
        with anyio.fail_after(FIRST_FRAME_S):
            first = hello(await received(ws))
    except TimeoutError:
        raise ChatClosed(TOO_LATE, "too_late") from None
    except MalformedFrame:
        raise ChatClosed(MALFORMED, "malformed") from None
    try:
        chat = await hub.below(entered, hub.house.desk.db, place.practice, first.secret, hub.house.now())
    except (DatabaseDown, TimeoutError):
        raise ChatClosed(1013, "unavailable") from None
    if chat is None or chat.origin != ws.headers.get("origin"):
        raise ChatClosed(STRANGER, "unknown")
    if not hub.admits(chat.id, place.address):
        raise ChatClosed(TOO_MANY, "too_many")
    return ChatSocket(place, chat, ws, first.after)


async def close(ws: WebSocket, closed: ChatClosed) -> None:
    """She is told why, unless she takes nothing any more."""
    with anyio.move_on_after(LAST_WORDS_S):
        try:
            await ws.send_text(frame("error", code=closed.why))
            await ws.close(closed.code, closed.why)
        except (WebSocketDisconnect, OSError, RuntimeError):
            return
