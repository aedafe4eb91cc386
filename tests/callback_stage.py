"""Whole callbacks: a call, then the worker that dials, coordinators' phones and the person's own, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette

from gateway.app import app
from rehearsal.exchange import Exchange
from rehearsal.listening import listening
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import Caller, CallerHabit, CoordinatorHabit
from rehearsal.rest.double import RestDouble, rest_routes
from rehearsal.rest.switches import Asked, Fault
from routing.attendance import finish
from routing.links import Links
from routing.rules.receipt import replay
from routing.state.call.outcomes import Recorded, TalkOutcome
from tests.rooms import TUESDAY, Call, Room, opened_room
from tests.stage import ACCOUNT, PUBLIC, TOKEN, Stage, house_of, moving, settings_of
from tests.transfer_stage import JOBS, real_ms
from worker.calling import callback_kinds, perform_dial
from worker.clock import Bellringer, due_kinds, tick
from worker.outbound import Outbounds

DETOX = "+18505550131"
CALLER = "+18135550163"
MARCUS, KEISHA, PRIYA, TESS, JOAN = "marcus-bell", "keisha-rowan", "priya-nair", "tess-okafor", "joan-whitfield"
ALL_JOBS = {**JOBS, "dial_callback": perform_dial}
HANGS_UP_SOON = CallerHabit(wait_key="1", wait_key_after_s=3.0)
"""Keeps her place after three seconds in the line."""
HERS = CoordinatorHabit(answer_s=3.0, keys=(), talk_s=30.0)
"""Her own phone: she picks up and talks half a minute."""


@dataclass
class Playing:
    """While it goes on; ``at`` waits for a second of it."""

    board: "Calls"
    pace: VirtualPace
    exchange: Exchange

    async def at(self, second: float) -> None:
        await self.pace.sleep(second - self.pace.now())

    def comes_free(self, busy: Call) -> None:
        """A talk that went on before is over, and its outcome said."""
        self.board.room.now = self.board.started + timedelta(seconds=self.pace.now())
        self.board.room.end(busy)

    def says(self, who: str, outcome: TalkOutcome) -> None:
        """How the talk of one in her wrap-up went."""
        room = self.board.room
        room.now = self.board.started + timedelta(seconds=self.pace.now())
        assert finish(room.desk, room.book(), Recorded(who, outcome, "test"), room.now)

    async def call(self, to: str = DETOX, who: str = CALLER, **habit: Any) -> CallOutcome:
        return await place_call(self.exchange, Caller(who, CallerHabit(**habit)), to)

    def begins(self, to: str = DETOX, who: str = CALLER, **habit: Any) -> "asyncio.Task[CallOutcome]":
        return asyncio.ensure_future(self.call(to, who, **habit))

    def leg_of(self, number: str) -> Any:
        """The newest leg of a phone that is up or rings."""
        legs = [leg for leg in self.exchange.registry.legs.values() if leg.to == number and not leg.gone.is_set()]
        return legs[-1]


KINDS = ("offers", "wrap_ups", "line", "moves")
"""Those that have to do with callbacks; each costs every second of a call."""
Script = Callable[[Playing], Awaitable[None]]


@dataclass
class Calls:
    """``play`` runs a script beside gateway and worker, then so long on; what the phones did wrong is in ``wrong``."""

    stage: Stage
    folder: Path
    faults: list[Fault] = field(default_factory=list)
    hers: CoordinatorHabit = HERS
    asked: list[Asked] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    list_lag_s: float = 0.0
    bells_heard: bool = True
    started: datetime = TUESDAY

    @property
    def room(self) -> Room:
        return self.stage.room

    def play(self, script: Script, until_s: float) -> None:
        async def whole(pace: VirtualPace) -> None:
            self.started = started = self.room.now
            house = moving(self.stage.house, lambda: started + timedelta(seconds=pace.now()))
            async with AsyncClient(transport=ASGITransport(app(house), raise_app_exceptions=False)) as client:
                exchange = self.stage.exchange(client, pace, "accepts")
                exchange.phones.enter(CALLER, self.hers)
                double = RestDouble({ACCOUNT: exchange}, {ACCOUNT: {ACCOUNT: TOKEN}})
                double.switches.faults.extend(self.faults)
                double.switches.list_lag_s = self.list_lag_s
                async with listening(Starlette(routes=rest_routes(double))) as place:
                    settings = settings_of(self.folder, LEADLINE_TWILIO_API_URL=place.url)
                    by = Outbounds(settings, self.room.db, real_ms(self.stage, pace))
                    ticking = asyncio.ensure_future(self.ticks(pace, by))
                    await script(Playing(self, pace, exchange))
                    await pace.sleep(max(0.0, until_s - pace.now()))
                    ticking.cancel()
                    by.close()
                self.asked = double.switches.asked
            self.room.now = started + timedelta(seconds=pace.now())
            self.lines += exchange.transcript.lines
            self.heard += [(line.who, line.text) for line in exchange.transcript.lines if line.what == "hears"]
            self.wrong += [f"{fault.code} {fault.why}" for fault in exchange.transcript.failures]

        run_virtual(whole)
        assert self.wrong == [], self.wrong
        self.check()

    async def ticks(self, pace: VirtualPace, by: Outbounds) -> None:
        started, desk = self.started, self.room.desk
        links = Links(PUBLIC, self.room.db.vault)

        def one(now: datetime) -> None:
            def ring(job: str, row: str, number: int) -> bool:
                if self.bells_heard:
                    ALL_JOBS[job](by, desk, row, now)
                return True

            ringer = Bellringer(ring, lambda *_: True, links)
            kinds = {**callback_kinds(ringer, by), **{name: due_kinds(ringer)[name] for name in KINDS}}
            tick(desk, now, lambda kind, error: self.wrong.append(f"{kind}: {error!r}"), kinds)

        while True:
            with pace.outside():
                await asyncio.to_thread(one, started + timedelta(seconds=pace.now()))
            await pace.sleep(1)

    def check(self) -> None:
        """No person is rung twice at a time, and every decision can be replayed."""
        live = [row for row in self.room.rows("attempts") if row["ended_at"] is None]
        assert len({row["lead_id"] for row in live}) == len(live)
        for row in self.room.rows("decisions"):
            practice = str(row["practice_id"])
            book = self.room.desk.shelf.version(practice, self.room.book(practice).version)
            assert replay(book, str(row["receipt"])) == row["receipt"]

    @property
    def created(self) -> list[str]:
        """The numbers REST was asked to call."""
        given = (dict(each.given) for each in self.asked if each.path.endswith("/Calls.json"))
        return [each["To"] for each in given if "Url" in each]

    @property
    def callbacks(self) -> list[Mapping[str, object]]:
        return sorted(self.room.rows("callbacks"), key=lambda row: str(row["id"]))

    def said_to(self, who: str) -> list[str]:
        name = self.room.book().coordinators[who].name
        return [words for whom, words in self.heard if whom == name]


@contextmanager
def opened(url: str, live: "redis.Redis", folder: Path, now: datetime = TUESDAY) -> Iterator[Calls]:
    with opened_room(url, live, now) as room:
        yield Calls(Stage(room, house_of(room, settings_of(folder))), folder)


__all__ = ["Calls", "Playing", "opened"]
