"""Twilio's door to everything that follows a call's first webhook: each URL carries the call, its offer and a tag."""

import time
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.house import OTHER_BUDGET_S, House
from gateway.provider.calls import NOTHING, signed, twiml
from gateway.provider.outage import degraded, fallback_numbers, keep
from routing.links import What
from routing.state.spool import Lost
from voice.legs import LEGS, Blind, LegWebhook
from voice.switchboard import Leg
from voice.webhooks import CallWebhook

UNKEPT = Response(status_code=503)
"""Nobody is on the line, so that the provider may know; of a recording it then keeps the file."""


def leg_routes(house: House) -> list[Route]:
    return [
        Route(f"/voice/{what}/{{inquiry}}/{{step:int}}.{{tag}}", partial(on_leg, house, what), methods=["POST"])
        for what in LEGS
    ]


async def on_leg(house: House, what: What, request: Request) -> Response:
    webhook = LEGS[what]
    call = await signed(house, request, webhook.model)
    leg = leg_of(house, request, what)
    try:
        return said(await answered(house, webhook, leg, call))
    except Exception as error:
        # Whatever went wrong, somebody is on the line.
        degraded(house, error)
        words = webhook.blind(Blind(house.board.links, leg, call, fallback_numbers(house, call.called)))
        lost = Lost(what, leg.inquiry, leg.step, house.now(), call.model_dump(by_alias=True), words or b"")
        is_kept = await keep(house, lost) if webhook.is_spooled else True
        return said(words) if is_kept or webhook.on_line else UNKEPT


def leg_of(house: House, request: Request, what: What) -> Leg:
    """:raises HTTPException: 403 for a URL that is not ours."""
    inquiry, step = request.path_params["inquiry"], request.path_params["step"]
    if not house.board.links.opens(what, inquiry, step, request.path_params["tag"]):
        raise HTTPException(403)
    return Leg(inquiry, step)


async def answered(house: House, webhook: LegWebhook, leg: Leg, call: CallWebhook) -> bytes | None:
    if not webhook.on_line:
        return await house.below(OTHER_BUDGET_S, webhook.answer, house.board, leg, call, house.now())
    board = house.board.in_time(time.monotonic() + house.call_budget_s)
    return await house.for_caller(webhook.answer, board, leg, call, house.now())


def said(document: bytes | None) -> Response:
    return NOTHING if document is None else twiml(document)
