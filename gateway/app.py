"""The door as one application: guards outermost, then the routes of each room."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import Scope

from gateway.api import api_routes
from gateway.chat.hub import Hub, keep_chats
from gateway.chat.routes import chat_routes
from gateway.counts import COUNTS, RequestCounts
from gateway.errors import ERRORS, TWIML, ErrorAnswers, LastResort, LastWords, Meaning, Seen
from gateway.headers import SecurityHeaders, widget_exemption
from gateway.house import House
from gateway.landing.routes import forms_routes
from gateway.limits import RequestLimits
from gateway.operations import operations_routes
from gateway.provider.calls import twilio_routes
from gateway.provider.conversations import conversation_routes
from gateway.provider.legs import leg_routes
from gateway.provider.outage import keep_spool
from gateway.provider.texts import sms_routes
from gateway.request_log import RequestLog, templates
from gateway.sources.routes import sources_routes
from routing.opening import random_id
from routing.rulebook.findings import PracticeFileError
from routing.state.database import DatabaseDown
from routing.state.live.connection import LiveStateDown
from voice.answers import last_words, last_words_to_coordinator
from voice.legs import LEGS

REFRESH_S = 0.5
"""A newly published rulebook is in force within a second (design section 5)."""
COORDINATOR_LEGS = tuple(f"/voice/{what}/" for what, leg in LEGS.items() if leg.to_coordinator)
"""Here a dial would be refused by Twilio (error 13201), so the last words only speak."""

MEANINGS = {
    **ERRORS,
    DatabaseDown: Meaning(503, "database_down", "Not available right now. Try again shortly.", retry_after=5),
    LiveStateDown: Meaning(503, "live_state_down", "Not available right now. Try again shortly.", retry_after=5),
}


def app(house: House) -> Starlette:
    hub = Hub(house)
    routes: Sequence[BaseRoute] = [
        *twilio_routes(house),
        *leg_routes(house),
        *sms_routes(house),
        *conversation_routes(house),
        *forms_routes(house),
        *sources_routes(house),
        *chat_routes(hub),
        Mount("/api/v1", routes=api_routes(house)),
        *operations_routes(house),
    ]
    answers = ErrorAnswers(last_words_of(house), lambda: random_id("er"), reporting(house), MEANINGS)
    route_of = templates(routes)
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders, exemptions=(widget_exemption(partial(chat_origins, house)),)),
            Middleware(RequestLog, log=house.log, route_of=route_of, new_id=lambda: random_id("rq")),
            Middleware(RequestCounts, route_of=route_of),
            Middleware(LastResort, answers=answers),
            Middleware(RequestLimits, refuse=answers.to_status),
        ],
        exception_handlers=answers.by_type(),
        lifespan=lambda _: open_house(hub),
    )


def chat_origins(house: House, practice: str) -> tuple[str, ...]:
    book = house.desk.shelf.book(practice)
    return book.chat.origins if book and book.chat else ()


def last_words_of(house: House) -> "LastWordsByLeg":
    number = house.settings.fallback_number
    words = LastWords(last_words((number,) if number else ()), b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
    return LastWordsByLeg(words)


class LastWordsByLeg:
    """What is said when nothing else can be: to callers a way on, to coordinators that something went wrong."""

    def __init__(self, words: LastWords) -> None:
        self._words = words
        self._to_coordinator = last_words_to_coordinator()

    def __call__(self, scope: Scope) -> Response | None:
        if scope["type"] == "http" and scope["path"].startswith(COORDINATOR_LEGS):
            return Response(self._to_coordinator, headers={"content-type": TWIML})
        return self._words(scope)


def reporting(house: House) -> Callable[[Seen], None]:
    def report(seen: Seen) -> None:
        COUNTS.error(seen)
        house.log.warning(
            "refused" if seen.status < 500 else "failed", code=seen.code, error=seen.kind, error_id=seen.id
        )

    return report


@contextlib.asynccontextmanager
async def open_house(hub: Hub) -> AsyncIterator[None]:
    house = hub.house
    await to_thread.run_sync(house.desk.shelf.start)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keep_rulebooks, house)
        tasks.start_soon(keep_spool, house)
        tasks.start_soon(keep_chats, hub)
        yield
        tasks.cancel_scope.cancel()


async def keep_rulebooks(house: House) -> None:
    while True:
        await anyio.sleep(REFRESH_S)
        try:
            changed = await to_thread.run_sync(house.desk.shelf.refresh)
        except (DatabaseDown, PracticeFileError) as error:
            house.log.error("rulebook_not_read", error=type(error).__name__)
            continue
        for practice in changed:
            house.log.info("rulebook_in_force", practice=practice)
