"""The waiting room, webhook by webhook: what is played, which key leads out, and what follows the provider's queue."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from routing import connection
from routing.pursuit import followed_lately
from routing.rulebook.numbers import e164
from routing.state.call.line import Exit
from routing.state.call.messages import consent_of
from routing.state.inbox import Letter
from routing.state.live.connection import LiveStateDown
from routing.waiting import InLine, in_line, leave_line, serve
from voice.answers import connecting_again, goodbye
from voice.ringing import caller_joins
from voice.switchboard import Leg, Switchboard, key
from voice.twiml import Said, ending, leaving, pausing, telling, waiting
from voice.voicemail import after_line
from voice.webhooks import CallWebhook, KeyPressed, Queued
from voice.words import Words, language_of

CALLBACK_KEY, MESSAGE_KEY = "1", "2"
SAY_PLACE_EVERY_S = 30
WAIT_DOCUMENT_S = 10
SETTLING_S = 30
SERVED_HERE = 10
"""So many of the oldest callers are looked at within one wait document."""


def wait(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """Changes nothing but the end of a wait that took too long. A caller who is offered to somebody, or has left the
    line, is let out of the queue: that is the way on while REST fails (design section 7)."""
    at = in_line(board.desk, leg.inquiry, now)
    if at and at.state == "waiting" and no_clock(board, at.book.practice, now):
        serve(board.desk, board.links, at.book, now, SERVED_HERE)
        at = in_line(board.desk, leg.inquiry, now)
    if at is None or at.state != "waiting":
        return leaving()
    if at.hold.longest_wait:
        leave_line(board.desk, leg.inquiry, "longest_wait", Letter(f"longest:{leg.inquiry}", b""), now)
        return leaving()
    said = said_in_line(at)
    return waiting(said, board.links.music, board.links.to("waitkey", leg.inquiry, leg.step))


def no_clock(board: Switchboard, practice: str, now: datetime) -> bool:
    """No worker has followed the rows lately: then whoever waits sees to it that the line moves. While live state is
    away nobody can be claimed anyway."""
    try:
        return not followed_lately(board.desk.by, practice, now)
    except LiveStateDown:
        return False


def said_in_line(at: InLine) -> list[Said]:
    """The place is told at once and then every half minute; after a while it is the callback that is offered."""
    words = words_of(at)
    leave_message = words.say("waiting-voicemail")
    if is_offered_callback(at):
        return [words.say("callback-offer"), leave_message]
    if not is_told(at):
        return []
    place = words.say("waiting", position=str(at.hold.position), minutes=str(at.hold.minutes))
    # Whoever calls from a withheld number cannot be called back.
    keys = [words.say("waiting-callback"), leave_message] if at.has_number else [leave_message]
    return [words.say("waiting-rings") if at.rings else place, *keys]


def is_offered_callback(at: InLine) -> bool:
    """In one wait document or two, and to nobody whose number we do not know (routing-semantics section 5)."""
    since_s = at.waited_s - at.book.policies.callback_offer_s
    return at.has_number and 0 <= since_s < WAIT_DOCUMENT_S


def is_told(at: InLine) -> bool:
    return int(at.waited_s) % SAY_PLACE_EVERY_S < WAIT_DOCUMENT_S


def words_of(at: InLine) -> Words:
    return Words(at.book, language_of(at.book, at.plan.facts.get("language")))


def wait_key(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """At any time key 1 keeps the place and promises a callback, key 2 leads to the recorder; any other goes on
    waiting."""
    if call.digits == CALLBACK_KEY and e164(call.caller):
        letter = Letter(key(call, "waitkey", leg.inquiry, call.digits), b"")
        leave_line(board.desk, leg.inquiry, "callback_chosen", letter, now)
        return leaving()
    if call.digits == MESSAGE_KEY:
        letter = Letter(key(call, "waitkey", leg.inquiry, call.digits), b"")
        leave_line(board.desk, leg.inquiry, "key_other", letter, now)
        return leaving()
    at = in_line(board.desk, leg.inquiry, now)
    if at is None:
        return leaving()
    return telling([words_of(at).say("connecting")])


def left_queue(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    """Every result has its step (routing-semantics section 9)."""
    return AFTER.get(call.queue_result, failed)(board, leg, call, now)


def let_out(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    """Our own wait document let her out: to an offer that stands, or to the promise she chose."""
    at = in_line(board.desk, leg.inquiry, now)
    if at is None:
        return goodbye(None)
    if at.state == "waiting":
        # No stored choice counts as the longest wait.
        leave_line(board.desk, leg.inquiry, "longest_wait", Letter(key(call, "left", leg.inquiry), b""), now)
    return on_from_line(board, leg, at, now)


def on_from_line(board: Switchboard, leg: Leg, at: InLine, now: datetime) -> bytes:
    """Somebody may have her by now, whatever the provider's queue did."""
    return somebodys(board, leg, now, was_sent=False) or after_line(board, leg, at)


def failed(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    """The queue did not take or keep her: nobody waits for nothing, so somebody calls back."""
    if call.is_over:
        return hung_up(board, leg, call, now)
    how: Exit = "queue_full" if call.queue_result == "queue-full" else "failed"
    leave_line(board.desk, leg.inquiry, how, Letter(key(call, "left", leg.inquiry), b""), now)
    at = in_line(board.desk, leg.inquiry, now)
    return on_from_line(board, leg, at, now) if at else goodbye(None)


def hung_up(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    connection.hang_up(board.desk, leg.inquiry, Letter(key(call, "left", leg.inquiry), b""), now)
    return goodbye(None)


def moved(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    """Our REST call moved her; where to stands in the move's row, and this answer is not carried out."""
    return goodbye(None)


def talked(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    return goodbye(None)


def settling(board: Switchboard, leg: Leg, call: Queued, now: datetime) -> bytes:
    """Told to bridge, not confirmed: nothing is cut off."""
    at = in_line(board.desk, leg.inquiry, now)
    return pausing(SETTLING_S, [words_of(at).say("nobody-free", coordinator=at.owner_name)] if at else [])


AFTER: Mapping[str, Callable[[Switchboard, Leg, Queued, datetime], bytes]] = MappingProxyType(
    {
        "bridged": talked,
        "bridging-in-process": settling,
        "error": failed,
        "hangup": hung_up,
        "leave": let_out,
        "redirected": moved,
        "redirected-from-bridged": moved,
        "queue-full": failed,
        "system-error": failed,
    }
)


def offered(board: Switchboard, leg: Leg, now: datetime) -> bytes:
    """The document a moved call is sent to: rings the coordinator it is offered to, or leads to the one who took it."""
    return somebodys(board, leg, now, was_sent=True) or let_go(board, leg, now)


def somebodys(board: Switchboard, leg: Leg, now: datetime, *, was_sent: bool) -> bytes | None:
    """None while she is nobody's. ``was_sent`` as for ``caller_joins``."""
    offer = connection.current_offer(board.desk, leg.inquiry, now)
    if offer is None:
        return caller_joins(board, leg.inquiry, now, was_sent=was_sent)
    return connecting_again(board.links, offer, leg.inquiry, consent_of(board.desk.db, leg.inquiry))


def let_go(board: Switchboard, leg: Leg, now: datetime) -> bytes:
    """The offer is over before the call came: back to the line if she still waits, else the promise."""
    at = in_line(board.desk, leg.inquiry, now)
    return after_line(board, leg, at) if at else ending([])
