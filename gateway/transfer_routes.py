"""The door of transfers: the legs of a conference, each known by its URL's tag."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.house import House
from gateway.twilio import NOTHING, degraded, leg_of, signed, twiml
from routing.state.database import DatabaseDown
from voice.transfer import conferred, first_moved, held, invite, join, line, released, target_progress
from voice.webhooks import CallWebhook, DialEnded, KeyPressed

Answering = Callable[[House, Request], Awaitable[Response]]


def transfer_routes(house: House) -> list[Route]:
    def route(what: str, answer: Answering) -> Route:
        async def endpoint(request: Request) -> Response:
            return await answer(house, request)

        return Route(f"/voice/{what}/{{inquiry}}/{{step:int}}.{{tag}}", endpoint, methods=["POST"])

    return [
        route("conference", on_conference),
        route("conferred", on_conferred),
        route("held", on_held),
        route("invite", on_invite),
        route("join", on_join),
        route("invited", on_invited),
        route("released", on_released),
        route("line", on_line),
    ]


async def on_conference(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "conference")
    return twiml(await house.for_caller(first_moved, house.board, leg, call, house.now()))


async def on_conferred(house: House, request: Request) -> Response:
    call = await signed(house, request, DialEnded)
    leg = leg_of(house, request, "conferred")
    try:
        return twiml(await house.for_caller(conferred, house.board, leg, call, house.now()))
    except (DatabaseDown, TimeoutError) as error:
        return degraded(house, call, error)


async def on_held(house: House, request: Request) -> Response:
    await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "held")
    return twiml(held(house.board, leg, f"{house.settings.public_url}/media/hold.wav"))


async def on_invite(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "invite")
    return twiml(await house.for_caller(invite, house.board, leg, call, house.now()))


async def on_join(house: House, request: Request) -> Response:
    call = await signed(house, request, KeyPressed)
    leg = leg_of(house, request, "join")
    return twiml(await house.for_caller(join, house.board, leg, call, house.now()))


async def on_invited(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "invited")
    await house.for_caller(target_progress, house.board, leg, call, house.now())
    return NOTHING


async def on_released(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "released")
    return twiml(await house.for_caller(released, house.board, leg, call, house.now()))


async def on_line(house: House, request: Request) -> Response:
    call = await signed(house, request, CallWebhook)
    leg = leg_of(house, request, "line")
    try:
        return twiml(await house.for_caller(line, house.board, leg, call, house.now()))
    except (DatabaseDown, TimeoutError) as error:
        return degraded(house, call, error)
