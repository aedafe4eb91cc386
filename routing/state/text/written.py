"""What a text means for its lead: heard from her, or answered by a person, which stops the response clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Connection

from routing.state.lead.cases import WRITTEN, responded
from routing.state.ledger import NewId, announce, contacted
from routing.state.tables import attempts, conversations, leads, messages, questions, tasks
from routing.state.text.conversations import TextChannel, Thread

WAY = {"sms": "text", "whatsapp": "text", "chat": "chat", "email": "email"}


def heard_from(tx: Connection, at: Thread, channel: TextChannel, ids: NewId, now: datetime) -> None:
    """She wrote: an attempt from her side, and contact where a person of ours had written before."""
    row = {
        "id": ids("at"),
        "practice_id": at.practice,
        "lead_id": at.lead,
        "coordinator_id": at.owner,
        "channel": WAY[channel],
        "direction": "inbound",
        "is_human": False,
        "started_at": now,
        "ended_at": now,
        "result": "received",
    }
    tx.execute(insert(attempts), row)
    wrote = select(attempts.c.id).where(
        attempts.c.lead_id == at.lead,
        attempts.c.is_human,
        attempts.c.direction == "outbound",
        attempts.c.channel.in_(WRITTEN),
    )
    if tx.execute(wrote.limit(1)).first() is not None:
        contacted(tx, at.lead, now)
    announce(tx, at.practice, "lead", at.lead, now)


def answered_by_person(tx: Connection, message: str, ids: NewId, now: datetime) -> None:
    """A coordinator's message has left: the clock stops, once, and an answer that was owed is given: what the
    machine had asked is hers to ask now. Automatic messages are no response."""
    row = tx.execute(
        select(messages, conversations.c.person_id, leads.c.owner_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(leads, leads.c.id == messages.c.lead_id)
        .where(messages.c.id == message, messages.c.author.not_in(("person", "leadline")))
    ).first()
    lead = lead_row(tx, row.lead_id) if row else None
    if row is None or lead is None or lead.closed_at is not None:
        return
    made = {
        "id": ids("at"),
        "practice_id": row.practice_id,
        "lead_id": row.lead_id,
        "message_id": message,
        "coordinator_id": row.author,
        "channel": WAY[row.channel],
        "direction": "outbound",
        "is_human": True,
        "started_at": now,
        "ended_at": now,
        "result": "sent",
    }
    tx.execute(insert(attempts), made)
    responded(tx, lead, now)
    owed = (tasks.c.lead_id == row.lead_id) & (tasks.c.state == "open") & (tasks.c.kind == "text")
    tx.execute(update(tasks).where(owed).values(state="done", closed_at=now))
    asked = (questions.c.conversation_id == row.conversation_id) & (questions.c.state == "open")
    tx.execute(update(questions).where(asked).values(state="given_up", settled_at=now))
    announce(tx, row.practice_id, "lead", row.lead_id, now)


def lead_row(tx: Connection, lead: str) -> Row[Any] | None:
    return tx.execute(select(leads).where(leads.c.id == lead).with_for_update()).first()
