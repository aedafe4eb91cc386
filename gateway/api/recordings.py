"""One recording as sound: the only answer of the API that is no JSON. Whoever hears it stands in the audit log."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.bearer import authorization_of, bearer
from gateway.house import OTHER_BUDGET_S, House
from gateway.tokens import permits
from routing.state.call import recordings

PATH = "/recordings/{id}"


def recording_route(house: House) -> Route:
    async def endpoint(request: Request) -> Response:
        authorization = authorization_of(request.scope["headers"])
        return await house.below(OTHER_BUDGET_S, played, house, authorization, request.path_params["id"])

    return Route(PATH, endpoint, methods=["GET"])


def played(house: House, authorization: bytes | None, recording: str) -> Response:
    """:raises HTTPException: 401, 403 without scope ``calls``, 404 for what is not in this practice, not yet fetched or
    deleted."""
    now = house.now()
    grant = bearer(house.desk.db, authorization, now)
    if not permits(grant, "calls", grant.practice):
        raise HTTPException(403)
    sound = recordings.play(house.desk.db, grant.practice, recording, f"token:{grant.id}", now)
    if sound is None:
        raise HTTPException(404)
    # Never run in a page, whatever the provider called it (SEC-11).
    return Response(sound.content, media_type=sound.kind, headers={"content-disposition": "attachment"})
