"""Every table, and the indexes that carry the invariants: the database row is the truth."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from routing.state.columns import COUNTER, Instant
from routing.state.sealed import Sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

practices = Table(
    "practices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)

rulebook_versions = Table(
    "rulebook_versions",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", Text, nullable=False),
)

# One row per number over all practices: a second practice that publishes it is refused.
tracking_numbers = Table(
    "tracking_numbers",
    metadata,
    Column("number", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
)

desired_statuses = Table(
    "desired_statuses",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("coordinator_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("set_by", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("name", Sealed),
    Column("email", Sealed),
    Column("email_index", LargeBinary),
    Column("language", Text),
    Column("established", Boolean),
    Column("created_at", Instant, nullable=False),
    Index("ix_people_email", "practice_id", "email_index"),
)

# ``is_first`` marks whom a number means until told otherwise; a second person on it belongs to the same episode.
person_numbers = Table(
    "person_numbers",
    metadata,
    Column("practice_id", Text, primary_key=True),
    Column("number_index", LargeBinary, primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("number", Sealed, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)
Index(
    "uq_person_numbers_first",
    person_numbers.c.practice_id,
    person_numbers.c.number_index,
    unique=True,
    sqlite_where=person_numbers.c.is_first,
    postgresql_where=person_numbers.c.is_first,
)

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

# ``state``: asked, offered, waiting, connected, promised, ended. ``waiting_key`` is the static order of waiting, in ms.
# ``plan`` is what the offers go on with.
inquiries = Table(
    "inquiries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text),
    Column("sid", Text),
    Column("tracking_number", Text),
    Column("campaign", Text),
    Column("state", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    Column("rulebook_version", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("effective_start", Instant, nullable=False),
    Column("waiting_key", BigInteger, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("resumed_by", Text),
    Column("extras", Sealed),
    Column("is_test", Boolean, nullable=False),
    UniqueConstraint("account", "sid", "channel"),
    Index("ix_inquiries_lead", "lead_id", "received_at"),
    Index("ix_inquiries_person", "person_id", "ended_at"),
    Index("ix_inquiries_line", "practice_id", "state", "waiting_key"),
)

# Append-only and chained: each digest covers the receipt and the digest before it on the same inquiry.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index("ix_decisions_inquiry", "inquiry_id", "at"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("coordinator_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("plan_step", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("settled_at", Instant),
    Column("wrap_until", Instant),
    Column("leg_sid", Text),
    Column("leg_answered_at", Instant),
    UniqueConstraint("inquiry_id", "step"),
    Index("ix_reservations_expiry", "state", "expires_at"),
)
Index(
    "uq_reservations_pending",
    reservations.c.practice_id,
    reservations.c.coordinator_id,
    unique=True,
    sqlite_where=reservations.c.state == "pending",
    postgresql_where=reservations.c.state == "pending",
)
Index(
    "uq_reservations_live_call",
    reservations.c.practice_id,
    reservations.c.coordinator_id,
    unique=True,
    sqlite_where=(reservations.c.state == "accepted") & (reservations.c.kind == "call"),
    postgresql_where=(reservations.c.state == "accepted") & (reservations.c.kind == "call"),
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

# ``is_human`` is what stops the response clock; a callback in progress is live until ``ended_at``.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id")),
    Column("reservation_id", Text, ForeignKey("reservations.id")),
    Column("coordinator_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("is_human", Boolean, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("talk_s", Integer),
    Column("result", Text),
    Index("ix_attempts_lead", "lead_id", "started_at"),
    Index("ix_attempts_coordinator", "practice_id", "coordinator_id", "started_at"),
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

consents = Table(
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("is_granted", Boolean, nullable=False),
    Column("text_version", Text),
    Column("evidence", Sealed),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_consents_person", "person_id", "channel", "at"),
)

# Append-only, never expires; the newest row of a contact and channel holds.
opt_outs = Table(
    "opt_outs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("contact_index", LargeBinary, nullable=False),
    Column("channel", Text, nullable=False),
    Column("is_out", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("approved_by", Text),
    Column("at", Instant, nullable=False),
    Index("ix_opt_outs_contact", "practice_id", "contact_index", "channel", "at"),
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

# What a rolling-window ordering starts a newcomer or a returner with (routing-semantics section 3.1).
standings = Table(
    "standings",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("coordinator_id", Text, primary_key=True),
    Column("joined_at", Instant, nullable=False),
    Column("calibration", Float, nullable=False),
    Column("credits", Integer, nullable=False),
    Column("talk_calibration_s", Float, nullable=False),
)

# A waiting call is sent to a URL of ours. ``state``: new, claimed, posting, done, refused, ambiguous, void; open until
# ``settled_at``. ``due_at`` is not before; ``attempts`` counts the requests that may have been made.
moves = Table(
    "moves",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("call_sid", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", Text),
    Column("lease_until", Instant),
    Column("due_at", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("rung_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_moves_due", "settled_at", "due_at"),
    Index("ix_moves_inquiry", "inquiry_id"),
)
Index(
    "uq_moves_open",
    moves.c.call_sid,
    unique=True,
    sqlite_where=moves.c.settled_at.is_(None),
    postgresql_where=moves.c.settled_at.is_(None),
)

# A caller is handed from one coordinator to another. ``state``: asked, moving, posting, ringing, accepted, returning,
# returned, failed; open until ``settled_at``. Joined means that the leg asked for its seat in the conference, which is
# named by the row's id.
transfers = Table(
    "transfers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("first_step", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("target_step", Integer, nullable=False),
    Column("queue", Text, nullable=False),
    Column("category", Text),
    Column("payer", Text),
    Column("location", Text),
    Column("number", Text, nullable=False),
    Column("invite_url", Text, nullable=False),
    Column("progress_url", Text, nullable=False),
    Column("move_id", Text, nullable=False),
    Column("target_sid", Text),
    Column("first_joined_at", Instant),
    Column("caller_joined_at", Instant),
    Column("due_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_transfers_inquiry", "inquiry_id", "first_step"),
    Index("ix_transfers_created_at", "created_at"),
)
Index(
    "uq_transfers_open",
    transfers.c.inquiry_id,
    unique=True,
    sqlite_where=transfers.c.settled_at.is_(None),
    postgresql_where=transfers.c.settled_at.is_(None),
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

# The provider's side of an account, shared by all processes. Milliseconds of real time since 1970; ``resting_since_ms``
# is set while the provider refuses our login.
provider_accounts = Table(
    "provider_accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("next_call_ms", COUNTER, nullable=False),
    Column("resting_since_ms", COUNTER),
    Column("probe_ms", COUNTER),
    Column("code", Text),
)

# Closed by hand, by name and with a mandatory end. ``scope``: practice, location, queue. ``kept`` is False once the
# closure has been over for so long that no plan is decided again from it.
closures = Table(
    "closures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("closed_by", Text, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("lifted_by", Text),
    Column("kept", Boolean, nullable=False),
    Index("ix_closures_kept", "kept", "ends_at"),
)

# What a caller said to the machine (``voicemail``) or a talk she let be recorded (``call``). ``state``: announced,
# available, fetched, lost, deleted. ``is_remote`` while the provider may still have its copy, which is then deleted.
recordings = Table(
    "recordings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("account", Text, nullable=False),
    Column("sid", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("duration_s", Integer, nullable=False),
    Column("media", Sealed),
    Column("media_kind", Text),
    Column("is_remote", Boolean, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("code", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("account", "sid"),
    Index("ix_recordings_lead", "lead_id", "created_at"),
    Index("ix_recordings_due", "is_remote", "due_at"),
    Index("ix_recordings_expiry", "state", "expires_at"),
)
