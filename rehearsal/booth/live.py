"""The booth itself: its calls, the one that is watched, the cast of coordinators, and what goes wrong on purpose."""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace

from httpx2 import AsyncClient

from rehearsal.booth.cast import Cast, cast_of
from rehearsal.booth.mirror import Mirror
from rehearsal.booth.news import News
from rehearsal.booth.steps import Reading, inquiry_in
from rehearsal.console import ApiRefused
from rehearsal.exchange import Exchange
from rehearsal.hands import Hands
from rehearsal.legs import Leg
from rehearsal.network import carry, new_call
from rehearsal.pace import Pace
from rehearsal.people import Caller, CallerHabit, Phonebook
from rehearsal.posting import Posting
from rehearsal.rest.double import RestDouble
from rehearsal.rest.relay import Relay
from rehearsal.scenario import (
    CallPlan,
    NothingToRehearse,
    Stage,
    account_for,
    console_of,
    logins_of,
    open_exchange,
    wrap_up,
)
from rehearsal.transcript import Line, Shown, Transcript

KEPT_CALLS = 100
MOST_CALLS = 50
"""At once; a booth is for people, load has a command of its own."""
SETTLES_S = 0.3
"""Real seconds between something happening and a look at what Leadline made of it."""


@dataclass(slots=True)
class Faults:
    """``twice``: every webhook arrives twice at once. ``lost``: no status callback arrives."""

    twice: bool = False
    lost: bool = False


@dataclass(slots=True)
class Booth:
    """All calls of the booth share one phone book and one transcript: a coordinator has one phone."""

    stage: Stage
    client: AsyncClient
    pace: Pace
    phones: Phonebook
    transcript: Transcript = field(default_factory=Transcript)
    calls: dict[str, tuple[Leg, asyncio.Task[object]]] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    """By account; REST asks for the calls, queues and recordings of the account it logs in to."""
    news: News = field(default_factory=News)
    faults: Faults = field(default_factory=Faults)
    watched: str = ""
    """The call the pages show: the last one that was placed, but for one that somebody plays."""

    relay: Relay = field(init=False)
    cast: Cast = field(init=False)
    mirror: Mirror = field(init=False)
    reading: Reading = field(init=False)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    looking: asyncio.Task[None] | None = None
    alone_s: float = 60.0
    """Real seconds after the last page was closed until what a person played is hung up."""

    def __post_init__(self) -> None:
        self.relay = Relay(self.client)
        self.cast = cast_of(self.stage.directory, self.phones)
        self.mirror = Mirror(console_of(self.stage, self.client), self.stage.directory)
        self.reading = Reading(self.stage.settings.clock_speed)
        self.transcript.reader = self._read_along
        for sid, account in self.stage.settings.twilio_accounts.items():
            exchange = open_exchange(self.stage, account, self.client, self.pace)
            exchange.phones, exchange.transcript, exchange.seed = self.phones, self.transcript, secrets.token_hex(8)
            self.exchanges[sid] = exchange

    def rest(self) -> RestDouble:
        return RestDouble(self.exchanges, logins_of(self.stage.settings), elsewhere=self.relay.pass_on)

    def place(self, plan: CallPlan) -> str:
        """The new call's id; everybody behaves as planned, the caller too. Raises ``NothingToRehearse``."""
        self.phones.all_behave(plan.coordinators)
        return self._begin(plan.to, plan.caller).sid

    def play(self, to: str, number: str) -> Leg:
        """A call whose caller is in the hands of whoever sits at the page. Raises ``NothingToRehearse``."""
        leg = self._begin(to, Caller(number, CallerHabit(talk_s=None)))
        leg.hands = Hands()
        return leg

    def _begin(self, to: str, caller: Caller) -> Leg:
        if sum(not task.done() for _, task in self.calls.values()) >= MOST_CALLS:
            raise NothingToRehearse("too many calls at once")
        exchange = self.exchanges[account_for(self.stage, to).sid]
        takes_over = not self.is_played()
        if takes_over:
            self._watch_anew()
        leg = new_call(exchange, caller, to)
        self.watched = leg.sid if takes_over else self.watched
        self.calls[leg.sid] = leg, asyncio.ensure_future(self._carry(exchange, leg))
        self._forget_oldest()
        self.news.ring()
        return leg

    def is_played(self) -> bool:
        """Whether somebody plays the watched call: then no other takes its place."""
        leg = self.watched_leg()
        return leg is not None and leg.hands is not None and leg.ended_s is None

    def _watch_anew(self) -> None:
        self.watched = ""
        self.reading.begin(self.pace.now())
        self.mirror.forget()
        self.news.clear()

    async def _carry(self, exchange: Exchange, leg: Leg) -> None:
        outcome = await carry(exchange, leg)
        with self.pace.outside(), suppress(ApiRefused):
            await wrap_up(self.stage, self.client, self.cast.left_to_themselves(outcome.bridged))
        self.look_soon()

    def _forget_oldest(self) -> None:
        over = [sid for sid, (_, task) in self.calls.items() if task.done()][: max(0, len(self.calls) - KEPT_CALLS)]
        for sid in over:
            del self.calls[sid]
            self.transcript.forget(sid)
            for exchange in self.exchanges.values():
                exchange.registry.forget(sid)

    def story(self, sid: str) -> dict[str, object]:
        leg, task = self.calls[sid]
        return {
            "id": sid,
            "status": leg.status,
            "finished": task.done(),
            "lines": [asdict(line) for line in self.transcript.lines_of(sid)],
            "failures": [asdict(failure) for failure in self.transcript.failures_of(sid)],
            "bridges": [asdict(bridge) for bridge in self.transcript.bridges if bridge.call == sid],
        }

    def _read_along(self, told: Line | Shown) -> None:
        """Of the watched call, and of calls that REST made for it."""
        if told.call in self.calls and told.call != self.watched:
            return
        if isinstance(told, Shown) and told.call == self.watched and not self.mirror.inquiry:
            self.mirror.inquiry = inquiry_in(told) or ""
        step = self.reading.step_of(told)
        if step is not None and step not in self.news.steps[-1:]:
            self.news.add(step)
            self.look_soon()

    def look_soon(self) -> None:
        """At what Leadline made of it: once, however much happens at a time."""
        if self.looking is None or self.looking.done():
            self.looking = self.beside(self._look())

    async def _look(self) -> None:
        await asyncio.sleep(SETTLES_S)
        self.looking = None
        if self.news.audience:
            with self.pace.outside():
                await self.mirror.look(self.watched_leg(), self.cast)
        self.news.ring()

    def beside(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def watched_leg(self) -> Leg | None:
        return self.calls[self.watched][0] if self.watched in self.calls else None

    def live_legs(self) -> list[tuple[Exchange, Leg]]:
        return [(exchange, leg) for exchange in self.exchanges.values() for leg in exchange.registry.live_legs()]

    def go_wrong(self, faults: Faults) -> None:
        self.faults = faults
        for exchange in self.exchanges.values():
            exchange.door = replace(exchange.door, copies=2 if faults.twice else self.stage.copies)
            exchange.posting = Posting(lost=1.0) if faults.lost else self.stage.posting
        self.news.ring()

    async def hang_up_if_alone(self) -> None:
        """Nobody is left to play the hands of a call whose last page was closed."""
        await asyncio.sleep(self.alone_s)
        if not self.news.audience:
            for exchange, leg in self.live_legs():
                if leg.hands:
                    exchange.note(leg, "hangs-up", "nobody is at the page any more")
                    leg.hang_up()
