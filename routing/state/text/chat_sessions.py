"""Chats of visitors: the secret that opens one, kept as a hash, its idle and last end, and the thread it belongs to.

A secret is 32 random bytes, so a fast hash is enough; what the browser holds names its row as well (SEC-21)."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Database
from routing.state.tables import chat_sessions

SECRET_BYTES = 32
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=24)
AT_ONCE = 500
SEEN_AGAIN = timedelta(minutes=4)
"""So many who come back together write nothing."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A chat that a page of ``origin`` asked for. ``page`` is the path she was on, without its query."""

    id: str
    practice: str
    origin: str
    language: str
    page: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Chatter:
    """Whoever holds the secret of an open chat."""

    id: str
    practice: str
    origin: str
    language: str
    conversation: str | None


def drawn(chat: str, draw: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """A fresh secret as the browser keeps it."""
    return f"{chat}.{draw(SECRET_BYTES)}"


def hashed(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "replace")).digest()


def open_chat(db: Database, new: Opened, secret: str, now: datetime) -> datetime:
    """When it ends in any case."""
    expires_at = now + LONGEST
    page = db.vault.seal(chat_sessions.c.page, new.id, new.page) if new.page else None
    row = {
        "id": new.id,
        "practice_id": new.practice,
        "secret_hash": hashed(secret),
        "origin": new.origin,
        "page": page,
        "language": new.language,
        "opened_at": now,
        "seen_at": now,
        "expires_at": expires_at,
    }
    with db.writing() as tx:
        tx.execute(insert(chat_sessions), row)
    return expires_at


def entered(db: Database, practice: str, secret: str, now: datetime) -> Chatter | None:
    """None for a secret that is unknown, of another practice, of a chat that has ended, or not used for long."""
    told = hashed(secret)
    chat = secret.partition(".")[0]
    with db.reading() as tx:
        row = found(tx, practice, chat, now)
    if row is None or not (compare_digest(row.secret_hash, told) or compare_digest(row.next_hash or b"", told)):
        return None
    if row.seen_at < now - SEEN_AGAIN:
        seen(db, (row.id,), now)
    return Chatter(row.id, practice, row.origin, row.language, row.conversation_id)


def found(tx: Connection, practice: str, chat: str, now: datetime) -> Row[Any] | None:
    mine = (chat_sessions.c.practice_id == practice) & (chat_sessions.c.id == chat)
    alive = (chat_sessions.c.expires_at > now) & (chat_sessions.c.seen_at > now - IDLE)
    return tx.execute(select(chat_sessions).where(mine, alive)).first()


def is_open(db: Database, practice: str, chat: str, now: datetime) -> bool:
    with db.reading() as tx:
        return found(tx, practice, chat, now) is not None


def seen(db: Database, chats: Sequence[str], now: datetime) -> None:
    """They are there: what is idle ends by itself."""
    for first in range(0, len(chats), AT_ONCE):
        some = chats[first : first + AT_ONCE]
        with db.writing() as tx:
            tx.execute(update(chat_sessions).where(chat_sessions.c.id.in_(some)).values(seen_at=now))


def conversation_of(tx: Connection, chat: str) -> str | None:
    return tx.execute(select(chat_sessions.c.conversation_id).where(chat_sessions.c.id == chat)).scalar_one_or_none()


def bind(tx: Connection, chat: str, conversation: str) -> None:
    """From her first message on."""
    tx.execute(update(chat_sessions).where(chat_sessions.c.id == chat).values(conversation_id=conversation))


def renew(db: Database, chat: str, secret: str) -> None:
    """She said who she is: another secret takes the place of the one that was there before. The old one holds until she
    has confirmed, so that a connection lost in between costs her nothing."""
    with db.writing() as tx:
        tx.execute(update(chat_sessions).where(chat_sessions.c.id == chat).values(next_hash=hashed(secret)))


def confirm(db: Database, chat: str, secret: str) -> bool:
    """From now on only this secret opens it."""
    kept = (chat_sessions.c.id == chat) & (chat_sessions.c.next_hash == hashed(secret))
    with db.writing() as tx:
        moved = update(chat_sessions).where(kept).values(secret_hash=chat_sessions.c.next_hash, next_hash=None)
        return tx.execute(moved.returning(chat_sessions.c.id)).first() is not None


def present(tx: Connection, conversation: str, now: datetime) -> bool:
    """Whether her browser was there within the last minutes."""
    lately = chat_sessions.c.seen_at > now - PRESENT_FOR
    here = (chat_sessions.c.conversation_id == conversation) & lately
    return tx.execute(select(chat_sessions.c.id).where(here).limit(1)).first() is not None


PRESENT_FOR = timedelta(minutes=6)
"""A little longer than a gateway takes to say so again."""
