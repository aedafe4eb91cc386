"""One call, text, chat or form: its receipts, its offers, and what is asked of the provider for it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from routing.state.columns import Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

# ``state``: asked, offered, waiting, connected, promised, ended. ``waiting_key`` is the static order of waiting, in ms;
# ``reach`` is how many stops of the plan serve her from the line from the first, where several phones ring.
# ``plan`` is what the offers go on with, ``chosen_at`` the exact time she named for a call. ``contact_index``
# is that of the number she called from or gave, as it stands with her.
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
    Column("contact_index", LargeBinary),
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


# One of several phones that ring for a caller in the line. ``state``: new, posting, ringing, accepted, over; open until
# ``settled_at``. ``until`` is when the call should have been made, or heard of, or answered. ``code`` is how her leg
# ended, or why it was never made; ``move_id`` the request that silences it; ``met_at`` when the caller was last given
# her seat beside her.
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
    Column("met_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    UniqueConstraint("inquiry_id", "step"),
    Index("ix_rings_open", "settled_at", "due_at"),
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
