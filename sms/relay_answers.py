"""A text from a coordinator's own phone, which is never taken for a lead: passed on to the thread it answers, by the
path of her answers from the API, or told why not."""

from dataclasses import dataclass
from datetime import datetime

from routing.replying import NotHers, OwnPhone, Replying, ReplyRefused, UnknownConversation, Unwritten, fit, reply
from routing.rulebook.filling import opening
from routing.rules import relaying
from routing.rules.book import Coordinator
from routing.rules.relaying import Said
from routing.rules.wording.segments import segments
from routing.state.inbox import Letter, answered
from routing.state.lead.cases import LeadClosed, OptedOut
from routing.state.text.relay_letters import Hers, RelayWish, note_relay_wish, note_told
from routing.state.text.relay_wishes import has_ended
from routing.state.text.relays import Relayed, RelayText, answers_lately, relayed, relayed_as
from sms.answers import Line, crisis_line, last_line, said
from sms.meaning import Meant, meaning
from sms.reception import Came, Reception
from sms.relay_words import language_of, say
from sms.relaying import route_of

ANSWERS_AN_HOUR = 10
"""To one phone; more are only needed by one that answers by itself (F61)."""
REFUSED = {"not_allowed": "not_allowed", "not_neutral": "not_neutral", "in_chat": "in_chat"}
UNWRITTEN = {"empty": "empty", "too_long": "too_long"}


class NotPassedOn(RuntimeError):
    """Nothing was sent; ``told`` are the words she gets."""

    def __init__(self, told: str) -> None:
        super().__init__("not passed on")
        self.told = told


@dataclass(frozen=True, slots=True)
class Hand:
    """A text of hers with all that is known of her phone. ``quiet`` when enough was answered in this hour."""

    came: Came
    who: Coordinator
    asked: Said
    ended: bool
    quiet: bool
    meant: Meant

    def say(self, what: str, **values: str) -> str:
        return say(self.came.book, what, **values)


def by_coordinator(reception: Reception, came: Came, meant: Meant, who: Coordinator, now: datetime) -> bytes:
    """The answer's TwiML, kept with her text. :raises Refused: for a copy of the webhook; ask again."""
    hand = in_hand(reception, came, meant, who, now)
    if hand.asked.why in ("stop", "start"):
        return wished(reception, hand, now)
    try:
        conversation = meant_thread(reception, hand, now)
        return passed_on(reception, hand, conversation, now)
    except NotPassedOn as refusal:
        return answer(reception, hand, refusal.told, now)


def in_hand(reception: Reception, came: Came, meant: Meant, who: Coordinator, now: datetime) -> Hand:
    practice = came.book.practice
    with reception.desk.db.reading() as tx:
        ended = has_ended(tx, practice, who.id)
        quiet = answers_lately(tx, practice, who.id, now) >= ANSWERS_AN_HOUR
    asked = relaying.said(came.body, came.opt_out_type, pictures=bool(came.media), ended=ended)
    if asked.why == "words" and asked.code is None and is_about_herself(meant):
        asked = Said("unclear")
    return Hand(came, who, asked, ended, quiet, meant)


def is_about_herself(meant: Meant) -> bool:
    """Words that nobody but a person we care for would say: without a code they go to nobody else."""
    return meant.crisis is not None or (meant.wanted == "out" and meant.certain)


def wished(reception: Reception, hand: Hand, now: datetime) -> bytes:
    """One confirmation, none for who had it from the provider. It is no opt-out of a lead."""
    came, ends = hand.came, hand.asked.why == "stop"
    changed = hand.ended != ends
    words = hand.say("stopped" if ends else "started") if changed and hand.who.text_relay else None
    line = Line("confirmation", words) if words and came.may_answer and not came.opt_out_type else None
    document = last_said(came) if came.is_late else said([line] if line else [])
    wish = RelayWish(came.book.practice, hand.who.id, hand.who.phone, ends)
    note_relay_wish(reception.desk.db, Letter(came.key, document), wish, now)
    return document


def meant_thread(reception: Reception, hand: Hand, now: datetime) -> Relayed:
    """:raises NotPassedOn: where nobody could say for certain which thread is meant, or it is not hers."""
    refuse_what_is_no_answer(hand)
    practice, who = hand.came.book.practice, hand.who.id
    with reception.desk.db.reading() as tx:
        recent = relayed(tx, practice, who, now)
        code = hand.asked.code or relaying.meant({each.code: each.at for each in recent}, now)
        named = relayed_as(tx, practice, who, code) if code else None
    if named is None and hand.asked.code:
        raise NotPassedOn(hand.say("unknown", code=hand.asked.code))
    if named is None:
        codes = ", ".join(each.code for each in recent if each.owner == who)
        raise NotPassedOn(hand.say("which", codes=codes) if codes else hand.say("none"))
    return named


def refuse_what_is_no_answer(hand: Hand) -> None:
    """:raises NotPassedOn: for what holds no words, and from a phone that is not in use for this."""
    if not hand.who.text_relay:
        raise NotPassedOn(hand.say("off"))
    if hand.asked.why != "words":
        raise NotPassedOn(hand.say(hand.asked.why))
    if hand.ended:
        raise NotPassedOn(hand.say("ended"))


def passed_on(reception: Reception, hand: Hand, at: Relayed, now: datetime) -> bytes:
    """:raises NotPassedOn: with what keeps any answer of hers from being sent."""
    came, desk = hand.came, reception.desk

    def letter(due: datetime) -> Letter:
        return Letter(came.key, told_of(hand, at.code, due, now))

    try:
        body = fit(hand.asked.words)
        words = Replying(came.book, at.conversation, hand.who.id, body, segments(body).parts)
        reply(desk, words, now, OwnPhone(came.id, letter))
    except NotHers as other:
        name = came.book.coordinators[other.owner].name if other.owner in came.book.coordinators else other.owner
        raise NotPassedOn(hand.say("not_hers", code=at.code, coordinator=name)) from None
    except (LeadClosed, UnknownConversation):
        raise NotPassedOn(hand.say("closed", code=at.code)) from None
    except OptedOut:
        raise NotPassedOn(hand.say("opted_out", code=at.code)) from None
    except ReplyRefused as refused:
        raise NotPassedOn(hand.say(REFUSED.get(refused.why, "no_sender"), code=at.code)) from None
    except Unwritten as wrong:
        raise NotPassedOn(hand.say(UNWRITTEN.get(wrong.why, "empty"))) from None
    return answered(desk.db, came.key) or said([])


def told_of(hand: Hand, code: str, due: datetime, now: datetime) -> bytes:
    """Nothing where it goes out at once: her own phone shows that she sent it."""
    came = hand.came
    if came.is_late:
        return last_said(came)
    if due <= now or not came.may_answer:
        return said([])
    return said([Line("answer", hand.say("waits", code=code, **opening(came.book, due, language_of(came.book))))])


def answer(reception: Reception, hand: Hand, told: str, now: datetime) -> bytes:
    """By the webhook's answer, or by a text of its own where that carries none. Words of a crisis that reach nobody are
    answered as everybody's are (I11)."""
    came = hand.came
    crisis = [crisis_line(hand.meant.crisis, language_of(came.book))] if hand.meant.crisis else []
    lines = [*crisis, *([] if hand.quiet else [Line("answer", told)])]
    by_rest = came.is_late or is_conversation(came) or not came.may_answer
    document = last_said(came) if came.is_late else said(crisis if by_rest else lines)
    text = as_answer(reception, hand, told) if not hand.quiet else None
    hers = Hers(Letter(came.key, document), text, by_rest)
    note_told(reception.desk.db, hers, now)
    return document


def as_answer(reception: Reception, hand: Hand, told: str) -> RelayText | None:
    """None where no number may send it."""
    practice, route = hand.came.book.practice, route_of(reception, hand.came.book)
    name = reception.desk.new_id("rt")
    return RelayText(name, practice, hand.who.id, hand.who.phone, told, route, is_answer=True) if route else None


def is_conversation(came: Came) -> bool:
    """Its webhook's answer is not shown to anybody."""
    return '"ConversationSid"' in (came.extras or "")


def last_said(came: Came) -> bytes:
    line = last_line(meaning(came.body, came.opt_out_type))
    return said([line] if line else [])
