"""The simulated phone network: a caller dials a tracking number, and the gateway's TwiML is carried out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from rehearsal.delivery import WebhookFailed
from rehearsal.dialling import dial
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, closing_status
from rehearsal.pace import wait_first
from rehearsal.people import Caller, CallerHabit
from rehearsal.refusal import Document
from rehearsal.transcript import Failure, Line
from rehearsal.verbs import NEXT_VERB, RUNS, Run, Step


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How one call went. ``rang`` and ``bridged`` are the names of the phones, in order."""

    call: str
    status: str
    rang: tuple[str, ...]
    bridged: tuple[str, ...]
    heard: tuple[str, ...]
    lines: tuple[Line, ...]
    failures: tuple[Failure, ...]


async def follow(exchange: Exchange, leg: Leg, document: Document) -> bool:
    """Carries out documents until one ends without another; False if that one hung up."""
    step = Step(document)
    while step.document is not None:
        step = await _run_through(exchange, leg, step.document)
    return not step.ends


_WITH_DIAL: Mapping[str, Run] = MappingProxyType({**RUNS, "Dial": partial(dial, follow)})


async def _run_through(exchange: Exchange, leg: Leg, document: Document) -> Step:
    for verb in document.verbs:
        run = _WITH_DIAL.get(verb.name)
        if run is None:
            exchange.fail(leg, "unsupported", verb.path, "this network does not carry out the verb")
            raise WebhookFailed("unsupported", verb.path, "this network does not carry out the verb")
        step = await run(exchange, leg, verb)
        if step != NEXT_VERB:
            return step
    return NEXT_VERB


async def place_call(exchange: Exchange, caller: Caller, to: str) -> CallOutcome:
    """One inbound call from dialling to the last status callback."""
    return await carry(exchange, new_call(exchange, caller, to))


def new_call(exchange: Exchange, caller: Caller, to: str) -> Leg:
    """The caller's leg, before anybody was asked about it."""
    sid = exchange.new_id("CA")
    leg = Leg(sid, caller.number, to, caller.habit, exchange.now(), f"caller {caller.number}", status="ringing")
    exchange.note(leg, "dials", to)
    return leg


async def carry(exchange: Exchange, leg: Leg) -> CallOutcome:
    patience_s = leg.habit.patience_s if isinstance(leg.habit, CallerHabit) else None
    leg.tasks.append(asyncio.ensure_future(_lose_patience(exchange, leg, patience_s)))
    try:
        await follow(exchange, leg, await exchange.first_document(leg))
    except LegEnded:
        pass
    except WebhookFailed:
        if not leg.gone.is_set():
            leg.status = "failed"
            exchange.hear(leg, "the provider's error voice, and the call is cut off")
            exchange.fail(leg, "I1", exchange.account.incoming_url, "the caller heard the provider's error voice")
    await _end(exchange, leg)
    return _outcome(exchange, leg)


async def _lose_patience(exchange: Exchange, leg: Leg, patience_s: float | None) -> None:
    if patience_s is None or await wait_first(exchange.door.pace, [leg.gone, leg.bridged], patience_s):
        return
    exchange.note(leg, "hangs-up", "has waited long enough")
    leg.hang_up()


async def _end(exchange: Exchange, leg: Leg) -> None:
    leg.status, leg.ended_s = closing_status(leg), exchange.now()
    leg.hang_up()
    exchange.report(leg, exchange.account.status_url, {"CallDuration": str(leg.seconds(exchange.now()))})
    await asyncio.gather(*leg.tasks)


def _outcome(exchange: Exchange, leg: Leg) -> CallOutcome:
    lines = exchange.transcript.lines_of(leg.sid)
    return CallOutcome(
        leg.sid,
        leg.status,
        tuple(line.who for line in lines if line.what == "rings"),
        tuple(line.who for line in lines if line.what == "bridged"),
        tuple(line.text for line in lines if line.what == "hears" and line.who == leg.who),
        tuple(lines),
        tuple(exchange.transcript.failures_of(leg.sid)),
    )
