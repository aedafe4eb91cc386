"""``leadline leads ...``: leads from a list, and lists of leads."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer

from gateway.keeping.demo import with_running_demo
from gateway.landing.entry import keys_of
from gateway.terminal.lead_csv import ListInto, Read, Row, Unreadable, is_there, put_in, queue_of, read, rows, written
from routing.desk import Desk
from routing.now import open_clock
from routing.opening import open_desk
from routing.settings import Settings
from routing.settings import read as read_settings
from routing.state.lead.exporting import Listing, listed

app = typer.Typer(no_args_is_help=True, help="Leads from a list, and lists of leads.")
FAR_BACK = datetime(2000, 1, 1, tzinfo=UTC)


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
    try:
        found = rows(file)
    except Unreadable as wrong:
        raise typer.BadParameter(str(wrong), param_hint="FILE") from None
    into = ListInto(book, book.forms[form], keys_of(settings), key)
    told = list(entered(desk, into, found, now(), dry_run=dry_run))
    report(told, dry_run=dry_run)
    raise typer.Exit(1 if any(one.refused for one, _ in told) else 0)


def opened(settings: Settings) -> Desk:
    desk = open_desk(settings, wait_s=5)
    desk.shelf.start()
    return desk


def entered(
    desk: Desk, into: ListInto, found: Sequence[Row], now: datetime, *, dry_run: bool
) -> Iterator[tuple[Read, str]]:
    """Each line with what became of it: ``refused``, ``there``, or the queue."""
    with typer.progressbar(found, label="Leads", file=sys.stderr) as bar:
        for row in bar:
            one = read(into, row, desk, now)
            if one.new is None:
                yield one, "refused"
            elif is_there(desk, one.new):
                yield one, "there"
            else:
                if not dry_run:
                    put_in(desk, into, one.new, now)
                yield one, queue_of(into, one.new, now)


def report(told: Sequence[tuple[Read, str]], *, dry_run: bool) -> None:
    counts = Counter(what for _, what in told)
    there, bad = counts.pop("there", 0), counts.pop("refused", 0)
    verb = "would be entered" if dry_run else "entered"
    typer.echo(f"{len(told)} lines: {sum(counts.values())} {verb}, {there} there already, {bad} refused")
    for queue, count in sorted(counts.items()):
        typer.echo(f"  {queue}: {count}")
    for one, _ in told:
        if one.refused:
            typer.echo(f"line {one.row.number}: {reasons(one.refused)}")


def reasons(fields: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {code}" for name, code in sorted(fields.items()))


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
    wish = Listing(practice, first, last, f"command:{os.environ.get('USER', 'operator')}")
    with target(out) as file:
        file.writelines(written(listed(desk.db, wish, now)))


def at(given: datetime | None) -> datetime | None:
    return given.replace(tzinfo=UTC) if given and given.tzinfo is None else given


@contextmanager
def target(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    with open(out, "w", encoding="utf-8", newline="", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        yield file
