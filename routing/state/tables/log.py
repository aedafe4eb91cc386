"""What happened: the audit log and the events that live views follow."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from routing.state.columns import COUNTER, Instant
from routing.state.tables.metadata import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", COUNTER, primary_key=True, autoincrement=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("reason", Text),
    Column("digest", Text, nullable=False),
    Index("ix_audit_subject", "practice_id", "subject_id", "id"),
)


events = Table(
    "events",
    metadata,
    Column("id", COUNTER, primary_key=True, autoincrement=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("topic", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Index("ix_events_at", "at"),
)
