"""Rows that each want one request of somebody else's: who has it in hand, and what becomes of what a dead process held
(design section 7).

``moves``, ``sends`` and ``dials`` are such tables. A row is ``new``, ``claimed``, ``posting`` from right before its
request, and then over, or ``ambiguous`` where the answer was lost and ``looking`` while somebody looks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Table, case, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningUpdate

from routing.state.database import Database
from routing.state.tables import dials, moves, sends

LEASED = (moves, sends, dials)
LEASE = timedelta(seconds=10)
"""Of real time: longer than a request can take (design section 7)."""
RING_AGAIN = timedelta(seconds=2)
UNHELD = ("new", "ambiguous")
CLAIMED_AS: Mapping[str, str] = MappingProxyType(
    {"new": "claimed", "claimed": "claimed", "ambiguous": "looking", "looking": "looking"}
)
"""What a claim makes of a state: nothing was asked yet, or it is only looked for what became of it."""
AFTER_DEATH: Mapping[str, str] = MappingProxyType({"claimed": "new", "posting": "ambiguous", "looking": "ambiguous"})
"""Nothing was asked yet, or nobody knows."""
UNANSWERED = (*UNHELD, *AFTER_DEATH)
"""No request of theirs is known to have been acted on."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that claims, and the real time at which it does: a lease is about processes."""

    name: str
    real: datetime


@dataclass(frozen=True, slots=True)
class Ring:
    """A bell to ring: ``ring`` counts, so that no two rings of a row share a job id."""

    row: str
    ring: int


def claiming(table: Table, row: str, now: datetime, by: Holder) -> ReturningUpdate[tuple[object, ...]]:
    """Nothing for a row that is not due, over, or in somebody's hands. The fence tells this claim from those before."""
    at = table.c
    held = at.lease_until > by.real
    free = at.state.in_(UNHELD) | (at.state.in_(tuple(CLAIMED_AS)) & ~held)
    return (
        update(table)
        .where(at.id == row, at.settled_at.is_(None), at.due_at <= now, free)
        .values(state=case(dict(CLAIMED_AS), value=at.state), fence=at.fence + 1)
        .values(holder=by.name, lease_until=by.real + LEASE)
        .returning(table)
    )


def of_holder(table: Table, row: str, fence: int) -> ColumnElement[bool]:
    return (table.c.id == row) & (table.c.fence == fence) & table.c.settled_at.is_(None)


def holders(db: Database, real: datetime) -> frozenset[str]:
    """Who has a row in hand at this moment."""
    with db.reading() as tx:
        held = [select(at.c.holder).where(at.c.settled_at.is_(None), at.c.lease_until > real) for at in LEASED]
        return frozenset(str(name) for each in held for name in tx.execute(each).scalars())


def drop(db: Database, by: Holder) -> None:
    """A process has died: what it held need not wait for the end of the lease."""
    with db.writing() as tx:
        for table in LEASED:
            mine = update(table).where(table.c.holder == by.name, table.c.settled_at.is_(None))
            tx.execute(mine.where(table.c.lease_until > by.real).values(lease_until=by.real))


def waiting(db: Database, table: Table, now: datetime, real: datetime, most: int) -> Sequence[str]:
    """Rows whose time has come and that nobody has in hand, oldest first."""
    at = table.c
    unheld = or_(at.lease_until.is_(None), at.lease_until <= real)
    wanted = select(at.id).where(at.settled_at.is_(None), at.due_at <= now, at.state.in_(UNANSWERED), unheld)
    with db.reading() as tx:
        return tx.execute(wanted.order_by(at.due_at).limit(most)).scalars().all()


def free_lost(
    tx: Connection, table: Table, now: datetime, real: datetime, look_after: timedelta = timedelta(0)
) -> None:
    """What a dead process held is anybody's; a lost answer is looked for ``look_after`` from now."""
    at = table.c
    lost = at.settled_at.is_(None) & (at.lease_until <= real)
    for held, state in AFTER_DEATH.items():
        due_at = now + look_after if state == "ambiguous" else now
        freed = {"state": state, "due_at": due_at, "rung_at": now - RING_AGAIN, "lease_until": None}
        tx.execute(update(table).where(lost, at.state == held).values(**freed))


def ring_again(tx: Connection, table: Table, rows: Sequence[str], now: datetime) -> tuple[Ring, ...]:
    """Bells of those among ``rows`` that are due and were not rung for lately."""
    at = table.c
    rung = (
        update(table)
        .where(at.id.in_(rows), at.settled_at.is_(None), at.due_at <= now, at.state.in_(UNHELD))
        .where(at.rung_at <= now - RING_AGAIN)
        .values(ring=at.ring + 1, rung_at=now)
        .returning(at.id, at.ring)
    )
    return tuple(Ring(*row) for row in tx.execute(rung))
