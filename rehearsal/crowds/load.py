"""Open-loop load: calls arrive at their own rate, whatever becomes of the ones before them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from rehearsal.crowds.crowd import Crowd, numbers
from rehearsal.exchange import Exchange
from rehearsal.network import CallOutcome, carry, new_call
from rehearsal.people import Caller

WRAP_UP_S = (2.0, 15.0)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """``rate`` calls a second for ``seconds``, to the ``dialled`` numbers in turn; ``taken`` numbers call nobody."""

    dialled: tuple[str, ...]
    rate: float
    seconds: float
    crowd: Crowd
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Carried:
    """One call and its times in seconds of the pace."""

    outcome: CallOutcome
    caller: str
    dialled: str
    began_s: float
    ended_s: float


ExchangeTo = Callable[[str], Exchange]
"""The exchange that carries calls to this number."""
AfterTalk = Callable[[Sequence[str]], Awaitable[None]]
"""What the people with these names do once they have talked and wrapped up."""


async def run_load(plan: LoadPlan, exchange_to: ExchangeTo, after_talk: AfterTalk) -> list[Carried]:
    """Returns when the last call and every wrap-up is over."""
    arrivals = Random(f"{plan.crowd.seed}/arrivals")  # noqa: S311 - repeatable on purpose
    coordinators, called_back = plan.crowd.coordinators(), plan.crowd.called_back()
    callers = numbers(plan.taken)
    for dialled in plan.dialled:
        phones = exchange_to(dialled).phones
        phones.draw = lambda number, names=phones.names: next(coordinators if number in names else called_back)
    pace = exchange_to(plan.dialled[0]).door.pace
    began_s = pace.now()
    calls: list[asyncio.Task[Carried]] = []
    at_s = arrivals.expovariate(plan.rate)
    while at_s < plan.seconds:
        await pace.sleep(began_s + at_s - pace.now())
        dialled = plan.dialled[len(calls) % len(plan.dialled)]
        caller = Caller(next(callers), plan.crowd.caller(len(calls)))
        calls.append(asyncio.ensure_future(_one(exchange_to(dialled), caller, dialled, after_talk)))
        at_s += arrivals.expovariate(plan.rate)
    return list(await asyncio.gather(*calls))


async def _one(exchange: Exchange, caller: Caller, dialled: str, after_talk: AfterTalk) -> Carried:
    began_s = exchange.now()
    outcome = await carry(exchange, new_call(exchange, caller, dialled))
    ended_s = exchange.now()
    if outcome.bridged:
        chance = Random(outcome.call)  # noqa: S311 - repeatable on purpose
        await exchange.door.pace.sleep(chance.uniform(*WRAP_UP_S))
        with exchange.door.pace.outside():
            await after_talk(outcome.bridged)
    return Carried(outcome, caller.number, dialled, began_s, ended_s)
