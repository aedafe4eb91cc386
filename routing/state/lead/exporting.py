"""Leads for a list: what stands in columns, with whom they are, unsealed. Rehearsals are left out; each list that is
made stands in the audit log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from routing.state.audit import audited
from routing.state.database import Database
from routing.state.lead.leads import LINE, LeadLine, person_of
from routing.state.tables import leads

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


def listed(db: Database, wish: Listing, now: datetime) -> Iterator[Listed]:
    with db.writing() as tx:
        what = f"{wish.since.isoformat()} {wish.until.isoformat()}"
        audited(tx, wish.practice, now, wish.by, "export", wish.practice, after=what)
    mine = (leads.c.practice_id == wish.practice) & ~leads.c.is_test
    mine &= (leads.c.clock_started_at >= wish.since) & (leads.c.clock_started_at < wish.until)
    with db.reading() as tx:
        found = tx.execute(select(leads.c.id).where(mine).order_by(leads.c.clock_started_at, leads.c.id).limit(MOST))
        ids = found.scalars().all()
    for at in range(0, len(ids), AT_ONCE):
        yield from some(db, ids[at : at + AT_ONCE])


def some(db: Database, wanted: Sequence[str]) -> Iterator[Listed]:
    with db.reading() as tx:
        rows = {row.id: LeadLine(*row) for row in tx.execute(select(*LINE).where(leads.c.id.in_(wanted)))}
        for each in wanted:
            person = person_of(tx, db.vault, each)
            yield Listed(rows[each], person.name or "", person.email or "", person.numbers)
