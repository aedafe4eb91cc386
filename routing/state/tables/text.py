"""Threads of texts and chats, and what is sent."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from routing.state.columns import Instant
from routing.state.sealed import Sealed
from routing.state.tables.metadata import metadata

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
