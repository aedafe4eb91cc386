"""Callers whom nobody took, webhook by webhook: what they choose, and the message they leave."""

from datetime import datetime

from routing.state.call.messages import outcome_of
from routing.state.call.recordings import Kind
from routing.state.inbox import Letter
from routing.voicemail import Report, Unreached, choose_callback, recorded, unreached
from routing.waiting import InLine
from voice.answers import goodbye, promise_in_line
from voice.choices import CALLBACK_KEY, Alone, choices, message_asked
from voice.switchboard import Leg, Switchboard, key
from voice.twiml import ending
from voice.webhooks import KeyPressed, MessageLeft, RecordingReported
from voice.words import Words, language_of

MESSAGE = "RecordVerb"
"""Source of a recording that is no talk, as the provider calls it."""


def chosen(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """Key 1 is a callback; any other key is a message, which is only something once it is left."""
    who = unreached(board.desk, leg.inquiry)
    if who is None:
        return goodbye(None)
    words, alone = words_of(who), alone_at(leg, who)
    if call.digits != CALLBACK_KEY:
        return message_asked(board.links, alone, [], words)
    answer = ending([words.say("callback-chosen", coordinator=who.owner_name), words.say("goodbye")])
    letter = Letter(key(call, "choice", leg.inquiry, str(leg.step), call.digits), answer)
    return choose_callback(board.desk, leg.inquiry, who, letter, now)


def message_left(board: Switchboard, leg: Leg, call: MessageLeft, now: datetime) -> bytes:
    """The recorder's own report. Without a recording nothing changes: the call is owed as it was."""
    who = unreached(board.desk, leg.inquiry)
    if who is None:
        return goodbye(None)
    words = words_of(who)
    if not call.recording or call.seconds == 0:
        return ending([words.say("voicemail-silent"), words.say("goodbye")])
    notice = alone_at(leg, who).notice
    told = Report(leg.inquiry, call.account, call.recording, "voicemail", call.seconds, False, notice)
    recorded(board.desk, told, who, now)
    return ending([words.say("voicemail-thanks", coordinator=who.owner_name), words.say("goodbye")])


def recording_reported(board: Switchboard, leg: Leg, news: RecordingReported, now: datetime) -> None:
    """The file is ready, or there is none: the provider records nothing of a caller who stays silent."""
    who = unreached(board.desk, leg.inquiry)
    if who is None or news.status != "completed" or (news.source == MESSAGE and news.seconds == 0):
        return
    kind: Kind = "voicemail" if news.source == MESSAGE else "call"
    notice = alone_at(leg, who).notice
    told = Report(leg.inquiry, news.account, news.recording, kind, news.seconds, True, notice)
    recorded(board.desk, told, who, now)


def after_line(board: Switchboard, leg: Leg, at: InLine) -> bytes:
    """Out of the line: the callback she chose is promised, a message she asked for is taken, else she chooses."""
    words = Words(at.book, language_of(at.book, at.plan.facts.get("language")))
    outcome = outcome_of(board.desk.db, leg.inquiry)
    alone = Alone(leg.inquiry, leg.step, at.owner_name, at.has_number)
    if outcome == "callback_chosen":
        return promise_in_line(words, at)
    if outcome == "key_other":
        return message_asked(board.links, alone, [], words)
    template = "nobody-free" if "call" in at.plan.allowed else "contact-promise"
    before = words.say(template if at.has_number else "no-number", coordinator=at.owner_name)
    return choices(board.links, alone, [before], words)


def alone_at(leg: Leg, who: Unreached) -> Alone:
    return Alone(leg.inquiry, leg.step, who.owner_name, who.has_number, who.is_on_call)


def words_of(who: Unreached) -> Words:
    return Words(who.book, language_of(who.book, who.plan.facts.get("language")))
