"""Every webhook of a call after its first: what it carries, who answers it, what is said without the rows, and what the
spool makes of it later. To add one: its word in ``routing/links.py``, its line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from routing.links import Links, What
from voice import callbacks, ringing
from voice.answers import (
    connected,
    last_words,
    last_words_to_coordinator,
    one_moment,
    one_moment_more,
    passed_on,
    whispered_blind,
)
from voice.consent import consented
from voice.guests import entering, guest, guest_left, guest_progress, handed
from voice.hold import left_queue, offered, wait, wait_key
from voice.menu import menu_answered, menu_last_words
from voice.rooms import coordinator_moved, left, left_again, on_hold, reminder
from voice.switchboard import ACCEPT_KEY, Leg, Switchboard, dialled, pressed, progress, whisper
from voice.transfer import conferred, first_moved, held, invite, join, line, released, target_progress
from voice.twiml import playing, telling, waiting
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


def static_to_caller(at: Blind) -> bytes:
    """A seat in a conference was left: by the caller, or by a leg that we had called."""
    ours = at.call.extras.get("Direction", "inbound") != "inbound"
    return last_words_to_coordinator() if ours else last_words(at.numbers)


def asks_again(what: What) -> Words:
    """Meanwhile the caller hears music or talks on, so there is time to ask the rows once more."""

    def words(at: Blind) -> bytes:
        return one_moment_more(at.links.to(what, at.leg.inquiry, at.leg.step))

    return words


def silent(at: Blind) -> None:
    return None


def whispers(at: Blind) -> bytes:
    return whispered_blind(at.links, at.leg.inquiry, at.leg.step)


def accepts(at: Blind) -> bytes:
    """Whoever presses the key is no mailbox: the caller is waiting, so they are connected."""
    return connected(None) if at.call.digits == ACCEPT_KEY else passed_on(None)


def waits(at: Blind) -> bytes:
    return waiting([], at.links.music, at.links.to("waitkey", at.leg.inquiry, at.leg.step))


def plays(at: Blind) -> bytes:
    """In a conference: music, for nobody there can press a key."""
    return playing([], at.links.music)


def speechless(at: Blind) -> bytes:
    return telling([])


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
        "conference": LegWebhook(CallWebhook, first_moved, asks_again("conference"), to_coordinator=True),
        "conferred": LegWebhook(DialEnded, conferred, static_to_caller, again=True, is_static=True),
        "held": LegWebhook(CallWebhook, held, plays),
        "invite": LegWebhook(CallWebhook, invite, asks_again("invite"), to_coordinator=True),
        "join": LegWebhook(KeyPressed, join, asks_again("invite"), to_coordinator=True),
        "invited": LegWebhook(CallWebhook, target_progress, silent, again=True, to_coordinator=True),
        "released": LegWebhook(CallWebhook, released, sorry, to_coordinator=True),
        "line": LegWebhook(CallWebhook, line, static, is_static=True),
        "ring": LegWebhook(CallWebhook, ringing.picked_up, sorry, to_coordinator=True),
        "take": LegWebhook(KeyPressed, ringing.pressed, sorry, to_coordinator=True),
        "rung": LegWebhook(CallWebhook, ringing.progress, silent, again=True, to_coordinator=True),
        "room": LegWebhook(CallWebhook, coordinator_moved, asks_again("room"), to_coordinator=True),
        "left": LegWebhook(DialEnded, left, static_to_caller, again=True, is_static=True),
        "onward": LegWebhook(DialEnded, left_again, static_to_caller, again=True, is_static=True),
        "onhold": LegWebhook(CallWebhook, on_hold, plays),
        "reminder": LegWebhook(CallWebhook, reminder, speechless, to_coordinator=True),
        "guest": LegWebhook(CallWebhook, guest, asks_again("guest"), to_coordinator=True),
        "enter": LegWebhook(KeyPressed, entering, asks_again("guest"), to_coordinator=True),
        "guestleg": LegWebhook(CallWebhook, guest_progress, silent, again=True, to_coordinator=True),
        "guestleft": LegWebhook(DialEnded, guest_left, sorry, again=True, to_coordinator=True),
        "handed": LegWebhook(CallWebhook, handed, sorry, to_coordinator=True),
        "callback": LegWebhook(CallWebhook, callbacks.picked_up, asks_again("callback"), to_coordinator=True),
        "callbackkey": LegWebhook(KeyPressed, callbacks.pressed, asks_again("callback"), to_coordinator=True),
        "callbackleg": LegWebhook(CallWebhook, callbacks.progress, silent, again=True, to_coordinator=True),
        "calling": LegWebhook(CallWebhook, callbacks.calling, asks_again("calling"), to_coordinator=True),
        "called": LegWebhook(DialEnded, callbacks.called, sorry, again=True, to_coordinator=True),
        "lead": LegWebhook(CallWebhook, callbacks.lead_progress, silent, again=True, to_coordinator=True),
    }
)
