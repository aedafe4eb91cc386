"""A phone that is rung for a call that goes on, in the rows: rung for by a bell, asked for once, reported by its own
leg or by the answer to the request. The same for the target of a transfer and the guest of a conference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, update

from routing.state.database import Database

RING_AGAIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A call as it is to be made."""

    row: str
    account: str
    number: str
    shown: str
    url: str
    progress: str


@dataclass(frozen=True, slots=True)
class Phones:
    """The rows of one kind. ``sid`` is the column of their leg; ``waits`` the state in which they are rung for, and
    ``before`` those in which the key may yet be pressed."""

    table: Table
    sid: str
    waits: str
    before: Sequence[str]

    def rung(self, db: Database, ids: Sequence[str], now: datetime) -> tuple[tuple[str, int], ...]:
        """Row and number of the ring, for those that are to be called and were not rung for lately."""
        if not ids:
            return ()
        row = self.table.c
        with db.writing() as tx:
            told = tx.execute(
                update(self.table)
                .where(row.id.in_(ids), row.state == self.waits, row.due_at <= now)
                .values(ring=row.ring + 1, due_at=now + RING_AGAIN)
                .returning(row.id, row.ring)
            ).all()
        return tuple((each.id, each.ring) for each in told)

    def is_ringing(self, db: Database, name: str, sid: str) -> None:
        """The answer to the request or the leg's own report, whichever comes first."""
        row, leg = self.table.c, self.table.c[self.sid]
        with db.writing() as tx:
            tx.execute(update(self.table).where(row.id == name, leg.is_(None)).values({self.sid: sid}))
            tx.execute(update(self.table).where(row.id == name, row.state == "posting").values(state="ringing"))

    def not_posted(self, db: Database, name: str, due_at: datetime) -> None:
        """Surely not acted on: it may be tried again."""
        row = self.table.c
        with db.writing() as tx:
            mine = (row.id == name) & (row.state == "posting")
            tx.execute(update(self.table).where(mine).values(state=self.waits, due_at=due_at))

    def unreachable(self, db: Database, name: str, code: str, now: datetime) -> None:
        """The phone cannot be rung or was not answered: the time for it is over."""
        row = self.table.c
        with db.writing() as tx:
            mine = (row.id == name) & row.state.in_(self.before)
            tx.execute(update(self.table).where(mine).values(until=now, code=code))
