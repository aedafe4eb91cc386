"""The steps of a call at which a person who plays a phone decides: the ring, the keys and words, the message."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rehearsal.exchange import Exchange, check_still_there
from rehearsal.hands import Hands, Listening, Touch
from rehearsal.legs import Leg, LegEnded, LegMoved
from rehearsal.markup.refusal import Verb
from rehearsal.pace import wait_first
from rehearsal.people import HABITS

ANY_KEY = "1234567890*#"
LONGEST_MESSAGE_S = 3600
LISTENS: dict[str, Listening] = {"dtmf": "keys", "speech": "words"}
Hear = Callable[[Exchange, Leg, Verb], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Entered:
    """What a Gather took: digits or words; neither is silence."""

    digits: str = ""
    words: str = ""


async def ring_by_hand(exchange: Exchange, leg: Leg, hands: Hands, ring_s: float) -> str:
    """Until somebody answers, refuses, or lets it ring to the end; the leg's status then. A mailbox that picks up is
    nobody's hands any more."""
    decided = await wait_first(exchange.door.pace, [leg.gone, hands.decided], ring_s)
    if leg.gone.is_set():
        return "canceled"
    if not decided:
        return "no-answer"
    if hands.decision == "mailbox":
        leg.hands, leg.habit = None, HABITS["mailbox"]
    return "busy" if hands.decision == "refuse" else "answered"


async def entered(exchange: Exchange, leg: Leg, verb: Verb, hear: Hear) -> Entered:
    """Any key or word cuts the prompt short; after it the Gather's time-out counts from the last of them."""
    hands = _hands_of(leg)
    with hands.attended(frozenset(LISTENS[one] for one in verb.attributes.get("input", "dtmf").split(" "))):
        await _hear_until_touched(exchange, leg, verb, hear)
        pressed = ""
        while touch := await _next_touch(exchange, leg, float(verb.whole("timeout", 5))):
            if touch.what == "words":
                return Entered(words=touch.text)
            if touch.what == "key":
                exchange.note(leg, "presses", touch.text)
                pressed += touch.text
            digits, complete = collected(pressed, verb)
            if complete:
                return Entered(digits)
        return Entered(collected(pressed, verb)[0])


def collected(pressed: str, verb: Verb) -> tuple[str, bool]:
    """The digits a Gather takes from the keys pressed, and whether they ended it without waiting for more."""
    finish, most = verb.attributes.get("finishOnKey", "#"), verb.whole("numDigits", 0)
    digits = ""
    for key in pressed:
        if key == finish:
            return digits, True
        digits += key
        if len(digits) == most:
            return digits, True
    return digits, False


async def _hear_until_touched(exchange: Exchange, leg: Leg, verb: Verb, hear: Hear) -> None:
    async def hear_all() -> None:
        for spoken in verb.children:
            await hear(exchange, leg, spoken)

    hearing = asyncio.ensure_future(hear_all())
    touched = asyncio.ensure_future(_hands_of(leg).touched.wait())
    try:
        await asyncio.wait({hearing, touched}, return_when=asyncio.FIRST_COMPLETED)
        if hearing.done():
            hearing.result()
    finally:
        hearing.cancel()
        touched.cancel()


async def _next_touch(exchange: Exchange, leg: Leg, seconds: float) -> Touch | None:
    """Raises what ``pass_time`` raises."""
    hands = _hands_of(leg)
    if not hands.touches:
        hands.touched.clear()
        await wait_first(exchange.door.pace, [leg.gone, leg.moved, leg.roused, hands.touched], seconds)
        check_still_there(leg)
    return hands.touches.popleft() if hands.touches else None


def _hands_of(leg: Leg) -> Hands:
    if leg.hands is None:
        raise LegEnded
    return leg.hands


@dataclass(frozen=True, slots=True)
class Message:
    """``ended`` is the key, ``hangup``, or nothing where silence or the time limit ended it."""

    seconds: int
    ended: str


async def message_by_hand(exchange: Exchange, leg: Leg, verb: Verb) -> Message | None:
    """None if nothing was said. Silence of the Record's time-out ends it, as do its keys, its limit and hanging up."""
    longest_s, began_s, spoken = float(verb.whole("maxLength", LONGEST_MESSAGE_S)), exchange.now(), False
    with _hands_of(leg).attended(frozenset({"message"})):
        while (left_s := began_s + longest_s - exchange.now()) > 0:
            try:
                touch = await _next_touch(exchange, leg, min(left_s, float(verb.whole("timeout", 5))))
            except (LegEnded, LegMoved):
                return _message(exchange, began_s, "hangup") if spoken else None
            if touch is None:
                break
            if touch.what == "key" and touch.text in verb.attributes.get("finishOnKey", ANY_KEY):
                exchange.note(leg, "presses", touch.text)
                return _message(exchange, began_s, touch.text) if spoken else None
            if touch.what == "words":
                exchange.note(leg, "says", touch.text)
                spoken = True
    return _message(exchange, began_s, "") if spoken else None


def _message(exchange: Exchange, began_s: float, ended: str) -> Message:
    return Message(max(1, round(exchange.now() - began_s)), ended)
