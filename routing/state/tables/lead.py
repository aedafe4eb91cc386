"""A person's case over time: who owns it, what was done, what is owed."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from routing.state.columns import Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

leads = Table(
    "leads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("routed_category", Text, nullable=False),
    Column("location", Text),
    Column("campaign", Text),
    Column("payer", Text),
    Column("level_of_care", Text),
    Column("language", Text),
    Column("reason", Text, nullable=False),
    Column("note", Text),
    Column("rulebook_version", Integer, nullable=False),
    Column("clock_started_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("first_response_at", Instant),
    Column("contacted_at", Instant),
    Column("closed_at", Instant),
    Column("close_cause", Text),
    Column("merged_into", Text),
    Column("version", Integer, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_leads_newest", "practice_id", "created_at", "id"),
    Index("ix_leads_owner", "practice_id", "owner_id", "status"),
    Index("ix_leads_due", "practice_id", "status", "due_at"),
)

Index(
    "uq_leads_open",
    leads.c.practice_id,
    leads.c.person_id,
    leads.c.category,
    unique=True,
    sqlite_where=leads.c.closed_at.is_(None),
    postgresql_where=leads.c.closed_at.is_(None),
)


# The history of ownership; the open row of a lead is its owner, and replaying the rows gives leads.owner_id.
assignments = Table(
    "assignments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text),
    Column("owner_id", Text, nullable=False),
    Column("previous_owner", Text),
    Column("queue", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("is_provisional", Boolean, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Index("ix_assignments_owner", "practice_id", "owner_id", "since"),
)

Index(
    "uq_assignments_open",
    assignments.c.lead_id,
    unique=True,
    sqlite_where=assignments.c.until.is_(None),
    postgresql_where=assignments.c.until.is_(None),
)


# ``is_human`` is what stops the response clock; a callback in progress is live until ``ended_at``. ``message_id`` is
# what somebody of ours wrote: when it comes to nothing, so does the attempt.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id")),
    Column("reservation_id", Text, ForeignKey("reservations.id")),
    Column("message_id", Text, ForeignKey("messages.id")),
    Column("coordinator_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("is_human", Boolean, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("talk_s", Integer),
    Column("hold_s", Integer),
    Column("result", Text),
    Index("ix_attempts_lead", "lead_id", "started_at"),
    Index("ix_attempts_coordinator", "practice_id", "coordinator_id", "started_at"),
    Index("ix_attempts_message", "message_id"),
)

Index(
    "uq_attempts_live_dial",
    attempts.c.lead_id,
    unique=True,
    sqlite_where=attempts.c.ended_at.is_(None) & (attempts.c.direction == "outbound"),
    postgresql_where=attempts.c.ended_at.is_(None) & (attempts.c.direction == "outbound"),
)


outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("attempt_id", Text, ForeignKey("attempts.id")),
    Column("code", Text, nullable=False),
    Column("note", Sealed),
    Column("recorded_by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)


tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text),
    Column("owner_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("target_queue", Text),
    Column("note", Sealed),
    Column("due_at", Instant, nullable=False),
    Column("rung_at", Instant),
    Column("ring", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index("ix_tasks_due", "state", "due_at"),
    Index("ix_tasks_owner", "practice_id", "owner_id", "state"),
    Index("ix_tasks_lead", "lead_id", "state"),
)


# Somebody took a call for the owner, who stays the owner and has a task until then (routing-semantics section 6).
covers = Table(
    "covers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("coordinator_id", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_covers_lead", "lead_id", "until"),
)
