"""Several phones that ring for one caller, webhook by webhook: who picked up, which key, and where the two meet."""

from datetime import datetime

from routing import connection, taking
from routing.conferences.opening import is_behind
from routing.desk import Answer, Desk, Reply
from routing.going_on import Missed, go_on
from routing.links import Links
from routing.state.call import rings
from routing.state.call.moves import arrived, is_under_way
from routing.state.call.offers import Acceptance
from routing.state.call.rings import LegOver
from routing.state.call.talks import Talk, leg_answered
from routing.state.inbox import Letter
from routing.state.lookups import underway
from voice.answers import context, coordinator_words, goodbye, line, nobody_waiting, passed_on, spoken_again, whisper_of
from voice.conference import caller_to_conference
from voice.switchboard import ACCEPT_KEY, SETTLED_BY, Leg, Switchboard, key
from voice.twiml import Seat, asking_for_key, conferring, ending
from voice.webhooks import CallWebhook, KeyPressed


def picked_up(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """She hears who waits and is asked for a key. Asked again it is said again; once somebody has the caller, that."""
    rings.picked_up(board.desk.db, leg.inquiry, leg.step, call.sid, now)
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    if offer is None or not taking.is_wanted(board.desk, leg.inquiry, leg.step):
        return too_late(board, leg)
    words = coordinator_words(offer)
    prompt = words.say(whisper_of(offer), **context(offer, words.language))
    return asking_for_key([prompt], board.links.to("take", leg.inquiry, leg.step), [line(offer, "no-key-pressed")])


def pressed(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """The first key 1 has the caller; any other key passes her on, and the other phones go on ringing."""
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    letter_key = key(call, "take", leg.inquiry, str(leg.step), call.digits)
    if call.digits != ACCEPT_KEY:
        said = Acceptance(leg.inquiry, leg.step, call.sid, Letter(letter_key, passed_on(offer)))
        return taking.refuse(board.desk, said, now)
    answer = conferring([line(offer, "bridged")], seat(board.links, leg, starts=True))
    said = Acceptance(leg.inquiry, leg.step, call.sid, Letter(letter_key, answer))
    return taking.take(board.desk, board.links, said, now) or too_late(board, leg)


def too_late(board: Switchboard, leg: Leg) -> bytes:
    """Somebody was first, or the caller has left."""
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    with board.desk.db.reading() as tx:
        at = underway(tx, leg.inquiry)
    has_her = at is not None and at.state in ("offered", "waiting", "connected")
    return ending([line(offer, "taken-by-other")]) if has_her else nobody_waiting(offer)


def seat(links: Links, leg: Leg, *, starts: bool, ends: bool = True) -> Seat:
    """Hers starts the conference and the caller's goes on as after a dial; both end it by leaving."""
    room = f"{leg.inquiry}-{leg.step}"
    action = "" if starts else links.to("dialled", leg.inquiry, leg.step)
    return Seat(room, links.to("held", leg.inquiry, leg.step), action, starts, ends)


def progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """Her leg reports, in any order and any number of times; its end settles an offer that still stands."""
    desk = board.desk
    rings.reached(desk.db, leg.inquiry, leg.step, call.sid, now)
    if call.status == "in-progress":
        leg_answered(desk.db, leg.inquiry, leg.step, now)
    if call.is_over:
        taking.leg_over(desk, LegOver(leg.inquiry, leg.step, call.status, SETTLED_BY.get(call.status, "canceled")), now)
        connection.talk_over(desk, Talk(leg.inquiry, leg.step, None, "unknown"), now)


def caller_joins(board: Switchboard, inquiry: str, now: datetime, *, was_sent: bool) -> bytes | None:
    """The caller is out of the queue because somebody took her: to her seat, or, should that somebody have left again
    meanwhile, on to the next. None when nobody took her that way. Unless she ``was_sent``, the request that is to send
    her may still be under way: it takes her out of her seat and back to it, which must not end the conference."""
    desk = board.desk
    if is_behind(desk):
        return None
    with desk.db.writing() as tx:
        at = underway(tx, inquiry)
        if at is None or at.state != "connected" or at.sid is None or not rings.was_taken(tx, inquiry, at.step):
            return None
        made = at.offer(at.step)
        meets = made is not None and made.state == "accepted"
        ends = was_sent or not is_under_way(tx, at.sid)
        arrived(tx, at.sid, now)
        if meets:
            rings.meets(tx, inquiry, at.step, now)
    if meets:
        elsewhere = caller_to_conference(desk, board.links, inquiry, at.step, now)
        return elsewhere or conferring([], seat(board.links, Leg(inquiry, at.step), starts=False, ends=ends))

    def said(reply: Reply) -> bytes:
        return spoken_again(board.links, reply, cut_short=True)

    return taken_in_vain(desk, inquiry, at.step, said, now) or goodbye(connection.offering(desk, inquiry, at.step))


def caller_elsewhere(board: Switchboard, inquiry: str, answer: bytes, at: datetime) -> None:
    """She was given ``answer``, the static words, instead of her seat, or was taken out of it: whoever took her sits
    there alone, and somebody owes her a call."""
    desk = board.desk
    with desk.db.reading() as tx:
        call = underway(tx, inquiry)
        if call is None or call.state != "connected" or not rings.was_taken(tx, inquiry, call.step):
            return
        if rings.has_met(tx, inquiry, call.step, at):
            return
    taken_in_vain(desk, inquiry, call.step, lambda _: answer, at)


def taken_in_vain(desk: Desk, inquiry: str, step: int, said: Answer, now: datetime) -> bytes | None:
    """Whoever took the caller has not met her: on to the next, or a promise. None where that was said before."""
    connection.talk_over(desk, Talk(inquiry, step, None, "waits"), now)
    return go_on(desk, Missed(inquiry, step, "timeout", f"alone:{inquiry}:{step}"), said, now)
