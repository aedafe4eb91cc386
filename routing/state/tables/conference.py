"""Calls with more than two in them, or one on hold."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from routing.state.columns import Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

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
