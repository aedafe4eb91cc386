"""Dial: rings phones, runs the whisper on the one that answers, bridges, and reports the result to ``action``."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rehearsal.delivery import WebhookFailed
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, closing_status
from rehearsal.pace import wait_first
from rehearsal.people import CallerHabit, CoordinatorHabit, Phone
from rehearsal.refusal import Document, Verb
from rehearsal.transcript import Bridge
from rehearsal.verbs import NEXT_VERB, Step

RING_GRACE_S = 5
"""Twilio adds this to a Dial's timeout."""
WHISPER_LIMIT_S = 14
Follow = Callable[[Exchange, Leg, Document], Awaitable[bool]]
"""Runs documents on a leg; False if the last one hung up."""


@dataclass(frozen=True, slots=True)
class DialResult:
    """What the action is told; ``child`` is the leg that stands for the result."""

    status: str
    bridged: bool = False
    child: str | None = None
    seconds: int | None = None

    def fields(self) -> dict[str, str]:
        fields = {"DialCallStatus": self.status}
        if self.child:
            fields["DialCallSid"] = self.child
        if self.seconds is not None:
            fields["DialCallDuration"] = str(self.seconds)
        return fields | {"DialBridged": str(self.bridged).lower()}


@dataclass(frozen=True, slots=True)
class Branch:
    """One phone of a Dial: its leg and the noun that names it."""

    leg: Leg
    noun: Verb
    phone: Phone
    ring_s: float


async def dial(follow: Follow, exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """Raises ``LegEnded`` when the caller has gone and there is no action to tell."""
    branches = _branches(exchange, leg, verb)
    if not verb.flag("answerOnBridge"):
        exchange.answer(leg)
    exchange.hear(leg, "ringing")
    result = await _dial_all(follow, exchange, branches, verb)
    if leg.gone.is_set():
        leg.status = closing_status(leg)
    if "action" in verb.attributes:
        method = verb.attributes.get("method", "POST")
        return Step(await exchange.ask(leg, method, verb.attributes["action"], result.fields()))
    if leg.gone.is_set():
        raise LegEnded
    return NEXT_VERB


def _branches(exchange: Exchange, parent: Leg, verb: Verb) -> list[Branch]:
    shown = verb.attributes.get("callerId", parent.number)
    if shown not in exchange.account.numbers | {parent.number, parent.to}:
        why = "the caller id is neither the caller's number nor one of the account's"
        exchange.fail(parent, "13214", verb.path, why)
        raise WebhookFailed("13214", verb.path, why)
    if any(noun.name != "Number" for noun in verb.children):
        exchange.fail(parent, "unsupported", verb.path, "this network dials numbers only")
        raise WebhookFailed("unsupported", verb.path, "this network dials numbers only")
    branches = []
    for noun in verb.children or (verb,):
        phone = exchange.phones.phone(noun.text)
        sid, now = exchange.new_id("CA"), exchange.now()
        child = Leg(sid, shown, noun.text, phone.habit, now, phone.name, parent, status="initiated")
        branches.append(Branch(child, noun, phone, verb.whole("timeout", 30) + RING_GRACE_S))
    return branches


async def _dial_all(follow: Follow, exchange: Exchange, branches: list[Branch], verb: Verb) -> DialResult:
    """All phones at once or, if the Dial is sequential, each after the one before did not answer."""
    result = DialResult("no-answer")
    for together in [[one] for one in branches] if verb.flag("sequential") else [branches]:
        picked = await _first_to_pick_up(exchange, together)
        if picked:
            return await _connect(follow, exchange, picked, verb.whole("timeLimit", 14_400))
        statuses = [one.leg.status for one in together]
        status = next(word for word in ("canceled", "no-answer", "busy", "failed") if word in statuses)
        if status == "canceled":
            return DialResult(exchange.carrier.gone_status)
        result = DialResult(status, child=together[statuses.index(status)].leg.sid)
    return result


async def _first_to_pick_up(exchange: Exchange, branches: list[Branch]) -> Branch | None:
    """Rings them all; the first to pick up, a mailbox too, cancels the others before any whisper."""
    rings = [asyncio.ensure_future(_ring(exchange, branch)) for branch in branches]
    waiting = set(rings)
    picked: Branch | None = None
    while waiting and picked is None:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        answered = [one for one, ring in zip(branches, rings, strict=True) if ring.done() and ring.result()]
        picked = answered[0] if answered else None
    for branch in branches:
        if branch is not picked:
            branch.leg.hang_up()
    answered_later = await asyncio.gather(*rings)
    for branch, answers in zip(branches, answered_later, strict=True):
        if answers and branch is not picked:
            _finish(exchange, branch, "canceled")
    return picked


async def _ring(exchange: Exchange, branch: Branch) -> bool:
    """Whether the phone was picked up; if not, the leg has ended with its reason as status."""
    leg, phone = branch.leg, branch.phone
    leg.root.children.append(leg)
    exchange.report_progress(leg, branch.noun.attributes, "initiated")
    if len(phone.engaged) >= phone.lines:
        exchange.fail(leg, "I3", phone.name, "a call was offered to a phone that rings or talks")
    else:
        phone.engaged.add(leg.sid)
    status = await _reach(exchange, branch)
    if status != "answered":
        _finish(exchange, branch, status)
    return status == "answered"


async def _reach(exchange: Exchange, branch: Branch) -> str:
    leg, phone, habit = branch.leg, branch.phone, branch.phone.habit
    set_up_s = exchange.carrier.set_up_s
    if await wait_first(exchange.door.pace, [leg.gone], set_up_s):
        return "canceled"
    if habit.reach == "failed":
        return "failed"
    leg.status = "ringing"
    exchange.report_progress(leg, branch.noun.attributes, "ringing")
    if habit.reach == "busy" or leg.sid not in phone.engaged:
        return "canceled" if await wait_first(exchange.door.pace, [leg.gone], set_up_s) else "busy"
    exchange.note(leg, "rings", f"shows {leg.number}")
    answers = habit.reach in ("answers", "mailbox") and habit.answer_s < branch.ring_s
    if await wait_first(exchange.door.pace, [leg.gone], habit.answer_s if answers else branch.ring_s):
        return "canceled"
    return "answered" if answers else "no-answer"


def _finish(exchange: Exchange, branch: Branch, status: str) -> None:
    leg = branch.leg
    leg.status, leg.ended_s = status, exchange.now()
    leg.gone.set()
    branch.phone.engaged.discard(leg.sid)
    if status != "completed":
        exchange.note(leg, "ends", status)
    exchange.report_progress(leg, branch.noun.attributes, "completed")


async def _connect(follow: Follow, exchange: Exchange, branch: Branch, limit_s: float) -> DialResult:
    leg, parent = branch.leg, branch.leg.root
    exchange.answer(leg)
    exchange.note(leg, "picks-up", "a mailbox" if branch.phone.habit.reach == "mailbox" else "")
    exchange.report_progress(leg, branch.noun.attributes, "answered")
    leg.root.tasks.append(asyncio.ensure_future(_leave_whisper(exchange, branch)))
    accepted = await _whispered(follow, exchange, branch)
    _check_acceptance(exchange, branch, accepted)
    if accepted and not parent.gone.is_set():
        await _talk(exchange, branch, limit_s)
    _finish(exchange, branch, "completed")
    if parent.gone.is_set() and not leg.bridged.is_set():
        return DialResult(exchange.carrier.gone_status)
    status = "completed" if leg.bridged.is_set() else exchange.carrier.refused_status
    return DialResult(status, leg.bridged.is_set(), leg.sid, leg.seconds(exchange.now()))


async def _leave_whisper(exchange: Exchange, branch: Branch) -> None:
    leaves_s = branch.phone.habit.leaves_whisper_s
    if leaves_s is None or await wait_first(exchange.door.pace, [branch.leg.gone, branch.leg.bridged], leaves_s):
        return
    exchange.note(branch.leg, "hangs-up", "in the whisper")
    branch.leg.hang_up()


async def _whispered(follow: Follow, exchange: Exchange, branch: Branch) -> bool:
    """Whether the leg may be bridged: its document, if it has one, ran to its end."""
    attributes = branch.noun.attributes
    if branch.noun.name != "Number" or "url" not in attributes:
        return True
    try:
        document = await exchange.ask(branch.leg, attributes.get("method", "POST"), attributes["url"])
        return await follow(exchange, branch.leg, document)
    except (LegEnded, WebhookFailed):
        return False


def _check_acceptance(exchange: Exchange, branch: Branch, accepted: bool) -> None:
    """A reservation outlives a ring and a whisper of 14 s, and a mailbox is nobody to talk to."""
    leg = branch.leg
    if leg.answered_s is not None and leg.asked_until_s - leg.answered_s > WHISPER_LIMIT_S:
        exchange.fail(leg, "whisper", branch.noun.path, f"a key was asked for longer than {WHISPER_LIMIT_S} s")
    if accepted and branch.phone.habit.reach == "mailbox":
        exchange.fail(leg, "mailbox", branch.noun.path, "the caller is connected with a mailbox")


def _talk_s(habit: CallerHabit | CoordinatorHabit) -> float:
    return float("inf") if habit.talk_s is None else habit.talk_s


async def _talk(exchange: Exchange, branch: Branch, limit_s: float) -> None:
    """The bridge, until one of them hangs up or the time limit ends it."""
    leg, parent = branch.leg, branch.leg.root
    exchange.answer(parent)
    bridge = Bridge(parent.sid, parent.number, leg.to, exchange.now())
    exchange.transcript.bridge(bridge, branch.phone.lines)
    exchange.note(leg, "bridged", f"with {parent.who}")
    leg.bridged.set()
    parent.bridged.set()
    caller_s, coordinator_s = _talk_s(parent.habit), _talk_s(leg.habit)
    if not await wait_first(exchange.door.pace, [leg.gone, parent.gone], min(caller_s, coordinator_s, limit_s)):
        first = parent if caller_s <= min(coordinator_s, limit_s) else leg
        exchange.note(first, "hangs-up", "after the talk")
        first.hang_up()
    bridge.ended_s = exchange.now()
