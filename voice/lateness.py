"""Webhooks that were answered without the rows, brought into the rows afterwards: as they came, at their own instant,
but nobody is claimed any more."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import inf
from types import MappingProxyType
from typing import TypeVar

from routing import desk as at_desk
from routing.desk import Busy, Missed
from routing.state.inbox import Letter
from routing.state.lookups import underway
from routing.state.spool import Lost, Verdict
from routing.waiting import leave_line
from voice.hold import left_queue, wait_key
from voice.menu import ASKED_AGAIN, menu_answered
from voice.switchboard import Leg, Switchboard, arrived, dialled, pressed, progress, status
from voice.voicemail import chosen, message_left, recording_reported
from voice.webhooks import CallWebhook, DialEnded, KeyPressed, MenuAnswered, MessageLeft, Queued, RecordingReported

Again = Callable[[Switchboard, Leg, Lost], None]
Webhook = TypeVar("Webhook", bound=CallWebhook)
ALIVE = timedelta(seconds=120)
"""Longer than an offer and what follows it. A copy of the webhook may have been answered in time, and then its call
still goes its own way."""


def made_good(board: Switchboard, lost: Lost, now: datetime) -> Verdict:
    """Safe to repeat: whatever the rows have already is left as it is.

    :raises DatabaseDown: it can be tried again.
    :raises LookupError: and others, for what will never fit into the rows.
    """
    behind, leg = board.in_time(-inf), Leg(lost.inquiry, lost.step)
    try:
        AGAIN[lost.what](behind, leg, lost)
        return put_down(behind, lost, now) if lost.what in STATIC else "done"
    except Busy:
        return "later"


def incoming_again(board: Switchboard, leg: Leg, lost: Lost) -> None:
    """The lead gets owner and callback task; the answer that is kept is the one the caller heard."""
    arrival = arrived(board, CallWebhook.model_validate(lost.fields), lost.at)
    at_desk.receive(board.desk, arrival, lambda _: lost.answer, lost.at)


def at_leg(model: type[Webhook], work: Callable[[Switchboard, Leg, Webhook, datetime], object]) -> Again:
    def again(board: Switchboard, leg: Leg, lost: Lost) -> None:
        work(board, leg, model.model_validate(lost.fields), lost.at)

    return again


def status_again(board: Switchboard, leg: Leg, lost: Lost) -> None:
    status(board, CallWebhook.model_validate(lost.fields), lost.at)


def nothing_written(board: Switchboard, leg: Leg, lost: Lost) -> None:
    """The document only read; what the caller heard instead is settled by ``put_down``."""


AGAIN: Mapping[str, Again] = MappingProxyType(
    {
        "incoming": incoming_again,
        "status": status_again,
        "leg": at_leg(CallWebhook, progress),
        "accept": at_leg(KeyPressed, pressed),
        "dialled": at_leg(DialEnded, dialled),
        "waitkey": at_leg(KeyPressed, wait_key),
        "queued": at_leg(Queued, left_queue),
        "menu": at_leg(MenuAnswered, menu_answered),
        "choice": at_leg(KeyPressed, chosen),
        "voicemail": at_leg(MessageLeft, message_left),
        "recording": at_leg(RecordingReported, recording_reported),
        "offer": nothing_written,
        "consent": nothing_written,
    }
)
STATIC = frozenset({"incoming", "dialled", "queued", "menu", "offer", "consent"})
"""Here the caller was given the static words, so her call asks for nothing of us any more."""


def put_down(board: Switchboard, lost: Lost, now: datetime) -> Verdict:
    """A thread that came too late for the answer may have written a question, an offer or a place in the line all the
    same: it ends as a promise, unless the call has meanwhile ended by itself."""
    with board.desk.db.reading() as tx:
        at = underway(tx, lost.inquiry)
    if at is None or at.state not in ("asked", "offered", "waiting"):
        return "done"
    if now - lost.at < ALIVE:
        return "later"
    letter = Letter(f"spooled:{lost.inquiry}:{at.step}", lost.answer)
    if at.state == "asked":
        menu_answered(board, Leg(lost.inquiry, ASKED_AGAIN), MenuAnswered.model_validate(lost.fields), now)
    elif at.state == "waiting":
        leave_line(board.desk, lost.inquiry, "failed", letter, now)
    else:
        at_desk.go_on(board.desk, Missed(lost.inquiry, at.step, "canceled", letter.key), lambda _: lost.answer, now)
    return "done"
