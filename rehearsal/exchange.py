"""The simulated exchange: everything the verbs need to ask the gateway, pass time and write down what happened."""

import asyncio
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urldefrag, urljoin

from rehearsal.delivery import Door, Webhook, WebhookFailed
from rehearsal.legs import Leg, LegEnded, first_request_fields, leg_fields, progress_fields
from rehearsal.pace import wait_first
from rehearsal.people import Phonebook
from rehearsal.refusal import Document, TwiMLRefused
from rehearsal.transcript import Failure, Line, Transcript
from rehearsal.twiml import outline, read_document

MOST_DOCUMENTS = 200
"""Of one call; more means that documents send the caller in a circle."""

OUR_OWN_RULE = "12200"
"""What the fallback is told for a document that only we refuse: Twilio's code for a breach of its schema."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose numbers all point at one gateway. ``numbers`` are those it owns, in E.164."""

    sid: str
    incoming_url: str
    fallback_url: str
    status_url: str
    numbers: frozenset[str] = frozenset()

    @classmethod
    def at(cls, sid: str, public_url: str, numbers: frozenset[str] = frozenset()) -> "Account":
        incoming, fallback, status = (
            urljoin(public_url, f"/voice/{word}") for word in ("incoming", "fallback", "status")
        )
        return cls(sid, incoming, fallback, status, numbers)


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where Twilio's documentation leaves room. A gateway must survive every choice; times in seconds."""

    refused_status: str = "completed"
    """DialCallStatus after a whisper that hung up: ``completed`` or ``no-answer``, never bridged."""
    gone_status: str = "canceled"
    """DialCallStatus when the caller hung up first: ``canceled`` or ``no-answer``."""
    set_up_s: float = 1.0
    """From dialling to the first ring, and from the ring to a busy tone."""
    letters_per_s: float = 15.0
    play_s: float = 10.0


@dataclass(slots=True)
class Exchange:
    account: Account
    door: Door
    phones: Phonebook
    started: datetime
    """The instant, with zone, that second 0 of the pace stands for."""
    carrier: Carrier = Carrier()
    seed: str = "rehearsal"
    transcript: Transcript = field(default_factory=Transcript)
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def now(self) -> float:
        return self.door.pace.now()

    def new_id(self, prefix: str) -> str:
        digest = hashlib.sha256(f"{self.seed}/{next(self._counter)}".encode()).hexdigest()
        return prefix + digest[:32]

    async def pass_time(self, leg: Leg, seconds: float) -> None:
        """Raises ``LegEnded`` if somebody hangs up meanwhile."""
        if await wait_first(self.door.pace, [leg.gone], seconds):
            raise LegEnded

    def note(self, leg: Leg, what: str, text: str) -> None:
        self.transcript.write(Line(self.now(), leg.root.sid, leg.who, what, text))

    def fail(self, leg: Leg, code: str, where: str, why: str) -> None:
        self.transcript.fail(Failure(self.now(), leg.root.sid, code, where, why))

    def hear(self, leg: Leg, text: str) -> None:
        leg.heard = True
        self.note(leg, "hears", text)

    def answer(self, leg: Leg) -> None:
        """The first verb that needs the line picks it up."""
        if leg.answered_s is None:
            leg.answered_s = self.now()
            leg.status = "in-progress"

    async def ask(self, leg: Leg, method: str, url: str, added: Mapping[str, str] | None = None) -> Document:
        """The document at ``url``; for the caller's leg the fallback's, if that fails.

        Raises ``WebhookFailed`` if there is none to go on with, ``LegEnded`` if somebody hung up meanwhile."""
        fields = leg_fields(leg, self.account.sid) | dict(added or {})
        try:
            document = await self._fetch(leg, Webhook(method, url, fields, self.new_id("")))
        except WebhookFailed as failed:
            self.fail(leg, failed.code, failed.where, failed.why)
            if leg.parent or leg.gone.is_set():
                raise
            document = await self._ask_fallback(leg, failed)
        if leg.gone.is_set():
            raise LegEnded
        return document

    async def first_document(self, leg: Leg) -> Document:
        return await self.ask(leg, "POST", self.account.incoming_url, first_request_fields(leg))

    async def _ask_fallback(self, leg: Leg, failed: WebhookFailed) -> Document:
        code = failed.code if failed.code.isdigit() else OUR_OWN_RULE
        fields = leg_fields(leg, self.account.sid) | {"ErrorCode": code, "ErrorUrl": urldefrag(failed.where).url}
        try:
            return await self._fetch(leg, Webhook("POST", self.account.fallback_url, fields, self.new_id("")))
        except WebhookFailed as again:
            self.fail(leg, again.code, again.where, again.why)
            raise

    async def _fetch(self, leg: Leg, webhook: Webhook) -> Document:
        leg.root.documents += 1
        if leg.root.documents > MOST_DOCUMENTS:
            raise WebhookFailed("loop", webhook.url, "the documents send the caller in a circle")
        self.note(leg, "asks", f"{webhook.method} {webhook.url}")
        delivered = await self.door.deliver(webhook)
        if not delivered.copies_agree:
            self.fail(leg, "I10", webhook.url, "copies of one webhook were answered differently")
        try:
            document = read_document(delivered.answer, leg.place(), leg.heard)
        except TwiMLRefused as refused:
            why = refused.why if refused.where == delivered.answer.url else f"{refused.where}: {refused.why}"
            raise WebhookFailed(refused.code, delivered.answer.url, why) from None
        self.note(leg, "answers", outline(document))
        return document

    def report(self, leg: Leg, url: str, added: Mapping[str, str], method: str = "POST") -> None:
        """Posts a status callback without waiting for it, as Twilio does; the call's end waits for all of them."""
        fields = leg_fields(leg, self.account.sid) | dict(added)
        webhook = Webhook(method, url, fields, self.new_id(""))
        leg.root.tasks.append(asyncio.ensure_future(self._post(leg, webhook)))

    def report_progress(self, leg: Leg, noun: Mapping[str, str], event: str) -> None:
        """One step of a dialled leg, if the noun asked for it; steps nobody asked for still count."""
        sequence, leg.progress = leg.progress, leg.progress + 1
        if "statusCallback" not in noun or event not in noun.get("statusCallbackEvent", "completed").split(" "):
            return
        at = self.started + timedelta(seconds=self.now())
        added = progress_fields(leg, sequence, at, self.now())
        self.report(leg, noun["statusCallback"], added, noun.get("statusCallbackMethod", "POST"))

    async def _post(self, leg: Leg, webhook: Webhook) -> None:
        self.note(leg, "status", f"{webhook.fields['CallStatus']} to {webhook.url}")
        try:
            delivered = await self.door.deliver(webhook)
        except WebhookFailed as failed:
            self.fail(leg, "15003", failed.where, failed.why)
            return
        if not delivered.copies_agree:
            self.fail(leg, "I10", webhook.url, "copies of one status callback were answered differently")
        if delivered.answer.status not in (200, 204):
            self.fail(leg, "15003", webhook.url, f"answered {delivered.answer.status}, not 200 or 204")
