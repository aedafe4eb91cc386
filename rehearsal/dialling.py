"""Dial: rings phones, runs the whisper on the one that answers, bridges, and reports the result to ``action``."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from rehearsal.delivery import WebhookFailed
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, LegMoved, closing_status
from rehearsal.markup.refusal import Document, Verb
from rehearsal.ringing import RING_GRACE_S, Branch, finish, pick_up, ring
from rehearsal.talks import keep_recording, talk
from rehearsal.verbs import NEXT_VERB, Step

WHISPER_LIMIT_S = 14
Follow = Callable[[Exchange, Leg, Document], Awaitable[bool]]
"""Runs documents on a leg; False if the last one hung up."""


@dataclass(frozen=True, slots=True)
class DialResult:
    """What the action is told; ``child`` is the leg that stands for the result, ``more`` what its kind adds."""

    status: str
    bridged: bool = False
    child: str | None = None
    seconds: int | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, str]:
        fields = {"DialCallStatus": self.status}
        if self.child:
            fields["DialCallSid"] = self.child
        if self.seconds is not None:
            fields["DialCallDuration"] = str(self.seconds)
        return fields | {"DialBridged": str(self.bridged).lower()} | dict(self.more)


async def dial(follow: Follow, exchange: Exchange, leg: Leg, verb: Verb) -> Step:
    """Raises ``LegEnded`` when the caller has gone and there is no action to tell."""
    branches = _branches(exchange, leg, verb)
    if not verb.flag("answerOnBridge"):
        exchange.answer(leg)
    exchange.hear(leg, "ringing")
    result = await _dial_all(follow, exchange, branches, verb)
    return await dialled(exchange, leg, verb, result)


async def dialled(exchange: Exchange, leg: Leg, verb: Verb, result: DialResult) -> Step:
    """Tells the action, if there is one, how the Dial ended. A leg that was taken elsewhere tells nobody."""
    if leg.gone.is_set():
        leg.status = closing_status(leg)
    elif leg.moved.is_set():
        raise LegMoved
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
        exchange.fail(parent, "unsupported", verb.path, "this network dials no such noun")
        raise WebhookFailed("unsupported", verb.path, "this network dials no such noun")
    branches = []
    for noun in verb.children or (verb,):
        phone = exchange.phones.phone(noun.text)
        sid, now = exchange.new_id("CA"), exchange.now()
        child = Leg(sid, shown, noun.text, phone.habit, now, phone.name, parent, phone, status="initiated")
        exchange.registry.enter(child)
        branches.append(Branch(child, noun, phone, verb.whole("timeout", 30) + RING_GRACE_S))
    return branches


async def _dial_all(follow: Follow, exchange: Exchange, branches: list[Branch], verb: Verb) -> DialResult:
    """All phones at once or, if the Dial is sequential, each after the one before did not answer."""
    result = DialResult("no-answer")
    for together in [[one] for one in branches] if verb.flag("sequential") else [branches]:
        picked = await _first_to_pick_up(exchange, together)
        if picked:
            return await _connect(follow, exchange, picked, verb)
        statuses = [one.leg.status for one in together]
        status = next(word for word in ("canceled", "no-answer", "busy", "failed") if word in statuses)
        if status == "canceled":
            return DialResult(exchange.carrier.gone_status)
        result = DialResult(status, child=together[statuses.index(status)].leg.sid)
    return result


async def _first_to_pick_up(exchange: Exchange, branches: list[Branch]) -> Branch | None:
    """Rings them all; the first to pick up, a mailbox too, cancels the others before any whisper."""
    rings = [asyncio.ensure_future(ring(exchange, branch)) for branch in branches]
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
            finish(exchange, branch, "canceled")
    return picked


async def _connect(follow: Follow, exchange: Exchange, branch: Branch, verb: Verb) -> DialResult:
    leg, parent = branch.leg, branch.leg.root
    pick_up(exchange, branch)
    accepted = await _whispered(follow, exchange, branch)
    _check_whisper_length(exchange, branch)
    if accepted and not parent.gone.is_set() and not parent.moved.is_set():
        await talk(exchange, parent, leg, verb.whole("timeLimit", 14_400))
    if leg.moved.is_set() and not leg.gone.is_set():
        _detach(follow, exchange, branch)
        return DialResult("completed", leg.bridged.is_set(), leg.sid)
    finish(exchange, branch, "completed")
    if parent.gone.is_set() and not leg.bridged.is_set():
        return DialResult(exchange.carrier.gone_status)
    status = "completed" if leg.bridged.is_set() else exchange.carrier.refused_status
    seconds = leg.seconds(exchange.now())
    result = DialResult(status, leg.bridged.is_set(), leg.sid, seconds)
    return replace(result, more=_recorded(exchange, parent, verb, seconds)) if leg.bridged.is_set() else result


def _recorded(exchange: Exchange, parent: Leg, verb: Verb, seconds: int) -> dict[str, str]:
    if not verb.attributes.get("record", "").startswith("record-"):
        return {}
    sid = keep_recording(exchange, parent, seconds, "DialVerb", verb.attributes)
    url = exchange.recording_url(sid)
    return {"RecordingUrl": url, "RecordingSid": sid, "RecordingDuration": str(seconds)}


def _detach(follow: Follow, exchange: Exchange, branch: Branch) -> None:
    """REST took the dialled leg elsewhere: it lives on by itself, and the caller's Dial is over."""
    leg = branch.leg
    leg.detached = True
    leg.root.children.remove(leg)
    leg.root.watch(_live_on(follow, exchange, branch))


async def _live_on(follow: Follow, exchange: Exchange, branch: Branch) -> None:
    try:
        await follow(exchange, branch.leg, await exchange.move_on(branch.leg))
    except (LegEnded, WebhookFailed):
        exchange.note(branch.leg, "hangs-up", "its document is over")
    finish(exchange, branch, "completed")


async def _whispered(follow: Follow, exchange: Exchange, branch: Branch) -> bool:
    """Whether the leg may be bridged: its document, if it has one, ran to its end."""
    attributes = branch.noun.attributes
    if branch.noun.name != "Number" or "url" not in attributes:
        return True
    try:
        document = await exchange.ask(branch.leg, attributes.get("method", "POST"), attributes["url"])
        return await follow(exchange, branch.leg, document)
    except (LegEnded, LegMoved, WebhookFailed):
        return False


def _check_whisper_length(exchange: Exchange, branch: Branch) -> None:
    """A reservation outlives a ring and a whisper of 14 s."""
    leg = branch.leg
    if leg.answered_s is not None and leg.asked_until_s - leg.answered_s > WHISPER_LIMIT_S:
        exchange.fail(leg, "whisper", branch.noun.path, f"a key was asked for longer than {WHISPER_LIMIT_S} s")
