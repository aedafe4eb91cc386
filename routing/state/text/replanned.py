"""An answer to a question of ours plans the lead again: owner, queue, tasks and reason move in one transaction, its
clock untouched (S-6)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from routing.state.admissions import Admission, keep_cap
from routing.state.call.replies import Replied, refine
from routing.state.database import Refused
from routing.state.ledger import NewId, announce, promise, record_decision
from routing.state.tables import inquiries, leads, tasks


def replanned(tx: Connection, new: Admission, owner_before: str, ids: NewId, now: datetime) -> None:
    """In the caller's transaction. The task of who had it closes, that of who has it now opens.

    :raises Refused: when the lead was closed or changed hands meanwhile.
    """
    practice, lead, inquiry = new.book.practice, new.decision.lead, new.decision.inquiry.id
    row = tx.execute(select(leads.c.owner_id, leads.c.closed_at).where(leads.c.id == lead).with_for_update()).one()
    if row.closed_at is not None or row.owner_id != owner_before:
        raise Refused("the lead has gone on meanwhile")
    if new.counted_at:
        keep_cap(tx, new, new.counted_at)
    over = (tasks.c.lead_id == lead) & (tasks.c.state == "open")
    tx.execute(update(tasks).where(over).values(state="withdrawn", closed_at=now))
    refine(tx, Replied(new, "refined", owner_before, by="text"), ids, now)
    tx.execute(
        update(inquiries).where(inquiries.c.id == inquiry).values(plan=new.stored, waiting_key=new.plan.waiting_key_ms)
    )
    record_decision(tx, new.book, new.decision)
    if new.promise:
        promise(tx, practice, lead, inquiry, new.promise, now)
    announce(tx, practice, "lead", lead, now)
