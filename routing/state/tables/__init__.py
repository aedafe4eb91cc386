"""Every table, and the indexes that carry the invariants: the database row is the truth. One module a room."""

from routing.state.tables.callback import callbacks, dials, strikes
from routing.state.tables.conference import conferences, guests, holds, transfers
from routing.state.tables.entry import inbox, quarantined, refused_tokens, source_events
from routing.state.tables.inquiry import decisions, inquiries, moves, recordings, reservations, rings, silences
from routing.state.tables.lead import assignments, attempts, covers, leads, outcomes, tasks
from routing.state.tables.log import audit, events
from routing.state.tables.metadata import metadata
from routing.state.tables.person import consents, opt_outs, people, person_numbers, scrubs
from routing.state.tables.practice import (
    closures,
    desired_statuses,
    practices,
    provider_accounts,
    rulebook_versions,
    standings,
    tokens,
    tracking_numbers,
)
from routing.state.tables.text import (
    chat_sessions,
    conversations,
    follow_ups,
    messages,
    questions,
    recorded_sends,
    relay_stops,
    relay_texts,
    relays,
    sends,
)

__all__ = (
    "assignments",
    "attempts",
    "audit",
    "callbacks",
    "chat_sessions",
    "closures",
    "conferences",
    "consents",
    "conversations",
    "covers",
    "decisions",
    "desired_statuses",
    "dials",
    "events",
    "follow_ups",
    "guests",
    "holds",
    "inbox",
    "inquiries",
    "leads",
    "messages",
    "metadata",
    "moves",
    "opt_outs",
    "outcomes",
    "people",
    "person_numbers",
    "practices",
    "provider_accounts",
    "quarantined",
    "questions",
    "recorded_sends",
    "recordings",
    "refused_tokens",
    "relay_stops",
    "relay_texts",
    "relays",
    "reservations",
    "rings",
    "rulebook_versions",
    "scrubs",
    "sends",
    "silences",
    "source_events",
    "standings",
    "strikes",
    "tasks",
    "tokens",
    "tracking_numbers",
    "transfers",
)
