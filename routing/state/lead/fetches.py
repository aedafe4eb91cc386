"""Records that a vendor keeps and a report only names: when each is fetched next, by whom, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Database
from routing.state.lead.source_events import Standing, standing
from routing.state.ledger import announce
from routing.state.tables import source_events, tasks

PATIENCE = timedelta(hours=24)
"""Counted from the first report; after it nothing is fetched any more."""
LEASE = timedelta(minutes=1)
"""Longer than a job may run: whoever holds a record so long has died."""
RING_EVERY = timedelta(seconds=15)
NOT_FETCHED = "not_fetched"


@dataclass(frozen=True, slots=True)
class Ring:
    event: str
    number: int


@dataclass(frozen=True, slots=True)
class Held:
    """A record in the hands of one job. ``tries`` counts the requests, this one included, and is its fence."""

    event: Standing
    tries: int

    @property
    def last_at(self) -> datetime:
        return self.event.received_at + PATIENCE


def due(db: Database, now: datetime, most: int) -> tuple[Ring, ...]:
    """Whoever was tried least comes first, so that one that is refused for ever is nobody's hindrance."""
    lately = or_(source_events.c.fetch_rung_at.is_(None), source_events.c.fetch_rung_at <= now - RING_EVERY)
    late = (source_events.c.fetch_at <= now) & lately
    order = (source_events.c.fetch_tries, source_events.c.fetch_at)
    wanted = select(source_events.c.id, source_events.c.fetch_ring).where(late).order_by(*order).limit(most)
    with db.reading() as tx:
        rings = tuple(Ring(row.id, row.fetch_ring + 1) for row in tx.execute(wanted))
    if rings:
        with db.writing() as tx:
            for ring in rings:
                told = {"fetch_rung_at": now, "fetch_ring": ring.number}
                tx.execute(update(source_events).where(source_events.c.id == ring.event).values(**told))
    return rings


def claim(db: Database, event: str, now: datetime) -> Held | None:
    """None when it is not due, over, or in other hands."""
    mine = source_events.c.id == event
    tries = source_events.c.fetch_tries + 1
    with db.writing() as tx:
        held = update(source_events).where(mine, source_events.c.fetch_at <= now)
        if not tx.execute(held.values(fetch_at=now + LEASE, fetch_tries=tries)).rowcount:
            return None
        row = tx.execute(select(source_events).where(mine)).one()
    return Held(standing(db.vault, row), row.fetch_tries)


def put_off(db: Database, held: Held, until: datetime, code: str) -> None:
    settle(db, held, {"fetch_at": until, "fetch_code": code})


def over(db: Database, held: Held, code: str) -> None:
    settle(db, held, {"fetch_at": None, "fetch_code": code})


def settle(db: Database, held: Held, told: dict[str, datetime | str | None]) -> None:
    mine = (source_events.c.id == held.event.id) & (source_events.c.fetch_tries == held.tries)
    with db.writing() as tx:
        tx.execute(update(source_events).where(mine).values(**told))


def again_now(tx: Connection, practice: str, source: str, now: datetime) -> None:
    """What waited for the source's token is fetched at once."""
    hers = (source_events.c.practice_id == practice) & (source_events.c.source == source)
    tx.execute(update(source_events).where(hers, source_events.c.fetch_at > now + LEASE).values(fetch_at=now))


def say_why(db: Database, event: str, now: datetime) -> None:
    """The owner of the lead that it has become reads why she is to look it up."""
    mine = source_events.c.id == event
    with db.writing() as tx:
        row = tx.execute(select(source_events).where(mine)).one()
        asked = (tasks.c.lead_id == row.lead_id) & (tasks.c.state == "open") & (tasks.c.kind == "review")
        if row.lead_id and tx.execute(update(tasks).where(asked).values(reason=NOT_FETCHED)).rowcount:
            announce(tx, row.practice_id, "lead", row.lead_id, now)


def park(tx: Connection, event: str) -> None:
    """Its job never came to its end."""
    tx.execute(update(source_events).where(source_events.c.id == event).values(fetch_at=None, fetch_code="parked"))
