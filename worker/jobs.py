"""The jobs: each takes a row's id, claims the row first, and may run never, once or five times."""

import logging
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar

from routing.desk import Desk, release
from routing.now import open_clock
from routing.opening import open_desk
from routing.settings import Settings, read
from routing.settings.places import Places, folder_of
from routing.state import strikes
from routing.state.call import moves
from routing.state.call.moves import Again, Claim, Move, Verdict
from routing.state.call.rings import Freed
from routing.state.database import DatabaseDown
from routing.state.live.claims import Held
from routing.state.live.connection import LiveStateDown
from worker.answers import Ambiguous, Answer, Done, Gone, NotProcessed, Refused
from worker.holding import holder
from worker.outbound import Change, Malformed, Outbound, Outbounds

PATIENT_S = 5.0
"""How long a worker waits for the database's lock: nobody is on the line."""
SEND_AGAIN = timedelta(seconds=2)
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0)
"""After requests that were not processed (F31), give or take a tenth."""

Got = TypeVar("Got")

log = logging.getLogger("leadline.worker")


@dataclass(frozen=True, slots=True)
class Hands:
    """The opened handles of a process that does jobs."""

    desk: Desk
    outbounds: Outbounds
    now: Callable[[], datetime]
    places: Places
    speed: float
    """Seconds of the product's clock in a real one."""


def open_hands(settings: Settings) -> Hands:
    desk = open_desk(settings, PATIENT_S)
    outbounds = Outbounds(settings, desk.db, desk.by.real_ms)
    return Hands(
        desk, outbounds, open_clock(settings).now, Places(os.environ, folder_of(settings)), settings.clock_speed
    )


@cache
def hands() -> Hands:
    """Those of this process."""
    return open_hands(read(os.environ))


def move_call(move: str) -> None:
    done("move_call", move, lambda by: perform_move(by.outbounds, by.desk, move, by.now()))


def done(name: str, row: str, job: Callable[[Hands], object]) -> None:
    """A job that fails tells its kind of error only: RQ would write the text, which may hold what somebody said, to its
    log and to Redis. The row stays due."""
    try:
        by = hands()
        with suppress(DatabaseDown):
            # The rules in force: this process has no clock that would bring them.
            by.desk.shelf.refresh()
        counted(by.desk, (name, row), by.now(), lambda: job(by))
    except Exception as error:
        log.error("%s_failed_%s", name, type(error).__name__)


def counted(desk: Desk, of: tuple[str, str], now: datetime, job: Callable[[], Got]) -> Got | None:
    """Begun three times without coming to its end, it is not begun again: a person has a task instead. That the
    database or live state is away is no fault of the job's."""
    may = strikes.begin(desk.db, *of, desk.new_id, now)
    if isinstance(may, Freed):
        release(desk, Held(may.practice, may.coordinator, may.fence), "returned", now)
    if may is not True:
        log.error("%s_parked", of[0])
        return None
    try:
        got = job()
    except (DatabaseDown, LiveStateDown):
        with suppress(DatabaseDown):
            strikes.ended(desk.db, *of)
        raise
    strikes.ended(desk.db, *of)
    return got


def perform_move(by: Outbounds, desk: Desk, move: str, now: datetime) -> Verdict | None:
    """Sends a waiting call on. None when there was nothing to do: not due, over, or in other hands. A verdict that
    somebody overtook, such as the call itself, changes nothing."""
    held = moves.claim(desk.db, move, now, holder(desk, os.getpid()))
    if held is None:
        return None
    outbound = by.of(held.move.account)
    if outbound is None:
        verdict = Verdict(move, held.fence, "refused", "no_account")
    elif not moves.posting(desk.db, held):
        return None
    else:
        verdict = judged(held, sent(outbound, held.move), now)
    moves.settle(desk.db, verdict, now)
    return verdict


def sent(outbound: Outbound, move: Move) -> Answer:
    try:
        if move.kind == "hang_up":
            return outbound.hang_up(move.call_sid)
        return outbound.redirect(move.call_sid, move.url) if move.room is None else seated(outbound, move)
    except Malformed:
        return Refused("malformed", terminal=True)


def seated(outbound: Outbound, move: Move) -> Answer:
    """A seat in a conference is changed."""
    at = outbound.running(move.room or "")
    return outbound.change_participant(at.sid, move.call_sid, change(move)) if isinstance(at, Done) else at


def change(move: Move) -> Change:
    match move.kind:
        case "hold":
            return Change(hold=True, url=move.url)
        case "remind":
            return Change(announce=move.url)
        case "listen":
            return Change(muted=True, coaching=False)
        case "whisper":
            return Change(muted=False, coaching=True, coaches=move.coaches)
        case "barge":
            return Change(muted=False, coaching=False)
        case _:
            return Change(hold=False)


def judged(held: Claim, answer: Answer, now: datetime) -> Verdict:
    """A redirect is safe in effect, so one without an answer is sent again, three times at most."""
    match answer:
        case Done():
            return Verdict(held.move.id, held.fence, "done")
        case Gone(code):
            return Verdict(held.move.id, held.fence, "void", code)
        case Refused(code):
            return Verdict(held.move.id, held.fence, "refused", code)
        case NotProcessed(reason):
            return Verdict(held.move.id, held.fence, Again(now + back_off(held), sent=False), reason)
        case Ambiguous(reason):
            last = held.attempts > moves.RESENDS
            return Verdict(held.move.id, held.fence, "ambiguous" if last else Again(now + SEND_AGAIN, True), reason)


def back_off(held: Claim) -> timedelta:
    """The tenth comes from the row and its claim, so that rows refused together do not come back together."""
    wait_s = BACK_OFF_S[min(held.fence, len(BACK_OFF_S)) - 1]
    share = zlib.crc32(f"{held.move.id}-{held.fence}".encode()) / 0xFFFFFFFF
    return timedelta(seconds=wait_s * (0.9 + 0.2 * share))
