"""Leads for a list: what stands in columns, with whom they are, unsealed. Rehearsals are left out; each list that is
made stands in the audit log."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.database import Database
from routing.state.lead.leads import LINE, LeadLine
from routing.state.sealed import Vault
from routing.state.tables import leads, people, person_numbers

MOST = 50_000
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """Never to be logged."""

    line: LeadLine
    name: str = field(repr=False)
    email: str = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """Leads that came in from ``since`` to before ``until``, oldest first; ``by`` is whom the audit log names."""

    practice: str
    since: datetime
    until: datetime
    by: str
    most: int = MOST


class TooMany(ValueError):
    """More leads than one list holds: nothing was listed."""


def listed(db: Database, wish: Listing, now: datetime) -> Iterator[Listed]:
    """In the audit log when it returns, read as it is gone through. :raises TooMany: before anything is written."""
    mine = (leads.c.practice_id == wish.practice) & ~leads.c.is_test
    mine &= (leads.c.clock_started_at >= wish.since) & (leads.c.clock_started_at < wish.until)
    oldest_first = select(leads.c.id).where(mine).order_by(leads.c.clock_started_at, leads.c.id)
    with db.reading() as tx:
        ids = tx.execute(oldest_first.limit(wish.most + 1)).scalars().all()
    if len(ids) > wish.most:
        raise TooMany
    with db.writing() as tx:
        what = f"{wish.since.isoformat()} {wish.until.isoformat()}"
        audited(tx, wish.practice, now, wish.by, "export", wish.practice, after=what)
    return (each for at in range(0, len(ids), AT_ONCE) for each in some(db, ids[at : at + AT_ONCE]))


def some(db: Database, wanted: Sequence[str]) -> Iterator[Listed]:
    hers = people.c.id == leads.c.person_id
    lines = select(*LINE, people.c.id.label("person"), people.c.name, people.c.email).join(people, hers)
    with db.reading() as tx:
        rows = {row.id: row for row in tx.execute(lines.where(leads.c.id.in_(wanted)))}
        numbers = numbers_of(tx, db.vault, {row.person for row in rows.values()})
    for row in (rows[each] for each in wanted):
        name, email = (
            db.vault.unseal(column, row.person, sealed) if sealed else ""
            for column, sealed in ((people.c.name, row.name), (people.c.email, row.email))
        )
        yield Listed(LeadLine(*row[: len(LINE)]), name, email, tuple(numbers[row.person]))


def numbers_of(tx: Connection, vault: Vault, persons: Set[str]) -> Mapping[str, list[str]]:
    """In the order they came to be known."""
    found: dict[str, list[str]] = {each: [] for each in persons}
    theirs = select(person_numbers.c.person_id, person_numbers.c.number).where(person_numbers.c.person_id.in_(persons))
    for person, sealed in tx.execute(theirs.order_by(person_numbers.c.created_at)):
        found[person].append(vault.unseal(person_numbers.c.number, person, sealed))
    return found
