"""What came of a request to send: settled once, tried again, or looked for; never blindly repeated (D4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Connection

from routing.state.leases import AFTER_DEATH, RING_AGAIN, of_holder
from routing.state.tables import sends
from routing.state.text.sends import LOOK_AFTER, Claim, Shown, shown_as

LOOKS = 3
MOST_TRIES = 8
"""Requests that were surely not acted on; then somebody is told."""


@dataclass(frozen=True, slots=True)
class Created:
    """The provider has it. ``status`` is the first it gave."""

    sid: str
    status: str = "queued"


@dataclass(frozen=True, slots=True)
class Rejected:
    """It never will be sent."""

    code: str


@dataclass(frozen=True, slots=True)
class Later:
    """Surely not acted on: to be tried again at ``at``."""

    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Its answer was lost, or it was looked for and not found yet."""

    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """It may have been sent, and nobody can tell any more: never sent again."""

    code: str


Outcome = Created | Rejected | Later | Unknown | Lost


def settle(tx: Connection, held: Claim, outcome: Outcome, now: datetime) -> bool:
    """Inside the caller's transaction; False when somebody else settled it first, such as the provider's report."""
    match outcome:
        case Created(sid, status):
            return over(tx, held, "created", None, now) and shown_as(tx, held.id, Shown(status, None, sid), now)
        case Rejected(code):
            return over(tx, held, "rejected", code, now) and shown_as(tx, held.id, Shown("failed", code), now)
        case Later(at, code):
            if held.attempts >= MOST_TRIES:
                return over(tx, held, "rejected", code, now) and shown_as(tx, held.id, Shown("failed", code), now)
            return open_again(tx, held, {"state": "new", "due_at": at, "rung_at": at - RING_AGAIN, "code": code})
        case Lost(code):
            return over(tx, held, "lost", code, now) and shown_as(tx, held.id, Shown("failed", "unknown"), now)
        case Unknown(code):
            if held.looks >= LOOKS:
                return over(tx, held, "lost", code, now) and shown_as(tx, held.id, Shown("failed", "unknown"), now)
            at = now + LOOK_AFTER * (held.looks + 1)
            told = {"state": "ambiguous", "due_at": at, "rung_at": at - RING_AGAIN, "code": code}
            return open_again(tx, held, {**told, "looks": held.looks + 1})


def park(tx: Connection, send: str, now: datetime) -> None:
    """Its job is begun no more: it may have been sent, and a person looks."""
    mine = update(sends).where(sends.c.id == send, sends.c.settled_at.is_(None))
    gone = {"state": "lost", "code": "parked", "settled_at": now, "lease_until": None}
    if tx.execute(mine.values(**gone)).rowcount == 1:
        shown_as(tx, send, Shown("failed", "unknown"), now)


def over(tx: Connection, held: Claim, state: str, code: str | None, now: datetime) -> bool:
    return open_again(tx, held, {"state": state, "code": code, "settled_at": now})


def open_again(tx: Connection, held: Claim, values: dict[str, Any]) -> bool:
    mine = update(sends).where(of_holder(sends, held.id, held.fence), sends.c.state.in_(tuple(AFTER_DEATH)))
    return tx.execute(mine.values(lease_until=None, **values)).rowcount == 1


def found_by_report(tx: Connection, send: str, now: datetime) -> bool:
    """The provider reports on it, so it was created, whatever became of our request's answer."""
    mine = update(sends).where(sends.c.id == send, sends.c.settled_at.is_(None))
    return tx.execute(mine.values(state="created", settled_at=now, lease_until=None, code="reported")).rowcount == 1
