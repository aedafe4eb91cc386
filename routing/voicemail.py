"""Callers whom nobody can take now: they choose a callback or leave a message; somebody named owes them either way."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from routing.desk import Desk
from routing.promising import promised
from routing.recalling import recalled
from routing.rules.book import Book
from routing.rules.values import Plan
from routing.state.call import messages
from routing.state.call.messages import Choice, Consent, Message
from routing.state.call.recordings import Heard, Kind
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.state.ledger import Promise
from routing.state.lookups import underway

KEEP_DAYS = 90
"""Where the practice file does not say how long recordings are kept."""
TRIES = 3


@dataclass(frozen=True, slots=True)
class Unreached:
    """A caller after everybody was asked. ``owner`` is the coordinator who owes her; ``owed`` her open task."""

    book: Book
    plan: Plan
    owner: str
    owed: Promise
    has_number: bool
    outcome: str | None

    @property
    def owner_name(self) -> str:
        return self.book.coordinators[self.owner].name

    @property
    def is_on_call(self) -> bool:
        return self.plan.steps[0].kind == "on_call"


def unreached(desk: Desk, inquiry: str) -> Unreached | None:
    """Changes nothing. None for an inquiry that is unknown."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    if at is None:
        return None
    book, planned, told = recalled(desk.shelf, at)
    owed = promised(desk.new_id, planned, told.inquiry, at.owner, at.has_number)
    return Unreached(book, planned, at.owner, owed, at.has_number, messages.outcome_of(desk.db, inquiry))


def choose_callback(desk: Desk, inquiry: str, who: Unreached, letter: Letter, now: datetime) -> bytes:
    """Choosing one is consent to it, so it is owed whatever was opted out of (design section 7)."""
    repeated = answered(desk.db, letter.key)
    if repeated is not None:
        return repeated
    kind = "callback" if who.has_number else who.owed.kind
    owed = replace(who.owed, kind=kind, reason="callback_chosen")
    try:
        messages.choose(desk.db, Choice(inquiry, owed, "callback_chosen"), letter, now)
    except Refused:
        return answered(desk.db, letter.key) or letter.answer
    return letter.answer


@dataclass(frozen=True, slots=True)
class Report:
    """A recording as one of its webhooks reports it. ``notice`` is the text that had been spoken before."""

    inquiry: str
    account: str
    sid: str
    kind: Kind
    duration_s: int
    is_ready: bool
    notice: str


def recorded(desk: Desk, told: Report, who: Unreached, now: datetime) -> None:
    """The action of the recorder and the recording's own callback come in any order; the first makes the rows."""
    days = who.book.policies.retention_days.get("recording", KEEP_DAYS)
    heard = Heard(told.inquiry, told.account, told.sid, told.kind, told.duration_s, told.is_ready, days)
    choice = Choice(told.inquiry, replace(who.owed, reason="voicemail_left"), "voicemail_left")
    consent = Consent(told.inquiry, True, version_of(who.book, told.notice))
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            if told.kind == "call":
                messages.note_recording(desk.db, heard, desk.new_id, now)
            else:
                messages.leave_message(desk.db, Message(heard, choice, consent), desk.new_id, now)
            return
        except Refused:
            if last:
                raise


def version_of(book: Book, notice: str) -> str:
    """Which words were spoken: the template as this rulebook version has it."""
    return f"{notice}@{book.practice}:{book.version}"


def say_on_recording(desk: Desk, said: Consent, letter: Letter, now: datetime) -> bool:
    """What the first of n copies of the webhook said; written before anything is recorded (I13)."""
    with suppress(Refused):
        messages.consent_once(desk.db, said, letter, desk.new_id, now)
    return bool(messages.consent_of(desk.db, said.inquiry))
