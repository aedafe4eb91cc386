"""Where call tracking, ad platforms and form builders report leads: proved first, then read, and in the rows, or in the
spool, before it is answered."""

from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.errors import STATUSES, problem
from gateway.house import House
from gateway.provider.outage import degraded, keep
from gateway.sources.delivery import Given, lost, read, tell
from gateway.sources.vendor import Challenge, Delivery, Unsigned
from routing.sources.heard import SourceEvent
from routing.sources.strict import Malformed

PATH = "/sources/{practice}/{source}"
SPOOL_BUDGET_S = 2.0
NOT_KEPT = frozenset({"cookie", "authorization"})


def sources_routes(house: House) -> list[Route]:
    ways = (("GET", PATH), ("POST", PATH), ("POST", f"{PATH}/{{key}}"))
    return [Route(path, partial(on_report, house), methods=[method]) for method, path in ways]


async def on_report(house: House, request: Request) -> Response:
    given = delivered(house, request, await request.body())
    try:
        events = read(house.settings, given, house.now())
    except Unsigned as why:
        house.log.warning("unsigned", code=why.code)
        raise HTTPException(why.status) from None
    except Malformed as why:
        return malformed(house, why)
    if isinstance(events, Challenge):
        return PlainTextResponse(events.text)
    return await taken(house, given, events)


def delivered(house: House, request: Request, body: bytes) -> Given:
    """:raises HTTPException: 404 for what is not set up, 503 while no practice file could be opened at all."""
    shelf, ids = house.desk.shelf, request.path_params
    if not shelf.books:
        raise HTTPException(503, headers={"retry-after": "5"})
    book = shelf.book(ids["practice"])
    if book is None or ids["source"] not in book.sources:
        raise HTTPException(404)
    query = request.scope.get("query_string") or b""
    path = (request.scope.get("raw_path") or b"") + (b"?" + query if query else b"")
    headers = {name: text for name, text in request.headers.items() if name not in NOT_KEPT}
    url = house.settings.public_url.rstrip("/") + path.decode("latin-1")
    return Given(book, ids["source"], Delivery(request.method, url, headers, body, ids.get("key")))


async def taken(house: House, given: Given, events: tuple[SourceEvent, ...]) -> Response:
    now = house.now()
    try:
        await house.for_page(tell, house.desk, given.book, events, now)
    except Exception as error:
        degraded(house, error)
        if not await keep(house, lost(given, house.desk.new_id("ev"), now), SPOOL_BUDGET_S):
            raise HTTPException(503, headers={"retry-after": "5"}) from None
    return JSONResponse({"events": len(events)})


def malformed(house: House, why: Malformed) -> Response:
    status = 422 if "*" not in why.fields else 400
    error_id = house.desk.new_id("er")
    house.log.info("refused", code="malformed", error_id=error_id)
    return problem(STATUSES[status], error_id, why.fields)
