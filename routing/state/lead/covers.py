"""Cover: somebody answers for the owner, who stays the owner everywhere (S-21)."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.ledger import NewId, Promise, promise
from routing.state.tables import assignments, covers

COVERED_FOR = timedelta(hours=24)
"""By then the owner is to have taken it up again: her task is due."""


def is_covered(tx: Connection, won: Row[Any], owner: str, covering: Set[str]) -> bool:
    """Only an owner who really had the lead is covered for; one who was merely to be asked first is not.
    ``covering`` are the practices whose policy it is."""
    if won.practice_id not in covering or owner == won.coordinator_id:
        return False
    mine = (assignments.c.lead_id == won.lead_id) & assignments.c.until.is_(None) & (assignments.c.owner_id == owner)
    standing = tx.execute(select(assignments.c.is_provisional).where(mine)).scalar_one_or_none()
    return standing is False


def cover(tx: Connection, won: Row[Any], owner: str, ids: NewId, now: datetime) -> None:
    """``won`` is the accepted reservation."""
    task, until = ids("tk"), now + COVERED_FOR
    promise(
        tx,
        won.practice_id,
        won.lead_id,
        won.inquiry_id,
        Promise(task, "review", owner, "covered", until, won.queue),
        now,
    )
    tx.execute(
        insert(covers),
        {
            "id": ids("cv"),
            "practice_id": won.practice_id,
            "lead_id": won.lead_id,
            "inquiry_id": won.inquiry_id,
            "owner_id": owner,
            "coordinator_id": won.coordinator_id,
            "task_id": task,
            "since": now,
            "until": until,
        },
    )
    audited(tx, won.practice_id, now, "desk", "cover", won.lead_id, before=owner, after=won.coordinator_id)
