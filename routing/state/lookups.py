"""Questions the desk asks about one inquiry."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from routing.state.database import Database
from routing.state.tables import inquiries, leads, reservations, rings

UNMADE = "unmade"
"""Before the code of a call that was never made, through no fault of hers."""
LONGEST_OFFER = timedelta(seconds=75)
"""On call, or the last of several phones."""


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
    created_at: datetime
    ring: str | None = None
    """Her phone was one of several."""
    code: str | None = None
    """How that ended."""

    @property
    def was_asked(self) -> bool:
        """Who was to be called and was not, or whose phone only stopped because somebody else was first, may be asked
        again at once."""
        return self.state != "rescinded" and not self.is_unmade

    @property
    def is_unmade(self) -> bool:
        return self.code is not None and self.code.startswith(UNMADE)


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
    reach: int = 0

    def standing(self, now: datetime) -> tuple[Offered, ...]:
        """Offers that nobody has answered; one past its end stands no more, though no clock may have ended it."""
        return tuple(made for made in self.offers if made.state == "pending" and now - made.created_at < LONGEST_OFFER)

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
            reservations.c.created_at,
            rings.c.id,
            rings.c.code,
        )
        .outerjoin(rings, (rings.c.inquiry_id == reservations.c.inquiry_id) & (rings.c.step == reservations.c.step))
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
        offers=tuple(Offered(*tuple(row)) for row in offers),
        has_number=stored["has_number"],
        waiting_key=found.waiting_key,
        account=found.account,
        sid=found.sid,
        reach=found.reach or 0,
    )


def is_reserved(db: Database, reservation: str) -> bool:
    with db.reading() as tx:
        return tx.execute(select(reservations.c.id).where(reservations.c.id == reservation)).first() is not None
