"""Whole calls with a transfer in them: gateway, worker, API and the double of the provider's REST, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from httpx2 import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

import worker.ringing
import worker.transferring
from gateway.app import app
from gateway.tokens import mint
from rehearsal.exchange import Exchange
from rehearsal.listening import listening
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import Caller, CallerHabit
from rehearsal.rest.double import RestDouble, rest_routes
from routing.desk import Desk
from routing.links import Links
from routing.state.practice import tokens
from routing.state.practice.tokens import Token
from tests.rooms import Room
from tests.stage import ACCOUNT, PUBLIC, TOKEN, Stage, moving, settings_of
from worker.clock import Bellringer, due_kinds, tick
from worker.jobs import perform_move
from worker.outbound import Outbounds

MEDICAID: Mapping[str, Any] = {
    "to": {"queue": "admissions-medicaid"},
    "mode": "cold",
    "reason": "payer_changed",
    "sets": {"payer": "medicaid", "category": "medicaid"},
}

SCOPES = ("calls", "read", "supervise")
JOBS: Mapping[str, Callable[[Outbounds, Desk, str, datetime], object]] = {
    "move_call": perform_move,
    "ring_guest": partial(worker.transferring.perform_ring, rows=worker.transferring.GUESTS),
    "ring_phone": worker.ringing.perform_ring,
    "ring_target": worker.transferring.perform_ring,
}


@dataclass
class Scene:
    """What went on besides the call: the API's answers, and everything the phones and the worker did wrong."""

    told: list[Response] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    """Who heard what, in order."""


@dataclass
class Playing:
    """One call while it goes on; ``at`` waits for a second of it."""

    stage: Stage
    pace: VirtualPace
    exchange: Exchange
    client: AsyncClient
    token: str

    async def at(self, second: float) -> None:
        await self.pace.sleep(second - self.pace.now())

    async def transfer(self, wish: Mapping[str, Any] = MEDICAID) -> Response:
        return await self.ask("transfer", wish)

    async def ask(self, what: str, wish: Mapping[str, Any]) -> Response:
        """An operation on the call that goes on."""
        url, headers = self.url(f"/{what}"), {"authorization": f"Bearer {self.token}"}
        # Without the mark, virtual time would go on while a thread works on the answer.
        with self.pace.outside():
            return await self.client.post(url, json=wish, headers=headers)

    async def look(self) -> Any:
        with self.pace.outside():
            told = await self.client.get(self.url(""), headers={"authorization": f"Bearer {self.token}"})
        assert told.status_code == 200, told.text
        return told.json()

    def url(self, what: str) -> str:
        newest = self.stage.room.rows("inquiries")[-1]
        return f"{PUBLIC}/api/v1/calls/{newest['id']}{what}"

    def leg_of(self, who: str) -> Any:
        """The newest leg of a phone that is up."""
        legs = [leg for leg in self.exchange.registry.legs.values() if leg.who == who and not leg.gone.is_set()]
        return legs[-1]


Script = Callable[[Playing, Scene], Awaitable[None]]


def play(
    stage: Stage,
    folder: Path,
    script: Script,
    to: str,
    habit: CallerHabit,
    cut: Callable[[RestDouble], None],
    after_s: float = 60,
) -> tuple[CallOutcome, Scene]:
    """A call during which ``script`` runs, and so long after it; ``cut`` may switch faults of REST on."""
    scene = Scene()

    async def whole(pace: VirtualPace) -> CallOutcome:
        started = stage.room.now
        house = moving(stage.house, lambda: started + timedelta(seconds=pace.now()))
        async with AsyncClient(transport=ASGITransport(app(house), raise_app_exceptions=False)) as client:
            exchange = stage.exchange(client, pace, "accepts")
            double = RestDouble({ACCOUNT: exchange}, {ACCOUNT: {ACCOUNT: TOKEN}})
            cut(double)
            async with listening(Starlette(routes=rest_routes(double))) as place:
                by = Outbounds(
                    settings_of(folder, LEADLINE_TWILIO_API_URL=place.url), stage.room.db, real_ms(stage, pace)
                )
                ticking = asyncio.ensure_future(ticks(stage, pace, by, scene))
                playing = Playing(stage, pace, exchange, client, token(stage.room))
                acting = asyncio.ensure_future(script(playing, scene))
                outcome = await place_call(exchange, Caller("+18135550163", habit), to)
                await acting
                await pace.sleep(after_s)
                ticking.cancel()
                by.close()
        stage.room.now = started + timedelta(seconds=pace.now())
        scene.heard += [(line.who, line.text) for line in exchange.transcript.lines if line.what == "hears"]
        scene.faults += [f"{fault.code} {fault.why}" for fault in exchange.transcript.failures]
        return outcome

    return run_virtual(whole), scene


def real_ms(stage: Stage, pace: VirtualPace) -> Callable[[], int]:
    """The provider's account is paced by real time, which here is the phones'."""
    started = stage.room.now
    return lambda: int((started + timedelta(seconds=pace.now())).timestamp() * 1000)


def token(room: Room) -> str:
    minted = mint(f"t{next(room.numbers):05d}")
    tokens.store(room.db, Token(minted.id, "harbor-recovery", minted.digest, SCOPES, "test", room.now), "test")
    return minted.text


async def ticks(stage: Stage, pace: VirtualPace, by: Outbounds, scene: Scene) -> None:
    """The worker: its clock each second, and each job as soon as its bell rings."""
    started, desk = stage.room.now, stage.room.desk
    links = Links(PUBLIC, stage.room.db.vault)

    def one(now: datetime) -> None:
        def ring(job: str, row: str, number: int) -> bool:
            JOBS[job](by, desk, row, now)
            return True

        kinds = due_kinds(Bellringer(ring, lambda *_: True, links))
        tick(desk, now, lambda kind, error: scene.faults.append(f"{kind}: {error!r}"), kinds)

    while True:
        with pace.outside():
            await asyncio.to_thread(one, started + timedelta(seconds=pace.now()))
        await pace.sleep(1)
