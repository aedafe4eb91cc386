"""``leadline practice …``: lint a practice file, publish it, see what is in force, ask where somebody would go."""

import difflib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, cast, get_args

import typer

from gateway.keeping.demo import with_running_demo
from gateway.publishing import Published, publish_file
from gateway.terminal.explaining import explained
from routing.now import open_clock
from routing.opening import open_desk
from routing.rulebook.findings import PracticeFileError
from routing.rulebook.load import load, read
from routing.rules.book import Book
from routing.rules.planning import plan
from routing.rules.values import ATTRIBUTES, Channel, Inquiry, Person, Stated
from routing.settings import read as read_settings
from routing.state.database import Database
from routing.state.practice.practices import NumberTaken, Version, version

app = typer.Typer(no_args_is_help=True, help="The practice file: check, publish, show, diff, explain.")
File = Annotated[Path, typer.Argument(help="Practice file.", exists=True, dir_okay=False, readable=True)]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def database() -> Database:
    return open_desk(read_settings(with_running_demo(os.environ)), wait_s=5).db


def in_force(db: Database, practice: str, number: int | None = None) -> Version:
    found = version(db, practice, number)
    if found is None:
        typer.echo(f"practice {practice}: nothing is published{f' as version {number}' if number else ''}", err=True)
        raise typer.Exit(1)
    return found


@app.command()
def check(files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Prints everything that is wrong, with its line; exit code 1 if a file could not be published."""
    readings = [read(text_of(path), str(path)) for path in files]
    for reading in readings:
        for finding in reading.findings:
            typer.echo(f"{finding} ({finding.level})")
    refused = sum(reading.refused for reading in readings)
    typer.echo(f"{len(readings) - refused} of {len(readings)} can be published")
    raise typer.Exit(1 if refused else 0)


@app.command()
def publish(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    by: Annotated[str, typer.Option(help="Who publishes; kept with the version.")] = os.environ.get("USER", "operator"),
) -> None:
    """Makes each file the practice's version in force; running gateways take it up within a second."""
    settings = read_settings(with_running_demo(os.environ))
    db, now = open_desk(settings, wait_s=5).db, open_clock(settings).now()
    failed = False
    for path in files:
        try:
            done: Published = publish_file(db, path, by, now)
        except (PracticeFileError, NumberTaken) as wrong:
            typer.echo(str(wrong), err=True)
            failed = True
            continue
        typer.echo(f"{done.practice}: version {done.version} is in force")
    raise typer.Exit(1 if failed else 0)


@app.command()
def show(practice: str, number: Annotated[int | None, typer.Option("--version")] = None) -> None:
    """Prints a published version as it was written."""
    sys.stdout.write(in_force(database(), practice, number).source)


@app.command()
def diff(
    practice: str,
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False)] = None,
    number: Annotated[int | None, typer.Option("--version", help="Compare with this version.")] = None,
) -> None:
    """What a file, or the version in force, would change; exit code 1 if anything differs."""
    db = database()
    old = in_force(db, practice, number)
    new, name = (text_of(file), str(file)) if file else (in_force(db, practice).source, "in force")
    lines = difflib.unified_diff(
        old.source.splitlines(True), new.splitlines(True), f"{practice}, version {old.version}", name
    )
    changed = list(lines)
    sys.stdout.writelines(changed)
    raise typer.Exit(1 if changed else 0)


@app.command()
def explain(
    practice: Annotated[str, typer.Argument(help="Practice id, or a practice file.")],
    to: Annotated[str | None, typer.Option(help="The tracking number that was dialled or texted.")] = None,
    said: Annotated[list[str] | None, typer.Option("--say", help="attribute=value, as often as wanted.")] = None,
    channel: Annotated[str, typer.Option(help="call, text, chat or form.")] = "call",
    at: Annotated[str | None, typer.Option(help="Instant with offset, e.g. 2026-11-17T10:05:00-06:00.")] = None,
    opted_out: Annotated[list[str] | None, typer.Option(help="call, text, email or voicemail.")] = None,
) -> None:
    """Where an example inquiry would go, layer by layer, and why. Changes nothing."""
    book = book_of(practice)
    attributes = {name: Stated(value) for name, value in map(pair, said or [])}
    if to:
        attributes["tracking_number"] = Stated(to, "number")
    if channel not in get_args(Channel):
        raise typer.BadParameter("call, text, chat or form", param_hint="--channel")
    now = datetime.fromisoformat(at) if at else clock_now()
    if now.tzinfo is None:
        raise typer.BadParameter("write the instant with its offset", param_hint="--at")
    inquiry = Inquiry("iq_example", cast(Channel, channel), now, MappingProxyType(attributes))
    person = Person(opted_out=frozenset(opted_out or ()))  # type: ignore[arg-type]
    typer.echo(explained(book, plan(book, inquiry, person, now)))


def clock_now() -> datetime:
    """Of the demo, where one runs here; else the real time, for which no settings are needed."""
    environ = with_running_demo(os.environ)
    return open_clock(read_settings(environ)).now() if environ.get("LEADLINE_CLOCK") else datetime.now(UTC)


def book_of(practice: str) -> Book:
    path = Path(practice)
    if path.suffix in (".yaml", ".yml"):
        try:
            return load(text_of(path), practice)
        except (PracticeFileError, OSError) as wrong:
            typer.echo(str(wrong), err=True)
            raise typer.Exit(1) from wrong
    found = in_force(database(), practice)
    return load(found.source, practice, found.version)


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in ATTRIBUTES:
        raise typer.BadParameter(f"attribute=value, with one of: {', '.join(sorted(ATTRIBUTES))}", param_hint="--say")
    return name, value
