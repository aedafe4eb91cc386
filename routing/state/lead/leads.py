"""Leads as people look at them: a page of the list, and one lead with everything that happened to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, Table, and_, or_, select
from sqlalchemy.engine import Connection

from routing.rules.response import Times
from routing.state.sealed import Vault
from routing.state.tables import (
    assignments,
    attempts,
    decisions,
    inquiries,
    leads,
    messages,
    people,
    person_numbers,
    recordings,
    reservations,
    source_events,
    tasks,
)

MOST = 200
"""No page is longer."""
EntryKind = Literal[
    "inquiry", "assignment", "decision", "reservation", "attempt", "task", "message", "recording", "event"
]
Fact = str | int | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leads, newest first. None takes any; ``after`` is the place of the last one seen."""

    owner: str | None = None
    status: str | None = None
    queue: str | None = None
    category: str | None = None
    location: str | None = None
    which: Literal["open", "closed", "all"] = "open"
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class LeadLine:
    """One lead without anything personal. ``version`` goes up with every change of owner or status."""

    id: str
    status: str
    owner: str
    queue: str
    category: str
    location: str | None
    campaign: str | None
    payer: str | None
    level_of_care: str | None
    language: str | None
    reason: str
    note: str | None
    rulebook_version: int
    clock_started_at: datetime
    due_at: datetime
    first_response_at: datetime | None
    contacted_at: datetime | None
    closed_at: datetime | None
    close_cause: str | None
    version: int
    is_test: bool
    created_at: datetime

    @property
    def times(self) -> Times:
        return Times(self.clock_started_at, self.due_at, self.first_response_at, self.closed_at)

    @property
    def place(self) -> Place:
        return Place(self.created_at, self.id)


LINE: tuple[Column[Any], ...] = (
    leads.c.id,
    leads.c.status,
    leads.c.owner_id,
    leads.c.queue,
    leads.c.category,
    leads.c.location,
    leads.c.campaign,
    leads.c.payer,
    leads.c.level_of_care,
    leads.c.language,
    leads.c.reason,
    leads.c.note,
    leads.c.rulebook_version,
    leads.c.clock_started_at,
    leads.c.due_at,
    leads.c.first_response_at,
    leads.c.contacted_at,
    leads.c.closed_at,
    leads.c.close_cause,
    leads.c.version,
    leads.c.is_test,
    leads.c.created_at,
)
"""In the order of LeadLine."""


def page(tx: Connection, practice: str, wanted: Wanted) -> tuple[LeadLine, ...]:
    """By the key of the last lead seen, so that a lead that arrives meanwhile shifts nothing."""
    chosen = {
        leads.c.owner_id: wanted.owner,
        leads.c.status: wanted.status,
        leads.c.queue: wanted.queue,
        leads.c.category: wanted.category,
        leads.c.location: wanted.location,
    }
    query = select(*LINE).where(leads.c.practice_id == practice)
    query = query.where(*(column == value for column, value in chosen.items() if value is not None))
    if wanted.which != "all":
        query = query.where(leads.c.closed_at.is_(None) if wanted.which == "open" else leads.c.closed_at.is_not(None))
    if wanted.after:
        at, last = wanted.after.created_at, wanted.after.id
        query = query.where(or_(leads.c.created_at < at, and_(leads.c.created_at == at, leads.c.id < last)))
    newest = query.order_by(leads.c.created_at.desc(), leads.c.id.desc()).limit(min(wanted.limit, MOST))
    return tuple(LeadLine(*row) for row in tx.execute(newest))


def line(tx: Connection, practice: str, lead: str) -> LeadLine | None:
    found = tx.execute(select(*LINE).where(leads.c.practice_id == practice, leads.c.id == lead)).first()
    return LeadLine(*found) if found else None


@dataclass(frozen=True, slots=True)
class PersonShown:
    """Unsealed, for those who may see it: never to be logged."""

    id: str
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
    language: str | None
    established: bool | None


def person_of(tx: Connection, vault: Vault, lead: str) -> PersonShown:
    row = tx.execute(select(people).join(leads, leads.c.person_id == people.c.id).where(leads.c.id == lead)).one()
    numbers = tx.execute(
        select(person_numbers.c.number)
        .where(person_numbers.c.practice_id == row.practice_id, person_numbers.c.person_id == row.id)
        .order_by(person_numbers.c.created_at)
    ).scalars()
    return PersonShown(
        id=row.id,
        name=vault.unseal(people.c.name, row.id, row.name) if row.name else None,
        email=vault.unseal(people.c.email, row.id, row.email) if row.email else None,
        numbers=tuple(vault.unseal(person_numbers.c.number, row.id, sealed) for sealed in numbers),
        language=row.language,
        established=row.established,
    )


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
    ("event", source_events, "received_at", ("inquiry_id", "source", "kind", "state", "reports")),
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
