"""A practice as a whole: its versions, numbers, people at work, tokens, closures, and its account at the provider."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text

from routing.state.columns import COUNTER, Instant
from routing.state.tables.metadata import metadata

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
