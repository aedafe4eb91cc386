"""A follow-up is planned: its words, its thread and its send in one transaction, if it may go out now; else it waits,
or stands before its owner with the reason."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from routing.rules.book import Book
from routing.rules.texting import sending_number
from routing.rules.wording.segments import segments
from routing.state.callback.bars import Bar, number_of
from routing.state.database import Database, Refused
from routing.state.lead.leads import person_of
from routing.state.ledger import NewId
from routing.state.sealed import Vault
from routing.state.text import follow_ups
from routing.state.text.chat_sessions import present
from routing.state.text.conversations import (
    Address,
    Message,
    Opening,
    Thread,
    ThreadOpen,
    begin,
    moved_to,
    thread_of_person,
)
from routing.state.text.follow_ups import Towards
from routing.state.text.sends import Outgoing, plan_send

MAIL = "smtp"
"""What stands for the provider's account where a mail server sends."""


class Left(Exception):
    """To the owner: it cannot be sent by itself. ``why`` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is true at this moment. ``calls_at`` is when she is to be called next."""

    way: str
    template: str
    language: str
    owner: str
    location: str | None
    calls_at: datetime | None


@dataclass(frozen=True, slots=True)
class Planning:
    """``account`` of the provider that sends for this practice, ``mails`` where there is a mail server; ``write``
    raises Left."""

    book: Book
    account: str | None
    mails: bool
    write: Callable[[Book, Wanted], str] = field(repr=False)


def plan(db: Database, task: str, by: Callable[[str], Planning | None], ids: NewId, now: datetime) -> None:
    """Once, however many clocks there are. ``by`` knows a practice, or not yet."""
    try:
        with db.writing() as tx:
            row = follow_ups.hold(tx, task, "due")
            planning = by(row.practice_id) if row else None
            if row is None or planning is None:
                return
            why = planned(tx, db.vault, (planning, row), ids, now)
            if why:
                follow_ups.put_off(tx, row, why, now)
    except (Refused, ThreadOpen):
        # A text of hers came at this instant: the next round sees it.
        return


def planned(tx: Connection, vault: Vault, of: tuple[Planning, Row[Any]], ids: NewId, now: datetime) -> Bar | None:
    """None once it is written and given to the senders."""
    by, row = of
    gone = follow_ups.unwanted(tx, row)
    if gone:
        return Bar(gone, "withdrawn")
    try:
        here, to = (by_mail if row.way == "email" else by_text)(tx, vault, by, row, now)
        body = by.write(by.book, wanted(tx, by.book, row))
    except Left as left:
        return Bar(left.why, "person")
    contact = to.contact or ""
    towards = Towards(row.way, contact, number_of(tx, vault, row))
    why = follow_ups.bar(tx, vault, by.book, (row, towards), now)
    if why:
        return why
    at = entered(tx, vault, row, (here, to, ids("cv")), now)
    name = ids("ms")
    new = Outgoing(message(row, (name, body), to), to.ours or "", to.account or "", contact, now)
    plan_send(tx, vault, at, new, now)
    follow_ups.planned(tx, row, name)
    return None


def wanted(tx: Connection, book: Book, row: Row[Any]) -> Wanted:
    calls_at = follow_ups.next_call(tx, row.lead_id)
    return Wanted(row.way, row.template, row.language or book.languages[0], row.owner_id, row.location, calls_at)


def message(row: Row[Any], said: tuple[str, str], to: Address) -> Message:
    name, body = said
    return Message(
        id=name,
        channel=to.channel,
        author="leadline",
        purpose="follow_up",
        body=body,
        status="accepted",
        segments=segments(body).parts,
        campaign=row.campaign,
        account=to.account,
        inquiry=row.inquiry_id,
    )


def by_mail(tx: Connection, vault: Vault, by: Planning, row: Row[Any], now: datetime) -> tuple[Thread | None, Address]:
    """To her address, beside whatever else stands in her thread. :raises Left:"""
    here = thread_of_person(tx, vault, by.book.practice, row.person_id)
    if here and follow_ups.is_elsewhere(here, row):
        raise Left("in_another_thread")
    email = person_of(tx, vault, row.lead_id).email
    if email is None:
        raise Left("no_address")
    if not by.mails or by.book.mail_from is None:
        raise Left("no_mail_server" if not by.mails else "no_sender_address")
    return here, Address("email", MAIL, by.book.mail_from, email)


def by_text(tx: Connection, vault: Vault, by: Planning, row: Row[Any], now: datetime) -> tuple[Thread | None, Address]:
    """Her thread, and where the text goes: as the thread does, else from a number of ours that may send to the first
    of hers. :raises Left:"""
    book, here = by.book, thread_of_person(tx, vault, by.book.practice, row.person_id)
    if here and follow_ups.is_elsewhere(here, row):
        raise Left("in_another_thread")
    if here and here.address.channel == "whatsapp":
        raise Left("writes_by_whatsapp")
    if here and here.address.channel == "chat" and present(tx, here.id, now):
        raise Left("in_a_chat")
    as_before = here.address if here and here.address.channel == "sms" else Address("sms")
    number = as_before.contact or number_of(tx, vault, row)
    if number is None:
        raise Left("no_number")
    used = book.tracking_numbers.get(as_before.ours or "")
    sender = used.number if used and used.texts else sending_number(book, row.campaign, row.location)
    account = as_before.account or by.account
    if sender is None or account is None:
        raise Left("sender_not_allowed")
    return here, Address("sms", account, sender, number)


def entered(
    tx: Connection, vault: Vault, row: Row[Any], of: tuple[Thread | None, Address, str], now: datetime
) -> Thread:
    """The thread it is to stand in, begun where she has none; answers of hers come to it."""
    here, to, name = of
    if here is None or here.lead_closed:
        at = Address("email", contact=to.contact) if to.channel == "email" else to
        begin(tx, vault, Opening(name, row.practice_id, row.person_id, row.lead_id, at, row.is_test), now)
    elif here.address != to and to.channel == "sms":
        moved_to(tx, vault, here, to)
    found = thread_of_person(tx, vault, row.practice_id, row.person_id)
    if found is None:
        raise Refused("the thread was closed meanwhile")
    return found
