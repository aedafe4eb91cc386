"""Posts that look wrong: kept whole and sealed, with an owner and a deadline, until a person lets them in or not."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.entered import Entered, read, written
from routing.rules.hours import add_open_seconds
from routing.state.audit import audited
from routing.state.database import Database, Refused
from routing.state.inbox import Letter
from routing.state.lead.entries import TOKEN_USED, Entry, all_keys, file_all
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import quarantined

MOST = 200


@dataclass(frozen=True, slots=True)
class Held:
    """``traps`` are why it was set aside. Unsealed, for those who may see it: never to be logged."""

    id: str
    via: str
    traps: tuple[str, ...]
    owner: str
    due_at: datetime
    at: datetime
    entered: Entered = field(repr=False)


@dataclass(frozen=True, slots=True)
class Suspect:
    """``id`` is what it is to be known by, ``traps`` are why."""

    id: str
    entry: Entry
    traps: tuple[str, ...]


def set_aside(db: Database, book: Book, new: Suspect, now: datetime) -> None:
    """Owned by general intake's owner, due within the review deadline. :raises Refused: when a copy was first."""
    name, entry, traps = new.id, new.entry, new.traps
    entered, intake = entry.entered, book.queues[book.intake]
    row = {
        "id": name,
        "practice_id": book.practice,
        "via": entered.via,
        "traps": ",".join(traps),
        "entered": db.vault.seal(quarantined.c.entered, name, written(entered)),
        "owner_id": intake.owner,
        "due_at": add_open_seconds(intake.calendar, now, book.policies.review_deadline_s),
        "state": "waiting",
        "at": now,
    }
    with db.writing() as tx:
        # A token is good for one post, even for one that is set aside.
        keys = entered.keys if TOKEN_USED in traps else all_keys(book.practice, entered)
        file_all(tx, book.practice, Letter("", entry.answer), keys, now)
        tx.execute(insert(quarantined), row)
        announce(tx, book.practice, "quarantine", name, now)


def waiting(db: Database, practice: str) -> tuple[Held, ...]:
    """Oldest first."""
    mine = (quarantined.c.practice_id == practice) & (quarantined.c.state == "waiting")
    with db.reading() as tx:
        rows = tx.execute(select(quarantined).where(mine).order_by(quarantined.c.at, quarantined.c.id).limit(MOST))
        return tuple(held(db.vault, row) for row in rows)


def one_waiting(db: Database, practice: str, name: str) -> Held | None:
    mine = (quarantined.c.practice_id == practice) & (quarantined.c.id == name)
    with db.reading() as tx:
        row = tx.execute(select(quarantined).where(mine, quarantined.c.state == "waiting")).first()
    return held(db.vault, row) if row else None


def held(vault: Vault, row: Row[Any]) -> Held:
    entered = read(json.loads(vault.unseal(quarantined.c.entered, row.id, row.entered)))
    return Held(row.id, row.via, tuple(row.traps.split(",")), row.owner_id, row.due_at, row.at, entered)


@dataclass(frozen=True, slots=True)
class Letting:
    """Somebody decides about one; ``by`` is whom the audit log names."""

    practice: str
    id: str
    state: str
    by: str


def settle(tx: Connection, wish: Letting, now: datetime) -> None:
    """:raises Refused: when somebody else decided first."""
    mine = (quarantined.c.practice_id == wish.practice) & (quarantined.c.id == wish.id)
    done = update(quarantined).where(mine, quarantined.c.state == "waiting")
    if tx.execute(done.values(state=wish.state, settled_at=now, settled_by=wish.by)).rowcount != 1:
        raise Refused("it was decided meanwhile")
    audited(tx, wish.practice, now, wish.by, "quarantine", wish.id, before="waiting", after=wish.state)
    announce(tx, wish.practice, "quarantine", wish.id, now)


def hand_up(db: Database, book: Book, now: datetime, most: int) -> int:
    """What nobody decided about in time is the practice manager's (S-15); how many went to her."""
    late = (quarantined.c.practice_id == book.practice) & (quarantined.c.state == "waiting")
    late &= (quarantined.c.due_at <= now) & (quarantined.c.owner_id != book.manager)
    with db.reading() as tx:
        found = tx.execute(select(quarantined.c.id, quarantined.c.owner_id).where(late).limit(most)).all()
    for name, owner in found:
        with db.writing() as tx:
            hers = update(quarantined).where(quarantined.c.id == name, late).values(owner_id=book.manager)
            if tx.execute(hers).rowcount:
                audited(tx, book.practice, now, "clock", "quarantine", name, before=owner, after=book.manager)
                announce(tx, book.practice, "quarantine", name, now)
    return len(found)


def counts(tx: Connection, practice: str, now: datetime) -> dict[str, int]:
    """Waiting, and overdue among them."""
    mine = (quarantined.c.practice_id == practice) & (quarantined.c.state == "waiting")
    late = func.count().filter(quarantined.c.due_at <= now)
    row = tx.execute(select(func.count(), late).select_from(quarantined).where(mine)).one()
    return {"waiting": row[0], "overdue": row[1]}


def discard(db: Database, wish: Letting, now: datetime) -> bool:
    """False when there is none of that id waiting."""
    try:
        with db.writing() as tx:
            settle(tx, wish, now)
    except Refused:
        return False
    return True
