"""``leadline token`` and ``leadline doctor``: what an operator does at a terminal."""

import os
import secrets
from datetime import timedelta
from typing import Annotated

import typer

from gateway.keeping.demo import with_running_demo
from gateway.keeping.examination import examined
from gateway.tokens import SCOPES, UnknownScope, mint, scopes_of
from routing.now import open_clock
from routing.opening import open_desk
from routing.settings import read
from routing.state.database import Refused
from routing.state.practice.tokens import Token, store

PATIENT_S = 5.0


def token(
    practice: Annotated[str, typer.Argument(help="Practice id.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(sorted(SCOPES))}; may be repeated.")
    ] = None,
    label: Annotated[str, typer.Option(help="Whose it is.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires; default: never.")] = None,
) -> None:
    """Makes an API token and prints it once; only its hash is kept."""
    try:
        scopes = scopes_of(scope or ["read"])
    except UnknownScope as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--scope") from wrong
    settings = read(with_running_demo(os.environ))
    desk, now = open_desk(settings, PATIENT_S), open_clock(settings).now()
    minted = mint(secrets.token_hex(6))
    expires = now + timedelta(days=days) if days else None
    row = Token(minted.id, practice, minted.digest, tuple(sorted(scopes)), label, now, expires)
    try:
        store(desk.db, row, "operator")
    except Refused:
        typer.echo(f"practice {practice} is not published here", err=True)
        raise typer.Exit(1) from None
    typer.echo(minted.text)


def doctor() -> None:
    """Checks settings, servers, credentials, webhook URL and reviews; exit code 1 if something is to be put right."""
    settings = read(with_running_demo(os.environ))
    desk = open_desk(settings, PATIENT_S)
    desk.shelf.start()
    checks = examined(settings, desk, open_clock(settings).now())
    for check in checks:
        found = "warn" if check.warns else "ok  " if check.ok else "FAIL"
        typer.echo(f"{found} {check.name:<20} {check.said}")
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)
