"""A chat as the visitor's browser shows it, read from the rows and written as frames."""

from dataclasses import dataclass
from datetime import datetime

from gateway.chat.frames import State, frame
from routing.desk import Desk
from routing.rules.book import Book
from routing.rules.hours import verdict
from routing.state.text.chat_sessions import Chatter, conversation_of
from routing.state.text.chats import ChatLine, ChatNow, chat_of, lines_after


@dataclass(frozen=True, slots=True)
class View:
    """``chat`` is None before the first message; ``lines`` are those after the ones she has."""

    chat: ChatNow | None
    lines: tuple[ChatLine, ...] = ()


def view(desk: Desk, chat: Chatter, after: int) -> View:
    with desk.db.reading() as tx:
        conversation = chat.conversation or conversation_of(tx, chat.id)
        found = chat_of(tx, conversation) if conversation else None
        if found is None or found.practice != chat.practice:
            return View(None)
        return View(found, lines_after(tx, desk.db.vault, found.conversation, after))


def state_frame(book: Book, chat: ChatNow | None, now: datetime) -> str:
    hours = verdict(book.calendar, now)
    opens = None if hours.open else hours.next_opening
    if chat is None:
        return State(state="new", open=hours.open, opens=opens).model_dump_json(exclude_none=True)
    owner = book.coordinators.get(chat.owner)
    who = owner.name if owner and chat.standing in ("live", "later") else None
    told = State(state=chat.standing, open=hours.open, opens=opens, who=who, left=chat.has_number)
    return told.model_dump_json(exclude_none=True)


def line_frame(book: Book, line: ChatLine) -> str:
    """``from`` is ``you``, ``us`` for a person of ours, or ``auto``."""
    who = book.coordinators.get(line.author)
    said_by = {"person": "you", "leadline": "auto"}.get(line.author, "us")
    more = {"from": said_by, "who": who.name if who else None, "id": line.key}
    return frame("message", sequence=line.sequence, text=line.body, at=line.at, **more)
