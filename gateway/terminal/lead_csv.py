"""Lists of leads as CSV: written so that no cell is a formula, read line by line into the books."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.landing.entry import FormPost, Taken, taken
from gateway.landing.reading import Refusals, Submitted
from gateway.landing.token import FormKeys
from gateway.posted import Posted
from gateway.terminal.lists import Row
from routing.desk import Desk
from routing.entry import Incoming, enter
from routing.rules.book import Book
from routing.rules.entered import Entered
from routing.rules.planning import plan
from routing.rules.questions import Form
from routing.rules.values import Inquiry, Person
from routing.state.lead.entries import LIST, answered_any
from routing.state.lead.exporting import Listed

BOM = "\ufeff"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for a formula, the full-width signs included (SEC-13)."""
LONGEST_LINE = 32_768
COLUMNS = (
    *("id", "received_at", "status", "owner", "queue", "category", "location", "campaign", "payer", "level_of_care"),
    *("language", "reason", "due_at", "first_response_at", "contacted_at", "closed_at", "close_cause"),
    *("name", "phone", "email"),
)


def cell(text: object) -> str:
    """A leading apostrophe makes it text; telephone numbers begin with a plus and so are text as well."""
    said = "" if text is None else text.isoformat() if isinstance(text, datetime) else str(text)
    return f"'{said}" if said.startswith(BEGINS_A_FORMULA) else said


def written(found: Iterable[Listed]) -> Iterator[str]:
    """Lines with their ends, the first with the mark by which spreadsheets know UTF-8."""
    yield BOM + line(COLUMNS)
    for each in found:
        at = each.line
        known = {name: getattr(at, name) for name in COLUMNS if hasattr(at, name)}
        person = {"name": each.name, "phone": ", ".join(each.numbers), "email": each.email}
        told = {**known, **person, "received_at": at.clock_started_at}
        yield line(cell(told[name]) for name in COLUMNS)


def line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(list(cells))
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class ListInto:
    """Where a list goes: read as the posts of a form. ``key`` is the column that names a row, else its whole text."""

    book: Book
    form: Form
    keys: FormKeys
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One line as it was read: ``new`` if it can become a lead, else ``refused`` with the reason of each field."""

    row: Row
    new: Taken | None = None
    refused: Mapping[str, str] | None = None


def read(into: ListInto, row: Row, desk: Desk, now: datetime) -> Read:
    if "" in row.fields:
        return Read(row, refused={"*": "too_many_cells"})
    if into.key and not row.fields.get(into.key):
        return Read(row, refused={into.key: "required"})
    named = row.fields[into.key] if into.key else json.dumps(dict(sorted(row.fields.items())))
    said = {name: text for name, text in row.fields.items() if name != into.key}
    submitted = Submitted(
        posted=Posted("application/json", json.dumps(said).encode()),
        line=named,
    )
    found = taken(desk.db.vault, into.keys, FormPost(into.book, into.form, submitted), now)
    if isinstance(found, Refusals):
        return Read(row, refused=found.fields)
    return Read(row, new=replace(found, entered=from_list(into, found.entered)))


def from_list(into: ListInto, entered: Entered) -> Entered:
    return replace(entered, via=f"{LIST}{into.form.id}", nonce=None)


def is_there(desk: Desk, new: Taken) -> bool:
    return answered_any(desk.db, new.entered.keys) is not None


def put_in(desk: Desk, into: ListInto, new: Taken, now: datetime) -> None:
    """Safe to repeat. :raises DatabaseDown: Busy."""
    enter(desk, Incoming(into.book, new.id, new.entered, new.id.encode()), now)


def queue_of(into: ListInto, new: Taken, now: datetime) -> str:
    """Where it would go; nobody is looked up."""
    return plan(into.book, Inquiry(new.id, "form", now, new.entered.attributes), Person(), now).queue
