"""The job that rings the target of a transfer: once, whatever becomes of the answer."""

from datetime import datetime, timedelta

from routing.desk import Desk
from routing.state import transfer_rings
from worker.answers import Ambiguous, Answer, Done, Gone, NotProcessed, Refused
from worker.jobs import done
from worker.outbound import Leg, Outbounds

RING_S = 15
"""Twilio adds five seconds of its own; then the caller is back with the one she had."""
TRY_AGAIN = timedelta(seconds=1)


def ring_target(transfer: str) -> None:
    done("ring_target", lambda by: perform_ring(by.outbounds, by.desk, transfer, by.now()))


def perform_ring(by: Outbounds, desk: Desk, transfer: str, now: datetime) -> Answer | None:
    """None when there was nothing to do: not wanted (any more), or asked for before."""
    wanted = transfer_rings.post(desk.db, transfer, now)
    if wanted is None:
        return None
    outbound = by.of(wanted.account)
    leg = Leg(wanted.number, wanted.shown, wanted.progress, wanted.url, RING_S)
    answer = outbound.ring(leg) if outbound else Refused("no_account", terminal=True)
    match answer:
        case Done(sid):
            transfer_rings.is_ringing(desk.db, transfer, sid)
        case NotProcessed(wait_ms=wait_ms):
            transfer_rings.not_posted(desk.db, transfer, now + (timedelta(milliseconds=wait_ms) or TRY_AGAIN))
        case Refused(code) | Gone(code):
            transfer_rings.unreachable(desk.db, transfer, code, now)
        case Ambiguous():
            # Never asked twice: the leg reports itself, or the time for the accept runs out.
            pass
    return answer
