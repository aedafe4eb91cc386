"""What came in: the inbox, reports of sources, and posts set aside to be looked at."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from routing.state.columns import Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("practice_id", Text),
    Column("at", Instant, nullable=False),
    Column("inquiry_id", Text),
    Column("answer", LargeBinary, nullable=False),
    Index("ix_inbox_at", "at"),
)


# What was posted and looks wrong: kept whole for a person to look at, owned and due like a lead. ``state``: waiting,
# entered, discarded.
quarantined = Table(
    "quarantined",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("via", Text, nullable=False),
    Column("traps", Text, nullable=False),
    Column("entered", Sealed, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("settled_by", Text),
    Index("ix_quarantined_state", "practice_id", "state", "at"),
)


# What a source reported, one row for each of its inquiries: repeats, early and late reports are folded into it.
# ``state``: waiting (for a contact or for its call), told (it stands with a lead), passed (nothing to tell anybody).
source_events = Table(
    "source_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id")),
    Column("inquiry_id", Text, ForeignKey("inquiries.id")),
    Column("state", Text, nullable=False),
    Column("event", Sealed, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("practice_id", "dedupe_key"),
    Index("ix_source_events_due", "state", "due_at"),
    Index("ix_source_events_lead", "lead_id", "received_at"),
)
