"""Twilio's door to the menu."""

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.house import House
from gateway.outage import keep
from gateway.twilio import degraded, fallback_numbers, leg_of, lost, signed, twiml
from voice.menu import menu_answered, menu_last_words
from voice.webhooks import MenuAnswered


def menu_routes(house: House) -> list[Route]:
    async def on_menu(request: Request) -> Response:
        return await menu(house, request)

    return [Route("/voice/menu/{inquiry}/{step:int}.{tag}", on_menu, methods=["POST"])]


async def menu(house: House, request: Request) -> Response:
    call = await signed(house, request, MenuAnswered)
    leg = leg_of(house, request, "menu")
    board = house.board.in_time(time.monotonic() + house.call_budget_s)
    try:
        return twiml(await house.for_caller(menu_answered, board, leg, call, house.now()))
    except Exception as error:
        # Whatever went wrong, somebody is on the line: a lead since the first webhook, and what she said is in the
        # spool before she hears on.
        static = degraded(house, call, error)
        in_crisis = menu_last_words(call, fallback_numbers(house, call))
        answer = twiml(in_crisis) if in_crisis else static
        await keep(house, lost(house, "menu", leg, call, bytes(answer.body)))
        return answer
