"""One phone network at a time: a demo's REST double passes requests on to a rehearsal that runs its own calls.

The gateway knows one address of the provider's REST. Where the demo's phone network listens there already, a rehearsal
in another process lends itself to it for as long as it lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from httpx2 import AsyncClient, HTTPError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rehearsal.listening import listening
from rehearsal.rest.double import RestDouble, rest_routes
from routing.settings.refusals import is_loopback

RELAY_PATH = "/relay"
PASSED_HEADERS = ("authorization", "content-type")
LIMIT_S = 35.0


class NoRest(Exception):
    """The address of the provider's REST is somebody else's."""


@dataclass(slots=True)
class Relay:
    """``url`` of the rehearsal that takes the requests now, if any."""

    client: AsyncClient
    url: str = ""

    async def pass_on(self, request: Request) -> Response | None:
        """None: nobody else wants it, or is there no longer."""
        if not self.url:
            return None
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {name: request.headers[name] for name in PASSED_HEADERS if name in request.headers}
        body = await request.body()
        target = f"{self.url}{request.url.path}{query}"
        try:
            came = await self.client.request(request.method, target, content=body, headers=headers, timeout=LIMIT_S)
        except HTTPError:
            self.url = ""
            return None
        return Response(came.content, came.status_code, media_type=came.headers.get("content-type"))

    async def change(self, request: Request) -> Response:
        """POST with a loopback ``url`` lends, an empty one gives back."""
        url = (await request.body()).decode("ascii", "replace").strip()[:200]
        parts = urlsplit(url)
        if url and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            return JSONResponse({"error": "a rehearsal runs on loopback"}, 400)
        self.url = url
        return JSONResponse({"url": url})


@asynccontextmanager
async def rest_at(address: str, double: RestDouble, client: AsyncClient) -> AsyncIterator[str]:
    """Serves ``double`` where the gateway expects the provider's REST, or behind the phone network that listens there.
    Raises ``NoRest``."""
    app = Starlette(routes=rest_routes(double))
    parts = urlsplit(address)
    if parts.scheme != "http" or not is_loopback(parts.hostname or "") or not parts.port:
        raise NoRest(f"the provider's REST is expected at {address}: set LEADLINE_TWILIO_API_URL to a loopback port")
    if await _is_taken(address, client):
        async with listening(app) as place:
            double.cut = place.cut
            await _lend(address, place.url, client)
            try:
                yield place.url
            finally:
                await _lend(address, "", client)
        return
    async with listening(app, parts.hostname or "", parts.port) as place:
        double.cut = place.cut
        yield place.url


async def _is_taken(address: str, client: AsyncClient) -> bool:
    try:
        await client.get(address, timeout=5)
    except HTTPError:
        return False
    return True


async def _lend(address: str, url: str, client: AsyncClient) -> None:
    try:
        answered = await client.post(address + RELAY_PATH, content=url, timeout=5)
    except HTTPError as wrong:
        raise NoRest(f"the phone network at {address} does not answer any more") from wrong
    if answered.status_code != 200:
        raise NoRest(f"what listens at {address} is no phone network of ours")
