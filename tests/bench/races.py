"""1,000 rounds of 16 calls at once for the last free coordinator, through the desk, on SQLite and on PostgreSQL.

Run it as ``python -m tests.bench.races``, perhaps with ``--rounds`` or ``--database``. Exactly one call may win each
round, and the others keep their place in the line: their waiting counts from when they came in, and each lead has a
named owner. It ends with 1 after any violation.
"""

import sys
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from routing import connection, desk
from routing.desk import Arrival, Reply
from routing.state.inbox import Letter
from routing.state.tables import inquiries, leads, reservations
from tests.bench.kit.rounds import run
from tests.rooms import Room, listening
from tests.test_races import RACERS, only_free, together

FREE = "priya-nair"
BETWEEN_S = 10
"""A thousand rounds stay within the opening hours of one day."""


def round_of(room: Room, number: int) -> Iterator[str]:
    """One race; what was wrong with it, in words."""
    callers = [
        room.arrival(contact=f"+1{8_000_000_000 + number * RACERS + n}", payer="medicaid") for n in range(RACERS)
    ]
    told: list[Reply] = []
    answers = together(RACERS, lambda n: desk.receive(room.desk, callers[n], listening(told), room.now))
    if any(reply.degraded for reply in told):
        yield "live state did not answer"
    winners = [caller for caller, answer in zip(callers, answers, strict=True) if answer == FREE.encode()]
    if len(winners) != 1:
        yield f"{len(winners)} winners"
    if sum(answer.startswith(b"promise:") for answer in answers) != RACERS - len(winners):
        yield "a caller neither won nor waits"
    yield from misplaced(room, callers)
    room.later(seconds=BETWEEN_S)
    for winner in winners:
        connection.hang_up(room.desk, winner.inquiry.id, Letter(f"status:{winner.key}", b""), room.now)


def misplaced(room: Room, callers: Sequence[Arrival]) -> Iterator[str]:
    """Compares the rows with what every caller has a right to."""
    ids = [caller.inquiry.id for caller in callers]
    with room.db.reading() as tx:
        starts = dict(
            tx.execute(select(inquiries.c.id, inquiries.c.effective_start).where(inquiries.c.id.in_(ids))).all()
        )
        offers = tx.scalar(select(func.count()).select_from(reservations).where(reservations.c.inquiry_id.in_(ids)))
        waiting = tx.scalar(
            select(func.count())
            .select_from(inquiries)
            .join(leads, leads.c.id == inquiries.c.lead_id)
            .where(inquiries.c.id.in_(ids), inquiries.c.state == "waiting", leads.c.owner_id.is_not(None))
        )
    if any(starts.get(caller.inquiry.id) != caller.inquiry.received_at for caller in callers):
        yield "a caller lost her place"
    if offers != 1:
        yield f"{offers} reservations"
    if waiting != RACERS - 1:
        yield f"{waiting} callers with an owner in the line"


if __name__ == "__main__":
    sys.exit(run("tests.bench.races", sys.argv[1:], lambda room, _: only_free(room, FREE), round_of))
