"""A load against the running gateway of a demo: its people, its phone network, and the question what became of it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from httpx2 import AsyncClient, Limits

from rehearsal.console import ApiRefused, Console
from rehearsal.crowds.crowd import Crowd
from rehearsal.crowds.load import Carried, LoadPlan, run_load
from rehearsal.crowds.verdict import Verdict, judge
from rehearsal.exchange import Exchange
from rehearsal.pace import Pace, RealPace
from rehearsal.rest.double import RestDouble
from rehearsal.rest.relay import rest_at
from rehearsal.rest.switches import FAULTS, RestSwitches
from rehearsal.scenario import NothingToRehearse, Stage, account_for, console_of, logins_of, open_exchange
from rehearsal.transcript import Transcript

DOUBLED: Mapping[str, float] = MappingProxyType({"none": 0.0, "half": 0.5, "all": 1.0})
DRAWN = tuple(kind for kind in FAULTS if kind != "401")
"""A wrong login is no passing weather: the account is closed to us until somebody comes."""
AWAY_S = 60.0
"""Nobody stays away for longer than this for not having answered."""
CONNECTIONS = Limits(max_connections=1000, max_keepalive_connections=100)


@dataclass(frozen=True, slots=True)
class LoadWishes:
    """``to`` None: every tracking number in turn. ``speed`` None: the gateway's own clock."""

    coordinators: int
    rate: float
    seconds: float
    crowd: Crowd
    to: str | None = None
    faults: float = 0.0
    speed: float | None = None


async def play_load(stage: Stage, wishes: LoadWishes) -> Verdict:
    """Raises ``NothingToRehearse``, ``NoRest`` and ``ApiRefused``."""
    async with AsyncClient(trust_env=False, limits=CONNECTIONS) as client:
        console = console_of(stage, client)
        if console is None:
            raise NothingToRehearse("a load asks the API what became of every call: it needs a demo")
        pace = RealPace(time.monotonic, wishes.speed or stage.settings.clock_speed)
        exchanges = _exchanges(stage, client, pace)
        double = RestDouble(exchanges, logins_of(stage.settings), _switches(wishes))
        async with rest_at(stage.settings.twilio_api_url, double, client):
            staff = await console.only(wishes.coordinators)
            coming = asyncio.ensure_future(_come_back(console, staff, pace))
            try:
                return await _carried_and_judged(stage, wishes, console, exchanges, coming)
            finally:
                coming.cancel()


def _exchanges(stage: Stage, client: AsyncClient, pace: Pace) -> dict[str, Exchange]:
    """One for each account, with one phone book and one truth for all."""
    opened = {
        sid: open_exchange(stage, account, client, pace) for sid, account in stage.settings.twilio_accounts.items()
    }
    first = next(iter(opened.values()), None)
    for exchange in opened.values():
        if first is not None:
            exchange.phones, exchange.transcript = first.phones, first.transcript
    return opened


def _switches(wishes: LoadWishes) -> RestSwitches:
    chance = Random(f"{wishes.crowd.seed}/rest")  # noqa: S311 - repeatable on purpose
    return RestSwitches(rates={kind: wishes.faults / len(DRAWN) for kind in DRAWN}, chance=chance)


async def _carried_and_judged(
    stage: Stage, wishes: LoadWishes, console: Console, exchanges: Mapping[str, Exchange], coming: asyncio.Future[None]
) -> Verdict:
    since = stage.now()
    plan = plan_of(stage, wishes)

    async def after_talk(names: Sequence[str]) -> None:
        try:
            await console.wrap_up(names)
        except ApiRefused:
            return  # her wrap-up then ends by itself

    carried = await run_load(plan, lambda to: exchanges[account_for(stage, to).sid], after_talk)
    # Callbacks are still owed to many: with everybody gone none of them is dialled into a network that is about to end.
    coming.cancel()
    await console.only(0)
    for exchange in exchanges.values():
        await exchange.registry.quiet()
    unowned = await console.unowned(_callers(stage, carried), since)
    truth = next((exchange.transcript for exchange in exchanges.values()), Transcript())
    return judge(carried, truth, unowned)


async def _come_back(console: Console, staff: Sequence[str], pace: Pace) -> None:
    """Whoever cannot be told to be there now is told a minute later."""
    while True:
        await pace.sleep(AWAY_S)
        with pace.outside(), suppress(ApiRefused):
            await console.back(staff)


def plan_of(stage: Stage, wishes: LoadWishes) -> LoadPlan:
    directory = stage.directory
    dialled = (wishes.to,) if wishes.to else tuple(one.number for one in directory.tracked)
    if not dialled:
        raise NothingToRehearse("there is no number to dial: give --to, or LEADLINE_PRACTICES")
    taken = directory.names.keys() | directory.desks | {one.number for one in directory.tracked}
    return LoadPlan(dialled, wishes.rate, wishes.seconds, wishes.crowd, frozenset(taken))


def _callers(stage: Stage, carried: Sequence[Carried]) -> dict[str, list[str]]:
    """Their numbers by practice."""
    callers: dict[str, list[str]] = {}
    for one in carried:
        callers.setdefault(stage.directory.practice_of(one.dialled) or "", []).append(one.caller)
    return callers
