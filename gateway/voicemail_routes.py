"""Twilio's door for callers whom nobody took, and for recordings."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.house import OTHER_BUDGET_S, House
from gateway.outage import keep
from gateway.twilio import NOTHING, OUTAGE, leg_of, lost, signed, twiml, unwritten
from voice.answers import last_words
from voice.consent import consented
from voice.voicemail import chosen, message_left, recording_reported
from voice.webhooks import KeyPressed, MessageLeft, RecordingReported

Answer = Callable[[House, Request], Awaitable[Response]]


def voicemail_routes(house: House) -> list[Route]:
    def route(what: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(house, request)

        return Route(f"/voice/{what}/{{inquiry}}/{{step:int}}.{{tag}}", endpoint, methods=["POST"])

    return [
        route("choice", on_choice),
        route("voicemail", on_voicemail),
        route("recording", on_recording),
        route("consent", on_consent),
    ]


async def on_choice(house: House, request: Request) -> Response:
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "choice")
    try:
        return twiml(await house.for_caller(chosen, house.board, leg, call, house.now()))
    except OUTAGE as error:
        await keep(house, lost(house, "choice", leg, call, last_words(())))
        return promised(house, error)


async def on_voicemail(house: House, request: Request) -> Response:
    call = await signed(house, request, MessageLeft)
    leg = leg_of(house, request, "voicemail")
    try:
        return twiml(await house.for_caller(message_left, house.board, leg, call, house.now()))
    except OUTAGE as error:
        await keep(house, lost(house, "voicemail", leg, call, last_words(())))
        return promised(house, error)


def promised(house: House, error: Exception) -> Response:
    """Somebody owes her a call already, so nobody need be dialled."""
    house.log.error("degraded", error=type(error).__name__)
    return twiml(last_words(()))


async def on_recording(house: House, request: Request) -> Response:
    """Nobody is on the line. Where it is not taken, the provider notes so and keeps the file."""
    news = await signed(house, request, RecordingReported)
    leg = leg_of(house, request, "recording")
    try:
        await house.below(OTHER_BUDGET_S, recording_reported, house.board, leg, news, house.now())
    except OUTAGE as error:
        house.log.error("recording_not_noted", error=type(error).__name__)
        if not await keep(house, lost(house, "recording", leg, news, b"")):
            return Response(status_code=503)
    return NOTHING


async def on_consent(house: House, request: Request) -> Response:
    """Without the rows nothing is recorded: the fallback numbers are dialled."""
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "consent")
    try:
        return twiml(await house.for_caller(consented, house.board, leg, call, house.now()))
    except OUTAGE as error:
        return await unwritten(house, "consent", leg, call, error)
