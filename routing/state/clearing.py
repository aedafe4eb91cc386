"""Rows that nobody will ask for any more, taken away in small bites. None of them is a record of what happened: those,
receipts, consents, opt-outs and the audit log, are no concern of this."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, select

from routing.state.database import Database
from routing.state.tables import chat_sessions, events, inbox, inquiries, silences

KEPT = timedelta(days=7)
"""After a chat's last end, or after an event: views read back a few seconds, so that is only for a person to look."""


def clear(db: Database, now: datetime, most: int) -> int:
    """How many went, ``most`` of each kind."""
    ended = select(inquiries.c.id).where(inquiries.c.id == silences.c.inquiry_id, inquiries.c.ended_at.is_not(None))
    return sum(
        (
            taken_away(db, inbox, inbox.c.until <= now, most),
            taken_away(db, events, events.c.at <= now - KEPT, most),
            taken_away(db, chat_sessions, chat_sessions.c.expires_at <= now - KEPT, most),
            taken_away(db, silences, ended.exists(), most),
        )
    )


def taken_away(db: Database, table: Table, which: ColumnElement[bool], most: int) -> int:
    (name,) = table.primary_key.columns
    with db.reading() as tx:
        over = tx.execute(select(name).where(which).limit(most)).scalars().all()
    if not over:
        return 0
    with db.writing() as tx:
        return tx.execute(delete(table).where(name.in_(over), which)).rowcount
