"""Questions the desk asks about one inquiry."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from routing.state.database import Database
from routing.state.tables import inquiries, leads, reservations


@dataclass(frozen=True, slots=True)
class Offered:
    """One earlier offer of an inquiry. ``settled_at`` is None while it stands."""

    coordinator: str
    state: str
    step: int
    plan_step: int
    fence: int
    queue: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Underway:
    """An inquiry with its lead and offers so far. ``stored`` is the canonical input it was planned from."""

    id: str
    practice: str
    lead: str
    person: str
    owner: str
    state: str
    step: int
    version: int
    stored: dict[str, Any]
    received_at: datetime
    offers: tuple[Offered, ...]
    has_number: bool
    waiting_key: int
    account: str | None
    sid: str | None

    def offer(self, step: int) -> Offered | None:
        return next((made for made in self.offers if made.step == step), None)


def underway(tx: Connection, inquiry: str) -> Underway | None:
    found = tx.execute(
        select(inquiries, leads.c.owner_id)
        .join(leads, leads.c.id == inquiries.c.lead_id)
        .where(inquiries.c.id == inquiry)
    ).first()
    if found is None:
        return None
    stored = json.loads(found.plan)
    offers = tx.execute(
        select(
            reservations.c.coordinator_id,
            reservations.c.state,
            reservations.c.step,
            reservations.c.plan_step,
            reservations.c.fence,
            reservations.c.queue,
            reservations.c.settled_at,
        )
        .where(reservations.c.inquiry_id == inquiry)
        .order_by(reservations.c.step)
    )
    return Underway(
        id=found.id,
        practice=found.practice_id,
        lead=found.lead_id,
        person=found.person_id,
        owner=found.owner_id,
        state=found.state,
        step=found.step,
        version=found.rulebook_version,
        stored=stored,
        received_at=found.received_at,
        offers=tuple(Offered(*row) for row in offers),
        has_number=stored["has_number"],
        waiting_key=found.waiting_key,
        account=found.account,
        sid=found.sid,
    )


def is_reserved(db: Database, reservation: str) -> bool:
    with db.reading() as tx:
        return tx.execute(select(reservations.c.id).where(reservations.c.id == reservation)).first() is not None
