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
# question, reply, started, follow_up. ``media`` is a sealed list of references; nothing is ever fetched from them here.
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


# A message, or a text to a coordinator's own phone (purpose ``relay``, no conversation), that REST is to send.
# ``state``: new, claimed, posting, created, rejected, ambiguous, lost, withdrawn; open until ``settled_at``. ``fence``
# and ``attempts`` as in ``moves``; ``looks`` counts how often the provider's list was searched for one whose answer was
# lost. After ``expires_at`` it is not sent any more. What has the ``way`` email goes to a mail server instead.
sends = Table(
    "sends",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id")),
    Column("account", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipient", Sealed, nullable=False),
    Column("recipient_index", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("way", Text, nullable=False, default="text"),
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


# A campaign's text that another system sent, as it told us; ``reference`` is its own id. The number is kept as nothing
# but its index: a reply is known by it, and nobody is contacted from here.
recorded_sends = Table(
    "recorded_sends",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("system", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("number_index", LargeBinary, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_recorded_sends_number", "practice_id", "number_index", "sent_at"),
)


# How a promise to write is kept: a cadence's template, sent when its time has come. ``state``: due, planned, sent,
# withdrawn, person (left to the task's owner); open until ``settled_at``. ``code`` says why it waits, or how it ended.
follow_ups = Table(
    "follow_ups",
    metadata,
    Column("task_id", Text, ForeignKey("tasks.id"), primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("way", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message_id", Text, ForeignKey("messages.id")),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("code", Text),
    Index("ix_follow_ups_due", "settled_at", "state", "due_at"),
    Index("ix_follow_ups_message", "message_id"),
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
    Index("ix_chat_sessions_expires", "expires_at"),
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


# A thread as a coordinator knows it on her own phone: ``number`` is what its code is made of, hers for good.
relays = Table(
    "relays",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("coordinator_id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("relayed_at", Instant, nullable=False),
    UniqueConstraint("practice_id", "coordinator_id", "number"),
)


# What was told to a coordinator's own phone: ``is_answer`` in answer to her text, else by its row of ``sends``;
# ``shows_words`` where a person's own are in it.
relay_texts = Table(
    "relay_texts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("practice_id", Text, ForeignKey("practices.id"), nullable=False),
    Column("coordinator_id", Text, nullable=False),
    Column("body", Sealed, nullable=False),
    Column("is_answer", Boolean, nullable=False),
    Column("shows_words", Boolean, nullable=False),
    Column("sid", Text),
    Column("created_at", Instant, nullable=False),
    Index("ix_relay_texts_coordinator", "practice_id", "coordinator_id", "created_at"),
)


# Coordinators who have ended the relay to their phone with STOP; START takes the row away, the audit log keeps both.
relay_stops = Table(
    "relay_stops",
    metadata,
    Column("practice_id", Text, ForeignKey("practices.id"), primary_key=True),
    Column("coordinator_id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
