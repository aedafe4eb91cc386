"""Callbacks, webhook by webhook: the coordinator's phone and her key, then the person's own phone on the same leg."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from routing import connection
from routing.callbacks import call_over, free
from routing.connection import Offering
from routing.state.call.offers import Acceptance
from routing.state.callback import dial_joins, dial_legs
from routing.state.callback.dial_ends import Over
from routing.state.callback.dial_legs import Barred, Connect, Key, LeadLeg, NotYet, Seen
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.taking import take, tell_live
from voice import ringing
from voice.answers import context, coordinator_words, line, passed_on
from voice.callback_words import best, clock, why
from voice.switchboard import ACCEPT_KEY, SETTLED_BY, Leg, Switchboard, key
from voice.twiml import Ring, Said, asking_again, asking_for_key, conferring, connecting, ending, playing
from voice.webhooks import CallWebhook, DialEnded, KeyPressed

LEAD_RING_S = 25
MUSIC_S = 20
"""A piece of music and the words before it take less."""
PAUSE_S = 3


def picked_up(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """She hears whom it is about and why, and is asked for a key. No name is spoken: a mailbox may have picked up."""
    dial_legs.picked_up(board.desk.db, leg.inquiry, leg.step, call.sid, now)
    seen, offer = stands(board, leg)
    if seen is None or offer is None or not seen.is_wanted:
        return ending([line(offer, "callback-off")])
    words = coordinator_words(offer)
    prompt = words.say("callback-whisper", **context(offer, words.language), **told(seen, words.language))
    return asking_for_key([prompt], board.links.to("callbackkey", leg.inquiry, leg.step), [words.say("no-key-pressed")])


def stands(board: Switchboard, leg: Leg) -> tuple[Seen | None, Offering | None]:
    return dial_legs.seen(board.desk.db, leg.inquiry, leg.step), connection.offering(board.desk, leg.inquiry, leg.step)


def told(seen: Seen, language: str) -> dict[str, str]:
    row = seen.callback
    return {"why": why(language, row.kind, row.attempt) + best(language, row.best_from, row.best_until)}


def pressed(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """Key 1 takes it; with any other the next is asked."""
    desk, (seen, offer) = board.desk, stands(board, leg)
    if call.digits != ACCEPT_KEY:
        freed = dial_legs.unanswered(desk.db, leg.inquiry, leg.step, ("rejected", "refused"), now)
        free(desk, freed, "rejected", now)
        return passed_on(offer)
    if seen is None or offer is None:
        return ending([line(offer, "callback-off")])
    answer = asking_again([], 1, board.links.to("calling", leg.inquiry, leg.step))
    letter = Letter(key(call, "callbackkey", leg.inquiry, str(leg.step), call.digits), answer)
    covering = connection.covering(desk)
    rules = desk.shelf.book(seen.dial.practice_id) or offer.book
    try:
        taken = dial_legs.accept(
            desk.db, rules, Key(leg.inquiry, leg.step, call.sid, letter, covering), desk.new_id, now
        )
    except Refused:
        return answered(desk.db, letter.key) or ending([line(offer, "callback-off")])
    if isinstance(taken, Barred):
        free(desk, taken.freed, "canceled", now)
        return ending([line(offer, "callback-off")])
    tell_live(desk, rules, taken, now)
    return answer


def calling(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """The person's own phone rings now, from the number of her campaign; before a time that she chose it does not."""
    desk, (seen, offer) = board.desk, stands(board, leg)
    rules = desk.shelf.book(seen.dial.practice_id) if seen else None
    if seen is None or offer is None or rules is None:
        return ending([line(offer, "callback-off")])
    met = joined(board, leg, call, now)
    if met:
        return met
    to = dial_legs.ring_lead(desk.db, rules, (leg.inquiry, leg.step), desk.new_id, now)
    match to:
        case Connect():
            return dialling(board, leg, to, [line(offer, "callback-dialling")])
        case NotYet(seconds):
            return early(board, leg, (seen, offer), seconds)
        case Barred():
            free(desk, to.freed, "canceled", now)
    return ending([line(offer, "callback-off")])


def early(board: Switchboard, leg: Leg, of: tuple[Seen, Offering], seconds: int) -> bytes:
    """Music until it is time; the last seconds are waited for exactly."""
    seen, offer = of
    url = board.links.to("calling", leg.inquiry, leg.step)
    if seconds <= MUSIC_S:
        return asking_again([], min(seconds, PAUSE_S), url)
    local = seen.callback.due_at.astimezone(ZoneInfo(offer.book.zone))
    said = coordinator_words(offer).say("callback-early", time=clock(local.hour * 60 + local.minute))
    return playing([said], board.links.music, url)


def dialling(board: Switchboard, leg: Leg, to: Connect, before: Sequence[Said]) -> bytes:
    bell = Ring(
        number=to.number,
        whisper="",
        progress=board.links.to("lead", leg.inquiry, leg.step),
        action=board.links.to("called", leg.inquiry, leg.step),
        seconds=LEAD_RING_S,
        shown=to.shown,
    )
    return connecting(before, bell)


def joined(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes | None:
    """The person is calling us herself and waits: the coordinator takes that call. None when she does not wait."""
    desk = board.desk
    meeting = dial_joins.meet(desk.db, leg.inquiry, leg.step, desk.new_id, now)
    if meeting is None:
        return None
    to = Leg(meeting.inquiry, meeting.step)
    offer = connection.offering(desk, to.inquiry, to.step)
    answer = conferring([line(offer, "callback-joins")], ringing.seat(board.links, to, starts=True))
    letter = Letter(key(call, "joined", leg.inquiry, str(leg.step)), answer)
    taken = take(desk, board.links, Acceptance(to.inquiry, to.step, call.sid, letter), now)
    return taken or ringing.too_late(board, to)


def called(board: Switchboard, leg: Leg, call: DialEnded, now: datetime) -> bytes:
    """The person's leg is over, or the coordinator hung up first: either way the attempt is."""
    seen, offer = stands(board, leg)
    met = joined(board, leg, call, now) if seen and seen.dial.joined_by and not call.is_over else None
    if met:
        return met
    call_over(board.desk, Over(leg.inquiry, leg.step, call.dial_status, call.talk_s), now)
    reached = call.dial_status in ("completed", "answered")
    return ending([line(offer, "callback-over" if reached else "callback-unreached")])


def progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """The coordinator's leg reports, in any order and any number of times."""
    desk = board.desk
    dial_legs.reached(desk.db, leg.inquiry, leg.step, call.sid)
    if not call.is_over:
        return
    settled = SETTLED_BY.get(call.status, "canceled")
    freed = dial_legs.unanswered(desk.db, leg.inquiry, leg.step, (settled, call.status), now)
    free(desk, freed, settled, now)
    call_over(desk, Over(leg.inquiry, leg.step, ""), now)
    met = dial_joins.met_on(desk.db, call.sid)
    if met:
        ringing.progress(board, Leg(met.inquiry, met.step), call, now)


def lead_progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """The person's own leg reports."""
    dial_legs.lead_news(board.desk.db, LeadLeg(leg.inquiry, leg.step, call.sid, call.status), now)
