"""Twilio's door: the signature first, then one strict model, then the function that answers."""

import time
from collections.abc import Callable
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.counts import COUNTS
from gateway.errors import TWIML
from gateway.house import OTHER_BUDGET_S, House
from gateway.signature import Refused, Verified, verify
from gateway.signed import Signed
from routing.desk import Busy
from routing.links import What
from routing.state.database import DatabaseDown
from voice.answers import connected, last_words, passed_on, whispered_blind
from voice.hold import left_queue, offered, wait, wait_key
from voice.music import hold_music
from voice.switchboard import (
    ACCEPT_KEY,
    ForeignAccount,
    Leg,
    UnknownNumber,
    dialled,
    incoming,
    pressed,
    progress,
    status,
    whisper,
)
from voice.twiml import waiting
from voice.webhooks import CallWebhook, DialEnded, KeyPressed, Queued

Webhook = TypeVar("Webhook", bound=CallWebhook)
NOTHING = Response(status_code=204)


def twilio_routes(house: House) -> list[Route]:
    def route(path: str, answer: Callable[[House, Request], object]) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(house, request)  # type: ignore[misc, no-any-return]

        return Route(path, endpoint, methods=["POST"])

    leg = "{inquiry}/{step:int}.{tag}"
    return [
        route("/voice/incoming", on_incoming),
        route("/voice/fallback", on_fallback),
        route("/voice/status", on_status),
        route(f"/voice/whisper/{leg}", on_whisper),
        route(f"/voice/accept/{leg}", on_accept),
        route(f"/voice/dialled/{leg}", on_dialled),
        route(f"/voice/leg/{leg}", on_leg),
        route(f"/voice/wait/{leg}", on_wait),
        route(f"/voice/waitkey/{leg}", on_wait_key),
        route(f"/voice/queued/{leg}", on_queued),
        route(f"/voice/offer/{leg}", on_offer),
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


def leg_of(house: House, request: Request, what: What) -> Leg:
    """:raises HTTPException: 403 for a URL that is not ours."""
    inquiry, step = request.path_params["inquiry"], request.path_params["step"]
    if not house.board.links.opens(what, inquiry, step, request.path_params["tag"]):
        raise HTTPException(403)
    return Leg(inquiry, step)


def twiml(document: bytes) -> Response:
    return Response(document, headers={"content-type": TWIML})


async def on_incoming(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    board = house.board.in_time(time.monotonic() + house.call_budget_s)
    try:
        return twiml(await house.below(house.call_budget_s, incoming, board, call, house.now()))
    except ForeignAccount:
        raise HTTPException(403) from None
    except UnknownNumber:
        house.log.error("unknown_number")
        return static(house, call)
    except (DatabaseDown, TimeoutError, Busy) as error:
        return degraded(house, call, error)


def degraded(house: House, call: CallWebhook, error: Exception) -> Response:
    house.log.error("degraded", error=type(error).__name__)
    COUNTS.degraded(error)
    return static(house, call)


def static(house: House, call: CallWebhook) -> Response:
    """Needs neither Redis nor database: the practice's fallback numbers, or the deployment's."""
    book = house.desk.shelf.by_number(call.called)
    own = book.policies.fallback_numbers if book else ()
    deployment = (house.settings.fallback_number,) if house.settings.fallback_number else ()
    return twiml(last_words(own or deployment))


async def on_fallback(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    house.log.error("fallback_asked", code=call.extras.get("ErrorCode", "")[:8])
    return static(house, call)


async def on_status(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    await house.below(OTHER_BUDGET_S, status, house.board, call, house.now())
    return NOTHING


async def on_whisper(house: House, request: Request) -> Response:
    await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "whisper")
    try:
        return twiml(await house.below(house.call_budget_s, whisper, house.board, leg))
    except (DatabaseDown, TimeoutError):
        return twiml(whispered_blind(house.board.links, leg.inquiry, leg.step))


async def on_accept(house: House, request: Request) -> Response:
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "accept")
    try:
        return twiml(await house.below(house.call_budget_s, pressed, house.board, leg, call, house.now()))
    except (DatabaseDown, TimeoutError):
        # Whoever presses the key is no mailbox: the caller is waiting, so they are connected.
        return twiml(connected(None) if call.digits == ACCEPT_KEY else passed_on(None))


async def on_dialled(house: House, request: Request) -> Response:
    call = await signed(house, request, DialEnded)
    leg = leg_of(house, request, "dialled")
    board = house.board.in_time(time.monotonic() + house.call_budget_s)
    try:
        return twiml(await house.below(house.call_budget_s, dialled, board, leg, call, house.now()))
    except (DatabaseDown, TimeoutError, Busy) as error:
        return degraded(house, call, error)


async def on_leg(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "leg")
    await house.below(OTHER_BUDGET_S, progress, house.board, leg, call, house.now())
    return NOTHING


async def music(request: Request) -> Response:
    """Public and the same for everybody, so that it may be kept."""
    return Response(hold_music(), headers={"content-type": "audio/wav", "cache-control": "public, max-age=86400"})


async def on_wait(house: House, request: Request) -> Response:
    await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "wait")
    melody = f"{house.settings.public_url}/media/hold.wav"
    try:
        return twiml(await house.below(house.call_budget_s, wait, house.board, leg, melody, house.now()))
    except (DatabaseDown, TimeoutError):
        return twiml(waiting([], melody, house.board.links.to("waitkey", leg.inquiry, leg.step)))


async def on_wait_key(house: House, request: Request) -> Response:
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "waitkey")
    return twiml(await house.below(OTHER_BUDGET_S, wait_key, house.board, leg, call, house.now()))


async def on_queued(house: House, request: Request) -> Response:
    call = await signed(house, request, Queued)
    leg = leg_of(house, request, "queued")
    try:
        return twiml(await house.below(house.call_budget_s, left_queue, house.board, leg, call, house.now()))
    except (DatabaseDown, TimeoutError) as error:
        return degraded(house, call, error)


async def on_offer(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "offer")
    try:
        return twiml(await house.below(house.call_budget_s, offered, house.board, leg, house.now()))
    except (DatabaseDown, TimeoutError) as error:
        return degraded(house, call, error)
