"""A text that joins its thread, or only says a wish: everything it changes in one transaction, with its answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.state.admissions import Admission, Beside
from routing.state.audit import audited
from routing.state.database import Database, Refused
from routing.state.inbox import Letter, file
from routing.state.ledger import NewId, announce
from routing.state.sealed import Vault
from routing.state.tables import tasks
from routing.state.text.conversations import (
    Address,
    Message,
    Opening,
    Thread,
    add,
    begin,
    moved_to,
    thread,
    thread_of_person,
)
from routing.state.text.opt_outs import Wish, hold_contact, note_wish
from routing.state.text.relays import Relay, relay
from routing.state.text.written import heard_from

Besides = Callable[[Connection, Thread], None]
"""What is written with a text, once its thread is known."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What the owner has to do about a text, unless a task of the lead is open already."""

    kind: str
    reason: str
    due_at: datetime
    queue: str


@dataclass(frozen=True, slots=True)
class Joining:
    """``said`` is her message, ``answers`` go with the letter. ``crisis`` is the category that was recognised."""

    thread: Thread
    address: Address
    said: Message
    letter: Letter
    answers: tuple[Message, ...] = ()
    wish: Wish | None = None
    crisis: str | None = None
    owed: Owed | None = None
    beside: Besides | None = None
    """What becomes of a question she was asked."""
    relay: Relay | None = None


def join(db: Database, new: Joining, ids: NewId, now: datetime) -> None:
    """:raises Refused: for a copy of the webhook, or when the lead was closed meanwhile; nothing is written."""
    with db.writing() as tx:
        file(tx, new.letter, new.thread.practice, new.said.inquiry, now)
        join_thread(tx, db.vault, new, ids, now)


def join_thread(tx: Connection, vault: Vault, new: Joining, ids: NewId, now: datetime) -> None:
    if new.wish:
        # Before the thread's own row, as everybody does who sends something to her.
        hold_contact(tx, new.wish.practice, vault.indexes(new.wish.practice, new.wish.contact))
    at = thread(tx, vault, new.thread.practice, new.thread.id)
    if at is None or at.lead != new.thread.lead or at.lead_closed != new.thread.lead_closed:
        raise Refused("the thread has gone on meanwhile")
    if at.address != new.address:
        moved_to(tx, vault, at, new.address)
    add(tx, vault, at, new.said, now)
    if not at.lead_closed:
        heard_from(tx, at, new.said.channel, ids, now)
        owe(tx, at, new.owed, ids, now)
    if new.beside:
        new.beside(tx, at)
    if new.crisis:
        page(tx, at, new.crisis, ids, now)
    if new.wish:
        note_wish(tx, vault, new.wish, ids, now)
    for each in new.answers:
        add(tx, vault, at, each, now)
    if new.relay and not at.lead_closed:
        relay(tx, vault, at, new.relay, now)


def owe(tx: Connection, at: Thread, owed: Owed | None, ids: NewId, now: datetime) -> None:
    """Whoever has a task of this lead open looks at the thread with it."""
    waiting = select(tasks.c.id).where(tasks.c.lead_id == at.lead, tasks.c.state == "open").limit(1)
    if owed is None or tx.execute(waiting).first() is not None:
        return
    promise_task(tx, at, owed, ids, now)


def promise_task(tx: Connection, at: Thread, owed: Owed, ids: NewId, now: datetime) -> None:
    row = {
        "id": ids("tk"),
        "practice_id": at.practice,
        "lead_id": at.lead,
        "owner_id": at.owner,
        "kind": owed.kind,
        "state": "open",
        "reason": owed.reason,
        "target_queue": owed.queue,
        "due_at": owed.due_at,
        "ring": 0,
        "created_at": now,
    }
    tx.execute(insert(tasks), row)


def page(tx: Connection, at: Thread, category: str, ids: NewId, now: datetime) -> None:
    """A person is told at once: supervisors by the event, the owner by a task that is due now. The category is kept,
    the words are not (compliance facts section 8)."""
    announce(tx, at.practice, "crisis", at.lead, now)
    audited(tx, at.practice, now, "text", "crisis", at.lead, reason=category)
    if not at.lead_closed:
        promise_task(tx, at, Owed("review", "crisis", now, ""), ids, now)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody without a thread who says nothing but a wish: her words are kept only as a line of the ledger."""

    practice: str
    letter: Letter
    wish: Wish | None = field(repr=False)


def note_only(db: Database, said: Stranger, ids: NewId, now: datetime) -> None:
    """:raises Refused: for a copy of the webhook."""
    with db.writing() as tx:
        file(tx, said.letter, said.practice, None, now)
        if said.wish:
            note_wish(tx, db.vault, said.wish, ids, now)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A text that opens an inquiry: ``conversation`` is the id of its thread, unless she has one."""

    conversation: str
    address: Address
    said: Message
    answers: tuple[Message, ...] = ()
    wish: Wish | None = None
    crisis: str | None = None
    beside: Besides | None = None
    """The question she is asked, if any."""
    relay: Relay | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    ids: NewId
    now: datetime


def beginning(vault: Vault, new: Beginning, ids: NewId, now: datetime) -> Beside:
    """Written with the inquiry, in its transaction. Raises ThreadOpen or Refused there when another text was first."""
    return partial(begin_thread, vault, new, Timed(ids, now))


def begin_thread(vault: Vault, new: Beginning, by: Timed, tx: Connection, admission: Admission) -> None:
    ids, now = by.ids, by.now
    practice, inquiry = admission.book.practice, admission.decision.inquiry
    lead = admission.decision.lead
    begin(tx, vault, Opening(new.conversation, practice, admission.person, lead, new.address, inquiry.is_test), now)
    at = thread_of_person(tx, vault, practice, admission.person)
    if at is None:
        raise Refused("the thread was closed meanwhile")
    add(tx, vault, at, new.said, now)
    heard_from(tx, at, new.said.channel, ids, now)
    if new.beside:
        new.beside(tx, at)
    if new.crisis:
        page(tx, at, new.crisis, ids, now)
    if new.wish:
        note_wish(tx, vault, new.wish, ids, now)
    for each in new.answers:
        add(tx, vault, at, each, now)
    if new.relay:
        relay(tx, vault, at, new.relay, now)
