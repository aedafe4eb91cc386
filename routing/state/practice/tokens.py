"""API tokens as rows: the hash only, one practice each."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update

from routing.state.audit import audited
from routing.state.database import Database, DatabaseDown
from routing.state.tables import tokens

USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """``hash`` is the SHA-256 of the token's text. ``scopes`` in alphabetical order; ``label`` says whose it is."""

    id: str
    practice: str
    hash: bytes = field(repr=False)
    scopes: tuple[str, ...]
    label: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


def store(db: Database, token: Token, by: str) -> None:
    """:raises Refused: when the practice is unknown or the id is taken."""
    with db.writing() as tx:
        tx.execute(
            insert(tokens),
            {
                "id": token.id,
                "practice_id": token.practice,
                "hash": token.hash,
                "scopes": " ".join(sorted(token.scopes)),
                "label": token.label,
                "created_at": token.created_at,
                "expires_at": token.expires_at,
            },
        )
        scopes = " ".join(sorted(token.scopes))
        audited(tx, token.practice, token.created_at, by, "token_made", f"token:{token.id}", after=scopes)


def find(db: Database, token_id: str) -> Token | None:
    """None for one that was never stored or was revoked; whether it has expired is for the caller to say."""
    with db.reading() as tx:
        row = tx.execute(select(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))).first()
    if row is None:
        return None
    return Token(
        id=row.id,
        practice=row.practice_id,
        hash=bytes(row.hash),
        scopes=tuple(row.scopes.split()),
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def used(db: Database, token: Token, now: datetime) -> None:
    """Notes the use, at most once a minute; a database too busy for that is no reason to refuse anybody."""
    if token.last_used_at and token.last_used_at > now - USE_NOTED_EVERY:
        return
    stale = or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at <= now - USE_NOTED_EVERY)
    try:
        with db.writing() as tx:
            tx.execute(update(tokens).where(tokens.c.id == token.id, stale).values(last_used_at=now))
    except DatabaseDown:
        return


def revoke(db: Database, practice: str, token_id: str, by: str, now: datetime) -> bool:
    """False when the practice has no such living token."""
    with db.writing() as tx:
        gone = tx.execute(
            update(tokens)
            .where(tokens.c.id == token_id, tokens.c.practice_id == practice, tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(tokens.c.id)
        ).first()
        if gone is not None:
            audited(tx, practice, now, by, "token_revoked", f"token:{token_id}")
        return gone is not None
