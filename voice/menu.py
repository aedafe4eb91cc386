"""The menu, webhook by webhook: crisis words before anything else, then the key or the words, then a person."""

from collections.abc import Sequence
from datetime import datetime

from routing import connection
from routing.desk import Reply
from routing.menu import Said, asked, settle
from routing.rules.wording.crisis import Crisis, crisis_in
from routing.rules.wording.intent import Heard, heard
from routing.state.inbox import Letter
from voice.answers import goodbye, spoken
from voice.question import Asking, question
from voice.switchboard import Leg, Switchboard, key
from voice.twiml import Said as Line
from voice.twiml import direct
from voice.webhooks import MenuAnswered
from voice.words import PLAIN, Words, language_of

ASKED_AGAIN = 1
"""The step of the second and last time."""


def menu_answered(board: Switchboard, leg: Leg, call: MenuAnswered, now: datetime) -> bytes:
    letter_key = key(call, "menu", leg.inquiry, str(leg.step))
    if call.is_over:
        connection.hang_up(board.desk, leg.inquiry, Letter(letter_key, goodbye(None)), now)
        return goodbye(None)
    at = asked(board.desk, leg.inquiry)
    if at is None:
        return menu_last_words(call, ()) or goodbye(None)
    crisis = crisis_in(call.speech)
    said = heard(at.menu, call.digits, call.speech)
    words = Words(at.book, language_of(at.book, at.plan.facts.get("language")))
    if crisis is None and said.ask_again and leg.step < ASKED_AGAIN:
        # Changes nothing, so it has no row: the same answer is asked about again in the same words.
        asks = Asking(leg.inquiry, ASKED_AGAIN, at.menu, words)
        return question(board.links, asks, [words.say("ask-again")])
    done = settled(board, Said(leg.inquiry, at.menu, said, crisis, letter_key), now)
    return done or menu_last_words(call, at.book.policies.fallback_numbers) or goodbye(None)


def settled(board: Switchboard, said: Said, now: datetime) -> bytes | None:
    def answer(reply: Reply) -> bytes:
        words = Words(reply.book, language_of(reply.book, reply.plan.facts.get("language")))
        return spoken(board.links, reply, before_person(words, said.heard, said.crisis))

    return settle(board.desk, said, answer, now)


def before_person(words: Words, said: Heard, crisis: Crisis | None) -> list[Line]:
    if crisis:
        return [words.say(template) for template in crisis_templates(crisis)]
    return [words.say("no-key" if said.ask_again else "connecting")]


def crisis_templates(crisis: Crisis) -> Sequence[str]:
    """988 and 911 by number, and for an overdose what may save a life until help is there."""
    overdose = ("crisis-overdose",) if crisis.category == "overdose" else ()
    return ("crisis-notice", *overdose, "crisis-connecting")


def menu_last_words(call: MenuAnswered, numbers: tuple[str, ...]) -> bytes | None:
    """Where the rows cannot be asked, or know nothing of her any more, a crisis is still answered as one (I11), then
    the static numbers are dialled. None without a crisis."""
    crisis = crisis_in(call.speech)
    if crisis is None:
        return None
    before = [Line(PLAIN[template]["en"]) for template in crisis_templates(crisis)]
    return direct(before, numbers, [Line(PLAIN["last-resort"]["en"])])
