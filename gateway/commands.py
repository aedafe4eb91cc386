"""``leadline``: every command. Further words come from the entry-point group ``leadline.commands``."""

import os
import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from gateway.keeping import supervisor
from gateway.keeping.demo import DemoError, with_running_demo
from gateway.terminal import leads, practices
from gateway.terminal.operators import doctor, token
from routing.now import ClockError
from routing.settings import SettingsError, read
from routing.state.database import DatabaseDown
from routing.state.migrate import migrate as migrate_database
from routing.state.schema import SchemaError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Leadline routes the leads of medical practices.")
app.add_typer(practices.app, name="practice")
app.add_typer(leads.app, name="leads")
app.command()(token)
app.command()(doctor)


@app.command()
def demo(
    at: Annotated[str | None, typer.Option(help="Instant its clock starts at, with offset.")] = None,
) -> None:
    """Everything on this machine with two invented practices and a simulated phone network."""
    raise typer.Exit(supervisor.demo(os.environ, at))


@app.command()
def up() -> None:
    """Everything on this machine with your own settings and practice files."""
    raise typer.Exit(supervisor.up(os.environ))


@app.command()
def gateway() -> None:
    """The gateway process."""
    os.execv(sys.executable, [sys.executable, "-m", "gateway"])  # noqa: S606


@app.command()
def worker(
    jobs: Annotated[int, typer.Option(min=0, help="Children that take jobs.")] = 1,
) -> None:
    """The worker process: the clock over due rows, and children that take jobs."""
    os.execv(sys.executable, [sys.executable, "-m", "worker", "--jobs", str(jobs)])  # noqa: S606


@app.command()
def migrate() -> None:
    """Brings the database to this version's schema; safe to run again."""
    migrate_database(read(with_running_demo(os.environ)).database_url)
    typer.echo("the database is up to date")


def main() -> None:
    """Settings and reachability problems are told in plain lines, without a trace."""
    for word in entry_points(group="leadline.commands"):
        app.add_typer(word.load(), name=word.name)
    try:
        app()
    except SettingsError as wrong:
        sys.stderr.writelines(f"leadline: {problem}\n" for problem in wrong.problems)
        sys.exit(2)
    except (DemoError, ClockError, SchemaError) as wrong:
        sys.stderr.write(f"leadline: {wrong}\n")
        sys.exit(2)
    except DatabaseDown as wrong:
        sys.stderr.write(f"leadline: the database cannot be used: {wrong}. Has `leadline migrate` run?\n")
        sys.exit(1)
