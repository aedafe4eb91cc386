"""The simulated exchange: everything the verbs need to ask the gateway, pass time and write down what happened."""

import asyncio
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urldefrag

from rehearsal.carrier import Account, Carrier
from rehearsal.delivery import Door, Webhook, WebhookFailed
from rehearsal.legs import Leg, LegEnded, LegMoved, LegRoused, first_request_fields, leg_fields, progress_fields
from rehearsal.markup.links import INLINE
from rehearsal.markup.reading import Answer, outline, read_document
from rehearsal.markup.refusal import Document, TwiMLRefused, Verb
from rehearsal.pace import wait_first
from rehearsal.people import Phonebook
from rehearsal.posting import Posting
from rehearsal.registry import Recording, Registry
from rehearsal.transcript import Failure, Line, Shown, Transcript

MOST_DOCUMENTS = 200
"""Of one call; more means that documents send the caller in a circle."""

OUR_OWN_RULE = "12200"
"""What the fallback is told for a document that only we refuse: Twilio's code for a breach of its schema."""


@dataclass(slots=True)
class Exchange:
    account: Account
    door: Door
    phones: Phonebook
    started: datetime
    """The instant, with zone, that second 0 of the pace stands for."""
    carrier: Carrier = field(default_factory=Carrier)
    seed: str = "rehearsal"
    transcript: Transcript = field(default_factory=Transcript)
    registry: Registry = field(default_factory=Registry)
    posting: Posting = field(default_factory=Posting)
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def now(self) -> float:
        return self.door.pace.now()

    def new_id(self, prefix: str) -> str:
        digest = hashlib.sha256(f"{self.seed}/{next(self._counter)}".encode()).hexdigest()
        return prefix + digest[:32]

    async def pass_time(self, leg: Leg, seconds: float) -> None:
        """Raises ``LegEnded`` if somebody hangs up meanwhile, ``LegMoved`` if the leg is taken elsewhere."""
        await wait_first(self.door.pace, [leg.gone, leg.moved, leg.roused], seconds)
        check_still_there(leg)

    def instant(self, at_s: float) -> datetime:
        return self.started + timedelta(seconds=at_s)

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

        Raises ``WebhookFailed`` if there is none to go on with, ``LegEnded`` if somebody hung up meanwhile,
        ``LegMoved`` if the leg was taken elsewhere."""
        fields = leg_fields(leg, self.account.sid) | dict(added or {})
        try:
            document = await self._fetch(leg, Webhook(method, url, fields, self.new_id("")))
        except WebhookFailed as failed:
            self.fail(leg, failed.code, failed.where, failed.why)
            fallback = self.account.fallback_url if leg.direction == "inbound" else leg.fallback_url
            if not fallback or leg.waits or leg.gone.is_set():
                raise
            document = await self._ask_fallback(leg, fallback, failed)
        check_still_there(leg)
        return document

    async def tell(self, leg: Leg, method: str, url: str, added: Mapping[str, str]) -> None:
        """Asks as ever, but nobody carries out the answer."""
        fields = leg_fields(leg, self.account.sid) | dict(added)
        try:
            await self._fetch(leg, Webhook(method, url, fields, self.new_id("")))
        except WebhookFailed as failed:
            self.fail(leg, failed.code, failed.where, failed.why)

    async def move_on(self, leg: Leg) -> Document:
        """The document to which REST sent the leg, or the last of them if it did so again meanwhile."""
        while True:
            move, leg.move = leg.move, None
            leg.moved.clear()
            if move is None:
                raise LegEnded
            try:
                return self.read_inline(leg, move.twiml) if move.twiml else await self.ask(leg, move.method, move.url)
            except LegMoved:
                continue

    def read_inline(self, leg: Leg, twiml: str) -> Document:
        """Raises ``WebhookFailed`` for words of REST that are no TwiML."""
        self.note(leg, "asks", "the words REST gave")
        try:
            return self._read(leg, Answer(INLINE, 200, "text/xml", _declared(twiml).encode()))
        except WebhookFailed as failed:
            self.fail(leg, failed.code, failed.where, failed.why)
            raise

    async def fetch_sound(self, leg: Leg, url: str) -> None:
        """Sounds of ours must be there; Twilio keeps what it got, so each is asked for once."""
        if url in self.registry.sounds or not self.door.is_ours(url):
            return
        self.registry.sounds.add(url)
        try:
            delivered = await self.door.deliver(Webhook("GET", url, {}, self.new_id("")))
        except WebhookFailed as failed:
            self.fail(leg, failed.code, failed.where, failed.why)
            return
        if delivered.answer.status != 200 or not delivered.answer.content_type.startswith("audio/"):
            self.fail(leg, "12300", url, "what is to be played is no sound")

    async def first_document(self, leg: Leg) -> Document:
        return await self.ask(leg, "POST", self.account.incoming_url, first_request_fields(leg))

    async def _ask_fallback(self, leg: Leg, url: str, failed: WebhookFailed) -> Document:
        code = failed.code if failed.code.isdigit() else OUR_OWN_RULE
        fields = leg_fields(leg, self.account.sid) | {"ErrorCode": code, "ErrorUrl": urldefrag(failed.where).url}
        try:
            return await self._fetch(leg, Webhook("POST", url, fields, self.new_id("")))
        except WebhookFailed as again:
            self.fail(leg, again.code, again.where, again.why)
            raise

    async def _fetch(self, leg: Leg, webhook: Webhook) -> Document:
        leg.root.documents += 1
        if leg.root.documents > MOST_DOCUMENTS:
            raise WebhookFailed("loop", webhook.url, "the documents send the caller in a circle")
        self.note(leg, "asks", f"{webhook.method} {webhook.url}")
        began_s = self.now()
        delivered = await self.door.deliver(webhook)
        self._show(leg, delivered.answer, began_s)
        if not delivered.copies_agree:
            self.fail(leg, "I10", webhook.url, "copies of one webhook were answered differently")
        return self._read(leg, delivered.answer)

    def _show(self, leg: Leg, answer: Answer, began_s: float) -> None:
        text = answer.body.decode("utf-8", "replace") if "xml" in answer.content_type else ""
        now = self.now()
        self.transcript.show(Shown(now, leg.root.sid, leg.who, answer.url, answer.status, now - began_s, text))

    def _read(self, leg: Leg, answer: Answer) -> Document:
        if leg.waits and answer.content_type.startswith("audio/"):
            return Document(answer.url, (Verb("Play", {}, "", (), answer.url),))
        try:
            document = read_document(answer, leg.place(), leg.heard)
        except TwiMLRefused as refused:
            why = refused.why if refused.where == answer.url else f"{refused.where}: {refused.why}"
            raise WebhookFailed(refused.code, answer.url, why) from None
        self.note(leg, "answers", outline(document))
        return document

    def report(self, leg: Leg, url: str, added: Mapping[str, str], method: str = "POST") -> None:
        """Posts a status callback without waiting for it, as Twilio does; the call's end waits for all of them."""
        fields = leg_fields(leg, self.account.sid) | dict(added)
        self.post_later(leg, Webhook(method, url, fields, self.new_id("")))

    def post_later(self, leg: Leg, webhook: Webhook, after_s: float = 0.0) -> None:
        leg.root.watch(self._post(leg, webhook, after_s))

    def record(self, leg: Leg, seconds: int, source: str, channels: int = 1) -> str:
        """Keeps a recording that has just ended; its sid."""
        sid = self.new_id("RE")
        began_s = self.now() - seconds
        self.registry.recordings[sid] = Recording(sid, leg.root.sid, seconds, began_s, source, channels)
        return sid

    def recording_url(self, sid: str) -> str:
        return f"{self.account.rest_url}/2010-04-01/Accounts/{self.account.sid}/Recordings/{sid}"

    def report_recording(self, leg: Leg, sid: str, url: str, method: str) -> None:
        """Posts the recording's own status callback once its file is ready: no From, no To (twilio facts 1.7)."""
        recording = self.registry.recordings[sid]
        fields = {
            "AccountSid": self.account.sid,
            "CallSid": recording.call,
            "RecordingSid": sid,
            "RecordingUrl": self.recording_url(sid),
            "RecordingStatus": "completed",
            "RecordingDuration": str(recording.seconds),
            "RecordingChannels": str(recording.channels),
            "RecordingStartTime": format_datetime(self.instant(recording.began_s)),
            "RecordingSource": recording.source,
            "RecordingTrack": "both",
            "ErrorCode": "0",
        }
        self.post_later(leg, Webhook(method, url, fields, self.new_id("")), self.carrier.recording_s)

    def report_progress(self, leg: Leg, noun: Mapping[str, str], event: str) -> None:
        """One step of a dialled leg, if the noun asked for it; steps nobody asked for still count."""
        sequence, leg.progress = leg.progress, leg.progress + 1
        if "statusCallback" not in noun or event not in noun.get("statusCallbackEvent", "completed").split(" "):
            return
        added = progress_fields(leg, sequence, self.instant(self.now()), self.now())
        self.report(leg, noun["statusCallback"], added, noun.get("statusCallbackMethod", "POST"))

    async def _post(self, leg: Leg, webhook: Webhook, after_s: float = 0.0) -> None:
        if after_s:
            await self.door.pace.sleep(after_s)
        arrivals = self.posting.arrivals(f"{self.seed}/{webhook.token}")
        if not arrivals:
            self.note(leg, "status", f"{_step_told(webhook.fields)} to {webhook.url} is lost")
        await asyncio.gather(*(self._arrive(leg, webhook, late_s) for late_s in arrivals))

    async def _arrive(self, leg: Leg, webhook: Webhook, late_s: float) -> None:
        if late_s:
            await self.door.pace.sleep(late_s)
        self.note(leg, "status", f"{_step_told(webhook.fields)} to {webhook.url}")
        try:
            delivered = await self.door.deliver(webhook)
        except WebhookFailed as failed:
            self.fail(leg, "15003", failed.where, failed.why)
            return
        if not delivered.copies_agree:
            self.fail(leg, "I10", webhook.url, "copies of one status callback were answered differently")
        if delivered.answer.status not in (200, 204):
            self.fail(leg, "15003", webhook.url, f"answered {delivered.answer.status}, not 200 or 204")


def check_still_there(leg: Leg) -> None:
    """Raises ``LegEnded``, ``LegMoved`` or ``LegRoused``."""
    if leg.gone.is_set():
        raise LegEnded
    if leg.moved.is_set():
        raise LegMoved
    if leg.roused.is_set():
        raise LegRoused


def _declared(twiml: str) -> str:
    """In words given to REST the XML declaration may be missing."""
    return twiml if twiml.lstrip().startswith("<?xml") else f'<?xml version="1.0" encoding="UTF-8"?>{twiml}'


def _step_told(fields: Mapping[str, str]) -> str:
    names = ("StatusCallbackEvent", "CallStatus", "RecordingStatus")
    return next((fields[name] for name in names if name in fields), "")
