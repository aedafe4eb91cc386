"""Routes from the table: each request is known by its token, checked by its model, answered by its function."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.asking import Asked, FieldRefused, FieldsRefused, NotHere, Operation
from gateway.api.bearer import authorization_of, bearer
from gateway.api.listing import listing_route
from gateway.api.models import Problem
from gateway.api.openapi import document
from gateway.api.people import NoTalk
from gateway.api.recordings import recording_route
from gateway.api.table import OPERATIONS
from gateway.errors import STATUSES
from gateway.house import OTHER_BUDGET_S, House
from gateway.tokens import permits
from routing.chatting import NotOffered
from routing.replying import ReplyRefused
from routing.rules.transfer_targets import TransferRefused
from routing.state.lead.cases import LeadClosed, MoveRefused, OptedOut, OwnedBy, UnknownLead
from routing.state.lead.merging import NotMergeable
from routing.state.lead.splitting import NotSplittable

AN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it came, its body read."""

    authorization: bytes | None
    ids: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes = field(repr=False)


def api_routes(house: House) -> list[Route]:
    """To be mounted at ``/api/v1``. Everybody may read ``openapi.json``."""
    described = document(house.settings.public_url)

    async def openapi(request: Request) -> Response:
        return Response(described, media_type=JSON)

    described_routes = [route(house, each) for each in OPERATIONS]
    return [
        Route("/openapi.json", openapi, methods=["GET"]),
        *described_routes,
        recording_route(house),
        listing_route(house),
    ]


def route(house: House, operation: Operation[Any]) -> Route:
    async def endpoint(request: Request) -> Response:
        arrived = Arrived(
            authorization_of(request.scope["headers"]),
            request.path_params,
            tuple(request.query_params.multi_items()),
            request.headers.get("content-type", ""),
            await request.body(),
        )
        return await house.below(OTHER_BUDGET_S, answered, house, operation, arrived)

    return Route(operation.path, endpoint, methods=[operation.method], name=operation.name)


def answered(house: House, operation: Operation[Any], arrived: Arrived) -> Response:
    """In a thread. Who asks is known before anything of the request is read."""
    asked = admitted(house, operation, arrived)
    try:
        told = operation.act(asked, given(operation, arrived))
    except (UnknownLead, NotHere):
        raise HTTPException(404) from None
    except FieldRefused as refused:
        return refusal(house, 422, "invalid", fields={refused.name: refused.code})
    except FieldsRefused as refused:
        return refusal(house, 422, "invalid", fields=dict(refused.fields))
    except OwnedBy as other:
        return refusal(house, 409, "owned", owner=other.owner, version=other.version)
    except NotOffered as other:
        return refusal(house, 409, "not_offered", owner=other.owner)
    except MoveRefused as refused:
        # A move that the lead is not ready for is a conflict, a cause that is missing or untrue a faulty field.
        if refused.why != "illegal_move":
            return refusal(house, 422, "invalid", fields={"cause": refused.why})
        return refusal(house, 409, refused.why, allowed=refused.allowed)
    except (NotMergeable, NotSplittable) as refused:
        return refusal(house, 409, refused.why)
    except LeadClosed:
        return refusal(house, 409, "closed")
    except ReplyRefused as refused:
        return refusal(house, 409, refused.why)
    except OptedOut:
        return refusal(house, 409, "opted_out")
    except TransferRefused as refused:
        return refusal(house, 409, refused.why)
    except NoTalk:
        return refusal(house, 409, "no_talk")
    if told is None:
        return Response(status_code=operation.status)
    return written(told, operation.status)


def admitted(house: House, operation: Operation[Any], arrived: Arrived) -> Asked:
    """:raises HTTPException: 401, 403, 404 for an id that is none, 503 while the practice's rulebook is not open."""
    now = house.now()
    grant = bearer(house.desk.db, arrived.authorization, now)
    if not permits(grant, operation.scope, grant.practice):
        raise HTTPException(403)
    book = house.desk.shelf.book(grant.practice)
    if book is None:
        raise HTTPException(503, headers={"retry-after": "5"})
    if not all(AN_ID.fullmatch(each) for each in arrived.ids.values()):
        raise HTTPException(404)
    return Asked(house, book, f"token:{grant.id}", now, arrived.ids)


def given(operation: Operation[Any], arrived: Arrived) -> BaseModel:
    """:raises HTTPException: 415 for a body that is no JSON. :raises ValidationError: for one that does not fit."""
    model: type[BaseModel] = operation.given
    if operation.method == "GET":
        return model.model_validate_strings(once(arrived.query), strict=False)
    if arrived.query:
        raise FieldRefused("query", "unexpected")
    if not arrived.body:
        return model.model_validate({})
    if arrived.content_type.partition(";")[0].strip().lower() != JSON:
        raise HTTPException(415)
    return model.model_validate_json(arrived.body)


def once(query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    names = [name for name, _ in query]
    if len(set(names)) != len(names):
        raise FieldRefused("query", "repeated")
    return dict(query)


def refusal(house: House, status: int, code: str, **more: Any) -> Response:
    error_id = house.desk.new_id("er")
    house.log.info("refused", code=code, error_id=error_id)
    fault = {"code": code, "message": STATUSES[status].message, "id": error_id, **more}
    return written(Problem.model_validate({"error": fault}), status)


def written(told: BaseModel, status: int) -> Response:
    is_problem = isinstance(told, Problem)
    return Response(told.model_dump_json(exclude_none=is_problem), status, media_type=JSON)
