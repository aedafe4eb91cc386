"""The job that calls one of several phones for a caller in the line: once, whatever becomes of the answer."""

from datetime import datetime, timedelta

from routing.desk import Desk
from routing.state.call import rings
from routing.taking import call_unmade
from worker.answers import Ambiguous, Answer, Done, Gone, NotProcessed, Refused
from worker.jobs import done
from worker.outbound import Leg, Outbounds

RING_S = 15
"""Twilio adds five seconds of its own."""
TRY_AGAIN = timedelta(seconds=1)
NO_LOGIN = "login_refused"
"""Nothing is asked of the provider for a while: one phone at a time rings, as ever."""


def ring_phone(ring: str) -> None:
    done("ring_phone", ring, lambda by: perform_ring(by.outbounds, by.desk, ring, by.now()))


def perform_ring(by: Outbounds, desk: Desk, ring: str, now: datetime) -> Answer | None:
    """None when there was nothing to do: not wanted (any more), or asked for before."""
    wanted = rings.post(desk.db, ring, now)
    if wanted is None:
        return None
    outbound = by.of(wanted.account)
    leg = Leg(wanted.number, wanted.shown, wanted.progress, wanted.url, RING_S)
    answer = outbound.ring(leg) if outbound else Refused("no_account", terminal=True)
    match answer:
        case Done(sid):
            rings.is_ringing(desk.db, ring, sid)
        case NotProcessed(reason, wait_ms) if reason != NO_LOGIN:
            rings.not_posted(desk.db, ring, now + (timedelta(milliseconds=wait_ms) or TRY_AGAIN))
        case NotProcessed(code) | Refused(code) | Gone(code):
            call_unmade(desk, ring, code, now)
        case Ambiguous():
            # Never asked twice: the leg reports itself, or her offer ends as if never made.
            pass
    return answer
