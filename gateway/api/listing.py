"""Leads as CSV: like a recording no JSON, and whoever takes it stands in the audit log."""

from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.bearer import authorization_of, bearer
from gateway.api.models import Request as Wanted
from gateway.house import OTHER_BUDGET_S, House
from gateway.terminal.lead_csv import written
from gateway.tokens import permits
from routing.state.lead.exporting import Listing, TooMany, listed

PATH = "/leads.csv"
FAR_BACK = datetime(2000, 1, 1, tzinfo=UTC)


class Span(Wanted):
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


def listing_route(house: House) -> Route:
    async def endpoint(request: Request) -> Response:
        authorization = authorization_of(request.scope["headers"])
        query = dict(request.query_params.multi_items())
        return await house.below(OTHER_BUDGET_S, taken, house, authorization, query)

    return Route(PATH, endpoint, methods=["GET"])


def taken(house: House, authorization: bytes | None, query: dict[str, str]) -> Response:
    """:raises HTTPException: 401, 403 without scope ``admin``, 422 for instants that are none, or more leads between
    them than one list holds."""
    now = house.now()
    grant = bearer(house.desk.db, authorization, now)
    if not permits(grant, "admin", grant.practice):
        raise HTTPException(403)
    try:
        span = Span.model_validate_strings(query, strict=False)
    except ValidationError:
        raise HTTPException(422) from None
    until = span.until or now + timedelta(seconds=1)
    wish = Listing(grant.practice, span.since or FAR_BACK, until, f"token:{grant.id}")
    try:
        found = listed(house.desk.db, wish, now)
    except TooMany:
        raise HTTPException(422) from None
    headers = {"content-disposition": 'attachment; filename="leads.csv"'}
    return Response("".join(written(found)), media_type="text/csv; charset=utf-8", headers=headers)
