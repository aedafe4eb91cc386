"""Asks the provider after calls of which nothing has been heard for long, and ends those that are over."""

from datetime import datetime
from functools import partial

from routing.connection import hang_up
from routing.desk import Desk
from routing.state.call import silences
from routing.state.inbox import Letter
from worker.answers import CallSeen, Gone
from worker.clock import AT_ONCE, Bellringer, Kind
from worker.jobs import done
from worker.outbound import Malformed, Outbounds


def ask_after(inquiry: str) -> None:
    done("ask_after", inquiry, lambda by: perform_ask(by.outbounds, by.desk, inquiry, by.now()))


def perform_ask(by: Outbounds, desk: Desk, inquiry: str, now: datetime) -> bool | None:
    """True when the call was ended here; None when the provider gave no answer, and the clock asks again."""
    call = silences.asked_after(desk.db, inquiry)
    outbound = by.of(call.account) if call else None
    if call is None or outbound is None:
        return None
    try:
        seen = outbound.call(call.sid)
    except Malformed:
        return None
    if isinstance(seen, CallSeen) and not seen.is_over:
        silences.goes_on(desk.db, inquiry)
        return False
    if not isinstance(seen, CallSeen | Gone):
        return None
    if not silences.is_over(desk.db, inquiry, now):
        return False
    ended_at = seen.ended_at if isinstance(seen, CallSeen) and seen.ended_at else now
    hang_up(desk, inquiry, Letter(f"asked after:{inquiry}", b""), min(ended_at, now))
    return True


def silences_due(by: Bellringer, desk: Desk, now: datetime) -> int:
    rung = silences.due(desk.db, now, AT_ONCE)
    for each in rung:
        by.ring("ask_after", each.inquiry, each.ring)
    return len(rung)


def silence_kinds(by: Bellringer) -> dict[str, Kind]:
    return {"silences": Kind(partial(silences_due, by), "calls of which nothing was heard for long")}
