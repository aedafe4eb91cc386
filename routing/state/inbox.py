"""What came in before: a repeated webhook gets the bytes of its first answer (invariant I10)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.state.database import Database, Refused
from routing.state.tables import inbox

REPEATED_WITHIN = timedelta(days=30)
"""The provider repeats within minutes, a spool that nobody opened for long within days."""
PROVIDER = "AC"
"""The keys of its webhooks begin with its account. What else was filed, such as a form or a line of a list, is not
entered a second time however late it comes."""


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
    until = now + REPEATED_WITHIN if inquiry and letter.key.startswith(PROVIDER) else None
    row = {"key": letter.key, "practice_id": practice, "inquiry_id": inquiry, "answer": letter.answer}
    tx.execute(insert(inbox), {**row, "at": now, "until": until})


def note(db: Database, letter: Letter, now: datetime) -> None:
    """What came first of a kind stays."""
    with suppress(Refused), db.writing() as tx:
        file(tx, letter, None, None, now)
