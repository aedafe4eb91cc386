"""A transfer, webhook by webhook: each function takes what Twilio posted and gives the TwiML to go on with."""

from datetime import datetime

from routing import connection
from routing import transfers as at_transfers
from routing.conferences.opening import is_behind
from routing.desk import Reply
from routing.going_on import Missed, go_on
from routing.state.call.moves import arrived
from routing.state.call.offers import Acceptance
from routing.state.call.talks import Talk
from routing.state.conference import conferences, transfers
from routing.state.conference.transfers import BEFORE_ACCEPT, Room, Standing
from routing.state.inbox import Letter, answered
from routing.state.lookups import underway
from routing.transfers import Declined
from routing.waiting import in_line
from voice import conference, seats
from voice.answers import goodbye, nobody_waiting, passed_on, spoken_again
from voice.hold import let_go, offered, words_of
from voice.switchboard import ACCEPT_KEY, Leg, Switchboard, key
from voice.twiml import Room as WaitingRoom
from voice.twiml import ending, holding, playing
from voice.webhooks import CallWebhook, DialEnded, KeyPressed


def first_moved(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """The first coordinator's leg was sent here: to wait for the target, or to have the caller back."""
    desk, links = board.desk, board.links
    at = transfers.first_joins(desk.db, leg.inquiry, leg.step, call.sid, now)
    if at is None or at.call_state != "connected":
        return nobody_waiting(connection.offering(desk, leg.inquiry, leg.step))
    if at.row.state in BEFORE_ACCEPT:
        return conference.first_waits(desk, links, at)
    if at.row.state == "returned":
        return conference.first_has_her_back(desk, links, at)
    if at.row.state == "accepted" and at.row.mode == "warm":
        return conference.first_stays(links, at)
    return ending([conference.coordinators_word(desk, at, "transfer-done", at.row.target)])


def held(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """Changes nothing."""
    return playing([], board.links.music)


def released(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """After a cold transfer the first coordinator hears who has the caller."""
    with board.desk.db.writing() as tx:
        arrived(tx, call.sid, now)
        at = transfers.newest_of_first(tx, leg.inquiry, leg.step, now)
    said = [conference.coordinators_word(board.desk, at, "transfer-done", at.row.target)] if at else []
    return ending(said)


def invite(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """The target picked up. Asked again it is said again."""
    at_transfers.reached(board.desk, leg.inquiry, leg.step, call.sid, now)
    at = transfers.to_target(board.desk.db, leg.inquiry, leg.step, now)
    if at is None or not is_wanted(at, now):
        return too_late(board, leg, at)
    return conference.invitation(board.desk, board.links, at) or too_late(board, leg, at)


def too_late(board: Switchboard, leg: Leg, at: Standing | None) -> bytes:
    """The caller has left (F38), or somebody has her."""
    if at is not None and at.call_state != "ended":
        return ending([conference.coordinators_word(board.desk, at, "transfer-over", at.row.target)])
    return nobody_waiting(connection.offering(board.desk, leg.inquiry, leg.step))


def is_wanted(at: Standing, now: datetime) -> bool:
    pending = at.row.state in BEFORE_ACCEPT and at.target_state == "pending" and at.row.until > now
    return pending and at.call_state == "connected"


def join(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """Key 1 takes the caller; any other gives her back to whom she had."""
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    at = transfers.to_target(board.desk.db, leg.inquiry, leg.step, now)
    if at is None:
        return nobody_waiting(offer)
    if call.digits != ACCEPT_KEY:
        at_transfers.decline(board.desk, board.links, Declined(leg.inquiry, leg.step, "rejected"), now)
        return passed_on(offer)
    letter = Letter(
        key(call, "join", leg.inquiry, str(leg.step), call.digits), conference.target_joins(board.links, at)
    )
    said = Acceptance(leg.inquiry, leg.step, call.sid, letter)
    joined = at_transfers.accept(board.desk, board.links, said, now)
    return joined or too_late(board, leg, transfers.to_target(board.desk.db, leg.inquiry, leg.step, now))


def target_progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """The target's leg reports, in any order and any number of times."""
    at_transfers.reached(board.desk, leg.inquiry, leg.step, call.sid, now)
    if call.is_over:
        at_transfers.decline(board.desk, board.links, Declined(leg.inquiry, leg.step, call.status), now)
        connection.talk_over(board.desk, Talk(leg.inquiry, leg.step, None, "unknown"), now)


def conferred(board: Switchboard, leg: Leg, call: DialEnded, now: datetime) -> bytes:
    """A seat is left: the caller goes on as after any talk, a coordinator's leg is over."""
    desk = board.desk
    at = transfers.to_target(desk.db, leg.inquiry, leg.step, now)
    if at is None:
        return goodbye(None)
    offer = connection.offering(desk, leg.inquiry, leg.step)
    if call.sid != at.call_sid:
        return goodbye(offer)
    letter_key = key(call, "conferred", leg.inquiry, str(leg.step), call.dial_status)
    if call.is_over:
        connection.hang_up(desk, leg.inquiry, Letter(letter_key, goodbye(offer)), now)
        return goodbye(offer)
    return to_next(board, at, now) or talk_ended(board, leg, letter_key, now) or to_line(board, leg, now)


def to_next(board: Switchboard, at: Standing, now: datetime) -> bytes | None:
    """Whoever took her transfers her in turn. A conference that broke before the accept leaves her in the line."""
    desk, inquiry = board.desk, at.row.inquiry_id
    with desk.db.reading() as tx:
        call = underway(tx, inquiry)
    asks = call is not None and not is_behind(desk)
    room: Room | None = transfers.caller_joins(desk.db, inquiry, call.step, now) if call and asks else None
    if room and room.transfer != at.id:
        conferences.closed(desk.db, inquiry, "transferred", now)
        return conference.caller_seat(desk, board.links, inquiry, room, now)
    if at.row.settled_at is not None and (
        seated := seats.caller_of_guest(desk, board.links, inquiry, f"transfer {at.row.target_step}", now)
    ):
        return seated
    if at.row.settled_at is None:
        at_transfers.break_off(desk, at, now)
    return None


def talk_ended(board: Switchboard, leg: Leg, letter_key: str, now: datetime) -> bytes | None:
    """As after a dial; None for a caller who waits in the line again, or is offered from there. A copy of the webhook
    ends no later talk."""
    desk = board.desk
    repeated = answered(desk.db, letter_key)
    if repeated is not None:
        return repeated
    with desk.db.reading() as tx:
        call = underway(tx, leg.inquiry)
    offer = connection.offering(desk, leg.inquiry, call.step) if call else None
    if call is None or call.state == "waiting" or (offer and offer.is_pending):
        return None
    connection.talk_over(desk, Talk(leg.inquiry, call.step, None, "waits"), now)

    def said(reply: Reply) -> bytes:
        return spoken_again(board.links, reply, cut_short=True)

    missed = Missed(leg.inquiry, call.step, "timeout", letter_key)
    return go_on(desk, missed, said, now) or goodbye(offer)


def to_line(board: Switchboard, leg: Leg, now: datetime) -> bytes:
    """She waits with her old key, or was called up meanwhile."""
    at = in_line(board.desk, leg.inquiry, now)
    if at is None or at.state != "waiting":
        return offered(board, leg, now) if at and at.state == "offered" else let_go(board, leg, now)
    with board.desk.db.reading() as tx:
        call = underway(tx, leg.inquiry)
    step = call.step if call else leg.step
    room = WaitingRoom(
        queue=f"leadline {at.book.practice}",
        wait=board.links.to("wait", leg.inquiry, step),
        action=board.links.to("queued", leg.inquiry, step),
    )
    return holding([words_of(at).say("cut-short")], room)


def line(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """The caller was sent here: nobody of the transfer has her any more."""
    with board.desk.db.writing() as tx:
        arrived(tx, call.sid, now)
    return to_line(board, leg, now)
