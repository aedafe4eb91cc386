"""A double of the provider's REST: documented properties, answers and refusals, over the simulated network."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rehearsal.exchange import Exchange
from rehearsal.markup.grammar import Check
from rehearsal.rest.calls import (
    Answering,
    RestRequest,
    create_call,
    delete_recording,
    fetch_call,
    fetch_recording,
    list_calls,
    list_members,
    list_queues,
    update_call,
    update_member,
)
from rehearsal.rest.messages import MESSAGE_CREATE, MESSAGE_LIST, create_message, list_messages
from rehearsal.rest.properties import (
    CALL_CREATE,
    CALL_LIST,
    CALL_UPDATE,
    CONFERENCE_LIST,
    CONFERENCE_UPDATE,
    MEMBER_UPDATE,
    PAGES,
    PARTICIPANT_CREATE,
    PARTICIPANT_LIST,
    PARTICIPANT_UPDATE,
    Refused,
    read_given,
)
from rehearsal.rest.rooms import (
    create_participant,
    fetch_participant,
    fetch_room,
    list_participants,
    list_rooms,
    remove_participant,
    update_participant,
    update_room,
)
from rehearsal.rest.shapes import VERSION, error_json
from rehearsal.rest.switches import ACCEPTED, Asked, Fault, RestSwitches

BODY_LIMIT = 64 * 1024
NOTHING: Mapping[str, Check] = MappingProxyType({})
Cut = Callable[[Request], None]
"""Closes the connection a request came over, without an answer."""
Elsewhere = Callable[[Request], Awaitable[Response | None]]
"""Answers a request in our place, or leaves it to us."""


@dataclass(frozen=True, slots=True)
class Resource:
    method: str
    path: str
    known: Mapping[str, Check]
    answer: Answering


RESOURCES: tuple[Resource, ...] = (
    Resource("POST", "/Calls.json", CALL_CREATE, create_call),
    Resource("GET", "/Calls.json", CALL_LIST, list_calls),
    Resource("POST", "/Calls/{sid}.json", CALL_UPDATE, update_call),
    Resource("GET", "/Calls/{sid}.json", NOTHING, fetch_call),
    Resource("POST", "/Messages.json", MESSAGE_CREATE, create_message),
    Resource("GET", "/Messages.json", MESSAGE_LIST, list_messages),
    Resource("GET", "/Recordings/{name}", NOTHING, fetch_recording),
    Resource("DELETE", "/Recordings/{name}", NOTHING, delete_recording),
    Resource("GET", "/Queues.json", PAGES, list_queues),
    Resource("GET", "/Queues/{queue}/Members.json", PAGES, list_members),
    Resource("POST", "/Queues/{queue}/Members/{sid}.json", MEMBER_UPDATE, update_member),
    Resource("GET", "/Conferences.json", CONFERENCE_LIST, list_rooms),
    Resource("GET", "/Conferences/{room}.json", NOTHING, fetch_room),
    Resource("POST", "/Conferences/{room}.json", CONFERENCE_UPDATE, update_room),
    Resource("GET", "/Conferences/{room}/Participants.json", PARTICIPANT_LIST, list_participants),
    Resource("POST", "/Conferences/{room}/Participants.json", PARTICIPANT_CREATE, create_participant),
    Resource("GET", "/Conferences/{room}/Participants/{sid}.json", NOTHING, fetch_participant),
    Resource("POST", "/Conferences/{room}/Participants/{sid}.json", PARTICIPANT_UPDATE, update_participant),
    Resource("DELETE", "/Conferences/{room}/Participants/{sid}.json", NOTHING, remove_participant),
)


def _cannot_cut(request: Request) -> None:
    """Where nobody lent us the connection its answer is empty instead, which no client takes for an answer either."""


@dataclass(slots=True)
class RestDouble:
    """``exchanges`` by account sid; ``logins`` are each account's user names with their passwords."""

    exchanges: Mapping[str, Exchange]
    logins: Mapping[str, Mapping[str, str]] = field(repr=False)
    switches: RestSwitches = field(default_factory=RestSwitches)
    cut: Cut = _cannot_cut
    elsewhere: Elsewhere | None = None

    async def respond(self, resource: Resource, request: Request) -> Response:
        passed = await self.elsewhere(request) if self.elsewhere else None
        if passed is not None:
            return passed
        try:
            asked = await self._read(resource, request)
            fault = self.switches.next_fault() if resource.method != "GET" else None
            if fault is None:
                return resource.answer(asked)
            if fault in ACCEPTED:
                resource.answer(asked)
        except Refused as refused:
            return _refusal(refused)
        except ClientDisconnect:
            return Response(status_code=400)
        return await self._go_wrong(fault, request)

    async def _read(self, resource: Resource, request: Request) -> RestRequest:
        account = request.path_params["account"]
        exchange = self.exchanges.get(account)
        if exchange is None or not self._may(account, request.headers.get("authorization", "")):
            raise Refused(401, 20003, "Authenticate")
        text = request.url.query if resource.method == "GET" else await _body(request)
        given = parse_qsl(text, keep_blank_values=True)
        uri = request.url.path
        self.switches.asked.append(Asked(resource.method, uri, tuple(given)))
        return RestRequest(exchange, self.switches, request.path_params, read_given(given, resource.known), uri)

    def _may(self, account: str, header: str) -> bool:
        kind, _, code = header.partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(code, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        known = self.logins.get(account, {}).get(user)
        return known is not None and hmac.compare_digest(known.encode(), password.encode())

    async def _go_wrong(self, fault: Fault, request: Request) -> Response:
        if fault == "429":
            return _refusal(Refused(429, 20429, "Too Many Requests"))
        if fault == "401":
            return _refusal(Refused(401, 20003, "Authenticate"))
        if fault.startswith("500"):
            return _refusal(Refused(500, 20500, "An internal server error has occurred"))
        if fault == "closed-after":
            self.cut(request)
            return Response(status_code=502)
        with anyio.move_on_after(self.switches.hang_s):
            while (await request.receive())["type"] != "http.disconnect":
                continue
        return Response(status_code=504)


async def _body(request: Request) -> str:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            raise Refused(413, 20001, "the request is too large")
    return body.decode("utf-8", "replace")


def _refusal(refused: Refused) -> Response:
    return JSONResponse(error_json(refused.status, refused.code, refused.words), refused.status)


def rest_routes(double: RestDouble) -> list[Route]:
    def route(resource: Resource) -> Route:
        async def endpoint(request: Request) -> Response:
            return await double.respond(resource, request)

        path = f"/{VERSION}/Accounts/{{account}}{resource.path}"
        return Route(path, endpoint, methods=[resource.method])

    async def unknown(request: Request) -> Response:
        return _refusal(Refused(404, 20404, f"The requested resource {request.url.path} was not found"))

    every = [route(resource) for resource in RESOURCES]
    return [*every, Route(f"/{VERSION}/{{rest:path}}", unknown, methods=["GET", "POST", "DELETE"])]
