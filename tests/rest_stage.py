"""The REST double on a loopback port, asked by Twilio's own client while the phones' time stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from rehearsal.exchange import Exchange
from rehearsal.listening import listening
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.rest.double import RestDouble, rest_routes
from tests.stand_in import ACCOUNT, TOKEN, Staging, StandIn, Told, client_of, exchange_to


class ToDouble(TwilioHttpClient):
    """Twilio's own client, which thinks it speaks to Twilio."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=2)
        self.url = url

    def request(self, method: str, url: str, *given: Any, **named: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.url), *given, **named)


@dataclass
class Stage:
    exchange: Exchange
    double: RestDouble
    gateway: StandIn
    url: str

    async def ask(self, what: Callable[[Client], Any]) -> Any:
        """Twilio's client blocks, so it asks from a thread; the phones' time stands still meanwhile."""
        client = Client(ACCOUNT, TOKEN, http_client=ToDouble(self.url))
        with self.exchange.door.pace.outside():
            try:
                return await asyncio.to_thread(what, client)
            finally:
                client.http_client.session.close()

    async def post(self, path: str, given: Mapping[str, object], **more: Any) -> httpx2.Response:
        with self.exchange.door.pace.outside():
            async with httpx2.AsyncClient(trust_env=False) as client:
                login = more.pop("auth", (ACCOUNT, TOKEN))
                return await client.post(f"{self.url}/2010-04-01/Accounts/{ACCOUNT}{path}", data=given, auth=login)

    async def get(self, path: str) -> httpx2.Response:
        with self.exchange.door.pace.outside():
            async with httpx2.AsyncClient(trust_env=False) as client:
                return await client.get(f"{self.url}/2010-04-01/Accounts/{ACCOUNT}{path}", auth=(ACCOUNT, TOKEN))

    async def sleep(self, seconds: float) -> None:
        await self.exchange.door.pace.sleep(seconds)


@asynccontextmanager
async def staged(pace: VirtualPace, told: Mapping[str, Told], staging: Staging) -> AsyncIterator[Stage]:
    gateway = StandIn(told)
    async with client_of(gateway) as client:
        exchange = exchange_to(gateway, staging, client, pace)
        double = RestDouble({ACCOUNT: exchange}, {ACCOUNT: {ACCOUNT: TOKEN, "SKaa": "key-secret"}})
        async with listening(Starlette(routes=rest_routes(double))) as place:
            double.cut = place.cut
            yield Stage(exchange, double, gateway, place.url)


def on_stage(
    play: Callable[[Stage], Any], told: Mapping[str, Told], staging: Staging | None = None
) -> tuple[Any, StandIn]:
    async def scene(pace: VirtualPace) -> tuple[Any, StandIn]:
        async with staged(pace, told, staging or Staging()) as stage:
            return await play(stage), stage.gateway

    return run_virtual(scene)


def code_of(what: Callable[[Client], Any]) -> Callable[[Stage], Any]:
    async def play(stage: Stage) -> tuple[int, int]:
        with pytest.raises(TwilioRestException) as refused:
            await stage.ask(what)
        return refused.value.status, refused.value.code

    return play
