"""The simulated phone network: a caller dials a tracking number, and the gateway's TwiML is carried out."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rehearsal.conferencing import dial_conference
from rehearsal.delivery import WebhookFailed
from rehearsal.dialling import dial
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, LegMoved, closing_status
from rehearsal.markup.refusal import Document, Verb
from rehearsal.pace import wait_first
from rehearsal.people import Caller, CallerHabit
from rehearsal.recording import record
from rehearsal.taking import dial_queue
from rehearsal.transcript import Failure, Line
from rehearsal.verbs import NEXT_VERB, RUNS, Run, Step
from rehearsal.waiting import enqueue


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
        step = await _next_step(exchange, leg, step.document)
    return not step.ends


async def _next_step(exchange: Exchange, leg: Leg, document: Document) -> Step:
    """A leg that REST takes elsewhere goes on with that document; a dialled one leaves its Dial for it."""
    try:
        return await _run_through(exchange, leg, document)
    except LegMoved:
        if leg.parent and not leg.detached:
            raise
        return Step(await exchange.move_on(leg))


async def arrive(exchange: Exchange, leg: Leg, first: Awaitable[Document]) -> Document:
    """The leg's first document, or the one to which REST sent it before that came."""
    try:
        return await first
    except LegMoved:
        return await exchange.move_on(leg)


async def _dial(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    if any(noun.name == "Queue" for noun in verb.children):
        return await dial_queue(exchange, leg, verb)
    if any(noun.name == "Conference" for noun in verb.children):
        return await dial_conference(exchange, leg, verb)
    return await dial(follow, exchange, leg, verb)


_EVERY_VERB: Mapping[str, Run] = MappingProxyType({**RUNS, "Dial": _dial, "Enqueue": enqueue, "Record": record})


async def _run_through(exchange: Exchange, leg: Leg, document: Document) -> Step:
    for verb in document.verbs:
        run = _EVERY_VERB.get(verb.name)
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
    return exchange.registry.enter(leg)


async def carry(exchange: Exchange, leg: Leg) -> CallOutcome:
    patience_s = leg.habit.patience_s if isinstance(leg.habit, CallerHabit) else None
    leg.watch(_lose_patience(exchange, leg, patience_s))
    try:
        await follow(exchange, leg, await arrive(exchange, leg, exchange.first_document(leg)))
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
    await leg.settle()


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
