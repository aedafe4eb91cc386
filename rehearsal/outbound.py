"""Calls that REST creates: paced, rung like any other phone, and sent to the document they were created with."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.delivery import Webhook, WebhookFailed
from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, LegEnded, Move
from rehearsal.markup.refusal import Document, Verb
from rehearsal.network import arrive, follow
from rehearsal.pace import wait_first
from rehearsal.people import Phone
from rehearsal.ringing import RING_GRACE_S, Branch, finish, pick_up, ring

DETECTION_S = 3.0
MESSAGE_OVER_S = 12.0
"""When a mailbox has spoken its greeting."""
MACHINES: Mapping[str, str] = {"Enable": "machine_start", "DetectMessageEnd": "machine_end_beep"}


@dataclass(frozen=True, slots=True)
class CallOrder:
    """``shown`` is the number it comes from; ``progress`` the statusCallback attributes as on a Number; ``detection``
    is Enable or DetectMessageEnd, and with ``detected_url`` is told there instead of in the first request."""

    to: str
    shown: str
    document: Move
    progress: Mapping[str, str] = field(default_factory=dict)
    ring_s: float = 60.0
    limit_s: float = 14_400.0
    detection: str = ""
    detected_url: str = ""
    fallback_url: str | None = None


def order_call(exchange: Exchange, order: CallOrder, queue_s: float) -> Leg:
    """The new leg, which leaves the provider's queue after ``queue_s`` and then lives on its own."""
    phone = exchange.phones.phone(order.to)
    leg = Leg(
        exchange.new_id("CA"),
        order.shown,
        order.to,
        phone.habit,
        exchange.now(),
        phone.name,
        phone=phone,
        outbound=True,
    )
    leg.fallback_url, leg.queued_s = order.fallback_url, queue_s
    exchange.registry.enter(leg)
    exchange.note(leg, "created", f"REST calls {order.to}")
    task = asyncio.ensure_future(_carry(exchange, leg, order, phone))
    exchange.registry.running.add(task)
    task.add_done_callback(exchange.registry.running.discard)
    return leg


async def _carry(exchange: Exchange, leg: Leg, order: CallOrder, phone: Phone) -> None:
    """A call cancelled while queued tells nobody."""
    if await wait_first(exchange.door.pace, [leg.gone], leg.queued_s):
        leg.status, leg.ended_s = "canceled", exchange.now()
        return
    leg.status = "initiated"
    noun = Verb("Number", order.progress, order.to, (), "Calls.json")
    branch = Branch(leg, noun, phone, order.ring_s + RING_GRACE_S)
    if await ring(exchange, branch):
        pick_up(exchange, branch)
        leg.watch(_limit(exchange, leg, order.limit_s))
        await _talk_to(exchange, leg, order)
        finish(exchange, branch, "completed")
    await leg.settle()


async def _limit(exchange: Exchange, leg: Leg, limit_s: float) -> None:
    if not await wait_first(exchange.door.pace, [leg.gone], limit_s):
        leg.hang_up()


async def _talk_to(exchange: Exchange, leg: Leg, order: CallOrder) -> None:
    try:
        await follow(exchange, leg, await arrive(exchange, leg, _first_document(exchange, leg, order)))
    except LegEnded:
        return
    except WebhookFailed as failed:
        exchange.hear(leg, f"the provider's error voice, and the call is cut off: {failed.code}")


async def _first_document(exchange: Exchange, leg: Leg, order: CallOrder) -> Document:
    answered_by = {"AnsweredBy": await _detected(exchange, leg, order)} if order.detection else {}
    if order.document.twiml:
        return exchange.read_inline(leg, order.document.twiml)
    return await exchange.ask(
        leg, order.document.method, order.document.url, answered_by if not order.detected_url else {}
    )


async def _detected(exchange: Exchange, leg: Leg, order: CallOrder) -> str:
    """What answered; an asynchronous detection is told beside the call, which goes on meanwhile."""
    answered_by = MACHINES[order.detection] if leg.is_mailbox else "human"
    seconds = MESSAGE_OVER_S if answered_by == "machine_end_beep" else DETECTION_S
    if not order.detected_url:
        await exchange.pass_time(leg, seconds)
        return answered_by
    fields = {
        "AccountSid": exchange.account.sid,
        "CallSid": leg.sid,
        "AnsweredBy": answered_by,
        "MachineDetectionDuration": str(round(seconds * 1000)),
    }
    exchange.post_later(leg, Webhook("POST", order.detected_url, fields, exchange.new_id("")), seconds)
    return answered_by
