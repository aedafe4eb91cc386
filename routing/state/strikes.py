"""Jobs that were begun and did not come to their end: counted before each start, parked after the third (F21)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from routing.state.call.moves import settle_open
from routing.state.call.rings import Freed
from routing.state.callback.bars import Bar
from routing.state.callback.dials import end
from routing.state.database import Database, DatabaseDown
from routing.state.lead import fetches
from routing.state.ledger import NewId, Promise, announce, promise
from routing.state.tables import (
    callbacks,
    conversations,
    dials,
    guests,
    inquiries,
    leads,
    moves,
    recordings,
    rings,
    sends,
    source_events,
    strikes,
    transfers,
)
from routing.state.text import send_ends

MOST = 3
PARKED = "job_parked"


def of_inquiry(table: Any) -> Callable[[str], Select[Any]]:
    return lambda row: (
        select(inquiries.c.lead_id).join(table, table.c.inquiry_id == inquiries.c.id).where(table.c.id == row)
    )


def of_lead(table: Any) -> Callable[[str], Select[Any]]:
    return lambda row: select(table.c.lead_id).where(table.c.id == row)


def of_text(row: str) -> Select[Any]:
    joined = select(conversations.c.lead_id).join(sends, sends.c.conversation_id == conversations.c.id)
    return joined.where(sends.c.id == row)


def of_dial(row: str) -> Select[Any]:
    return select(callbacks.c.lead_id).join(dials, dials.c.callback_id == callbacks.c.id).where(dials.c.id == row)


WHOSE: Mapping[str, Callable[[str], Select[Any]]] = MappingProxyType(
    {
        "move_call": of_inquiry(moves),
        "ring_phone": of_inquiry(rings),
        "ring_guest": of_lead(guests),
        "ring_target": of_lead(transfers),
        "fetch_recording": of_lead(recordings),
        "ask_after": of_lead(inquiries),
        "fetch_record": of_lead(source_events),
        "send_text": of_text,
        "dial_callback": of_dial,
    }
)
"""The lead that a job's row belongs to."""


def begin(db: Database, job: str, row: str, ids: NewId, now: datetime) -> bool | Freed:
    """True when the job may start. One that has used up its starts is parked, with a task for a person; a coordinator
    who was claimed for it is free then."""
    mine = (strikes.c.job == job) & (strikes.c.row_id == row)
    try:
        with db.writing() as tx:
            counted = select(strikes.c.count.label("starts"), strikes.c.parked_at).where(mine)
            struck = tx.execute(counted.with_for_update()).first()
            if struck is None:
                tx.execute(insert(strikes), {"job": job, "row_id": row, "count": 1, "began_at": now})
                return True
            if struck.parked_at is not None:
                return False
            if struck.starts >= MOST:
                tx.execute(update(strikes).where(mine).values(parked_at=now, code="struck"))
                return parked(tx, (job, row), ids, now) or False
            tx.execute(update(strikes).where(mine).values(count=strikes.c.count + 1, began_at=now))
            return True
    except DatabaseDown:
        # Then the job cannot claim its row either.
        return True


def ended(db: Database, job: str, row: str) -> None:
    """It came to its end, whatever that was."""
    with db.writing() as tx:
        tx.execute(delete(strikes).where(strikes.c.job == job, strikes.c.row_id == row, strikes.c.parked_at.is_(None)))


def parked(tx: Connection, of: tuple[str, str], ids: NewId, now: datetime) -> Freed | None:
    job, row = of
    whose = WHOSE.get(job)
    lead = tx.execute(whose(row)).scalar_one_or_none() if whose else None
    if lead:
        told = tx.execute(select(leads).where(leads.c.id == lead)).one()
        owed = Promise(ids("tk"), "review", told.owner_id, PARKED, now, told.queue)
        promise(tx, told.practice_id, lead, None, owed, now)
        announce(tx, told.practice_id, "parked", lead, now)
    if job == "move_call":
        settle_open(tx, moves.c.id == row, "refused", "parked", now)
    if job == "fetch_record":
        fetches.park(tx, row)
    if job == "send_text":
        send_ends.park(tx, row, now)
    if job == "dial_callback":
        dial = tx.execute(select(dials).where(dials.c.id == row)).first()
        return end(tx, dial, ("canceled", "parked"), now, Bar("parked", "parked")) if dial else None
    return None


def park_unknown(db: Database, job: str, row: str, now: datetime) -> None:
    """A job that this version does not know, or cannot read: somebody has to look (F22, F23)."""
    mine = (strikes.c.job == job) & (strikes.c.row_id == row)
    with db.writing() as tx:
        if tx.execute(select(strikes.c.job).where(mine)).first() is None:
            told = {"job": job, "row_id": row, "count": 0, "began_at": now, "parked_at": now, "code": "unknown"}
            tx.execute(insert(strikes), told)
