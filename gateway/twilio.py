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
from gateway.house import House
from gateway.outage import keep
from gateway.signature import Refused, Verified, verify
from gateway.signed import Signed
from routing.desk import Busy
from routing.links import What
from routing.state.database import DatabaseDown
from routing.state.spool import Lost
from voice.answers import connected, last_words, one_moment, passed_on, whispered_blind
from voice.hold import left_queue, offered, wait, wait_key
from voice.music import hold_music
from voice.switchboard import (
    ACCEPT_KEY,
    ForeignAccount,
    Leg,
    UnknownNumber,
    dialled,
    incoming,
    inquiry_id,
    pressed,
    progress,
    status,
    whisper,
)
from voice.twiml import waiting
from voice.webhooks import CallWebhook, DialEnded, KeyPressed, Queued

Webhook = TypeVar("Webhook", bound=CallWebhook)
NOTHING = Response(status_code=204)
OUTAGE = (DatabaseDown, TimeoutError, Busy)
"""Somebody is on the line, and the rows cannot be asked or written in time."""


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
        return twiml(await house.for_caller(incoming, board, call, house.now()))
    except ForeignAccount:
        raise HTTPException(403) from None
    except UnknownNumber as error:
        house.log.error("unknown_number")
        if house.desk.shelf.books:
            return static(house, call)
        # Started while the database was away: nobody knows yet whose number it is.
        return await unwritten(house, "incoming", first_leg(house, call), call, error)
    except Exception as error:
        # Whatever went wrong, somebody called.
        return await unwritten(house, "incoming", first_leg(house, call), call, error)


def first_leg(house: House, call: CallWebhook) -> Leg:
    return Leg(inquiry_id(house.board, call), 0)


async def unwritten(house: House, what: str, leg: Leg, call: CallWebhook, error: Exception) -> Response:
    """The static words, said when the webhook is in the spool."""
    answer = degraded(house, call, error)
    await keep(house, lost(house, what, leg, call, bytes(answer.body)))
    return answer


def lost(house: House, what: str, leg: Leg, call: CallWebhook, answer: bytes) -> Lost:
    return Lost(what, leg.inquiry, leg.step, house.now(), call.model_dump(by_alias=True), answer)


def degraded(house: House, call: CallWebhook, error: Exception) -> Response:
    house.log.error("degraded", error=type(error).__name__)
    COUNTS.degraded(error)
    return static(house, call)


def static(house: House, call: CallWebhook) -> Response:
    """Needs neither Redis nor database: the practice's fallback numbers, or the deployment's."""
    return twiml(last_words(fallback_numbers(house, call)))


def fallback_numbers(house: House, call: CallWebhook) -> tuple[str, ...]:
    book = house.desk.shelf.by_number(call.called)
    own = book.policies.fallback_numbers if book else ()
    deployment = (house.settings.fallback_number,) if house.settings.fallback_number else ()
    return own or deployment


async def on_fallback(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    house.log.error("fallback_asked", code=call.extras.get("ErrorCode", "")[:8])
    answer = static(house, call)
    await keep(house, lost(house, "incoming", first_leg(house, call), call, bytes(answer.body)))
    return answer


async def on_status(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    try:
        await house.for_caller(status, house.board, call, house.now())
    except OUTAGE:
        await keep(house, lost(house, "status", first_leg(house, call), call, b""))
    return NOTHING


async def on_whisper(house: House, request: Request) -> Response:
    await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "whisper")
    try:
        return twiml(await house.for_caller(whisper, house.board, leg))
    except OUTAGE:
        return twiml(whispered_blind(house.board.links, leg.inquiry, leg.step))


async def on_accept(house: House, request: Request) -> Response:
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "accept")
    try:
        return twiml(await house.for_caller(pressed, house.board, leg, call, house.now()))
    except OUTAGE:
        # Whoever presses the key is no mailbox: the caller is waiting, so they are connected.
        answer = connected(None) if call.digits == ACCEPT_KEY else passed_on(None)
        await keep(house, lost(house, "accept", leg, call, answer))
        return twiml(answer)


async def on_dialled(house: House, request: Request) -> Response:
    call = await signed(house, request, DialEnded)
    leg = leg_of(house, request, "dialled")
    board = house.board.in_time(time.monotonic() + house.call_budget_s)
    try:
        return twiml(await house.for_caller(dialled, board, leg, call, house.now()))
    except OUTAGE as error:
        return await unwritten(house, "dialled", leg, call, error)


async def on_leg(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "leg")
    try:
        await house.for_caller(progress, house.board, leg, call, house.now())
    except OUTAGE:
        await keep(house, lost(house, "leg", leg, call, b""))
    return NOTHING


async def music(request: Request) -> Response:
    """Public and the same for everybody, so that it may be kept."""
    return Response(hold_music(), headers={"content-type": "audio/wav", "cache-control": "public, max-age=86400"})


async def on_wait(house: House, request: Request) -> Response:
    await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "wait")
    melody = f"{house.settings.public_url}/media/hold.wav"
    try:
        return twiml(await house.for_caller(wait, house.board, leg, melody, house.now()))
    except OUTAGE:
        return twiml(waiting([], melody, house.board.links.to("waitkey", leg.inquiry, leg.step)))


async def on_wait_key(house: House, request: Request) -> Response:
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "waitkey")
    try:
        return twiml(await house.for_caller(wait_key, house.board, leg, call, house.now()))
    except OUTAGE:
        await keep(house, lost(house, "waitkey", leg, call, one_moment()))
        return twiml(one_moment())


async def on_queued(house: House, request: Request) -> Response:
    call = await signed(house, request, Queued)
    leg = leg_of(house, request, "queued")
    try:
        return twiml(await house.for_caller(left_queue, house.board, leg, call, house.now()))
    except OUTAGE as error:
        return await unwritten(house, "queued", leg, call, error)


async def on_offer(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "offer")
    try:
        return twiml(await house.for_caller(offered, house.board, leg, house.now()))
    except OUTAGE as error:
        return await unwritten(house, "offer", leg, call, error)
