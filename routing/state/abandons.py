"""Who hung up a moment ago and calls again: place and answers are hers once more (routing-semantics section 12)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from routing.state.database import Refused
from routing.state.tables import inquiries, tasks

RESUMED_WITHIN = timedelta(minutes=10)
GIVEN_UP = ("abandoned", "short")


@dataclass(frozen=True, slots=True)
class Abandon:
    """``stored`` is the canonical input the abandoned call was planned from."""

    inquiry: str
    tracking_number: str | None
    effective_start: datetime
    stored: dict[str, Any]


def last_abandon(tx: Connection, practice: str, person: str | None, now: datetime) -> Abandon | None:
    """The newest of the last ten minutes that nobody has resumed."""
    found = tx.execute(
        select(inquiries.c.id, inquiries.c.tracking_number, inquiries.c.effective_start, inquiries.c.plan)
        .where(inquiries.c.practice_id == practice, inquiries.c.person_id == person, inquiries.c.channel == "call")
        .where(inquiries.c.outcome.in_(GIVEN_UP), inquiries.c.ended_at > now - RESUMED_WITHIN)
        .where(inquiries.c.resumed_by.is_(None))
        .order_by(inquiries.c.ended_at.desc())
        .limit(1)
    ).first()
    return Abandon(found.id, found.tracking_number, found.effective_start, json.loads(found.plan)) if found else None


def resume(tx: Connection, abandoned: str, by: str, lead: str, now: datetime) -> None:
    """Once per abandon; the callback that was owed for it is not owed any more.

    :raises Refused: when another call of hers resumed it meanwhile.
    """
    first = tx.execute(
        update(inquiries)
        .where(inquiries.c.id == abandoned, inquiries.c.resumed_by.is_(None))
        .values(resumed_by=by)
        .returning(inquiries.c.id)
    ).first()
    if first is None:
        raise Refused("the abandoned call was resumed by another")
    tx.execute(
        update(tasks)
        .where(tasks.c.lead_id == lead, tasks.c.state == "open", tasks.c.kind == "callback")
        .where(tasks.c.reason.in_(("abandoned", "cut_short")))
        .values(state="withdrawn", closed_at=now)
    )
