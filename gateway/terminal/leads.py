"""``leadline leads ...``: leads from a list, and lists of leads."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer
from pydantic import TypeAdapter, ValidationError

from gateway.api.models import Slug
from gateway.keeping.demo import with_running_demo
from gateway.landing.entry import keys_of
from gateway.terminal.lead_csv import ListInto, is_there, put_in, queue_of, read, written
from gateway.terminal.lists import Became, Row, exit_code, given, report
from gateway.terminal.send_csv import SendsInto
from gateway.terminal.send_csv import put_in as put_sends
from routing.desk import Busy, Desk
from routing.now import open_clock
from routing.opening import open_desk
from routing.settings import Settings
from routing.settings import read as read_settings
from routing.state.database import DatabaseDown
from routing.state.lead.exporting import MOST, Listing, TooMany, listed

app = typer.Typer(no_args_is_help=True, help="Leads from a list, and lists of leads.")
FAR_BACK = datetime(2000, 1, 1, tzinfo=UTC)
SLUG: TypeAdapter[str] = TypeAdapter(Slug)


@app.command("import")
def import_list(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV in UTF-8; the first line names columns.")
    ],
    practice: Annotated[str, typer.Option(help="Practice id.")],
    form: Annotated[str, typer.Option(help="The form whose fields the columns are, and whose page they count as.")],
    key: Annotated[str | None, typer.Option(help="Column that names a row; default: its whole text.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only says what would happen.")] = False,
) -> None:
    """Enters leads; a row that was entered before changes nothing. Exit code 1 if a line was refused."""
    settings = read_settings(with_running_demo(os.environ))
    desk, now = opened(settings), open_clock(settings).now
    book = desk.shelf.book(practice)
    if book is None or form not in book.forms:
        raise typer.BadParameter("is not published, or has no such form", param_hint="--practice, --form")
    into = ListInto(book, book.forms[form], keys_of(settings), key)
    told = list(entered(desk, into, given(file), now(), dry_run=dry_run))
    report(told, "would be entered" if dry_run else "entered")
    raise typer.Exit(exit_code(told))


def opened(settings: Settings) -> Desk:
    desk = open_desk(settings, wait_s=5)
    desk.shelf.start()
    return desk


def entered(desk: Desk, into: ListInto, found: Sequence[Row], now: datetime, *, dry_run: bool) -> Iterator[Became]:
    """New ones go to a queue; what the same list says twice is there already. Ends where the database does not answer:
    run again it goes on from there."""
    seen: set[str] = set()
    with typer.progressbar(found, label="Leads", file=sys.stderr) as bar:
        for row in bar:
            one = read(into, row, desk, now)
            if one.new is None:
                yield Became(row.number, "refused", one.refused or {})
                continue
            try:
                is_new = one.new.id not in seen and not is_there(desk, one.new)
                if is_new and not dry_run:
                    put_in(desk, into, one.new, now)
            except (DatabaseDown, Busy):
                yield Became(row.number, "refused", {"*": "database_down"})
                return
            seen.add(one.new.id)
            yield Became(row.number, queue_of(into, one.new, now) if is_new else "there")


def slug(text: str) -> str:
    """The same names as the API takes."""
    try:
        return SLUG.validate_python(text)
    except ValidationError:
        raise typer.BadParameter("is no name: letters, digits, and _ . - between them") from None


@app.command("sends")
def import_sends(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV in UTF-8: id, number, campaign, sent_at.")
    ],
    practice: Annotated[str, typer.Option(help="Practice id.")],
    system: Annotated[
        str, typer.Option(help="The system that sent them, whose ids these are.", callback=slug)
    ] = "list",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only says what would happen.")] = False,
) -> None:
    """Records campaign texts that another system sent, so that replies join their campaign. Exit code 1 if a line was
    refused."""
    settings = read_settings(with_running_demo(os.environ))
    desk, now = opened(settings), open_clock(settings).now()
    book = desk.shelf.book(practice)
    if book is None:
        raise typer.BadParameter("is not published", param_hint="--practice")
    into = SendsInto(book, system, by_command())
    told = list(put_sends(desk.db, into, given(file), now, dry_run=dry_run))
    report(told, "would be recorded" if dry_run else "recorded")
    raise typer.Exit(exit_code(told))


@app.command()
def export(
    practice: Annotated[str, typer.Option(help="Practice id.")],
    since: Annotated[datetime | None, typer.Option(help="First instant, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Up to this instant, UTC.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: the screen.")] = None,
) -> None:
    """Writes leads as CSV without a formula in any cell; rehearsals are left out, and the audit log names who asked."""
    settings = read_settings(with_running_demo(os.environ))
    desk, now = opened(settings), open_clock(settings).now()
    if desk.shelf.book(practice) is None:
        raise typer.BadParameter("is not published", param_hint="--practice")
    first, last = at(since) or FAR_BACK, at(until) or now + timedelta(seconds=1)
    wish = Listing(practice, first, last, by_command())
    try:
        found = listed(desk.db, wish, now)
    except TooMany:
        raise typer.BadParameter(
            f"more than {MOST:,} leads; take them in parts", param_hint="--since, --until"
        ) from None
    with target(out) as file:
        file.writelines(written(found))


def by_command() -> str:
    return f"command:{os.environ.get('USER', 'operator')}"


def at(told: datetime | None) -> datetime | None:
    return told.replace(tzinfo=UTC) if told and told.tzinfo is None else told


@contextmanager
def target(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    with open(out, "w", encoding="utf-8", newline="", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        yield file
