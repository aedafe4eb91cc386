"""Callbacks go out: a coordinator's phone is rung once for each dial, and one whose answer was lost is looked for."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from routing.callbacks import call_over, free, open_owed
from routing.desk import Desk
from routing.settings.accounts import account_of
from routing.state.callback import bars, dial_ends, dial_joins, dials, dials_due
from routing.state.callback.bars import Bar
from routing.state.callback.dial_ends import Over
from routing.state.callback.dials import Claim, Created, Ended, Later, Outcome, Rejected, Unknown
from worker.answers import Ambiguous, Calls, CallSeen, Done, Gone, NotProcessed, Refused
from worker.clock import AT_ONCE, RINGS_UNHEARD, Bellringer, Kind
from worker.destinations import refusal
from worker.failpoints import reach
from worker.holding import holder, real_time
from worker.jobs import counted, done
from worker.outbound import Leg, Malformed, Outbound, Outbounds

RING_S = 15
"""Twilio adds five seconds of its own."""
BACK_OFF = timedelta(seconds=1)
LIST_FROM = timedelta(minutes=1)
UNHEARD = RINGS_UNHEARD - 1
"""She has been promised this call, and a coordinator is kept for it: the clock waits for nobody longer."""
LOGIN_REFUSED = "login_refused"
SKEW = timedelta(seconds=10)
"""Clocks of ours and of the provider's may differ a little."""


def dial_callback(dial: str) -> None:
    done("dial_callback", dial, lambda by: perform_dial(by.outbounds, by.desk, dial, by.now()))


def perform_dial(by: Outbounds, desk: Desk, dial: str, now: datetime) -> Outcome | Ended | None:
    """None when there was nothing to do: not due, over, or in other hands."""
    practice = dials.practice_of(desk.db, dial)
    rules = desk.shelf.book(practice) if practice else None
    if rules is None:
        return None
    reach("before_claim")
    held = dials.claim(desk.db, rules, dial, now, holder(desk, os.getpid()))
    if isinstance(held, Ended):
        free(desk, held.freed, "canceled", now)
        return held
    if held is None:
        return None
    reach("after_claim")
    outcome = looked(by, desk, held) if held.looks_for else rung(by, desk, held, now)
    if outcome is None:
        return None
    reach("before_settling")
    free(desk, dials.settle(desk.db, held, outcome, now), "canceled", now)
    reach("after_settling")
    return outcome


def rung(by: Outbounds, desk: Desk, held: Claim, now: datetime) -> Outcome | None:
    """Her phone, once. Where the person herself may not be called nobody's phone rings."""
    forbidden = refusal(held.lead_number)
    if forbidden:
        return Rejected(forbidden, Bar(f"destination_{forbidden}", "person"))
    outbound = outbound_of(by, held)
    if outbound is None:
        return Rejected("no_account", Bar("no_account", "person"))
    if not dials.posting(desk.db, held, outbound.account.sid, now):
        return None
    reach("after_posting")
    answer = outbound.ring(Leg(held.number, held.shown, held.progress, held.url, RING_S))
    reach("after_request")
    match answer:
        case Done(sid):
            return Created(sid)
        case NotProcessed(reason) if reason == LOGIN_REFUSED:
            return Rejected(reason)
        case NotProcessed(reason, wait_ms):
            return Later(now + max(BACK_OFF, timedelta(milliseconds=wait_ms)), reason)
        case Ambiguous(reason):
            return Unknown(reason)
        case Refused(code) | Gone(code):
            return Rejected(code)


def outbound_of(by: Outbounds, held: Claim) -> Outbound | None:
    """The account she called by, else the practice's."""
    ours = account_of(by.accounts, held.practice)
    return by.of(held.account or (ours.sid if ours else ""))


def looked(by: Outbounds, desk: Desk, held: Claim) -> Outcome:
    """What became of a request whose answer was lost. Never made again from here."""
    outbound = outbound_of(by, held)
    if outbound is None or held.looks_for is None:
        return Unknown("no_account")
    listed = outbound.calls_to(held.number, held.looks_for - LIST_FROM)
    if not isinstance(listed, Calls):
        return Unknown("not_listed")
    known = dials.known_sids(desk.db, held)
    found = [call.sid for call in listed.calls if call.sid not in known and is_ours(call, held)]
    return Created(found[0]) if found else Unknown("not_there", is_listed=True)


def is_ours(call: CallSeen, held: Claim) -> bool:
    """Nobody else calls her while she is claimed; what was there before is another call."""
    since = (held.looks_for or datetime.min.replace(tzinfo=UTC)) - SKEW
    return call.shown == held.shown and (call.created_at is None or call.created_at >= since)


def ask_after_dial(by: Outbounds, desk: Desk, told: tuple[str, str, str], now: datetime) -> bool:
    """A callback of which nothing was heard for long; True when it turned out to be over."""
    dial, account, sid = told
    outbound, at = by.of(account), dials_due.place_of(desk.db, dial)
    if outbound is None or at is None:
        return False
    try:
        seen = outbound.call(sid)
    except Malformed:
        return False
    if not isinstance(seen, Gone) and not (isinstance(seen, CallSeen) and seen.is_over):
        return False
    ended_at = seen.ended_at if isinstance(seen, CallSeen) and seen.ended_at else now
    call_over(desk, Over(*at, ""), min(ended_at, now))
    return True


Perform = Callable[[Desk, str, datetime], object]


def callbacks_opened(desk: Desk, now: datetime) -> int:
    """Promises get their rows, what nobody wants any more is withdrawn, and what was said of a talk has its effect."""
    settled = bars.withdraw_unwanted(desk.db, now, AT_ONCE)
    settled += dial_ends.outcomes_told(desk.db, desk.shelf.books, desk.new_id, now, AT_ONCE)
    return settled + open_owed(desk, now, AT_ONCE)


def dials_settled(by: Bellringer, perform: Perform, outbounds: Outbounds, desk: Desk, now: datetime) -> int:
    """Rings for dials that are to be made, or looked for. Where no bell is heard the clock makes them itself."""
    for who in dials_due.stale(desk.db, now, AT_ONCE):
        free(desk, who, "canceled", now)
    for who in dial_joins.called_in(desk.db, desk.new_id, now, AT_ONCE):
        free(desk, who, "rescinded", now)
    for told in dials_due.silent(desk.db, now, most=1):
        # One a second: the clock waits for the answer.
        ask_after_dial(outbounds, desk, told, now)
    rings = dials_due.due(desk.db, now, real_time(desk), AT_ONCE)

    def begun(dial: str) -> bool:
        return counted(desk, ("dial_callback", dial), now, partial(perform, desk, dial, now)) is not None

    return by.rung("dial_callback", rings, begun, UNHEARD)


def callback_kinds(by: Bellringer, outbounds: Outbounds) -> dict[str, Kind]:
    perform = partial(perform_dial, outbounds)
    return {
        "callbacks": Kind(callbacks_opened, "promises of a call, and what came of them"),
        "dials": Kind(partial(dials_settled, by, perform, outbounds), "callbacks to be dialled, or looked for"),
    }
