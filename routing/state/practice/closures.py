"""Manual closures as rows: made by name, with a mandatory end, over when it comes or when somebody lifts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row

from routing.rules.calendars import ManualClosure
from routing.rules.closing import Scope, Shut
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.ledger import announce
from routing.state.tables import closures

KEPT = timedelta(days=2)
"""So long after its end a closure stays in the calendars: plans of calls underway are decided again as they were."""


@dataclass(frozen=True, slots=True)
class Closure:
    """``target`` is the id of the office or queue, the practice's own for all of it. ``reason`` is a name, by which a
    calendar may opt out. ``lifted_by`` ended it before its time."""

    id: str
    practice: str
    scope: Scope
    target: str
    reason: str
    by: str
    starts_at: datetime
    ends_at: datetime
    lifted_by: str | None = None


def close(db: Database, made: Closure, now: datetime) -> None:
    with db.writing() as tx:
        tx.execute(
            insert(closures),
            {
                "id": made.id,
                "practice_id": made.practice,
                "scope": made.scope,
                "target": made.target,
                "reason": made.reason,
                "closed_by": made.by,
                "starts_at": made.starts_at,
                "ends_at": made.ends_at,
                "created_at": now,
                "kept": True,
            },
        )
        told = f"{made.scope}:{made.target} until {made.ends_at.isoformat()}"
        audited(tx, made.practice, now, made.by, "closed_by_hand", made.id, after=told, reason=made.reason)
        announce(tx, made.practice, "closures", made.id, now)


def lift(db: Database, practice: str, closure: str, by: str, now: datetime) -> bool:
    """Ends it now; False when the practice has none of that id that still lies ahead or holds."""
    with db.writing() as tx:
        lifted = tx.execute(
            update(closures)
            .where(closures.c.id == closure, closures.c.practice_id == practice, closures.c.ends_at > now)
            .values(ends_at=now, lifted_by=by)
            .returning(closures.c.id)
        ).first()
        if lifted is None:
            return False
        audited(tx, practice, now, by, "closure_lifted", closure)
        announce(tx, practice, "closures", closure, now)
        return True


def listed(tx: Connection, practice: str, now: datetime) -> tuple[Closure, ...]:
    """Those that hold or lie ahead, first to begin first."""
    rows = tx.execute(
        select(closures)
        .where(closures.c.practice_id == practice, closures.c.ends_at > now)
        .order_by(closures.c.starts_at, closures.c.id)
    )
    return tuple(closure_of(row) for row in rows)


def closure_of(row: "Row[tuple[object, ...]]") -> Closure:
    return Closure(
        id=row.id,
        practice=row.practice_id,
        scope=row.scope,
        target=row.target,
        reason=row.reason,
        by=row.closed_by,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        lifted_by=row.lifted_by,
    )


def kept(db: Database) -> Mapping[str, tuple[Shut, ...]]:
    """What the calendars of each practice are to hold. One lifted before it began closes nothing."""
    found: dict[str, tuple[Shut, ...]] = {}
    with db.reading() as tx:
        rows = tx.execute(select(closures).where(closures.c.kept).order_by(closures.c.starts_at, closures.c.id)).all()
    for row in rows:
        if row.starts_at < row.ends_at:
            closure = ManualClosure(row.reason, row.closed_by, row.starts_at, row.ends_at)
            found[row.practice_id] = (*found.get(row.practice_id, ()), Shut(row.scope, row.target, closure))
    return found


def put_away(db: Database, now: datetime) -> int:
    """Closures long over leave the calendars; how many. The rows stay."""
    over = closures.c.kept & (closures.c.ends_at <= now - KEPT)
    with db.reading() as tx:
        if tx.execute(select(closures.c.id).where(over).limit(1)).first() is None:
            return 0
    with db.writing() as tx:
        gone = tx.execute(update(closures).where(over).values(kept=False).returning(closures.c.id))
        return len(gone.all())
