"""Who hung up a moment ago and calls again: place and answers are hers once more (routing-semantics section 12)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Refused
from routing.state.tables import callbacks, inquiries, tasks

RESUMED_WITHIN = timedelta(minutes=10)
GIVEN_UP = ("abandoned", "short")


@dataclass(frozen=True, slots=True)
class Abandon:
    """``stored`` is the canonical input the abandoned call was planned from."""

    inquiry: str
    tracking_number: str | None
    effective_start: datetime
    stored: dict[str, Any]


WHAT = (inquiries.c.id, inquiries.c.tracking_number, inquiries.c.effective_start, inquiries.c.plan)


def last_abandon(tx: Connection, practice: str, person: str | None, now: datetime) -> Abandon | None:
    """The newest of the last ten minutes that nobody has resumed, else a place that was kept for a callback."""
    found = tx.execute(
        select(*WHAT)
        .where(inquiries.c.practice_id == practice, inquiries.c.person_id == person, inquiries.c.channel == "call")
        .where(inquiries.c.outcome.in_(GIVEN_UP), inquiries.c.ended_at > now - RESUMED_WITHIN)
        .where(inquiries.c.resumed_by.is_(None))
        .order_by(inquiries.c.ended_at.desc())
        .limit(1)
    ).first()
    found = found or tx.execute(kept_place(practice, person)).first()
    return Abandon(found.id, found.tracking_number, found.effective_start, json.loads(found.plan)) if found else None


def kept_place(practice: str, person: str | None) -> Select[Any]:
    """Who is owed a callback with a kept place and calls herself has that place, whenever she does."""
    return (
        select(*WHAT)
        .join(callbacks, callbacks.c.inquiry_id == inquiries.c.id)
        .where(callbacks.c.practice_id == practice, callbacks.c.person_id == person, callbacks.c.settled_at.is_(None))
        .where(callbacks.c.kind.in_(("turn", "voicemail")), inquiries.c.resumed_by.is_(None))
        .order_by(callbacks.c.created_at.desc())
        .limit(1)
    )


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
