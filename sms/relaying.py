"""A person's text as it is told to her coordinator's own phone: that somebody wrote, and the words where the practice
wants that."""

from datetime import datetime
from functools import partial

from routing.rules.book import Book
from routing.rules.relaying import sender, wants
from routing.rules.texting import Quiet
from routing.rules.wording.segments import cut
from routing.settings.accounts import account_of
from routing.state.text.relays import Relay, Route
from sms.meaning import Meant
from sms.reception import Came, Reception
from sms.relay_words import say

MOST_PARTS = 3
"""Parts that a text to her phone is sent in; the rest is in the thread."""


def relay_of(reception: Reception, came: Came, meant: Meant, silence: Quiet | None, now: datetime) -> Relay | None:
    """None where nobody at work wants it. A flood is no news after sixty texts in an hour."""
    phones = {who.id: who.phone for who in came.book.coordinators.values() if wants(who, now)}
    route = route_of(reception, came.book)
    if not phones or route is None or silence == "too_many_texts":
        return None
    return Relay(phones, route, reception.desk.new_id, partial(told, came, meant), shows_words(came))


def route_of(reception: Reception, book: Book) -> Route | None:
    number, account = sender(book), account_of(reception.accounts, book.practice)
    return Route(number, account.sid) if number and account else None


def shows_words(came: Came) -> bool:
    return came.book.policies.text_relay_content and bool(came.body)


def told(came: Came, meant: Meant, code: str, name: str) -> str:
    book = came.book
    what = kind_of(meant)
    if not shows_words(came):
        return say(book, what, code=code)
    start = f"{code}:" if what == "wrote" else say(book, what, code=code)
    if name:
        start = f"{start.removesuffix(':')} {name}:"
    return cut(f"{start} {came.body}", MOST_PARTS)


def kind_of(meant: Meant) -> str:
    if meant.crisis:
        return "crisis"
    return meant.wanted if meant.wanted in ("out", "in") else "wrote"
