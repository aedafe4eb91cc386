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
    Column("is_first_of_email", Boolean),
    Column("merged_into", Text),
    Column("language", Text),
    Column("established", Boolean),
    Column("created_at", Instant, nullable=False),
    Index("ix_people_email", "practice_id", "email_index"),
)
Index(
    "uq_people_first_of_email",
    people.c.practice_id,
    people.c.email_index,
    unique=True,
    sqlite_where=people.c.is_first_of_email,
    postgresql_where=people.c.is_first_of_email,
)

# ``is_first`` marks whom a number means until told otherwise; a second person on it belongs to the same episode.
# ``place`` counts its people, so that of two that are told apart at one instant the second is looked at again.
person_numbers = Table(
    "person_numbers",
    metadata,
    Column("practice_id", Text, primary_key=True),
    Column("number_index", LargeBinary, primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), primary_key=True),
    Column("number", Sealed, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("place", Integer),
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("practice_id", "number_index", "place"),
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

# ``state``: asked, offered, waiting, connected, promised, ended. ``waiting_key`` is the static order of waiting, in ms;
# ``reach`` is how many stops of the plan serve her from the line from the first, where several phones ring.
# ``plan`` is what the offers go on with, ``chosen_at`` the exact time she named for a call.
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
    Column("reach", Integer),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("resumed_by", Text),
    Column("extras", Sealed),
    Column("chosen_at", Instant),
    Column("is_test", Boolean, nullable=False),
    UniqueConstraint("account", "sid", "channel"),
    Index("ix_inquiries_lead", "lead_id", "received_at"),
    Index("ix_inquiries_person", "person_id", "ended_at"),
    Index("ix_inquiries_line", "practice_id", "state", "waiting_key"),
)

# Calls that the provider is asked after, as nothing was heard of them for long. ``over_seen_at``: it said once that the
# call is over.
silences = Table(
    "silences",
    metadata,
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), primary_key=True),
    Column("ask_at", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("over_seen_at", Instant),
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
    Column("hold_s", Integer),
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

# ``read_at`` is when a copy that is kept elsewhere was last read there; ``names_us``: its words name this practice.
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
    Column("names_us", Boolean, nullable=False, default=True),
    Column("read_at", Instant),
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

# A live call is sent to a URL of ours, or its seat in conference ``room`` is changed. ``state``: new, claimed, posting,
# done, refused, ambiguous, void; open until ``settled_at``. ``due_at`` is not before; ``attempts`` counts the requests
# that may have been made. ``coaches`` is the call that alone hears this one.
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
    Column("room", Text),
    Column("coaches", Text),
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

# One of several phones that ring for a caller in the line. ``state``: new, posting, ringing, accepted, over; open until
# ``settled_at``. ``until`` is when the call should have been made, or heard of, or answered. ``code`` is how her leg
# ended, or why it was never made; ``move_id`` the request that silences it.
rings = Table(
    "rings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("reservation_id", Text, ForeignKey("reservations.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("coordinator_id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("progress_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sid", Text),
    Column("answered_at", Instant),
    Column("due_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("move_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    UniqueConstraint("inquiry_id", "step"),
    Index("ix_rings_open", "settled_at", "due_at"),
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

# One thread with a person over all text channels. ``last_sequence`` numbers its messages without a gap; ``ours`` is the
# number she wrote to last, ``address`` where she wrote from (nothing for a chat).
conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text),
    Column("ours", Text),
    Column("address", Sealed),
    Column("last_sequence", Integer, nullable=False),
    Column("last_inbound_at", Instant),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("is_test", Boolean, nullable=False),
    Index("ix_conversations_lead", "lead_id", "opened_at"),
)
Index(
    "uq_conversations_open",
    conversations.c.practice_id,
    conversations.c.person_id,
    unique=True,
    sqlite_where=conversations.c.closed_at.is_(None),
    postgresql_where=conversations.c.closed_at.is_(None),
)

# ``author``: person, leadline, or a coordinator's id. ``purpose``: said (by the person), answer, crisis, confirmation,
# question, reply, started. ``media`` is a sealed list of references; nothing is ever fetched from them here.
messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id")),
    Column("sequence", Integer, nullable=False),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("body", Sealed, nullable=False),
    Column("media", Sealed),
    Column("digest", LargeBinary, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("campaign", Text),
    Column("account", Text),
    Column("sid", Text),
    Column("status", Text, nullable=False),
    Column("code", Text),
    Column("created_at", Instant, nullable=False),
    Column("status_at", Instant, nullable=False),
    UniqueConstraint("conversation_id", "sequence"),
    UniqueConstraint("account", "sid"),
    Index("ix_messages_lead", "lead_id", "created_at"),
)

# A message that REST is to send. ``state``: new, claimed, posting, created, rejected, ambiguous, lost, withdrawn; open
# until ``settled_at``. ``fence`` and ``attempts`` as in ``moves``; ``looks`` counts how often the provider's list was
# searched for one whose answer was lost. After ``expires_at`` it is not sent any more.
sends = Table(
    "sends",
    metadata,
    Column("id", Text, ForeignKey("messages.id"), primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("account", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipient", Sealed, nullable=False),
    Column("recipient_index", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("holder", Text),
    Column("lease_until", Instant),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("ring", Integer, nullable=False),
    Column("rung_at", Instant, nullable=False),
    Column("posted_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_sends_due", "settled_at", "due_at"),
    Index("ix_sends_recipient", "practice_id", "recipient_index", "created_at"),
)

# A visitor's chat in her browser. Of its secret only the hash is kept; ``next_hash`` is that of the secret which takes
# its place once she has confirmed that she holds it. Without a conversation nothing was written yet. ``seen_at`` lags
# some minutes behind.
chat_sessions = Table(
    "chat_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("next_hash", LargeBinary),
    Column("conversation_id", Text, ForeignKey("conversations.id")),
    Column("origin", Text, nullable=False),
    Column("page", Sealed),
    Column("language", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_chat_sessions_conversation", "conversation_id"),
)

# What a person was asked by text. ``state``: open, answered, given_up; the list she picks from follows from the plan.
questions = Table(
    "questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("attribute", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Index("ix_questions_due", "state", "due_at"),
)
Index(
    "uq_questions_open",
    questions.c.conversation_id,
    unique=True,
    sqlite_where=questions.c.state == "open",
    postgresql_where=questions.c.state == "open",
)

# A talk that was taken from its bridge into a conference, which is named by ``room``. ``state``: asked, open, over,
# failed; open until ``settled_at``. Joined means that the leg asked for its seat. ``heir`` is the guest who has the
# caller since the first coordinator has left; ``caller_from`` and ``guest_from`` are the seats that the two came from.
conferences = Table(
    "conferences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("room", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("coordinator_sid", Text, nullable=False),
    Column("caller_sid", Text, nullable=False),
    Column("move_id", Text),
    Column("heir", Text),
    Column("caller_from", Text),
    Column("guest_from", Text),
    Column("coordinator_joined_at", Instant),
    Column("caller_joined_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_conferences_inquiry", "inquiry_id", "created_at"),
)
Index(
    "uq_conferences_open",
    conferences.c.inquiry_id,
    unique=True,
    sqlite_where=conferences.c.settled_at.is_(None),
    postgresql_where=conferences.c.settled_at.is_(None),
)

# A caller on hold. ``state``: asked, holding, held, resuming, over, failed. What lies between ``held_at`` and
# ``over_at`` is no talk.
holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("conference_id", Text, ForeignKey("conferences.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("coordinator_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("move_id", Text),
    Column("remind_at", Instant, nullable=False),
    Column("resume_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("held_at", Instant),
    Column("over_at", Instant),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_holds_inquiry", "inquiry_id", "step"),
)
Index(
    "uq_holds_open",
    holds.c.inquiry_id,
    unique=True,
    sqlite_where=holds.c.settled_at.is_(None),
    postgresql_where=holds.c.settled_at.is_(None),
)

# Somebody rung into a conference. ``role``: third, handover, supervisor. ``kind``: coordinator, affiliate, number.
# ``state``: asked, posting, ringing, in, heir, left, failed. ``offer_step`` is the reservation of who has one; ``mode``
# is talk of a third party, warm or cold of a handover, listen, whisper or barge of a supervisor; ``wants`` what it
# is being changed to. ``contract`` and ``disclosure`` are recorded and read by nothing.
guests = Table(
    "guests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("conference_id", Text, ForeignKey("conferences.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("phone", Sealed, nullable=False),
    Column("mode", Text, nullable=False),
    Column("wants", Text),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("first_step", Integer, nullable=False),
    Column("offer_step", Integer),
    Column("contract", Text),
    Column("disclosure", Text),
    Column("owner_id", Text),
    Column("invite_url", Text, nullable=False),
    Column("progress_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sid", Text),
    Column("move_id", Text),
    Column("due_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("joined_at", Instant),
    Column("settled_at", Instant),
    Column("code", Text),
    UniqueConstraint("inquiry_id", "number"),
    Index("ix_guests_open", "settled_at", "conference_id"),
)


# A call that we owe a person. ``kind``: turn, voicemail, time, opening, again. ``state``: due, dialling, talked, done,
# tried, withdrawn, person, parked; open until ``settled_at``. ``via`` and ``requested_at`` are her request, without
# which only her consents count; ``chosen_at`` is a time she named, ``best_from`` and ``best_until`` minutes of her day.
# ``attempt`` counts from 1, ``lost`` how often no answer of the provider was ever found. ``code`` says why it waits, or
# how it ended.
callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("lead_id", Text, ForeignKey("leads.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("task_id", Text, ForeignKey("tasks.id"), nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("via", Text),
    Column("requested_at", Instant),
    Column("chosen_at", Instant),
    Column("best_from", Integer),
    Column("best_until", Integer),
    Column("attempt", Integer, nullable=False),
    Column("first_at", Instant),
    Column("lost", Integer, nullable=False),
    Column("waiting_key", BigInteger, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_callbacks_due", "settled_at", "state", "due_at"),
    Index("ix_callbacks_task", "task_id"),
    Index("ix_callbacks_person", "person_id", "settled_at"),
)
Index(
    "uq_callbacks_open",
    callbacks.c.lead_id,
    unique=True,
    sqlite_where=callbacks.c.settled_at.is_(None),
    postgresql_where=callbacks.c.settled_at.is_(None),
)
Index(
    "uq_callbacks_dialling",
    callbacks.c.practice_id,
    callbacks.c.number_index,
    unique=True,
    sqlite_where=callbacks.c.state == "dialling",
    postgresql_where=callbacks.c.state == "dialling",
)

# A coordinator's phone is rung for a callback; the person is dialled on that leg once she has pressed the key.
# ``state``: new, claimed, posting, created, ambiguous, looking, accepted, dropped, over; open until ``settled_at``.
# ``fence``, ``holder`` and ``lease_until`` as in ``moves``. After ``until`` it is not posted any more. ``lead_status``
# is the last that the person's own leg reported, ``joined_by`` a call of hers that came in meanwhile.
dials = Table(
    "dials",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("callback_id", Text, ForeignKey("callbacks.id"), nullable=False),
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), nullable=False),
    Column("reservation_id", Text, ForeignKey("reservations.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("coordinator_id", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("progress_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("holder", Text),
    Column("lease_until", Instant),
    Column("due_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ring", Integer, nullable=False),
    Column("rung_at", Instant, nullable=False),
    Column("posted_at", Instant),
    Column("sid", Text),
    Column("answered_at", Instant),
    Column("attempt_id", Text),
    Column("lead_sid", Text),
    Column("lead_status", Text),
    Column("lead_answered_at", Instant),
    Column("joined_by", Text),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    UniqueConstraint("inquiry_id", "step"),
    Index("ix_dials_due", "settled_at", "due_at"),
)
Index(
    "uq_dials_open",
    dials.c.callback_id,
    unique=True,
    sqlite_where=dials.c.settled_at.is_(None),
    postgresql_where=dials.c.settled_at.is_(None),
)

# A job that was begun and did not come to its end: counted before each start. ``parked_at`` once it is begun no more.
strikes = Table(
    "strikes",
    metadata,
    Column("job", Text, primary_key=True),
    Column("row_id", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("parked_at", Instant),
    Column("code", Text),
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
