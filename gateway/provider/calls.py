"""Twilio's door: the signature first, then one strict model, then the function that answers."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import TWIML
from gateway.house import House
from gateway.provider.outage import degraded, fallback_numbers, keep
from gateway.provider.signature import Refused, Verified, verify
from gateway.provider.signed import Signed
from routing.state.spool import Lost
from voice.answers import last_words
from voice.music import hold_music
from voice.switchboard import ForeignAccount, Leg, UnknownNumber, incoming, inquiry_id, status
from voice.webhooks import CallWebhook

Webhook = TypeVar("Webhook", bound=BaseModel)
NOTHING = Response(status_code=204)


def twilio_routes(house: House) -> list[Route]:
    def route(path: str, answer: Callable[[House, Request], Awaitable[Response]]) -> Route:
        return Route(path, partial(answer, house), methods=["POST"])

    return [
        route("/voice/incoming", on_incoming),
        route("/voice/fallback", on_fallback),
        route("/voice/status", on_status),
        Route("/media/hold.wav", music, methods=["GET"]),
    ]


async def signed(house: House, request: Request, model: type[Webhook]) -> Webhook:
    """Nothing is decoded or logged before the signature has been checked (SEC-01).

    :raises HTTPException: 403 for an unsigned, wrongly signed or unknown sender.
    :raises ValidationError: for fields that no Twilio request has.
    """
    asked = Signed.arrived(request.scope, house.settings.public_url, await request.body())
    verdict: Verified | Refused = verify(asked, house.credentials)
    if isinstance(verdict, Refused):
        house.log.warning("unsigned", code=verdict.code)
        raise HTTPException(403)
    return model.model_validate(dict(verdict.params))


def twiml(document: bytes) -> Response:
    return Response(document, headers={"content-type": TWIML})


async def on_incoming(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    board = house.board.in_time(time.monotonic() + house.call_budget_s)
    try:
        return twiml(await house.for_caller(incoming, board, call, house.now()))
    except ForeignAccount:
        raise HTTPException(403) from None
    except UnknownNumber as error:
        house.log.error("unknown_number")
        if house.desk.shelf.books:
            return twiml(static(house, call))
        # Started while the database was away: nobody knows yet whose number it is.
        return await unwritten(house, call, error)
    except Exception as error:
        # Whatever went wrong, somebody called.
        return await unwritten(house, call, error)


async def unwritten(house: House, call: CallWebhook, error: Exception) -> Response:
    degraded(house, error)
    return await written_later(house, call)


async def written_later(house: House, call: CallWebhook) -> Response:
    """The static words, said when the webhook is in the spool."""
    answer = static(house, call)
    await keep(house, lost(house, "incoming", call, answer))
    return twiml(answer)


def static(house: House, call: CallWebhook) -> bytes:
    """Needs neither Redis nor database: the practice's fallback numbers, or the deployment's."""
    return last_words(fallback_numbers(house, call.called))


def lost(house: House, what: str, call: CallWebhook, answer: bytes) -> Lost:
    first = Leg(inquiry_id(house.board, call), 0)
    return Lost(what, first.inquiry, first.step, house.now(), call.model_dump(by_alias=True), answer)


async def on_fallback(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    house.log.error("fallback_asked", code=call.extras.get("ErrorCode", "")[:8])
    return await written_later(house, call)


async def on_status(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    try:
        is_settled = await house.for_caller(status, house.board, call, house.now())
    except Exception as error:
        degraded(house, error)
        is_settled = False
    if not is_settled:
        await keep(house, lost(house, "status", call, b""))
    return NOTHING


async def music(request: Request) -> Response:
    """Public and the same for everybody, so that it may be kept."""
    return Response(hold_music(), headers={"content-type": "audio/wav", "cache-control": "public, max-age=86400"})
