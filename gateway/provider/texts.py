"""Twilio's door for texts: what comes in is written with its answer; while it cannot be, it goes to the spool."""

from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.house import OTHER_BUDGET_S, House
from gateway.provider.calls import NOTHING, signed, twiml
from gateway.provider.outage import degraded, keep
from routing.state.spool import Lost
from sms.answers import last_words
from sms.incoming import texted
from sms.lateness import REPORT, TEXT
from sms.reception import ForeignAccount, Unanswerable, UnknownNumber
from sms.replies import NOTHING as NO_ANSWER
from sms.reports import reported
from sms.webhooks import MessageWebhook, TextArrived, TextReported


def sms_routes(house: House) -> list[Route]:
    return [
        Route("/sms/incoming", partial(on_text, house), methods=["POST"]),
        Route("/sms/status", partial(on_report, house), methods=["POST"]),
        Route("/sms/status/{id}.{tag}", partial(on_report, house), methods=["POST"]),
    ]


async def on_text(house: House, request: Request) -> Response:
    text = await signed(house, request, TextArrived)
    try:
        return twiml(await house.for_caller(texted, house.reception, text, house.now()))
    except ForeignAccount:
        raise HTTPException(403) from None
    except Unanswerable:
        return twiml(NO_ANSWER)
    except UnknownNumber as error:
        house.log.error("unknown_number")
        if house.desk.shelf.books:
            return twiml(last_words(text.body, text.opt_out_type))
        # Started while the database was away: nobody knows yet whose number it is.
        return await answered_blind(house, text, error)
    except Exception as error:
        # Whatever went wrong, somebody wrote.
        return await answered_blind(house, text, error)


async def answered_blind(house: House, text: TextArrived, error: Exception) -> Response:
    """Needs neither Redis nor database (F64)."""
    degraded(house, error)
    answer = last_words(text.body, text.opt_out_type)
    await keep(house, lost(house, TEXT, text, "", answer))
    return twiml(answer)


def lost(house: House, what: str, text: MessageWebhook, message: str, answer: bytes = b"") -> Lost:
    return Lost(what, message, 0, house.now(), text.model_dump(by_alias=True), answer)


async def on_report(house: House, request: Request) -> Response:
    text = await signed(house, request, TextReported)
    message = request.path_params.get("id", "")
    if message and not house.board.links.opens_text(message, request.path_params["tag"]):
        raise HTTPException(403)
    try:
        await house.below(OTHER_BUDGET_S, reported, house.reception, text, message or None, house.now())
    except Exception as error:
        degraded(house, error)
        if not await keep(house, lost(house, REPORT, text, message)):
            return Response(status_code=503)
    return NOTHING
