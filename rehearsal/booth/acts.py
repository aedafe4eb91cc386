"""What a person at the page may do, one function an act, by the name in its URL."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import cast

from rehearsal.booth.live import Booth, Faults
from rehearsal.exchange import Exchange
from rehearsal.hands import Decision, Hands, Touch
from rehearsal.legs import Leg
from routing.state.call.outcomes import TALK_OUTCOMES

Given = Mapping[str, str]
Act = Callable[[Booth, Given], Awaitable[None]]
INVENTED = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
"""The numbers that are nobody's."""
KEYS = frozenset("0123456789*#")
MOST_WORDS = 200
WITHHELD = "anonymous"


class NotNow(Exception):
    """The moment for it is over, or has not come; the text is a sentence for the person at the page."""


async def call(booth: Booth, given: Given) -> None:
    """Raises ``ValueError`` for numbers that must not be dialled or shown."""
    if booth.is_played():
        raise NotNow("one call at a time: hang up first")
    to = given.get("to", "")
    if booth.stage.directory.practice_of(to) is None:
        raise ValueError("to is one of the tracking numbers")
    booth.play(to, caller_number(given.get("from", "")))


def caller_number(wanted: str) -> str:
    """A new one for none. Raises ``ValueError``."""
    if not wanted:
        return f"+1512555{140 + secrets.randbelow(60):04d}"
    if wanted != WITHHELD and not INVENTED.fullmatch(wanted):
        raise ValueError("callers have invented numbers here: +1, an area code, 555 01 and two digits")
    return wanted


async def press(booth: Booth, given: Given) -> None:
    key = given.get("key", "")
    if key not in KEYS or not key:
        raise ValueError("a key is a digit, * or #")
    exchange, leg, hands = _in_hand(booth, given)
    if not hands.touch(Touch("key", key)):
        exchange.note(leg, "presses", f"{key}, and nothing listens")


async def say(booth: Booth, given: Given) -> None:
    words = " ".join(given.get("words", "").split())[:MOST_WORDS]
    if not words:
        raise ValueError("there is nothing to say")
    exchange, leg, hands = _in_hand(booth, given)
    if not hands.touch(Touch("words", words)):
        exchange.note(leg, "says", words)


async def typing(booth: Booth, given: Given) -> None:
    _in_hand(booth, given)[2].touch(Touch("typing"))


async def hang_up(booth: Booth, given: Given) -> None:
    exchange, leg, _ = _in_hand(booth, given)
    exchange.note(leg, "hangs-up", "")
    leg.hang_up()


async def decide(booth: Booth, given: Given) -> None:
    """Answer, refuse, or let a mailbox take the call of a phone that rings."""
    decision = given.get("decision", "")
    if decision not in ("answer", "refuse", "mailbox"):
        raise ValueError("decision is answer, refuse or mailbox")
    _, leg, hands = _in_hand(booth, given)
    if leg.answered_s is not None:
        raise NotNow("this phone does not ring any more")
    hands.decide(cast(Decision, decision))


async def play(booth: Booth, given: Given) -> None:
    booth.cast.play(given.get("coordinator", ""), given.get("on") == "true")


async def behave(booth: Booth, given: Given) -> None:
    booth.cast.behave(given.get("coordinator", ""), given.get("habit", ""))


async def be(booth: Booth, given: Given) -> None:
    """Available or away, as the coordinator would say at a console."""
    status = given.get("status", "")
    if status not in ("available", "away"):
        raise ValueError("status is available or away")
    await booth.mirror.set_availability(booth.cast.part(given.get("coordinator", "")), status)


async def outcome(booth: Booth, given: Given) -> None:
    code = given.get("code", "")
    if code not in TALK_OUTCOMES:
        raise ValueError("code is one of " + ", ".join(TALK_OUTCOMES))
    await booth.mirror.record_outcome(booth.cast.part(given.get("coordinator", "")), code)


async def hand_on(booth: Booth, given: Given) -> None:
    """To another queue, as whoever has the caller would ask for at a console."""
    mode = given.get("mode", "")
    if mode not in ("warm", "cold"):
        raise ValueError("mode is warm or cold")
    part = booth.cast.part(given.get("coordinator", ""))
    refused = await booth.mirror.hand_on(part, given.get("queue", ""), mode)
    if refused:
        raise NotNow(refused)


async def go_wrong(booth: Booth, given: Given) -> None:
    booth.go_wrong(Faults(given.get("twice") == "true", given.get("lost") == "true"))


def _in_hand(booth: Booth, given: Given) -> tuple[Exchange, Leg, Hands]:
    """The live leg that is meant, if a person plays it. Raises ``NotNow``."""
    for exchange, leg in booth.live_legs():
        if leg.sid == given.get("leg") and leg.hands and not leg.gone.is_set():
            return exchange, leg, leg.hands
    raise NotNow("this call is over, or nobody plays it by hand")


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "call": call,
        "press": press,
        "say": say,
        "typing": typing,
        "hang-up": hang_up,
        "decide": decide,
        "play": play,
        "behave": behave,
        "be": be,
        "outcome": outcome,
        "hand-on": hand_on,
        "go-wrong": go_wrong,
    }
)
