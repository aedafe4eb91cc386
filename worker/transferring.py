"""The jobs that ring somebody for a call that goes on: the target of a transfer, the guest of a conference. Once,
whatever becomes of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.desk import Desk
from routing.state.conference import guest_rings, transfer_rings
from routing.state.conference.phones import Invitation, Phones
from routing.state.database import Database
from worker.answers import Ambiguous, Answer, Done, Gone, NotProcessed, Refused
from worker.jobs import done
from worker.outbound import Leg, Outbounds

RING_S = 15
"""Twilio adds five seconds of its own; then the caller is back with the one she had."""
TRY_AGAIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one kind, and how a call is made of one."""

    phones: Phones
    post: Callable[[Database, str, datetime], Invitation | None]


TARGETS = Rows(transfer_rings.TARGETS, transfer_rings.post)
GUESTS = Rows(guest_rings.GUESTS, guest_rings.post)


def ring_target(transfer: str) -> None:
    done("ring_target", transfer, lambda by: perform_ring(by.outbounds, by.desk, transfer, by.now()))


def ring_guest(guest: str) -> None:
    done("ring_guest", guest, lambda by: perform_ring(by.outbounds, by.desk, guest, by.now(), GUESTS))


def perform_ring(by: Outbounds, desk: Desk, row: str, now: datetime, rows: Rows = TARGETS) -> Answer | None:
    """None when there was nothing to do: not wanted (any more), or asked for before."""
    wanted = rows.post(desk.db, row, now)
    if wanted is None:
        return None
    outbound = by.of(wanted.account)
    leg = Leg(wanted.number, wanted.shown, wanted.progress, wanted.url, RING_S)
    answer = outbound.ring(leg) if outbound else Refused("no_account", terminal=True)
    match answer:
        case Done(sid):
            rows.phones.is_ringing(desk.db, row, sid)
        case NotProcessed(wait_ms=wait_ms):
            rows.phones.not_posted(desk.db, row, now + (timedelta(milliseconds=wait_ms) or TRY_AGAIN))
        case Refused(code) | Gone(code):
            rows.phones.unreachable(desk.db, row, code, now)
        case Ambiguous():
            # Never asked twice: the leg reports itself, or the time for the accept runs out.
            pass
    return answer
