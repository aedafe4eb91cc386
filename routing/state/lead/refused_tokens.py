"""Sources that refuse our token: asked again by one record at a time, and told to operators until they accept it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Database, Refused
from routing.state.lead.fetches import again_now
from routing.state.tables import refused_tokens

PROBE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Of:
    """A source of a practice."""

    practice: str
    source: str


def waits_until(db: Database, of: Of, now: datetime) -> datetime | None:
    """None: it may be asked, as always while the token is good, else once in each ``PROBE_EVERY``."""
    mine = at(of)
    with db.reading() as tx:
        probe_at: datetime | None = tx.execute(select(refused_tokens.c.probe_at).where(mine)).scalar_one_or_none()
    if probe_at is None or probe_at > now:
        return probe_at
    with db.writing() as tx:
        probing = update(refused_tokens).where(mine, refused_tokens.c.probe_at <= now)
        won = tx.execute(probing.values(probe_at=now + PROBE_EVERY)).rowcount == 1
    return None if won else now + PROBE_EVERY


def refuse(db: Database, of: Of, code: str, now: datetime) -> bool:
    """True for whoever noticed first."""
    told = {"practice_id": of.practice, "source": of.source, "code": code}
    try:
        with db.writing() as tx:
            known = tx.execute(select(refused_tokens.c.code).where(at(of))).first()
            if known is None:
                tx.execute(insert(refused_tokens), {**told, "since": now, "probe_at": now + PROBE_EVERY})
            return known is None
    except Refused:
        return False


def accept(db: Database, of: Of, now: datetime) -> bool:
    """True for whoever noticed first that it is accepted again; what waited for it is fetched now."""
    with db.reading() as tx:
        if tx.execute(select(refused_tokens.c.code).where(at(of))).first() is None:
            return False
    with db.writing() as tx:
        first = tx.execute(delete(refused_tokens).where(at(of))).rowcount == 1
        if first:
            again_now(tx, of.practice, of.source, now)
        return first


def refused(tx: Connection, practice: str) -> tuple[str, ...]:
    """For operators: each of these needs a new token."""
    mine = select(refused_tokens.c.source).where(refused_tokens.c.practice_id == practice)
    return tuple(tx.execute(mine.order_by(refused_tokens.c.source)).scalars())


def at(of: Of) -> ColumnElement[bool]:
    return (refused_tokens.c.practice_id == of.practice) & (refused_tokens.c.source == of.source)
