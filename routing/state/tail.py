"""What was announced lately, each event once: a gateway's tail of the ``events`` rows (design section 3.8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from routing.state.database import Database
from routing.state.tables import events

BACK = timedelta(seconds=5)
"""Rows are read so far back again: a transaction may commit a little after the instant it writes."""


@dataclass(frozen=True, slots=True)
class News:
    topic: str
    subject: str


class Tail:
    """Belongs to one reader at a time; what was there before it began is not told."""

    def __init__(self, db: Database, topics: Collection[str]) -> None:
        self._db = db
        self._topics = tuple(topics)
        self._told: dict[int, datetime] = {}
        self._from: datetime | None = None

    def news(self, now: datetime) -> tuple[News, ...]:
        """:raises DatabaseDown: then nothing is lost, the next call tells it, unless it lasts for longer than BACK:
        whoever shows something reads it again by itself now and then."""
        since = max(self._from or now, now - BACK)
        wanted = select(events.c.id, events.c.at, events.c.topic, events.c.subject_id).where(events.c.at >= since)
        with self._db.reading() as tx:
            rows = tx.execute(wanted.where(events.c.topic.in_(self._topics)).order_by(events.c.id)).all()
        fresh = [row for row in rows if row.id not in self._told]
        self._from = self._from or now
        self._told = {id: at for id, at in self._told.items() if at >= since} | {row.id: row.at for row in fresh}
        return tuple(News(row.topic, row.subject_id) for row in fresh)
