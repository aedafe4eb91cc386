"""A number left in a chat, as it is kept: with the words that were agreed to, and how the thread goes on by text."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from routing.rules.book import Book
from routing.rules.hours import add_open_seconds
from routing.rules.stops import ORDINARY_TARGET_S
from routing.rules.wording.plain import plain
from routing.settings.accounts import account_of
from routing.state.text.chat_contacts import Left
from routing.state.text.chat_sessions import Chatter
from routing.state.text.conversations import Address
from sms.chat_words import say
from sms.chats import ChatMessage
from sms.reception import Reception


@dataclass(frozen=True, slots=True)
class NumberGiven:
    """``number`` is E.164. ``address`` is the visitor's, kept as evidence of her consent."""

    key: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    way: Literal["call", "text"]
    address: str = field(repr=False)


def with_number(reception: Reception, chat: Chatter, book: Book, given: NumberGiven, now: datetime) -> ChatMessage:
    """It stands in the thread like anything she says, so that whoever answers sees it there."""
    name = plain(given.name)
    words = say(book, f"chat-left-{given.way}", chat.language, number=given.number)
    queue = book.queues[book.intake]
    left = Left(
        number=given.number,
        way=given.way,
        name=name,
        message=reception.desk.db.vault.name("ms", chat.id, given.key),
        evidence=json.dumps(
            {"words": consent_words(book, chat.language), "origin": chat.origin, "address": given.address}
        ),
        version=f"{consent_template(book)}@{book.version}",
        queue=queue.id,
        due_at=add_open_seconds(queue.calendar, now, ORDINARY_TARGET_S),
        sms=by_text(reception, book, given.number),
    )
    return ChatMessage(chat, book, given.key, f"{name}: {words}" if name else words, left)


def consent_template(book: Book) -> str:
    return (book.chat.consent if book.chat else None) or "chat-consent"


def consent_words(book: Book, language: str) -> str:
    return say(book, consent_template(book), language)


def by_text(reception: Reception, book: Book, number: str) -> Address | None:
    """From the chat's own number if it may send texts, else the first that may; None where the practice has none."""
    shown = book.chat.number if book.chat else None
    mine = sorted(book.tracking_numbers.values(), key=lambda each: each.number != shown)
    sender = next((each.number for each in mine if each.texts), None)
    account = account_of(reception.accounts, book.practice)
    return Address("sms", account.sid, sender, number) if sender and account else None
