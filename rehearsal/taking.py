"""Dial of a queue: whoever waits longest is connected with the leg that dials."""

from rehearsal.dialling import DialResult, dialled
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg
from rehearsal.markup.refusal import Verb
from rehearsal.pace import wait_first
from rehearsal.queues import Member, WaitingLine
from rehearsal.ringing import RING_GRACE_S
from rehearsal.talks import talk
from rehearsal.verbs import Step
from rehearsal.waiting import LONGEST_WAIT_S


async def dial_queue(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """An unknown queue is an error, an empty one is waited at until the Dial's time-out."""
    exchange.answer(leg)
    exchange.hear(leg, "ringing")
    line = exchange.registry.queues.get(verb.children[0].text)
    result = DialResult("failed") if line is None else await _take(exchange, leg, verb, line)
    return await dialled(exchange, leg, verb, result)


async def _take(exchange: Exchange, leg: Leg, verb: Verb, line: WaitingLine) -> DialResult:
    until_s = exchange.now() + verb.whole("timeout", 30) + RING_GRACE_S
    while member := await _next_member(exchange, leg, line, until_s):
        member.take(leg, verb.children[0])
        ends = [member.ready, member.over, leg.gone, leg.moved]
        await wait_first(exchange.door.pace, ends, LONGEST_WAIT_S)
        if member.ready.is_set() and not leg.gone.is_set() and not leg.moved.is_set():
            return await _connect(exchange, leg, verb, (line, member))
        member.over.set()
        if leg.gone.is_set() or leg.moved.is_set():
            break
    return DialResult(exchange.carrier.gone_status if leg.gone.is_set() else "no-answer")


async def _next_member(exchange: Exchange, leg: Leg, line: WaitingLine, until_s: float) -> Member | None:
    while not leg.gone.is_set() and not leg.moved.is_set():
        member = line.first()
        left_s = until_s - exchange.now()
        if member or left_s <= 0:
            return member
        line.arrived.clear()
        await wait_first(exchange.door.pace, [line.arrived, leg.gone, leg.moved], left_s)
    return None


async def _connect(exchange: Exchange, leg: Leg, verb: Verb, place: tuple[WaitingLine, Member]) -> DialResult:
    line, member = place
    began_s = exchange.now()
    await talk(exchange, member.leg, leg, verb.whole("timeLimit", 14_400))
    member.over.set()
    seconds = round(exchange.now() - began_s)
    more = {"QueueResult": "bridged"} | line.left_fields(member, exchange.now())
    return DialResult("completed", True, member.leg.sid, seconds, more)
