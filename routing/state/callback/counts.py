"""How many calls are owed, and how they stand: for the board and for operators."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.engine import Connection

from routing.state.tables import callbacks, dials, strikes

GRACE = timedelta(minutes=5)
"""Later than this a callback is overdue."""
UNSURE = ("posting", "ambiguous", "looking")


def callback_counts(tx: Connection, practice: str, since: datetime, now: datetime) -> dict[str, Any]:
    mine, due = callbacks.c.practice_id == practice, callbacks.c.state == "due"
    come = due & (callbacks.c.due_at <= now)
    put_off = due & (callbacks.c.due_at > now) & callbacks.c.code.is_not(None)
    unsure = (dials.c.practice_id == practice) & dials.c.settled_at.is_(None) & dials.c.state.in_(UNSURE)
    reasons = select(callbacks.c.code, func.count()).where(mine, put_off).group_by(callbacks.c.code)

    def counted(which: ColumnElement[bool]) -> int:
        return int(tx.execute(select(func.count()).select_from(callbacks).where(mine, which)).scalar_one())

    return {
        "due": counted(come),
        "overdue": counted(come & (callbacks.c.due_at <= now - GRACE)),
        "later": counted(due & (callbacks.c.due_at > now)),
        "dialling": counted(callbacks.c.state == "dialling"),
        "ambiguous": int(tx.execute(select(func.count()).select_from(dials).where(unsure)).scalar_one()),
        "deferred": {code: int(count) for code, count in tx.execute(reasons.order_by(callbacks.c.code))},
        "person": counted((callbacks.c.state == "person") & (callbacks.c.settled_at >= since)),
        "parked": counted((callbacks.c.state == "parked") & (callbacks.c.settled_at >= since)),
    }


def dialled(tx: Connection, practice: str) -> int:
    """Requests for a coordinator's phone so far."""
    asked = (dials.c.practice_id == practice) & dials.c.posted_at.is_not(None)
    return int(tx.execute(select(func.count()).select_from(dials).where(asked)).scalar_one())


def parked_jobs(tx: Connection) -> dict[str, int]:
    """Of all practices, by job; what nobody knows has no name here."""
    job = case((strikes.c.code == "unknown", "unknown"), else_=strikes.c.job)
    rows = tx.execute(select(job, func.count()).where(strikes.c.parked_at.is_not(None)).group_by(job))
    return {job: int(count) for job, count in rows}
