"""One lead with everything that happened to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from routing.state.lead.leads import LeadLine, PersonShown, line, person_of
from routing.state.sealed import Vault
from routing.state.tables import (
    assignments,
    attempts,
    decisions,
    inquiries,
    messages,
    recordings,
    reservations,
    source_events,
    tasks,
)

EntryKind = Literal[
    "inquiry", "assignment", "decision", "reservation", "attempt", "task", "message", "recording", "event"
]


Fact = str | int | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; ``facts`` are codes and ids, never a person's words."""

    at: datetime
    kind: EntryKind
    id: str
    facts: dict[str, Fact]


TOLD_OF: tuple[tuple[EntryKind, Table, str, tuple[str, ...]], ...] = (
    ("inquiry", inquiries, "received_at", ("channel", "campaign", "tracking_number", "state", "outcome", "ended_at")),
    ("assignment", assignments, "since", ("owner_id", "previous_owner", "queue", "reason", "made_by", "until")),
    ("decision", decisions, "at", ("inquiry_id", "trigger", "digest")),
    ("reservation", reservations, "created_at", ("coordinator_id", "queue", "step", "state", "settled_at")),
    ("attempt", attempts, "started_at", ("coordinator_id", "channel", "direction", "is_human", "talk_s", "result")),
    ("task", tasks, "created_at", ("owner_id", "kind", "state", "reason", "due_at", "closed_at")),
    ("message", messages, "created_at", ("conversation_id", "direction", "channel", "author", "purpose", "status")),
    ("event", source_events, "received_at", ("inquiry_id", "source", "kind", "state", "reports", "fetch_code")),
    ("recording", recordings, "created_at", ("inquiry_id", "kind", "state", "duration_s", "expires_at")),
)
"""Kind, table, the instant it is sorted by, and what is told of it. At one instant they come in this order."""


def timeline(tx: Connection, practice: str, lead: str) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for kind, table, when, told in TOLD_OF:
        columns = [table.c[name] for name in told]
        rows = tx.execute(
            select(table.c[when], table.c.id, *columns)
            .where(table.c.practice_id == practice, table.c.lead_id == lead)
            .order_by(table.c[when], table.c.id)
        )
        names = [name.removesuffix("_id") for name in told]
        found.extend(Entry(at, kind, row_id, dict(zip(names, rest, strict=True))) for at, row_id, *rest in rows)
    return tuple(sorted(found, key=lambda entry: entry.at))


@dataclass(frozen=True, slots=True)
class ReceiptShown:
    id: str
    at: datetime
    trigger: str
    digest: str
    receipt: dict[str, Any]


def receipts(tx: Connection, practice: str, lead: str) -> tuple[ReceiptShown, ...]:
    rows = tx.execute(
        select(decisions.c.id, decisions.c.at, decisions.c.trigger, decisions.c.digest, decisions.c.receipt)
        .where(decisions.c.practice_id == practice, decisions.c.lead_id == lead)
        .order_by(decisions.c.at, decisions.c.id)
    )
    return tuple(ReceiptShown(*row[:4], json.loads(row.receipt)) for row in rows)


@dataclass(frozen=True, slots=True)
class AttemptShown:
    id: str
    coordinator: str
    channel: str
    direction: str
    is_human: bool
    started_at: datetime
    ended_at: datetime | None
    talk_s: int | None
    result: str | None


def attempts_of(tx: Connection, practice: str, lead: str) -> tuple[AttemptShown, ...]:
    rows = tx.execute(
        select(
            attempts.c.id,
            attempts.c.coordinator_id,
            attempts.c.channel,
            attempts.c.direction,
            attempts.c.is_human,
            attempts.c.started_at,
            attempts.c.ended_at,
            attempts.c.talk_s,
            attempts.c.result,
        )
        .where(attempts.c.practice_id == practice, attempts.c.lead_id == lead)
        .order_by(attempts.c.started_at, attempts.c.id)
    )
    return tuple(AttemptShown(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class TaskShown:
    id: str
    owner: str
    kind: str
    state: str
    reason: str
    due_at: datetime
    created_at: datetime
    closed_at: datetime | None
    note: str | None = field(repr=False)


def tasks_of(tx: Connection, vault: Vault, practice: str, lead: str) -> tuple[TaskShown, ...]:
    rows = tx.execute(
        select(tasks).where(tasks.c.practice_id == practice, tasks.c.lead_id == lead).order_by(tasks.c.due_at)
    )
    return tuple(
        TaskShown(
            id=row.id,
            owner=row.owner_id,
            kind=row.kind,
            state=row.state,
            reason=row.reason,
            due_at=row.due_at,
            created_at=row.created_at,
            closed_at=row.closed_at,
            note=vault.unseal(tasks.c.note, row.id, row.note) if row.note else None,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class WholeLead:
    line: LeadLine
    person: PersonShown
    timeline: Sequence[Entry]
    receipts: Sequence[ReceiptShown]
    attempts: Sequence[AttemptShown]
    tasks: Sequence[TaskShown]


def whole(tx: Connection, vault: Vault, practice: str, lead: str) -> WholeLead | None:
    found = line(tx, practice, lead)
    if found is None:
        return None
    return WholeLead(
        found,
        person_of(tx, vault, lead),
        timeline(tx, practice, lead),
        receipts(tx, practice, lead),
        attempts_of(tx, practice, lead),
        tasks_of(tx, vault, practice, lead),
    )
