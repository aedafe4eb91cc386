"""Every webhook of a call after its first: what it carries, who answers it, what is said without the rows, and what the
spool makes of it later. To add one: its word in ``routing/links.py``, its line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from routing.links import Links, What
from voice.answers import connected, last_words, last_words_to_coordinator, one_moment, passed_on, whispered_blind
from voice.consent import consented
from voice.hold import left_queue, offered, wait, wait_key
from voice.menu import menu_answered, menu_last_words
from voice.switchboard import ACCEPT_KEY, Leg, Switchboard, dialled, pressed, progress, whisper
from voice.transfer import conferred, first_moved, held, invite, join, line, released, target_progress
from voice.twiml import waiting
from voice.voicemail import chosen, message_left, recording_reported
from voice.webhooks import CallWebhook, DialEnded, KeyPressed, MenuAnswered, MessageLeft, Queued, RecordingReported


@dataclass(frozen=True, slots=True)
class Blind:
    """A webhook whose rows cannot be asked or written in time. ``numbers`` are the practice's fallback numbers."""

    links: Links
    leg: Leg
    call: Any
    numbers: tuple[str, ...]


Answer = Callable[[Switchboard, Leg, Any, datetime], bytes | None]
Words = Callable[[Blind], bytes | None]


@dataclass(frozen=True, slots=True)
class LegWebhook:
    """``answer`` and ``blind`` give TwiML, or None where nobody listens. ``again``: from the spool it is answered once
    more, for what it writes. ``is_static``: the caller was given the static words, so that her call asks for nothing of
    us any more. ``to_coordinator``: the words are a coordinator's, who is never to be connected with a fallback number.
    ``on_line``: somebody is waiting for the answer, so that it has to come within half a second."""

    model: type[CallWebhook]
    answer: Answer
    blind: Words
    again: bool = False
    is_static: bool = False
    to_coordinator: bool = False
    on_line: bool = True

    @property
    def is_spooled(self) -> bool:
        return self.again or self.is_static


def offer(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    return offered(board, leg, now)


def static(at: Blind) -> bytes:
    return last_words(at.numbers)


def promised(at: Blind) -> bytes:
    """Somebody owes her a call already, so nobody need be dialled."""
    return last_words(())


def sorry(at: Blind) -> bytes:
    return last_words_to_coordinator()


def silent(at: Blind) -> None:
    return None


def whispers(at: Blind) -> bytes:
    return whispered_blind(at.links, at.leg.inquiry, at.leg.step)


def accepts(at: Blind) -> bytes:
    """Whoever presses the key is no mailbox: the caller is waiting, so they are connected."""
    return connected(None) if at.call.digits == ACCEPT_KEY else passed_on(None)


def waits(at: Blind) -> bytes:
    return waiting([], at.links.music, at.links.to("waitkey", at.leg.inquiry, at.leg.step))


def goes_on_waiting(at: Blind) -> bytes:
    return one_moment()


def menu_static(at: Blind) -> bytes:
    return menu_last_words(at.call, at.numbers) or last_words(at.numbers)


LEGS: Mapping[What, LegWebhook] = MappingProxyType(
    {
        "whisper": LegWebhook(CallWebhook, whisper, whispers, to_coordinator=True),
        "accept": LegWebhook(KeyPressed, pressed, accepts, again=True, to_coordinator=True),
        "dialled": LegWebhook(DialEnded, dialled, static, again=True, is_static=True),
        "leg": LegWebhook(CallWebhook, progress, silent, again=True, to_coordinator=True),
        "wait": LegWebhook(CallWebhook, wait, waits),
        "waitkey": LegWebhook(KeyPressed, wait_key, goes_on_waiting, again=True),
        "queued": LegWebhook(Queued, left_queue, static, again=True, is_static=True),
        "offer": LegWebhook(CallWebhook, offer, static, is_static=True),
        "menu": LegWebhook(MenuAnswered, menu_answered, menu_static, again=True, is_static=True),
        "choice": LegWebhook(KeyPressed, chosen, promised, again=True),
        "voicemail": LegWebhook(MessageLeft, message_left, promised, again=True),
        "recording": LegWebhook(RecordingReported, recording_reported, silent, again=True, on_line=False),
        "consent": LegWebhook(KeyPressed, consented, static, is_static=True),
        "conference": LegWebhook(CallWebhook, first_moved, sorry, to_coordinator=True),
        "conferred": LegWebhook(DialEnded, conferred, static),
        "held": LegWebhook(CallWebhook, held, waits),
        "invite": LegWebhook(CallWebhook, invite, sorry, to_coordinator=True),
        "join": LegWebhook(KeyPressed, join, sorry, to_coordinator=True),
        "invited": LegWebhook(CallWebhook, target_progress, silent, to_coordinator=True),
        "released": LegWebhook(CallWebhook, released, sorry, to_coordinator=True),
        "line": LegWebhook(CallWebhook, line, static),
    }
)
