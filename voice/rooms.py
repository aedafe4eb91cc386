"""A talk in a conference, webhook by webhook: the legs of caller and coordinator, and what is heard on hold."""

from datetime import datetime

from routing import connection
from routing.conferences.opening import is_behind
from routing.state.conference import conferences, holds, transfers
from routing.state.inbox import Letter
from routing.state.lookups import underway
from routing.waiting import in_line
from voice import conference, seats
from voice.answers import goodbye, nobody_waiting
from voice.hold import words_of
from voice.switchboard import Leg, Switchboard, key
from voice.transfer import talk_ended, to_line
from voice.twiml import playing, telling
from voice.webhooks import CallWebhook, DialEnded
from voice.words import Words

THANKS_EVERY_S = 30
HOLD_DOCUMENT_S = 10


def coordinator_moved(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """The coordinator's leg was sent here: the talk goes on in the conference."""
    at = conferences.coordinator_joins(board.desk.db, leg.inquiry, leg.step, call.sid, now)
    if at is None:
        return nobody_waiting(connection.offering(board.desk, leg.inquiry, leg.step))
    return seats.ending_seat(board.links, leg.inquiry, at.room, at.step)


def left(board: Switchboard, leg: Leg, call: DialEnded, now: datetime) -> bytes:
    """The first seat of a caller or coordinator is left."""
    return seat_left(board, leg, call, f"left {leg.step}", now)


def left_again(board: Switchboard, leg: Leg, call: DialEnded, now: datetime) -> bytes:
    """The seat of a caller with a guest of the talk, or that guest's."""
    return seat_left(board, leg, call, f"onward {leg.step}", now)


def seat_left(board: Switchboard, leg: Leg, call: DialEnded, word: str, now: datetime) -> bytes:
    """The caller goes on as after any talk, the other leg is over."""
    desk = board.desk
    with desk.db.reading() as tx:
        at = underway(tx, leg.inquiry)
    offer = connection.offering(desk, leg.inquiry, at.step if at else leg.step)
    if at is None or call.sid != at.sid:
        return goodbye(offer)
    letter_key = key(call, word, leg.inquiry, call.dial_status)
    if call.is_over:
        connection.hang_up(desk, leg.inquiry, Letter(letter_key, goodbye(offer)), now)
        return goodbye(offer)
    seated = to_transfer(board, leg.inquiry, at.step, now)
    seated = seated or seats.caller_of_guest(desk, board.links, leg.inquiry, word, now)
    if seated is not None:
        return seated
    conferences.closed(desk.db, leg.inquiry, "left", now)
    return talk_ended(board, leg, letter_key, now) or to_line(board, leg, now)


def to_transfer(board: Switchboard, inquiry: str, step: int, now: datetime) -> bytes | None:
    """The coordinator transfers her: this conference is over for both."""
    room = None if is_behind(board.desk) else transfers.caller_joins(board.desk.db, inquiry, step, now)
    if room is None:
        return None
    conferences.closed(board.desk.db, inquiry, "transferred", now)
    return conference.caller_seat(board.desk, board.links, inquiry, room, now)


def on_hold(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """What the caller hears on hold: that she is not forgotten, music, and before a referral what she is to know. That
    she asks for it says that the hold is in force."""
    at = in_line(board.desk, leg.inquiry, now)
    with board.desk.db.writing() as tx:
        holds.heard(tx, call.sid, "hold", now)
        hold = holds.current(tx, leg.inquiry)
        told = conferences.disclosure_of(tx, leg.inquiry)
    if at is None or hold is None:
        return playing([], board.links.music)
    words, waited_s = words_of(at), (now - (hold.held_at or now)).total_seconds()
    first = hold.held_at is None or waited_s < HOLD_DOCUMENT_S
    said = [words.say(told)] if told and first else []
    thanks = [words.say("hold-thanks")] if waited_s % THANKS_EVERY_S < HOLD_DOCUMENT_S else []
    return playing([*said, *thanks], board.links.music)


def reminder(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """Said to the coordinator alone."""
    with board.desk.db.writing() as tx:
        holds.heard(tx, call.sid, "remind", now)
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    return telling([Words(offer.book, offer.book.languages[0]).say("hold-reminder")] if offer else [])
