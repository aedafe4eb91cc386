"""Webhooks that were answered without the rows, brought into the rows afterwards: as they came, at their own instant,
but nobody is claimed any more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import inf

from routing import desk as at_desk
from routing.desk import Busy
from routing.going_on import Missed, go_on
from routing.state.call import moves
from routing.state.inbox import Letter
from routing.state.lookups import underway
from routing.state.spool import Lost, Verdict
from routing.waiting import leave_line
from voice.legs import LEGS, LegWebhook
from voice.menu import ASKED_AGAIN, menu_answered
from voice.ringing import caller_elsewhere
from voice.switchboard import Leg, Switchboard, arrived, status
from voice.webhooks import CallWebhook, MenuAnswered

SPOOLED: Mapping[str, LegWebhook] = {what: webhook for what, webhook in LEGS.items() if webhook.is_spooled}
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
        return again(behind, leg, lost, now)
    except Busy:
        return "later"


def again(board: Switchboard, leg: Leg, lost: Lost, now: datetime) -> Verdict:
    if lost.what == "incoming":
        incoming_again(board, lost)
        return put_down(board, lost, now)
    if lost.what == "status":
        is_known = status(board, CallWebhook.model_validate(lost.fields), lost.at)
        # Its first webhook may not have been brought in yet.
        return "done" if is_known or now - lost.at >= ALIVE else "later"
    webhook = SPOOLED[lost.what]
    if webhook.again:
        webhook.answer(board, leg, webhook.model.model_validate(lost.fields), lost.at)
    return put_down(board, lost, now) if webhook.is_static else "done"


def incoming_again(board: Switchboard, lost: Lost) -> None:
    """The lead gets owner and callback task; the answer that is kept is the one the caller heard."""
    arrival = arrived(board, CallWebhook.model_validate(lost.fields), lost.at)
    at_desk.receive(board.desk, arrival, lambda _: lost.answer, lost.at)


def put_down(board: Switchboard, lost: Lost, now: datetime) -> Verdict:
    """The call talks to whom the static words dialled, and nothing is to fetch it from there: it waits for nobody any
    more, and nobody who took it waits for it. A thread that came too late for the answer may have written a question
    or an offer all the same: that ends as a promise, unless the call has meanwhile ended by itself."""
    with board.desk.db.reading() as tx:
        at = underway(tx, lost.inquiry)
    if at is None or at.sid is None or at.state not in ("asked", "offered", "waiting", "connected"):
        return "done"
    if lost.fields.get("CallSid") != at.sid:
        # A leg of ours, which has left a seat beside her: she goes her own way.
        return "done"
    with board.desk.db.writing() as tx:
        moves.arrived(tx, at.sid, now)
    letter = Letter(f"spooled:{lost.inquiry}:{at.step}", lost.answer)
    if at.state == "waiting":
        leave_line(board.desk, lost.inquiry, "failed", letter, now)
        return "done"
    if at.state == "connected":
        caller_elsewhere(board, lost.inquiry, lost.answer, lost.at)
        return "done"
    if now - lost.at < ALIVE:
        return "later"
    if at.state == "asked":
        menu_answered(board, Leg(lost.inquiry, ASKED_AGAIN), MenuAnswered.model_validate(lost.fields), now)
    else:
        go_on(board.desk, Missed(lost.inquiry, at.step, "canceled", letter.key), lambda _: lost.answer, now)
    return "done"
