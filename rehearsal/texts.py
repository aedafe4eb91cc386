"""Texts on the simulated network: sent through the signed door, the answers read strictly, delivered and reported."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from rehearsal.delivery import Webhook, WebhookFailed
from rehearsal.exchange import Exchange
from rehearsal.markup.links import BadLink, check_ours, resolve
from rehearsal.markup.reading import Answer
from rehearsal.registry import SentText

LONGEST = 1_600
ATTRIBUTES = frozenset({"to", "from", "action", "method", "statusCallback"})
STOP = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})
START = frozenset({"start", "yes", "unstop"})
"""Twilio's own words, as a whole message, on numbers without a service of their own (twilio facts section 4.4)."""
OPTED_OUT = "21610"
STEPS = ("queued", "sent", "delivered")


class TextRefused(Exception):
    """An answer that Twilio would not carry out; ``code`` is its own."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on her phone; ``report`` is where its fate is told."""

    text: str
    report: str = ""


@dataclass(frozen=True, slots=True)
class TextPlan:
    """``extras`` are further fields of the webhook, such as OptOutType or MediaUrl0."""

    to: str
    sender: str
    body: str
    extras: Mapping[str, str] = field(default_factory=dict)


async def send_text(exchange: Exchange, plan: TextPlan) -> tuple[Shown, ...]:
    """What her phone shows at once. Raises TextRefused, and WebhookFailed where nobody answers."""
    note_keyword(exchange, plan)
    sid = exchange.new_id("SM")
    fields = {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": exchange.account.sid,
        "From": plan.sender,
        "To": plan.to,
        "Body": plan.body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        **plan.extras,
    }
    url = f"{exchange.door.public_url}/sms/incoming"
    came = await exchange.door.deliver(Webhook("POST", url, fields, exchange.new_id("")))
    told = read_texts(exchange, came.answer)
    for each in told:
        await tell_fate(exchange, (exchange.new_id("SM"), plan.sender, plan.to), each.report)
    return told


def note_keyword(exchange: Exchange, plan: TextPlan) -> None:
    word, pair = plan.body.strip().lower(), (plan.to, plan.sender)
    if word in STOP:
        exchange.registry.stopped.add(pair)
    if word in START:
        exchange.registry.stopped.discard(pair)


def read_texts(exchange: Exchange, answer: Answer) -> tuple[Shown, ...]:
    """Raises TextRefused for what Twilio would refuse, or silently leave out."""
    if not answer.content_type.startswith(("text/xml", "application/xml")):
        raise TextRefused("12300", "the answer is no XML")
    try:
        document: Element = fromstring(answer.body.decode())
    except (ParseError, UnicodeDecodeError):
        raise TextRefused("12100", "the document does not parse") from None
    if document.tag != "Response" or (document.text or "").strip():
        raise TextRefused("12200", "the root is no Response, or holds loose text")
    return tuple(read_message(exchange, each) for each in document)


def read_message(exchange: Exchange, found: Element) -> Shown:
    if found.tag != "Message" or set(found.attrib) - ATTRIBUTES:
        raise TextRefused("12200", "only Message, with the attributes it has")
    text = (found.findtext("Body") if len(found) else found.text) or ""
    if not text.strip():
        raise TextRefused("14103", "a message without words")
    if len(text) > LONGEST:
        raise TextRefused("21617", "more than 1,600 characters")
    report = found.attrib.get("statusCallback") or found.attrib.get("action", "")
    return Shown(text, our_link(exchange, report) if report else "")


def our_link(exchange: Exchange, url: str) -> str:
    public = exchange.door.public_url
    try:
        check_ours(public, resolve(public, url))
    except BadLink as bad:
        raise TextRefused("12200", bad.why) from None
    return resolve(public, url)


async def tell_fate(exchange: Exchange, message: tuple[str, str, str], report: str) -> None:
    """Delivered, or refused for somebody who texted STOP. ``message``: its sid, recipient and sender."""
    sid, to, sender = message
    if not report:
        return
    stopped = (sender, to) in exchange.registry.stopped
    for status in ("failed",) if stopped else STEPS:
        fields = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": exchange.account.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "From": sender,
            "To": to,
            "ApiVersion": "2010-04-01",
            **({"ErrorCode": OPTED_OUT} if stopped else {}),
        }
        await exchange.door.deliver(Webhook("POST", report, fields, exchange.new_id("")))


def tell_later(exchange: Exchange, text: SentText, report: str) -> None:
    """For one that REST created: its fate is told beside whatever goes on."""

    async def tell() -> None:
        try:
            await tell_fate(exchange, (text.sid, text.to, text.sender), report)
        except WebhookFailed:
            return

    task = asyncio.ensure_future(tell())
    exchange.registry.running.add(task)
    task.add_done_callback(exchange.registry.running.discard)


async def talk(exchange: Exchange, plans: Sequence[TextPlan]) -> list[tuple[TextPlan, tuple[Shown, ...]]]:
    """One text after the other, each after the answer to the last."""
    return [(plan, await send_text(exchange, plan)) for plan in plans]
