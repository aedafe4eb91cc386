"""What came in before: a repeated webhook gets the bytes of its first answer (invariant I10)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.state.database import Database, Refused
from routing.state.tables import inbox


@dataclass(frozen=True, slots=True)
class Letter:
    """``key`` names one delivery: account, path, sid, then sequence, status or body digest (design section 3.5)."""

    key: str
    answer: bytes


def answered(db: Database, key: str) -> bytes | None:
    with db.reading() as tx:
        return tx.execute(select(inbox.c.answer).where(inbox.c.key == key)).scalar_one_or_none()


def file(tx: Connection, letter: Letter, practice: str | None, inquiry: str | None, now: datetime) -> None:
    """First in its transaction, so that of n copies the others are refused before they write anything."""
    row = {"key": letter.key, "practice_id": practice, "at": now, "inquiry_id": inquiry, "answer": letter.answer}
    tx.execute(insert(inbox), row)


def note(db: Database, letter: Letter, now: datetime) -> None:
    """What came first of a kind stays."""
    with suppress(Refused), db.writing() as tx:
        file(tx, letter, None, None, now)
