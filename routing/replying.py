"""What a coordinator writes into a thread: checked, numbered and given to the worker, or to the chat she is in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from routing.desk import Desk
from routing.rulebook.filling import worded
from routing.rules.book import Book
from routing.rules.contact import Verdict
from routing.rules.texting import is_free
from routing.rules.wording.neutral import reveals
from routing.rules.wording.plain import plain
from routing.state.inbox import Letter, file
from routing.state.lead.cases import LeadClosed, OptedOut
from routing.state.lead.people import opted_out
from routing.state.text.conversations import Message, Purpose, Thread, add, campaign_so_far, thread
from routing.state.text.lawful_texts import may_start
from routing.state.text.opt_outs import hold_contact
from routing.state.text.sends import Outgoing, plan_send
from routing.state.text.written import answered_by_person

MOST = 1_600
Why = Literal["sender_not_allowed", "no_address", "not_allowed", "not_neutral", "in_chat"]


class UnknownConversation(LookupError):
    """The practice has no such thread."""


class ReplyRefused(RuntimeError):
    """Nothing was written. ``rule`` is what the rules of lawful contact say, if they were asked."""

    def __init__(self, why: Why, rule: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.rule = rule


class Unwritten(ValueError):
    """``why``: empty, too_long, or unknown_template."""

    def __init__(self, why: Literal["empty", "too_long", "unknown_template"]) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Replying:
    """``segments`` is what it will be billed as."""

    book: Book
    conversation: str
    coordinator: str
    body: str = field(repr=False)
    segments: int = 1


class NotHers(RuntimeError):
    """Nothing was written: ``owner`` has the lead now."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


@dataclass(frozen=True, slots=True)
class OwnPhone:
    """Written on her own phone: only whoever has the lead writes so. ``name`` is the message's id, ``letter`` what is
    filed with it, by when it goes out."""

    name: str
    letter: Callable[[datetime], Letter]


def canned(book: Book, template: str, coordinator: str, language: str | None) -> str:
    """A template of the practice with the coordinator's name put in. :raises Unwritten: for one it does not have."""
    if template not in book.templates:
        raise Unwritten("unknown_template")
    values = {"coordinator": book.coordinators[coordinator].name}
    return worded(book, {}, template, language or book.languages[0], values)[0]


def fit(text: str) -> str:
    """As it may be sent. :raises Unwritten: empty, or longer than the provider takes."""
    body = plain(text)
    if not body:
        raise Unwritten("empty")
    if len(body) > MOST:
        raise Unwritten("too_long")
    return body


def reply(desk: Desk, said: Replying, now: datetime, phone: OwnPhone | None = None) -> str:
    """The message's id. Free at any hour as an answer to what she wrote in the last day; else it waits until it is
    lawful.

    :raises UnknownConversation: LeadClosed, OptedOut, ReplyRefused, and NotHers from a phone.
    """
    name, db = phone.name if phone else desk.new_id("ms"), desk.db
    with db.writing() as tx:
        at = thread(tx, db.vault, said.book.practice, said.conversation)
        if at is None:
            raise UnknownConversation
        if at.lead_closed:
            raise LeadClosed
        if phone:
            may_write_by_phone(said, at)
        campaign = campaign_so_far(tx, at.id)
        if at.address.channel == "chat" and at.address.account is None:
            add(tx, db.vault, at, message(said, at, (name, "reply", "sent"), campaign), now)
            answered_by_person(tx, name, desk.new_id, now)
            return name
        if said.book.policies.sms_neutral and reveals(said.body):
            raise ReplyRefused("not_neutral")
        free = is_free(at.last_inbound_at, now)
        made = message(said, at, (name, "reply" if free else "started", "accepted"), campaign)
        contact, ours, account = sendable(said.book, at)
        indexes = db.vault.indexes(at.practice, contact)
        hold_contact(tx, at.practice, indexes)
        if "text" in opted_out(tx, at.practice, indexes):
            raise OptedOut
        due = now if free else startable(may_start(tx, db.vault, said.book, at, now))
        plan_send(tx, db.vault, at, Outgoing(made, ours, account, contact, due), now)
        if phone:
            file(tx, phone.letter(due), at.practice, None, now)
    return name


def may_write_by_phone(said: Replying, at: Thread) -> None:
    """:raises NotHers: ReplyRefused for a chat, which is answered where she sees it."""
    if at.owner != said.coordinator:
        raise NotHers(at.owner)
    if at.address.channel == "chat":
        raise ReplyRefused("in_chat")


def startable(verdict: Verdict) -> datetime:
    """When it may go out. :raises ReplyRefused: where only a person can decide, as without a consent."""
    if verdict.next_allowed is None:
        raise ReplyRefused("not_allowed", verdict.reason)
    return verdict.next_allowed


def message(said: Replying, at: Thread, what: tuple[str, Purpose, str], campaign: str | None) -> Message:
    name, purpose, status = what
    tracked = said.book.tracking_numbers.get(at.address.ours or "")
    return Message(
        id=name,
        channel=at.address.channel,
        author=said.coordinator,
        purpose=purpose,
        body=said.body,
        status=status,
        segments=said.segments,
        campaign=campaign or (tracked.campaign if tracked else None),
        account=at.address.account,
    )


def sendable(book: Book, at: Thread) -> tuple[str, str, str]:
    """Her number, ours and the account. :raises ReplyRefused: from a number that may not send texts (30034)."""
    contact, ours, account = at.address.contact, at.address.ours, at.address.account
    if contact is None or ours is None or account is None:
        raise ReplyRefused("no_address")
    sender = book.tracking_numbers.get(ours)
    if sender is None or not sender.texts:
        raise ReplyRefused("sender_not_allowed")
    return contact, ours, account
