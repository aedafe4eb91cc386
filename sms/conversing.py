"""Messages that come by Twilio Conversations: texts go the way of texts, a page's own chat the way of chats.

What the machine answers goes out by REST, for the webhook's answer cannot carry it. Into a chat that a page runs by
itself nothing is sent from here: it is owned and has a task, and its coordinator answers where the chat is."""

from contextlib import suppress
from datetime import datetime
from itertools import count

from routing.rules.book import Book
from routing.settings.accounts import account_of
from routing.state.database import Refused
from routing.state.inbox import Letter, answered, note
from routing.state.practice.shelf import Shelf
from routing.state.text.answers_sent import send_answer
from routing.state.text.chat_sessions import Chatter, Opened, drawn, open_chat
from routing.state.text.conversations import Address
from sms.chats import ChatMessage, ChatOver, chatted
from sms.incoming import texted
from sms.reception import Reception, Unanswerable, UnknownNumber
from sms.webhooks import ConversationEvent, TextArrived

ELSEWHERE = "conversations"
"""Stands where a page's origin would."""


def conversed(reception: Reception, event: ConversationEvent, now: datetime) -> None:
    """:raises UnknownNumber: ForeignAccount, Unanswerable, Busy, DatabaseDown."""
    match event.what:
        case "onParticipantAdded" if event.ours:
            note(reception.desk.db, Letter(bound(event), event.ours.encode()), now)
        case "onMessageAdded" if event.sid and event.is_text:
            text = as_text(reception, event)
            texted(reception, text, now)
            send_answer(reception.desk.db, reception.desk.db.vault.name("ms", text.account, text.sid, "answer"), now)
        case "onMessageAdded" if event.sid:
            written_on_a_page(reception, event, now)


def bound(event: ConversationEvent) -> str:
    return f"{event.account}:conversation:{event.conversation}"


def as_text(reception: Reception, event: ConversationEvent) -> TextArrived:
    """To the number that the participant was bound to; else the first of the account's practice that may send texts.
    The ids of both kinds of message are random but for their prefix."""
    known = answered(reception.desk.db, bound(event))
    ours = known.decode() if known else number_of(only_practice(reception, event.account))
    return TextArrived.model_validate(fields_of(event, ours))


def fields_of(event: ConversationEvent, ours: str) -> dict[str, str]:
    channel = event.author.rpartition(":")[0]
    return {
        "AccountSid": event.account,
        "MessageSid": f"SM{event.sid[2:]}",
        "From": event.author,
        "To": f"{channel}:{ours}" if channel and ":" not in ours else ours,
        "Body": event.body,
        "ConversationSid": event.conversation,
    }


def number_of(book: Book) -> str:
    """:raises Unanswerable: where the practice has none."""
    found = next((each.number for each in book.tracking_numbers.values() if each.texts), None)
    if found is None:
        raise Unanswerable
    return found


def only_practice(reception: Reception, account: str) -> Book:
    """:raises UnknownNumber: where the account has several, so that nobody could say whose message it is."""
    shelf: Shelf = reception.desk.shelf
    owners = ((book, account_of(reception.accounts, book.practice)) for book in shelf.books.values())
    mine = [book for book, owner in owners if owner is not None and owner.sid == account]
    if len(mine) != 1:
        raise UnknownNumber
    return mine[0]


def written_on_a_page(reception: Reception, event: ConversationEvent, now: datetime) -> None:
    """A coordinator's own words there are hers to record. After a closed lead the same conversation is another chat."""
    book = practice_of(reception, event)
    if event.author in book.coordinators:
        return
    where = Address("chat", event.account, event.conversation)
    for number in count():
        chat = visitor(reception, book, (event.account, event.conversation, str(number)), now)
        try:
            chatted(reception, ChatMessage(chat, book, event.sid, event.body, address=where), now)
        except ChatOver:
            continue
        return


def practice_of(reception: Reception, event: ConversationEvent) -> Book:
    known = answered(reception.desk.db, bound(event))
    found = reception.desk.shelf.by_number(known.decode().rpartition(":")[2]) if known else None
    return found or only_practice(reception, event.account)


def visitor(reception: Reception, book: Book, parts: tuple[str, ...], now: datetime) -> Chatter:
    """Nobody holds the secret of this chat."""
    desk = reception.desk
    name = desk.db.vault.name("cs", *parts)
    with suppress(Refused):
        open_chat(desk.db, Opened(name, book.practice, ELSEWHERE, book.languages[0]), drawn(name), now)
    return Chatter(name, book.practice, ELSEWHERE, book.languages[0], None)
