"""A live chat from its offer to its end: taken by whoever is offered it, offered to the next, over. May be repeated."""

from datetime import datetime, timedelta
from functools import partial

from routing.connection import accept, hang_up
from routing.desk import Busy, Desk, count_load
from routing.going_on import Missed, go_on
from routing.state.call.offers import Acceptance
from routing.state.inbox import Letter
from routing.state.ledger import Settled
from routing.state.lookups import underway
from routing.state.text import chats
from routing.state.text.chats import ChatNow, chat_of, chat_of_inquiry

OFFER = timedelta(seconds=20)
"""So long a chat is one coordinator's to take (routing-semantics section 6)."""
SILENT = timedelta(minutes=30)
AT_ONCE = 100
NOTHING = b""


class UnknownChat(LookupError):
    """The practice has no such chat."""


class NotOffered(RuntimeError):
    """It is offered to somebody else, taken, or over; ``owner`` has it."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


def take(desk: Desk, practice: str, inquiry: str, coordinator: str, now: datetime) -> ChatNow:
    """She has the chat from now on. Saying so twice changes nothing.

    :raises UnknownChat: NotOffered.
    """
    with desk.db.reading() as tx:
        chat = chat_of_inquiry(tx, practice, inquiry)
        at = underway(tx, inquiry)
    if chat is None or at is None:
        raise UnknownChat
    made = at.offer(at.step)
    if made is None or made.coordinator != coordinator:
        raise NotOffered(chat.owner)
    said = Acceptance(inquiry, at.step, None, Letter(f"chat:take:{inquiry}:{at.step}", NOTHING))
    if accept(desk, said, now) is None:
        raise NotOffered(chat.owner)
    tell(desk, practice)
    with desk.db.reading() as tx:
        return chat_of_inquiry(tx, practice, inquiry) or chat


def take_by_writing(desk: Desk, practice: str, conversation: str, coordinator: str, now: datetime) -> None:
    """Whoever is offered a chat and answers in it has taken it."""
    with desk.db.reading() as tx:
        chat = chat_of(tx, conversation)
    if chat is None or chat.practice != practice or chat.state != "offered":
        return
    try:
        take(desk, practice, chat.inquiry, coordinator, now)
    except NotOffered:
        return


def pass_on(desk: Desk, practice: str, inquiry: str, coordinator: str, now: datetime) -> None:
    """She does not take it: the next is asked at once. :raises UnknownChat: NotOffered."""
    with desk.db.reading() as tx:
        chat = chat_of_inquiry(tx, practice, inquiry)
        at = underway(tx, inquiry)
    if chat is None or at is None:
        raise UnknownChat
    made = at.offer(at.step)
    if made is None or made.coordinator != coordinator or made.state != "pending":
        raise NotOffered(chat.owner)
    onward(desk, inquiry, at.step, "rejected", now)
    tell(desk, practice)


def onward(desk: Desk, inquiry: str, step: int, settled_as: Settled, now: datetime) -> None:
    go_on(desk, Missed(inquiry, step, settled_as, f"chat:on:{inquiry}:{step}"), lambda _: NOTHING, now)


def unanswered(desk: Desk, now: datetime) -> int:
    """Chats that nobody took in time go to the next of their plan; at its end somebody named owes an answer."""
    moved = 0
    for inquiry, step, state in chats.unanswered(desk.db, now - OFFER, AT_ONCE):
        try:
            onward(desk, inquiry, step, "rejected" if state == "rejected" else "timeout", now)
        except Busy:
            continue
        moved += 1
        with desk.db.reading() as tx:
            at = underway(tx, inquiry)
        if at:
            tell(desk, at.practice)
    return moved


def end(desk: Desk, inquiry: str, now: datetime) -> bool:
    """The place of whoever had it is free; what is written afterwards is owed an answer. False if it was not live."""
    over = chats.end(desk.db, inquiry, now)
    if over is None:
        return False
    count_load(desk, over.practice, over.coordinator, now)
    tell(desk, over.practice)
    return True


def left(desk: Desk, chat: ChatNow, now: datetime) -> None:
    """The visitor closed it."""
    if end(desk, chat.inquiry, now):
        return
    if chat.state == "offered":
        hang_up(desk, chat.inquiry, Letter(f"chat:left:{chat.inquiry}", NOTHING), now)
        tell(desk, chat.practice)


def silent_over(desk: Desk, now: datetime) -> int:
    """A chat in which nobody has written for half an hour holds no place any more."""
    return sum(map(partial(end, desk, now=now), chats.silent(desk.db, SILENT, now, AT_ONCE)))


def tell(desk: Desk, practice: str) -> None:
    """Whoever shows the chats of this practice looks at the rows at once; else a quarter of a second later."""
    desk.by.live.tell_news(practice)
