"""Closing by hand: an office, a queue or the whole practice, until a given end."""

from datetime import UTC, timedelta

from gateway.api.asking import Asked, FieldRefused, NotHere
from gateway.api.closure_models import ClosureMade, Closures, ClosureWanted
from gateway.api.models import Nothing
from routing.state.practice import closures
from routing.state.practice.closures import Closure

LONGEST = timedelta(days=31)
"""What lasts longer belongs into the practice file."""


def shown(closure: Closure) -> ClosureMade:
    return ClosureMade.model_validate(closure)


def listed(asked: Asked, _: Nothing) -> Closures:
    with asked.desk.db.reading() as tx:
        found = closures.listed(tx, asked.practice, asked.now)
    return Closures(closures=[shown(each) for each in found])


def close(asked: Asked, wanted: ClosureWanted) -> ClosureMade:
    """In force on every gateway within a second; never in the past, for what was planned then stays as it was."""
    starts = max(wanted.starts_at or asked.now, asked.now).astimezone(UTC)
    ends = wanted.ends_at.astimezone(UTC)
    if ends <= starts:
        raise FieldRefused("ends_at", "too_early")
    if ends - asked.now > LONGEST:
        raise FieldRefused("ends_at", "too_late")
    if wanted.by and wanted.by not in asked.book.coordinators:
        raise FieldRefused("by", "unknown")
    made = Closure(
        id=asked.desk.new_id("cl"),
        practice=asked.practice,
        scope=wanted.scope,
        target=target(asked, wanted),
        reason=wanted.reason,
        by=wanted.by or asked.by,
        starts_at=starts,
        ends_at=ends,
    )
    closures.close(asked.desk.db, made, asked.now)
    return shown(made)


def target(asked: Asked, wanted: ClosureWanted) -> str:
    """:raises FieldRefused: for an office or queue that the practice does not have."""
    if wanted.scope == "practice":
        if wanted.target not in (None, asked.practice):
            raise FieldRefused("target", "unknown")
        return asked.practice
    known = asked.book.locations if wanted.scope == "location" else asked.book.queues
    if wanted.target not in known:
        raise FieldRefused("target", "unknown" if wanted.target else "missing")
    return str(wanted.target)


def lift(asked: Asked, _: Nothing) -> None:
    if not closures.lift(asked.desk.db, asked.practice, asked.ids["id"], asked.by, asked.now):
        raise NotHere
