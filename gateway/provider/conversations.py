"""Twilio's door for Conversations: what is written there goes the way of texts and chats; nothing is held back."""

from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.house import OTHER_BUDGET_S, House
from gateway.provider.calls import signed
from gateway.provider.outage import degraded, keep
from routing.state.spool import Lost
from sms.conversing import conversed
from sms.lateness import EVENT
from sms.reception import ForeignAccount, Unanswerable, UnknownNumber
from sms.webhooks import ConversationEvent


def conversation_routes(house: House) -> list[Route]:
    return [Route("/conversations/events", partial(on_event, house), methods=["POST"])]


async def on_event(house: House, request: Request) -> Response:
    """An empty object lets a message pass unchanged, before it is published and after."""
    event = await signed(house, request, ConversationEvent)
    try:
        await house.below(OTHER_BUDGET_S, conversed, house.reception, event, house.now())
    except ForeignAccount:
        raise HTTPException(403) from None
    except (Unanswerable, UnknownNumber):
        house.log.error("unknown_number")
    except Exception as error:
        degraded(house, error)
        lost = Lost(EVENT, "", 0, house.now(), event.model_dump(by_alias=True), b"")
        if not await keep(house, lost):
            return Response(status_code=503)
    return JSONResponse({})
