"""A chat message, from the visitor's browser to its number in the thread: the path of a text, but that she is there to
be answered by a person at once."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from routing import desk as at_desk
from routing.desk import Arrival, Busy, Reply
from routing.rules.book import Book
from routing.rules.hours import add_open_seconds
from routing.rules.stops import ORDINARY_TARGET_S
from routing.rules.texting import Quiet, quiet
from routing.rules.values import Inquiry, Stated
from routing.rules.wording.plain import plain
from routing.state.admissions import Beside, Source
from routing.state.database import Refused
from routing.state.inbox import Letter
from routing.state.text.answering import asking
from routing.state.text.chat_contacts import Entering, Left, entering, number_of
from routing.state.text.chat_sessions import Chatter, conversation_of
from routing.state.text.chats import ChatNow, chat_of, sequence_of
from routing.state.text.conversations import Address, Message, Thread, ThreadOpen, recent, thread
from routing.state.text.joining import Beginning, Joining, Owed, beginning, join
from routing.state.text.opt_outs import Wish
from routing.state.text.questions import Asked, open_question
from sms.answers import Line, crisis_line
from sms.asking import Replied, first_question, replied
from sms.chat_words import first_lines, say
from sms.meaning import Meant, meaning
from sms.reception import Came, Reception, inquiry_of

TRIES = 6
HERE = Address("chat")


class ChatOver(RuntimeError):
    """Its lead was closed: whoever writes again begins another chat."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """``key`` is the browser's own id of the message, the same for every copy. ``left`` comes with a number."""

    chat: Chatter
    book: Book
    key: str
    body: str = field(repr=False)
    left: Left | None = field(default=None, repr=False)
    address: Address = HERE


@dataclass(frozen=True, slots=True)
class Heard:
    """A message with what it means."""

    said: ChatMessage
    came: Came
    meant: Meant


@dataclass(frozen=True, slots=True)
class Situation:
    thread: Thread
    chat: ChatNow
    silence: Quiet | None
    question: Asked | None
    number: str | None = field(repr=False)


def chatted(reception: Reception, said: ChatMessage, now: datetime) -> int:
    """The message's number, a copy's as well.

    :raises ChatOver: Busy, DatabaseDown; nothing was written.
    """
    db, came = reception.desk.db, arrived(reception, said)
    heard = Heard(said, came, meaning(came.body))
    for _ in range(TRIES):
        with db.reading() as tx:
            known = sequence_of(tx, came.id)
        if known is not None:
            return known
        seen = situation(reception, heard, now)
        try:
            if seen is None:
                begun(reception, heard, now)
            else:
                joined(reception, heard, seen, now)
        except (ThreadOpen, Refused, Busy):
            continue
    with db.reading() as tx:
        known = sequence_of(tx, came.id)
    if known is None:
        raise Busy
    return known


def arrived(reception: Reception, said: ChatMessage) -> Came:
    vault, chat = reception.desk.db.vault, said.chat.id
    page = said.book.chat.campaign if said.book.chat else None
    return Came(
        book=said.book,
        key=f"chat:{chat}:{said.key}",
        id=vault.name("ms", chat, said.key),
        inquiry=vault.name("iq", chat),
        sid=said.key,
        address=said.address,
        body=plain(said.body),
        segments=1,
        media=(),
        extras=None,
        opt_out_type="",
        told=Stated(page, "campaign") if page else None,
    )


def situation(reception: Reception, heard: Heard, now: datetime) -> Situation | None:
    """None before the first message. :raises ChatOver: after the last."""
    db = reception.desk.db
    with db.reading() as tx:
        conversation = conversation_of(tx, heard.said.chat.id)
        at = thread(tx, db.vault, heard.said.chat.practice, conversation) if conversation else None
        chat = chat_of(tx, at.id) if at else None
        if at is None or chat is None:
            return None
        if at.lead_closed:
            raise ChatOver
        silence = quiet(recent(tx, db.vault, at, heard.came.body, now), crisis=heard.meant.crisis is not None)
        return Situation(at, chat, silence, open_question(tx, at.id), number_of(tx, db.vault, at))


def joined(reception: Reception, heard: Heard, seen: Situation, now: datetime) -> None:
    said, came, meant = heard.said, heard.came, heard.meant
    desk, db, at = reception.desk, reception.desk.db, seen.thread
    reply = reply_to_question(reception, heard, seen, now)
    lines = reply_lines(said, meant, seen, reply)
    is_attended = seen.chat.standing in ("finding", "live")
    joining = Joining(
        thread=at,
        address=said.address,
        said=came.message(None, came.campaign),
        letter=Letter(came.key, b""),
        answers=messages(reception, said, lines),
        wish=wish_of(came, meant, seen.number),
        crisis=meant.crisis.category if meant.crisis else None,
        owed=None if is_attended or reply or said.left else owed(came.book, now),
        beside=entering(db.vault, Entering(said.chat.id, said.left, reply.beside if reply else None), desk.new_id, now),
    )
    join(db, joining, desk.new_id, now)


def reply_lines(said: ChatMessage, meant: Meant, seen: Situation, reply: Replied | None) -> tuple[Line, ...]:
    """The machine answers a crisis, a wish and its own questions; all else is answered by a person."""
    language = said.chat.language
    if seen.silence:
        return ()
    if meant.crisis:
        return (crisis_line(meant.crisis, language),)
    if meant.wanted == "out":
        return (Line("confirmation", say(said.book, "chat-stopped", language)),)
    if said.left:
        owner = said.book.coordinators.get(seen.thread.owner)
        return (Line("answer", say(said.book, "chat-left", language, coordinator=owner.name if owner else "")),)
    return (reply.line,) if reply and reply.line else ()


def reply_to_question(reception: Reception, heard: Heard, seen: Situation, now: datetime) -> Replied | None:
    """None where she was asked nothing, speaks to a person, or says something more important."""
    if seen.question is None or seen.chat.standing == "live":
        return None
    if heard.meant.crisis or heard.meant.wanted or heard.said.left:
        return None
    return replied(reception.desk, seen.question, heard.came.body, now, silent=seen.silence is not None)


def wish_of(came: Came, meant: Meant, number: str | None) -> Wish | None:
    """Kept for the number she left; without one there is nobody we could get in touch with. What she says here never
    lifts an opt-out: only a text from her own number does."""
    if meant.wanted != "out" or number is None:
        return None
    return Wish(
        practice=came.book.practice,
        contact=number,
        ways=meant.ways(came.book),
        is_out=True,
        source=came.id,
        by="chat",
        certain=meant.certain,
    )


def owed(book: Book, now: datetime) -> Owed:
    queue = book.queues[book.intake]
    return Owed("text", "chat_waiting", add_open_seconds(queue.calendar, now, ORDINARY_TARGET_S), queue.id)


def messages(reception: Reception, said: ChatMessage, lines: tuple[Line, ...]) -> tuple[Message, ...]:
    name = reception.desk.db.vault.name
    return tuple(
        Message(
            id=name("ms", said.chat.id, said.key, str(place)),
            channel="chat",
            author="leadline",
            purpose=line.purpose,
            body=line.text,
            status="sent",
        )
        for place, line in enumerate(lines)
    )


def begun(reception: Reception, heard: Heard, now: datetime) -> None:
    said, came, meant = heard.said, heard.came, heard.meant
    desk, vault = reception.desk, reception.desk.db.vault
    inquiry = inquiry_in_chat(heard, now)

    def beside(reply: Reply) -> Beside:
        attended = reply.offer is not None or meant.crisis or meant.wanted == "out"
        question = None if attended else first_question(reply.book, reply.plan)
        lines = first_lines(reply, meant, question, said.chat.language)
        ask = asking(inquiry.id, question.attribute, desk.new_id, now) if question else None
        new = Beginning(
            conversation=vault.name("cv", said.chat.id),
            address=came.address,
            said=came.message(inquiry.id, reply.plan.facts.get("campaign")),
            answers=messages(reception, said, lines),
            wish=wish_of(came, meant, said.left.number if said.left else None),
            crisis=meant.crisis.category if meant.crisis else None,
            beside=entering(vault, Entering(said.chat.id, said.left, ask), desk.new_id, now),
        )
        return beginning(vault, new, desk.new_id, now)

    arrival = Arrival(said.book, inquiry, Source(None, None, None, None), came.key, beside=beside)
    at_desk.receive(desk, arrival, lambda _: b"", now)


def inquiry_in_chat(heard: Heard, now: datetime) -> Inquiry:
    """What the page says by itself, and what she writes for certain."""
    said, chat = heard.said, heard.said.book.chat
    given = {name: Stated(value, "page") for name, value in (chat.attributes if chat else {}).items()}
    if said.chat.language != said.book.languages[0]:
        given["language"] = Stated(said.chat.language, "picked")
    asked = inquiry_of(heard.came, crisis=heard.meant.crisis is not None, now=now)
    written = {name: stated for name, stated in asked.attributes.items() if stated.value}
    return replace(asked, channel="chat", attributes={**given, **written})
