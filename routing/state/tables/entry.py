"""What came in: the inbox, reports of sources, and posts set aside to be looked at."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from routing.state.columns import Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

# ``until``: when a repeat is expected no more, and the row goes; None for one that is to hold for good.
inbox = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("practice_id", Text),
    Column("at", Instant, nullable=False),
    Column("inquiry_id", Text),
    Column("answer", LargeBinary, nullable=False),
    Column("until", Instant),
    Index("ix_inbox_until", "until"),
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
# ``fetch_at``: when the record it only names is to be fetched next, None when there is none or no more. ``fetch_tries``
# is the fence of whoever fetches it, ``fetch_ring`` counts bells, ``fetch_code`` is what came of the last request.
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
    Column("fetch_at", Instant),
    Column("fetch_rung_at", Instant),
    Column("fetch_ring", Integer, nullable=False),
    Column("fetch_tries", Integer, nullable=False),
    Column("fetch_code", Text),
    UniqueConstraint("practice_id", "dedupe_key"),
    Index("ix_source_events_due", "state", "due_at"),
    Index("ix_source_events_lead", "lead_id", "received_at"),
    Index("ix_source_events_fetch", "fetch_at"),
)


# A source that refuses our token: nobody asks it before ``probe_at``, and operators are told. No row: it is accepted.
refused_tokens = Table(
    "refused_tokens",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("probe_at", Instant, nullable=False),
    Column("code", Text, nullable=False),
)
