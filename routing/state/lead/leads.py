"""Leads as people look at them: a page of the list, and one lead with everything that happened to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, and_, case, or_, select
from sqlalchemy.engine import Connection

from routing.rules.response import Times
from routing.state.sealed import Vault
from routing.state.tables import (
    leads,
    people,
    person_numbers,
)

MOST = 200
"""No page is longer."""


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


def number_on_record(tx: Connection, vault: Vault, lead: str, index: bytes | None) -> str | None:
    """That number of the lead's person, else her first; None where she has none."""
    at = person_numbers.c
    whose = select(leads.c.person_id).where(leads.c.id == lead).scalar_subquery()
    hers = select(at.person_id, at.number).where(at.person_id == whose)
    row = tx.execute(hers.order_by(case((at.number_index == index, 0), else_=1), at.created_at).limit(1)).first()
    return vault.unseal(at.number, row.person_id, row.number) if row else None


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
