"""What became of a follow-up once its send is over: an automatic attempt, which is no human response; planned anew; or
left to the task's owner with the reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from routing.rules.texting import FAILED
from routing.state.callback.bars import Bar
from routing.state.database import Database
from routing.state.ledger import NewId, announce
from routing.state.tables import attempts, follow_ups, messages, sends, tasks
from routing.state.text.follow_ups import hold, put_off
from routing.state.text.nothing_came import UNDELIVERED

LOST = "not_known"
"""Nobody knows whether it went out: a person looks, and it is not sent again."""
AGAIN = "again"


def settle_ended(db: Database, most: int, ids: NewId, now: datetime) -> int:
    over = (follow_ups.c.state == "planned") & sends.c.settled_at.is_not(None)
    with db.reading() as tx:
        wanted = select(follow_ups.c.task_id).join(sends, sends.c.id == follow_ups.c.message_id).where(over)
        found = tx.execute(wanted.order_by(sends.c.settled_at).limit(most)).scalars().all()
    for task in found:
        with db.writing() as tx:
            row = hold(tx, task, "planned")
            if row:
                settle(tx, row, tx.execute(select(sends).where(sends.c.id == row.message_id)).one(), ids, now)
    return len(found)


def settle(tx: Connection, row: Row[Any], send: Row[Any], ids: NewId, now: datetime) -> None:
    match send.state:
        case "created" if is_undelivered(tx, row.message_id):
            put_off(tx, row, Bar(UNDELIVERED, "person"), now)
        case "created":
            sent(tx, row, send, ids, now)
        case "withdrawn":
            # Before any request: whatever forbade it is asked again, and gives its reason.
            put_off(tx, row, Bar(send.code or AGAIN, "due", now), now)
        case "lost":
            put_off(tx, row, Bar(LOST, "person"), now)
        case _:
            put_off(tx, row, Bar(send.code or send.state, "person"), now)


def is_undelivered(tx: Connection, message: str) -> bool:
    """The provider may have told so before the send was looked at."""
    return tx.execute(select(messages.c.status).where(messages.c.id == message)).scalar_one() in FAILED


def sent(tx: Connection, row: Row[Any], send: Row[Any], ids: NewId, now: datetime) -> None:
    mine = follow_ups.c.task_id == row.task_id
    tx.execute(update(follow_ups).where(mine).values(state="sent", settled_at=now, code=None))
    kept = (tasks.c.id == row.task_id) & (tasks.c.state == "open")
    tx.execute(update(tasks).where(kept).values(state="done", closed_at=now))
    made = {
        "id": ids("at"),
        "practice_id": row.practice_id,
        "lead_id": row.lead_id,
        "coordinator_id": row.owner_id,
        "message_id": send.id,
        "channel": row.way,
        "direction": "outbound",
        "is_human": False,
        "started_at": send.posted_at or send.settled_at,
        "ended_at": now,
        "result": "sent",
    }
    tx.execute(insert(attempts), made)
    announce(tx, row.practice_id, "lead", row.lead_id, now)
