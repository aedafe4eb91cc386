"""Questions asked by text: one open in each conversation, answered, or given up for a call by the owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from routing.rules import missing
from routing.state.database import Database, Refused
from routing.state.lead.people import unwanted
from routing.state.ledger import NewId, announce
from routing.state.sealed import Vault
from routing.state.tables import questions, tasks
from routing.state.text.conversations import Thread, thread
from routing.state.text.joining import Owed, Timed, promise_task

PATIENCE = timedelta(minutes=15)
"""Without an answer the owner calls (S-6)."""


@dataclass(frozen=True, slots=True)
class Asked:
    id: str
    inquiry: str
    lead: str
    attribute: str
    tries: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    inquiry: str
    attribute: str


def ask(tx: Connection, at: Thread, what: Asking, ids: NewId, now: datetime) -> None:
    """:raises Refused: (at the statement) when the thread has an open question."""
    stale = (questions.c.conversation_id == at.id) & (questions.c.state == "open") & (questions.c.lead_id != at.lead)
    tx.execute(update(questions).where(stale).values(state="given_up", settled_at=now))
    row = {
        "id": ids("qu"),
        "practice_id": at.practice,
        "conversation_id": at.id,
        "lead_id": at.lead,
        "inquiry_id": what.inquiry,
        "attribute": what.attribute,
        "state": "open",
        "tries": 1,
        "asked_at": now,
        "due_at": now + PATIENCE,
    }
    tx.execute(insert(questions), row)


def open_question(tx: Connection, conversation: str) -> Asked | None:
    row = tx.execute(
        select(questions).where(questions.c.conversation_id == conversation, questions.c.state == "open")
    ).first()
    if row is None:
        return None
    return Asked(row.id, row.inquiry_id, row.lead_id, row.attribute, row.tries, row.asked_at)


def asked_so_far(tx: Connection, inquiry: str) -> tuple[missing.Asked, ...]:
    """Of this inquiry, as the rules know it."""
    rows = tx.execute(
        select(questions.c.attribute, questions.c.tries, questions.c.state)
        .where(questions.c.inquiry_id == inquiry)
        .order_by(questions.c.asked_at, questions.c.id)
    )
    return tuple(missing.Asked(row.attribute, row.tries, over=row.state == "answered") for row in rows)


def settle(tx: Connection, question: Asked, state: Literal["answered", "given_up"], now: datetime) -> None:
    """:raises Refused: when another text was first."""
    mine = (questions.c.id == question.id) & (questions.c.state == "open") & (questions.c.tries == question.tries)
    if tx.execute(update(questions).where(mine).values(state=state, settled_at=now)).rowcount != 1:
        raise Refused("the question was settled meanwhile")


def ask_again(tx: Connection, question: Asked, now: datetime) -> None:
    """:raises Refused: as above."""
    mine = (questions.c.id == question.id) & (questions.c.state == "open") & (questions.c.tries == question.tries)
    again = {"tries": question.tries + 1, "due_at": now + PATIENCE}
    if tx.execute(update(questions).where(mine).values(**again)).rowcount != 1:
        raise Refused("the question was settled meanwhile")


def call_instead(tx: Connection, vault: Vault, at: Thread, by: Timed, reason: str = "no_reply") -> None:
    """The owner's open call is due now; where she has none, or calls are not wanted, she gets a task of that kind."""
    mine = (tasks.c.lead_id == at.lead) & (tasks.c.state == "open") & tasks.c.kind.in_(("call", "callback"))
    hurried = update(tasks).where(mine).values(due_at=by.now, reason=reason, rung_at=None).returning(tasks.c.id)
    if not tx.execute(hurried).all():
        kind = "review" if "call" in unwanted(tx, vault, at.practice, at.person) else "call"
        promise_task(tx, at, Owed(kind, reason, by.now, ""), by.ids, by.now)
    announce(tx, at.practice, "lead", at.lead, by.now)


def give_up(db: Database, ids: NewId, now: datetime, most: int) -> int:
    """Questions that nobody answered in time; the lead's clock has run on meanwhile."""
    with db.reading() as tx:
        late = (questions.c.state == "open") & (questions.c.due_at <= now)
        rows = tx.execute(
            select(questions.c.id, questions.c.conversation_id, questions.c.practice_id).where(late).limit(most)
        ).all()
    for row in rows:
        with db.writing() as tx:
            mine = (questions.c.id == row.id) & (questions.c.state == "open") & (questions.c.due_at <= now)
            over = update(questions).where(mine).values(state="given_up", settled_at=now)
            at = thread(tx, db.vault, row.practice_id, row.conversation_id)
            if tx.execute(over).rowcount == 1 and at and at.waits:
                call_instead(tx, db.vault, at, Timed(ids, now))
    return len(rows)
