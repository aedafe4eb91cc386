"""Calls that we owe, the dials that keep the promise, and the jobs that broke down over one."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from routing.state.columns import Instant
from routing.state.tables.metadata import metadata

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
