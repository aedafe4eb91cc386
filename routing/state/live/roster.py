"""Rows behind who is there: what coordinators want to be, and the offer that one of them turns down by leaving."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from routing.rules.candidates import Desired
from routing.state.tables import desired_statuses, reservations


def desired_of(tx: Connection, practice: str, coordinators: Sequence[str]) -> dict[str, Desired]:
    """Who never said anything is absent, which means offline."""
    mine = desired_statuses.c.practice_id == practice
    rows = tx.execute(
        select(desired_statuses.c.coordinator_id, desired_statuses.c.status).where(
            mine, desired_statuses.c.coordinator_id.in_(coordinators)
        )
    )
    return {who: cast("Desired", status) for who, status in rows}


def reject_offer(tx: Connection, practice: str, reservation: str, now: datetime) -> str | None:
    """The lead of the offer that was turned down; None when it was no longer pending."""
    return tx.execute(
        update(reservations)
        .where(reservations.c.practice_id == practice, reservations.c.id == reservation)
        .where(reservations.c.state == "pending")
        .values(state="rejected", settled_at=now)
        .returning(reservations.c.lead_id)
    ).scalar_one_or_none()
