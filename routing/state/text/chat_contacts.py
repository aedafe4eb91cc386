"""Somebody in a chat leaves a number: it becomes hers, with the words she agreed to; her owner owes a call or a text.

A number that is known already stays whose it was: typing it proves nothing, and tells the chat nothing (S-19)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from routing.state.lead.people import opted_out
from routing.state.ledger import NewId, announce
from routing.state.sealed import Vault
from routing.state.tables import consents, people, person_numbers, tasks
from routing.state.text.chat_sessions import bind
from routing.state.text.conversations import Address, Thread, moved_to
from routing.state.text.joining import Besides, Owed, Timed, promise_task

Way = Literal["call", "text"]


@dataclass(frozen=True, slots=True)
class Left:
    """``number`` in E.164; ``sms`` is how the thread goes on by text. ``evidence`` are the words she agreed to."""

    number: str = field(repr=False)
    way: Way
    name: str = field(repr=False)
    message: str
    evidence: str = field(repr=False)
    version: str
    queue: str
    due_at: datetime
    sms: Address | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entering:
    """A message of the chat; ``then`` is what its channel writes besides."""

    chat: str
    left: Left | None = None
    then: Besides | None = None


def entering(vault: Vault, new: Entering, ids: NewId, now: datetime) -> Besides:
    """Written with the message: the chat knows its thread, and the number she left is hers."""

    def write(tx: Connection, at: Thread) -> None:
        bind(tx, new.chat, at.id)
        if new.then:
            new.then(tx, at)
        if new.left:
            leave(tx, vault, at, new.left, Timed(ids, now))

    return write


def leave(tx: Connection, vault: Vault, at: Thread, left: Left, by: Timed) -> None:
    is_hers = enter_number(tx, vault, at, left.number, by.now)
    if left.name:
        name = vault.seal(people.c.name, at.person, left.name)
        tx.execute(update(people).where(people.c.id == at.person, people.c.name.is_(None)).values(name=name))
    consent(tx, vault, at, left, by)
    barred = left.way in opted_out(tx, at.practice, vault.indexes(at.practice, left.number))
    owe(tx, at, left, "review" if barred else left.way, by)
    if left.way == "text" and left.sms and is_hers and not barred:
        moved_to(tx, vault, at, left.sms)
    announce(tx, at.practice, "lead", at.lead, by.now)


def enter_number(tx: Connection, vault: Vault, at: Thread, number: str, now: datetime) -> bool:
    """Whether texts from it will come to this thread."""
    same = (person_numbers.c.practice_id == at.practice) & person_numbers.c.number_index.in_(
        vault.indexes(at.practice, number)
    )
    known = {row.person_id: row.is_first for row in tx.execute(select(person_numbers).where(same))}
    if at.person in known:
        return bool(known[at.person])
    is_first = not any(known.values())
    row = {
        "practice_id": at.practice,
        "number_index": vault.index(at.practice, number),
        "person_id": at.person,
        "number": vault.seal(person_numbers.c.number, at.person, number),
        "is_first": is_first,
        "is_shared": bool(known),
        "created_at": now,
    }
    tx.execute(insert(person_numbers), row)
    return is_first


def consent(tx: Connection, vault: Vault, at: Thread, left: Left, by: Timed) -> None:
    name = by.ids("co")
    row = {
        "id": name,
        "practice_id": at.practice,
        "person_id": at.person,
        "channel": left.way,
        "purpose": "requested_callback",
        "is_granted": True,
        "text_version": left.version,
        "evidence": vault.seal(consents.c.evidence, name, left.evidence),
        "source": left.message,
        "at": by.now,
    }
    tx.execute(insert(consents), row)


def owe(tx: Connection, at: Thread, left: Left, kind: str, by: Timed) -> None:
    """Whatever was owed by another way is owed by this one now, and no later."""
    mine = (tasks.c.lead_id == at.lead) & (tasks.c.state == "open") & tasks.c.kind.in_(("text", "review", "call"))
    told = {"kind": kind, "reason": "number_left"}
    if not tx.execute(update(tasks).where(mine).values(**told).returning(tasks.c.id)).all():
        promise_task(tx, at, Owed(kind, "number_left", left.due_at, left.queue), by.ids, by.now)


def number_of(tx: Connection, vault: Vault, at: Thread) -> str | None:
    """The one she left."""
    mine = (person_numbers.c.practice_id == at.practice) & (person_numbers.c.person_id == at.person)
    row = tx.execute(select(person_numbers).where(mine).order_by(person_numbers.c.created_at.desc()).limit(1)).first()
    return vault.unseal(person_numbers.c.number, at.person, row.number) if row else None
