"""One chat as both sides see it: its messages with the visitor's own ids, where it stands, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import exists, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Database
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import conversations, inquiries, leads, messages, person_numbers, reservations
from routing.state.text.chat_sessions import present

Standing = Literal["finding", "live", "later", "ended"]
STANDINGS: dict[str, Standing] = {"asked": "finding", "offered": "finding", "waiting": "finding", "connected": "live"}
"""Of an inquiry's state; in any other somebody named owes her an answer."""
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ChatLine:
    """``key`` is the id that the visitor's browser gave to her own message."""

    sequence: int
    author: str
    purpose: str
    key: str | None
    body: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatNow:
    """``owner`` has the lead; ``last`` is the number of the newest message. ``has_number``: she left one."""

    conversation: str
    practice: str
    lead: str
    inquiry: str
    state: str
    step: int
    owner: str
    last: int
    is_closed: bool
    has_number: bool

    @property
    def standing(self) -> Standing:
        return "ended" if self.is_closed else STANDINGS.get(self.state, "later")


CHAT = (
    select(
        conversations.c.id,
        conversations.c.practice_id,
        conversations.c.lead_id,
        inquiries.c.id.label("inquiry_id"),
        inquiries.c.state,
        inquiries.c.step,
        leads.c.owner_id,
        conversations.c.last_sequence,
        leads.c.closed_at.is_not(None),
        exists().where(person_numbers.c.person_id == conversations.c.person_id),
    )
    .join(leads, leads.c.id == conversations.c.lead_id)
    .join(inquiries, (inquiries.c.lead_id == leads.c.id) & (inquiries.c.channel == "chat"))
)


def chat_of(tx: Connection, conversation: str) -> ChatNow | None:
    row = tx.execute(
        CHAT.where(conversations.c.id == conversation).order_by(inquiries.c.received_at.desc()).limit(1)
    ).first()
    return ChatNow(*row) if row else None


def chat_of_inquiry(tx: Connection, practice: str, inquiry: str) -> ChatNow | None:
    row = tx.execute(CHAT.where(inquiries.c.id == inquiry, inquiries.c.practice_id == practice)).first()
    return ChatNow(*row) if row else None


def lines_after(tx: Connection, vault: Vault, conversation: str, after: int) -> tuple[ChatLine, ...]:
    """In order, without a gap: what a browser that has the others is missing."""
    rows = tx.execute(
        select(
            messages.c.id,
            messages.c.sequence,
            messages.c.author,
            messages.c.purpose,
            messages.c.sid,
            messages.c.body,
            messages.c.created_at,
        )
        .where(messages.c.conversation_id == conversation, messages.c.sequence > after)
        .order_by(messages.c.sequence)
        .limit(AT_ONCE)
    )
    return tuple(
        ChatLine(
            sequence=row.sequence,
            author=row.author,
            purpose=row.purpose,
            key=row.sid if row.author == "person" else None,
            body=vault.unseal(messages.c.body, row.id, row.body),
            at=row.created_at,
        )
        for row in rows
    )


def sequence_of(tx: Connection, message: str) -> int | None:
    return tx.execute(select(messages.c.sequence).where(messages.c.id == message)).scalar_one_or_none()


def arrived(db: Database, conversation: str, upto: int, now: datetime) -> None:
    """Her browser shows what we wrote, up to this number."""
    ours = (messages.c.conversation_id == conversation) & (messages.c.direction == "outbound")
    shown = ours & (messages.c.channel == "chat") & (messages.c.sequence <= upto) & (messages.c.status == "sent")
    with db.writing() as tx:
        moved = update(messages).where(shown).values(status="delivered", status_at=now)
        told = tx.execute(moved.returning(messages.c.practice_id)).first()
        if told:
            announce(tx, told.practice_id, "delivered", conversation, now)


def typed(db: Database, practice: str, conversation: str, coordinator: str | None, now: datetime) -> None:
    """Somebody writes at this moment, None for the visitor: told to those who look."""
    with db.writing() as tx:
        if coordinator:
            announce(tx, practice, "typing", f"{conversation} {coordinator}", now)
        else:
            announce(tx, practice, "visitor_typing", conversation, now)


@dataclass(frozen=True, slots=True)
class Seat:
    """A chat that a coordinator has, or is offered until ``expires_at``."""

    chat: ChatNow
    coordinator: str
    is_offer: bool
    expires_at: datetime
    is_there: bool


def seated(tx: Connection, practice: str, coordinator: str | None, now: datetime) -> tuple[Seat, ...]:
    """Hers, None for everybody's: newest offer first, then the chats somebody has."""
    mine = (reservations.c.practice_id == practice) & (reservations.c.kind == "chat")
    wanted = select(reservations).where(mine, reservations.c.state.in_(("pending", "accepted")))
    if coordinator is not None:
        wanted = wanted.where(reservations.c.coordinator_id == coordinator)
    rows = tx.execute(wanted.order_by(reservations.c.state.desc(), reservations.c.created_at.desc())).all()
    found = ((row, chat_of_inquiry(tx, practice, row.inquiry_id)) for row in rows)
    return tuple(
        Seat(chat, row.coordinator_id, row.state == "pending", row.expires_at, present(tx, chat.conversation, now))
        for row, chat in found
        if chat
    )


def unanswered(db: Database, before: datetime, most: int) -> Sequence[tuple[str, int, str]]:
    """Chats whose offer was made before ``before``, or has come to nothing: inquiry, step, state of the offer."""
    over = (reservations.c.state != "pending") | (reservations.c.created_at <= before)
    wanted = (
        select(inquiries.c.id, inquiries.c.step, reservations.c.state)
        .join(reservations, (reservations.c.inquiry_id == inquiries.c.id) & (reservations.c.step == inquiries.c.step))
        .where(inquiries.c.channel == "chat", inquiries.c.state == "offered", over)
        .where(reservations.c.state != "accepted")
        .limit(most)
    )
    with db.reading() as tx:
        return [(row.id, row.step, row.state) for row in tx.execute(wanted)]


def silent(db: Database, since: timedelta, now: datetime, most: int) -> Sequence[str]:
    """Chats with somebody in which nothing was written for so long: their inquiries."""
    spoken = select(messages.c.id).where(
        messages.c.conversation_id == conversations.c.id, messages.c.created_at > now - since
    )
    wanted = (
        select(inquiries.c.id)
        .join(conversations, conversations.c.lead_id == inquiries.c.lead_id)
        .join(reservations, (reservations.c.inquiry_id == inquiries.c.id) & (reservations.c.step == inquiries.c.step))
        .where(inquiries.c.channel == "chat", inquiries.c.state == "connected")
        .where(reservations.c.accepted_at <= now - since, ~spoken.exists())
        .limit(most)
    )
    with db.reading() as tx:
        return tx.execute(wanted).scalars().all()


@dataclass(frozen=True, slots=True)
class Over:
    practice: str
    coordinator: str


def end(db: Database, inquiry: str, now: datetime) -> Over | None:
    """Her place is free again; the thread stays open. None when it was not live."""
    with db.writing() as tx:
        ended = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == inquiry, inquiries.c.channel == "chat", inquiries.c.state == "connected")
            .values(state="ended", ended_at=now, outcome="answered")
            .returning(inquiries.c.practice_id, inquiries.c.lead_id)
        ).first()
        if ended is None:
            return None
        had = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == inquiry, reservations.c.state == "accepted")
            .values(state="completed", settled_at=now)
            .returning(reservations.c.coordinator_id)
        ).scalar_one()
        announce(tx, ended.practice_id, "lead", ended.lead_id, now)
        return Over(ended.practice_id, had)
