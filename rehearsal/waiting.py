"""Enqueue: the caller waits in a queue, hears its wait documents, and leaves it in one of nine ways."""

from collections.abc import Mapping

from rehearsal.delivery import WebhookFailed
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, LegMoved, closing_status
from rehearsal.markup.refusal import Document, Verb
from rehearsal.pace import wait_first
from rehearsal.queues import Member, WaitingLine
from rehearsal.verbs import NEXT_VERB, RUNS, Step

NEVER_QUEUED = frozenset({"error", "queue-full", "system-error"})
"""Results that come without QueueSid and QueueTime."""
LONGEST_WAIT_S = 4 * 3600
MOST_AT_ONCE = 5
OWN_MUSIC_S = 30.0
"""Where the document names no waitUrl the provider plays its own music."""


def line_named(exchange: Exchange, name: str) -> WaitingLine:
    """Made when first used, as Twilio does."""
    queues = exchange.registry.queues
    if name not in queues:
        queues[name] = WaitingLine(exchange.new_id("QU"), name, exchange.now())
    return queues[name]


async def enqueue(exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """Raises ``LegEnded`` or ``LegMoved`` once the action has been told."""
    exchange.answer(leg)
    line = line_named(exchange, verb.text)
    if exchange.carrier.queue_breaks:
        return await _left(exchange, leg, verb, {"QueueResult": "system-error"})
    if len(line.members) >= min(line.most, verb.whole("maxQueueSize", line.most)):
        return await _left(exchange, leg, verb, {"QueueResult": "queue-full"})
    member = line.join(leg, exchange.now())
    exchange.note(leg, "waits", f"in {line.name}, place {len(line.members)}")
    leg.waits, leg.waits_since_s, leg.wait_keys = True, exchange.now(), 0
    with exchange.door.pace.awaiting():
        result = await _wait(exchange, leg, verb, (line, member))
    leg.waits = False
    line.leave(member, exchange.now())
    if result == "taken":
        result = await _bridged(exchange, leg, (line, member))
    member.over.set()
    known = {} if result in NEVER_QUEUED else line.left_fields(member, exchange.now())
    return await _left(exchange, leg, verb, {"QueueResult": result} | known)


async def _left(exchange: Exchange, leg: Leg, verb: Verb, fields: Mapping[str, str]) -> Step:
    """Tells the action. After a REST redirect its answer is not carried out."""
    result = fields["QueueResult"]
    exchange.note(leg, "leaves", f"the queue: {result}")
    method, action = verb.attributes.get("method", "POST"), verb.attributes.get("action")
    if leg.gone.is_set():
        leg.status = closing_status(leg)
    elif leg.moved.is_set():
        if action:
            await exchange.tell(leg, method, action, fields)
        raise LegMoved
    leg.bridging = result == "bridging-in-process"
    if action:
        return Step(await exchange.ask(leg, method, action, fields))
    if leg.gone.is_set():
        raise LegEnded
    return NEXT_VERB


async def _wait(exchange: Exchange, leg: Leg, verb: Verb, place: tuple[WaitingLine, Member]) -> str:
    """Why the waiting ended: ``leave``, ``error``, ``hangup``, ``redirected``, or ``taken`` by a Dial."""
    try:
        return await _hear_all(exchange, leg, verb, place)
    except LegEnded:
        return "hangup"
    except LegMoved:
        return "redirected" if leg.move else "taken"
    except WebhookFailed:
        if leg.gone.is_set():
            return "hangup"
        return "error"


async def _hear_all(exchange: Exchange, leg: Leg, verb: Verb, place: tuple[WaitingLine, Member]) -> str:
    """Fetches the wait document again whenever its verbs have run out."""
    method, url = verb.attributes.get("waitUrlMethod", "POST"), verb.attributes.get("waitUrl")
    while True:
        if url is None:
            exchange.hear(leg, "plays the provider's own music")
            await exchange.pass_time(leg, OWN_MUSIC_S)
        elif await _hear(exchange, leg, await _ask(exchange, leg, method, url, place), place):
            return "leave"


async def _ask(exchange: Exchange, leg: Leg, method: str, url: str, place: tuple[WaitingLine, Member]) -> Document:
    line, member = place
    if member.count(exchange.now()) > MOST_AT_ONCE:
        exchange.fail(leg, "loop", url, "wait documents that take no time are asked for again and again")
        raise WebhookFailed("loop", url, "the wait documents take no time")
    leg.root.documents -= 1  # a long wait is no circle
    return await exchange.ask(leg, method, url, line.wait_fields(member, exchange.now()))


async def _hear(exchange: Exchange, leg: Leg, document: Document, place: tuple[WaitingLine, Member]) -> bool:
    """Carries out one wait document and those it leads to; whether the last one left the queue."""
    following: Document | None = document
    while following is not None:
        document, following = following, None
        for verb in document.verbs:
            if verb.name == "Leave":
                return True
            if verb.name == "Redirect":
                following = await _ask(exchange, leg, verb.attributes.get("method", "POST"), verb.text, place)
                break
            step = await RUNS[verb.name](exchange, leg, verb)
            if step.ends:
                leg.hang_up()
                raise LegEnded
            if step.document is not None:
                following = step.document
                break
    return False


async def _bridged(exchange: Exchange, leg: Leg, place: tuple[WaitingLine, Member]) -> str:
    """A Dial took the caller out: she hears its Queue's document, then they talk for as long as that Dial lasts."""
    line, member = place
    leg.moved.clear()
    try:
        await _prepare(exchange, leg, line, member)
    except LegEnded:
        return "hangup"
    except LegMoved:
        return "redirected"
    except WebhookFailed:
        return "error"
    if exchange.carrier.bridge_unconfirmed:
        return "bridging-in-process"
    member.ready.set()
    await wait_first(exchange.door.pace, [member.over, leg.gone, leg.moved], LONGEST_WAIT_S)
    return "redirected-from-bridged" if leg.moved.is_set() and not leg.gone.is_set() else "bridged"


async def _prepare(exchange: Exchange, leg: Leg, line: WaitingLine, member: Member) -> None:
    noun, taker = member.noun, member.taker
    if noun is None or taker is None or "url" not in noun.attributes:
        return
    leg.waits = True
    try:
        fields = line.left_fields(member, exchange.now()) | {"DequeingCallSid": taker.sid}
        method = noun.attributes.get("method", "POST")
        document = await exchange.ask(leg, method, noun.attributes["url"], fields)
        for verb in document.verbs:
            step = await RUNS[verb.name](exchange, leg, verb)
            if step.ends:
                leg.hang_up()
                raise LegEnded
    finally:
        leg.waits = False
