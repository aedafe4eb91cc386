"""What those who compare numbers with lists told us: the national do-not-call registry, numbers that changed hands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.rules.contact import Scrub
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.tables import scrubs


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """``number`` is E.164."""

    number: str = field(repr=False)
    found: Scrub


@dataclass(frozen=True, slots=True)
class Batch:
    """``by`` is whom the audit log names."""

    practice: str
    by: str
    results: tuple[Scrubbed, ...]


def record(db: Database, batch: Batch, now: datetime) -> None:
    """All of them or none. Telling again changes nothing, as the newest result holds."""
    rows = [
        {
            "practice_id": batch.practice,
            "number_index": db.vault.index(batch.practice, each.number),
            "kind": each.found.kind,
            "is_listed": each.found.is_listed,
            "checked_at": each.found.at,
            "told_by": batch.by,
            "told_at": now,
        }
        for each in batch.results
    ]
    with db.writing() as tx:
        tx.execute(insert(scrubs), rows)
        audited(tx, batch.practice, now, batch.by, "record_scrubs", batch.practice, after=str(len(rows)))


def scrubs_of(tx: Connection, practice: str, indexes: Sequence[bytes]) -> tuple[Scrub, ...]:
    """Of one number, by every key, oldest first."""
    rows = tx.execute(
        select(scrubs.c.kind, scrubs.c.is_listed, scrubs.c.checked_at)
        .where(scrubs.c.practice_id == practice, scrubs.c.number_index.in_(indexes))
        .order_by(scrubs.c.checked_at, scrubs.c.id)
    )
    return tuple(Scrub(*row) for row in rows)
