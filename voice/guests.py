"""Whoever is rung into a talk, webhook by webhook: what she is told before the key, her seat, and her leaving."""

from datetime import datetime

from routing import connection
from routing.conferences.entering import KeyOne, enter, reached
from routing.conferences.settling import end_of
from routing.connection import Offering
from routing.state.call.moves import arrived
from routing.state.conference import guests
from routing.state.conference.guests import Seen
from routing.state.inbox import Letter
from voice import seats
from voice.answers import context, goodbye, nobody_waiting, passed_on
from voice.switchboard import ACCEPT_KEY, Leg, Switchboard, key
from voice.twiml import Said, asking_for_key, ending
from voice.webhooks import CallWebhook, DialEnded, KeyPressed
from voice.words import LISTENING, SPOKEN, Words, language_of, reason_in


def guest(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """She picked up. Asked again it is said again."""
    reached(board.desk, leg.inquiry, leg.step, call.sid)
    seen = guests.find(board.desk.db, leg.inquiry, leg.step)
    offer = offering(board, seen)
    if seen is None or offer is None or not seen.is_wanted(now):
        return nobody_waiting(offer)
    words = Words(offer.book, offer.book.languages[0])
    prompt = whisper(seen, offer, words)
    return asking_for_key([prompt], board.links.to("enter", leg.inquiry, leg.step), [words.say("no-key-pressed")])


def offering(board: Switchboard, seen: Seen | None) -> Offering | None:
    return connection.offering(board.desk, seen.row.inquiry_id, seen.row.first_step) if seen else None


def whisper(seen: Seen, offer: Offering, words: Words) -> Said:
    """Colleagues hear what the call is about; people outside the practice only that it asks for them, and whom they
    would have to understand. No name is spoken: a mailbox may have picked up."""
    row, book = seen.row, offer.book
    first = book.coordinators.get(row.first)
    who = first.name if first else ""
    if row.role == "supervisor":
        how = LISTENING.get(words.language, LISTENING["en"])[row.mode]
        return words.say("listen-whisper", coordinator=who, mode=how)
    if row.kind != "coordinator":
        told = language_of(book, offer.plan.facts.get("language"))
        spoken = SPOKEN.get(words.language, SPOKEN["en"]).get(told, told)
        return words.say("referral-whisper" if row.role == "handover" else "outside-whisper", language=spoken)
    known = {**context(offer, words.language), "reason": reason_in(words.language, row.reason)}
    return words.say("join-whisper", coordinator=who, **known)


def entering(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """Key 1 brings her in; any other is a refusal."""
    seen = guests.find(board.desk.db, leg.inquiry, leg.step)
    offer = offering(board, seen)
    if seen is None:
        return nobody_waiting(offer)
    if call.digits != ACCEPT_KEY:
        end_of(board.desk, leg.inquiry, leg.step, "rejected", now)
        return passed_on(offer)
    letter = Letter(key(call, "enter", leg.inquiry, str(leg.step), call.digits), seats.guest_seat(board.links, seen))
    entered = enter(board.desk, board.links, KeyOne(leg.inquiry, leg.step, call.sid, letter), now)
    return entered or nobody_waiting(offer)


def guest_progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """Her leg reports, in any order and any number of times."""
    reached(board.desk, leg.inquiry, leg.step, call.sid)
    if call.is_over:
        end_of(board.desk, leg.inquiry, leg.step, call.status, now)


def guest_left(board: Switchboard, leg: Leg, call: DialEnded, now: datetime) -> bytes:
    """Her seat is empty: she hung up, or the talk is over, or the coordinator has left and she has the caller."""
    seen = guests.find(board.desk.db, leg.inquiry, leg.step)
    offer = offering(board, seen)
    if seen is None or call.is_over or seen.row.role == "supervisor":
        end_of(board.desk, leg.inquiry, leg.step, None, now)
        return goodbye(offer)
    seat = seats.heir_of_coordinator(board.desk, board.links, leg.inquiry, f"guest {leg.step}", now)
    if seat is None:
        end_of(board.desk, leg.inquiry, leg.step, None, now)
    return seat or goodbye(offer)


def handed(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """After a cold referral the first coordinator hears who has the caller."""
    with board.desk.db.writing() as tx:
        arrived(tx, call.sid, now)
    seen = guests.find(board.desk.db, leg.inquiry, leg.step)
    offer = offering(board, seen)
    if seen is None or offer is None:
        return ending([])
    affiliate = offer.book.affiliates.get(seen.row.who)
    words = Words(offer.book, offer.book.languages[0])
    return ending([words.say("transfer-done", coordinator=affiliate.name if affiliate else "")])
