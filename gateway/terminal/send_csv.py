"""Lists of campaign texts that other systems sent: columns ``id``, ``number``, ``campaign`` and ``sent_at``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.sends import SendRefused, ToldSend, checked
from gateway.terminal.lists import Became, Row
from routing.rules.book import Book
from routing.state.database import Database
from routing.state.text.recorded_sends import Batch, RecordedSend, known, record

COLUMNS = ("id", "number", "campaign", "sent_at")
LONGEST_ID = 100
AT_ONCE = 300
"""Lines written in one transaction."""


@dataclass(frozen=True, slots=True)
class SendsInto:
    """Where a list goes; ``by`` is whom the audit log names."""

    book: Book
    system: str
    by: str


def read(into: SendsInto, row: Row, now: datetime) -> RecordedSend | SendRefused:
    """Further columns are not looked at."""
    if "" in row.fields:
        return SendRefused({"*": "too_many_cells"})
    missing = {name: "required" for name in COLUMNS if not row.fields.get(name)}
    if missing:
        return SendRefused(missing)
    name, number, campaign, sent_at = (row.fields[each] for each in COLUMNS)
    at = instant(sent_at)
    if at is None:
        return SendRefused({"sent_at": "not_an_instant"})
    if len(name) > LONGEST_ID:
        return SendRefused({"id": "too_long"})
    return checked(into.book, ToldSend(name, number, campaign, at), now)


def instant(text: str) -> datetime | None:
    """ISO 8601; None without an offset, for nobody could say when that was."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def put_in(db: Database, into: SendsInto, found: Sequence[Row], now: datetime, *, dry_run: bool) -> Iterator[Became]:
    """What became of each line, in order; safe to repeat. :raises DatabaseDown: what was told before is recorded."""
    seen: set[str] = set()
    for first in range(0, len(found), AT_ONCE):
        some = [(row.number, read(into, row, now)) for row in found[first : first + AT_ONCE]]
        good = tuple(one for _, one in some if isinstance(one, RecordedSend))
        new = fresh(db, Batch(into.book.practice, into.system, into.by, good), now, dry_run=dry_run)
        for line, one in some:
            if isinstance(one, SendRefused):
                yield Became(line, "refused", one.fields)
                continue
            is_new = one.reference in new and one.reference not in seen
            seen.add(one.reference)
            yield Became(line, one.campaign if is_new else "there")


def fresh(db: Database, batch: Batch, now: datetime, *, dry_run: bool) -> frozenset[str]:
    if dry_run:
        return frozenset(each.reference for each in batch.sends) - known(db, batch)
    return record(db, batch, now)
