"""Several phones that ring for one caller, webhook by webhook: who picked up, which key, and where the two meet."""

from datetime import datetime

from routing import connection, taking
from routing.desk import Reply
from routing.going_on import Missed, go_on
from routing.links import Links
from routing.state.call import rings
from routing.state.call.moves import arrived
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


def seat(links: Links, leg: Leg, *, starts: bool) -> Seat:
    """Hers starts the conference and the caller's goes on as after a dial; both end it by leaving."""
    room = f"{leg.inquiry}-{leg.step}"
    action = "" if starts else links.to("dialled", leg.inquiry, leg.step)
    return Seat(room, links.to("held", leg.inquiry, leg.step), action, starts, ends=True)


def progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """Her leg reports, in any order and any number of times; its end settles an offer that still stands."""
    desk = board.desk
    rings.reached(desk.db, leg.inquiry, leg.step, call.sid, now)
    if call.status == "in-progress":
        leg_answered(desk.db, leg.inquiry, leg.step, now)
    if call.is_over:
        taking.leg_over(desk, LegOver(leg.inquiry, leg.step, call.status, SETTLED_BY.get(call.status, "canceled")), now)
        connection.talk_over(desk, Talk(leg.inquiry, leg.step, None, "unknown"), now)


def caller_joins(board: Switchboard, inquiry: str, now: datetime) -> bytes | None:
    """The caller is out of the queue because somebody took her: to her seat, or, should that somebody have left again
    meanwhile, on to the next. None when nobody took her that way."""
    desk = board.desk
    with desk.db.writing() as tx:
        at = underway(tx, inquiry)
        if at is None or at.state != "connected" or at.sid is None or not rings.was_taken(tx, inquiry, at.step):
            return None
        arrived(tx, at.sid, now)
    leg = Leg(inquiry, at.step)
    offer, made = connection.offering(desk, inquiry, at.step), at.offer(at.step)
    if made and made.state == "accepted":
        elsewhere = caller_to_conference(desk, board.links, inquiry, at.step, now)
        return elsewhere or conferring([], seat(board.links, leg, starts=False))
    connection.talk_over(desk, Talk(inquiry, at.step, None, "waits"), now)

    def said(reply: Reply) -> bytes:
        return spoken_again(board.links, reply, cut_short=True)

    missed = Missed(inquiry, at.step, "timeout", f"alone:{inquiry}:{at.step}")
    return go_on(desk, missed, said, now) or goodbye(offer)
