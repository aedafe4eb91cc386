"""The people behind leads: their numbers, and what they agreed to or refused."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from routing.state.columns import COUNTER, Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

# ``email_place`` counts the people of an address, as ``place`` below those of a number. Without it the address went to
# whom the record was merged into.
people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("name", Sealed),
    Column("email", Sealed),
    Column("email_index", LargeBinary),
    Column("email_place", Integer),
    Column("merged_into", Text),
    Column("language", Text),
    Column("established", Boolean),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("practice_id", "email_index", "email_place"),
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
    Index("ix_person_numbers_person", "person_id"),
)

Index(
    "uq_person_numbers_first",
    person_numbers.c.practice_id,
    person_numbers.c.number_index,
    unique=True,
    sqlite_where=person_numbers.c.is_first,
    postgresql_where=person_numbers.c.is_first,
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


# Append-only; of a number and list the newest holds. ``told_by`` is whom the audit log names.
scrubs = Table(
    "scrubs",
    metadata,
    Column("id", COUNTER, primary_key=True, autoincrement=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_listed", Boolean, nullable=False),
    Column("checked_at", Instant, nullable=False),
    Column("told_by", Text, nullable=False),
    Column("told_at", Instant, nullable=False),
    Index("ix_scrubs_number", "practice_id", "number_index", "checked_at"),
)
