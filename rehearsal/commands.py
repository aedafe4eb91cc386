"""The words of ``leadline rehearse``."""

import asyncio
import os
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from httpx2 import HTTPError

from gateway.keeping.demo import DemoError, with_running_demo
from rehearsal.chat_scenario import OF_THIS_MACHINE, ChatPlan, play_chat
from rehearsal.chatting import NoChat
from rehearsal.console import ApiRefused
from rehearsal.crowds.crowd import Crowd
from rehearsal.crowds.loaded import DOUBLED, LoadWishes, play_load
from rehearsal.crowds.verdict import report
from rehearsal.delivery import WebhookFailed
from rehearsal.directory import read_directory
from rehearsal.network import CallOutcome
from rehearsal.pace import RealPace, VirtualPace, run_virtual
from rehearsal.pages import PagePlan, post_form
from rehearsal.people import HABITS, Caller, CallerHabit
from rehearsal.posting import Posting
from rehearsal.rest.relay import NoRest
from rehearsal.scenario import CallPlan, NothingToRehearse, Stage, local_url, rehearse_call, rehearse_texts
from rehearsal.texts import TextPlan, TextRefused
from rehearsal.transcript import written
from routing.now import ClockError, open_clock
from routing.rulebook.findings import PracticeFileError
from routing.settings import SettingsError, read

app = typer.Typer(no_args_is_help=True, help="Drives the gateway as the outside world would.")
CANNOT_START = (SettingsError, DemoError, ClockError, PracticeFileError, NothingToRehearse, NoRest, OSError)
FIRST_CALLER = 5125550140
"""An invented number; each further call comes from the next one, so that nobody is a known caller by accident."""


@app.callback()
def rehearse() -> None:
    """Drives the gateway as the outside world would."""


@app.command()
def load(
    coordinators: Annotated[int, typer.Option(min=1, help="So many take calls, everybody else is away.")] = 8,
    rate: Annotated[float, typer.Option(min=0.01, max=50, help="Calls per second.")] = 4.0,
    seconds: Annotated[float, typer.Option(min=1, help="For so long; then the last calls end by themselves.")] = 60.0,
    copies: Annotated[str, typer.Option(help="Webhooks delivered twice at once: none, half or all.")] = "none",
    lost: Annotated[float, typer.Option(min=0, max=1, help="Share of status callbacks that never arrive.")] = 0.0,
    late: Annotated[float, typer.Option(min=0, max=1, help="Share of status callbacks up to 30 s late.")] = 0.0,
    faults: Annotated[float, typer.Option(min=0, max=1, help="Share of REST requests that go wrong.")] = 0.0,
    talk: Annotated[float, typer.Option(min=1, help="Mean seconds of a talk.")] = 240.0,
    patience: Annotated[float, typer.Option(min=1, help="Mean seconds a caller waits beyond the first 20.")] = 150.0,
    to: Annotated[
        str | None, typer.Option(help="Tracking number; default: every one of the practices in turn.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where the gateway listens.")] = None,
    speed: Annotated[float | None, typer.Option(help="Seconds per real second; default: the gateway's own.")] = None,
    seed: Annotated[str, typer.Option(help="Draws arrivals, people and luck; the same seed draws the same.")] = "1",
) -> None:
    """Many calls at once; prints waits, ends and invariants; exit code 1 if one was broken or TwiML refused."""
    if copies not in DOUBLED:
        raise typer.BadParameter("none, half or all", param_hint="--copies")
    try:
        stage = replace(
            stage_of(url, None, seed, 1),
            doubled=DOUBLED[copies],
            posting=Posting(lost=lost, late=late),
        )
        crowd = Crowd(seed, talk_mean_s=talk, patience_mean_s=patience)
        wishes = LoadWishes(coordinators, rate, seconds, crowd, to, faults, speed)
        verdict = asyncio.run(play_load(stage, wishes))
    except (*CANNOT_START, ApiRefused) as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong
    typer.echo(report(verdict))
    raise typer.Exit(1 if verdict.violated else 0)


@dataclass(frozen=True, slots=True)
class _Wishes:
    to: str | None
    caller: str | None
    people: str
    press: str | None
    habit: CallerHabit


@app.command()
def call(
    to: Annotated[str | None, typer.Option(help="Tracking number; default: every one of the practices.")] = None,
    caller: Annotated[str | None, typer.Option("--from", help="Caller's number; default: a new one per call.")] = None,
    url: Annotated[str | None, typer.Option(help="Where the gateway listens.")] = None,
    practices: Annotated[
        Path | None, typer.Option(help="Folder of practice files; default: LEADLINE_PRACTICES.")
    ] = None,
    habit: Annotated[str, typer.Option(help="How coordinators behave: " + ", ".join(HABITS))] = "accepts",
    press: Annotated[str | None, typer.Option(help="What a coordinator presses in the whisper.")] = None,
    keys: Annotated[str, typer.Option(help="What the caller presses at each question, comma separated.")] = "",
    talk: Annotated[float, typer.Option(help="Seconds the caller talks, then hangs up.")] = 60.0,
    patience: Annotated[float | None, typer.Option(help="Seconds after which the caller gives up waiting.")] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Seconds per real second; default: waits are skipped, but for those in a queue."),
    ] = None,
    copies: Annotated[int, typer.Option(min=1, max=16, help="Deliver each webhook so many times at once.")] = 1,
    seed: Annotated[str | None, typer.Option(help="Makes the call ids; the same seed repeats a call's ids.")] = None,
) -> None:
    """Places a call and prints who heard what; exit code 1 if anything was refused."""
    if habit not in HABITS:
        raise typer.BadParameter("one of " + ", ".join(HABITS), param_hint="--habit")
    waits = CallerHabit(talk, patience, tuple(keys.split(",")) if keys else ())
    wishes = _Wishes(to, caller, habit, press, waits)
    try:
        stage = stage_of(url, practices, seed or secrets.token_hex(8), copies)
        failures = sum(_play_aloud(stage, plan, speed) for plan in _plans(stage, wishes))
    except CANNOT_START as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong
    raise typer.Exit(1 if failures else 0)


@app.command()
def text(
    to: Annotated[str, typer.Option(help="Tracking number that is written to.")],
    body: Annotated[list[str], typer.Option(help="What is written; several times for several texts.")],
    sender: Annotated[str, typer.Option("--from", help="Who writes.")] = f"+1{FIRST_CALLER + 20}",
    url: Annotated[str | None, typer.Option(help="Where the gateway listens.")] = None,
    copies: Annotated[int, typer.Option(min=1, max=16, help="Deliver each webhook so many times at once.")] = 1,
) -> None:
    """Sends texts and prints what the phone shows; exit code 1 if anything was refused."""
    plans = [TextPlan(to, sender, each) for each in body]
    try:
        stage = stage_of(url, None, secrets.token_hex(8), copies)
        told = asyncio.run(rehearse_texts(stage, plans, RealPace(time.monotonic, 1.0)))
    except (*CANNOT_START, TextRefused, WebhookFailed) as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(1) from wrong
    for plan, shown in told:
        typer.echo(f"{plan.sender} writes: {plan.body}")
        for each in shown:
            typer.echo(f"{plan.to} answers: {each.text}")


@app.command()
def form(
    practice: Annotated[str, typer.Option(help="Practice whose page it is.")],
    page: Annotated[str, typer.Option("--form", help="Which of its forms.")],
    say: Annotated[list[str] | None, typer.Option(help="field=text, as often as wanted; field= leaves it out.")] = None,
    url: Annotated[str | None, typer.Option(help="Where the gateway listens.")] = None,
    copies: Annotated[int, typer.Option(min=1, max=16, help="Post it so many times at once.")] = 1,
) -> None:
    """Fills in a landing page's form, posts it and prints the answers; exit code 1 if one was refused."""
    number = f"+1{FIRST_CALLER + secrets.randbelow(60)}"
    given = dict(each.partition("=")[::2] for each in say or [])
    try:
        stage = stage_of(url, None, secrets.token_hex(8), copies)
        told = asyncio.run(post_form(stage, PagePlan(practice, page, number, given)))
    except (*CANNOT_START, HTTPError) as wrong:
        typer.echo(str(wrong) or "the gateway did not answer", err=True)
        raise typer.Exit(1) from wrong
    for name, text in told.fields.items():
        typer.echo(f"{name}: {text}")
    for status, text in told.answers:
        typer.echo(f"=> {status} {text}")
    raise typer.Exit(1 if any(status != 202 for status, _ in told.answers) else 0)


@app.command()
def chat(
    practice: Annotated[str, typer.Option(help="Practice whose page it is.")] = "harbor-recovery",
    say: Annotated[list[str] | None, typer.Option(help="What the visitor writes; several times in turn.")] = None,
    answer: Annotated[list[str] | None, typer.Option(help="What is answered, in turn; none: nobody does.")] = None,
    phone: Annotated[str | None, typer.Option(help="A number she leaves at the end.")] = None,
    origin: Annotated[str, typer.Option(help="Site of the page.")] = OF_THIS_MACHINE,
) -> None:
    """Chats as a page of the practice would and prints what its visitor sees; answers through the API of a demo."""
    plan = ChatPlan(practice, say or ["Hello, is somebody there?"], answer or [], origin, phone=phone)
    try:
        told = asyncio.run(play_chat(stage_of(None, None, secrets.token_hex(8), 1), plan))
    except (*CANNOT_START, NoChat, ApiRefused, TimeoutError) as wrong:
        typer.echo(str(wrong) or "the gateway did not answer", err=True)
        raise typer.Exit(1) from wrong
    for author, words in told.lines:
        typer.echo(f"{author}: {words}")
    typer.echo(f"=> {told.state}{f', {told.who}' if told.who else ''}")


def stage_of(url: str | None, practices: Path | None, seed: str, copies: int) -> Stage:
    settings = read(with_running_demo(os.environ))
    directory = read_directory(practices or settings.practices)
    return Stage(settings, directory, url or local_url(settings), seed, open_clock(settings).now, copies)


def _plans(stage: Stage, wishes: _Wishes) -> list[CallPlan]:
    numbers = [wishes.to] if wishes.to else [one.number for one in stage.directory.tracked]
    if not numbers:
        raise NothingToRehearse("there is no number to dial: give --to, or --practices")
    people = HABITS[wishes.people]
    if wishes.press is not None:
        people = replace(people, keys=(wishes.press,))
    return [
        CallPlan(number, Caller(wishes.caller or f"+1{FIRST_CALLER + place}", wishes.habit), people)
        for place, number in enumerate(numbers)
    ]


def _play_aloud(stage: Stage, plan: CallPlan, speed: float | None) -> int:
    """Prints the call as soon as it is over; answers how much of it was refused."""
    outcome = _play(stage, plan, speed)
    typer.echo(summary(outcome))
    return len(outcome.failures)


def _play(stage: Stage, plan: CallPlan, speed: float | None) -> CallOutcome:
    if speed is None:
        waiting = VirtualPace(time.monotonic, stage.settings.clock_speed)
        return run_virtual(lambda pace: rehearse_call(stage, plan, pace), waiting)
    return asyncio.run(rehearse_call(stage, plan, RealPace(time.monotonic, speed)))


def summary(outcome: CallOutcome) -> str:
    """The transcript and, under it, how the call ended."""
    ending = f"bridged with {', '.join(outcome.bridged)}" if outcome.bridged else "bridged with nobody"
    refused = f"{len(outcome.failures)} refused" if outcome.failures else "nothing refused"
    return f"{written(list(outcome.lines))}\n=> {outcome.status}; {ending}; {refused}\n"
