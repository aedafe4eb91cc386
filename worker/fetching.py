"""Brings recordings home: fetched with our own login, sealed in the rows, then deleted at the provider."""

from datetime import datetime
from functools import partial
from typing import Literal

from routing.desk import Desk
from routing.state.call import recordings
from routing.state.call.recordings import RINGS, Due, Sound
from worker.answers import Done, Gone, Media, Refused
from worker.clock import AT_ONCE, Bellringer, Kind
from worker.jobs import done
from worker.outbound import Malformed, Outbound, Outbounds

What = Literal["fetched", "deleted", "lost", "later"]


def fetch_recording(recording: str) -> None:
    done("fetch_recording", recording, lambda by: perform_fetch(by.outbounds, by.desk, recording, by.now()))


def perform_fetch(by: Outbounds, desk: Desk, recording: str, now: datetime) -> What | None:
    """None when the provider has nothing more of it. Asking twice is safe: the file is kept once."""
    wanted = recordings.asked_for(desk.db, recording)
    if wanted is None:
        return None
    outbound = by.of(wanted.account)
    if outbound is None:
        recordings.not_fetched(desk.db, recording, "no_account", lost=wanted.ring >= RINGS)
        return "later"
    if wanted.is_wanted:
        kept = fetched(outbound, desk, wanted, now)
        if kept != "fetched":
            return kept
    return deleted(outbound, desk, wanted)


def fetched(outbound: Outbound, desk: Desk, wanted: Due, now: datetime) -> What:
    try:
        answer = outbound.fetch_recording(wanted.sid)
    except Malformed:
        answer = Refused("malformed", terminal=True)
    if isinstance(answer, Media):
        recordings.keep(desk.db, wanted.id, Sound(answer.content, answer.kind), now)
        return "fetched"
    terminal = isinstance(answer, Refused) and answer.terminal
    code = answer.code if isinstance(answer, Gone | Refused) else answer.reason
    # The file may be a little later than the report of it, so only time says that there is none.
    lost = wanted.ring >= RINGS or (terminal and code in ("content_type", "malformed"))
    recordings.not_fetched(desk.db, wanted.id, code, lost=lost)
    return "lost" if lost else "later"


def deleted(outbound: Outbound, desk: Desk, wanted: Due) -> What:
    if not isinstance(outbound.delete_recording(wanted.sid), Done):
        return "later"
    recordings.deleted_there(desk.db, wanted.id)
    return "deleted"


def recordings_due(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Nobody is on the line: where no bell is heard, the rows wait for the next."""
    rung = recordings.due(desk.db, now, AT_ONCE)
    for each in rung:
        by.ring("fetch_recording", each.id, each.ring)
    return len(rung)


def recordings_expired(desk: Desk, now: datetime) -> int:
    return recordings.expire(desk.db, now, AT_ONCE)


def recording_kinds(by: Bellringer) -> dict[str, Kind]:
    return {
        "recordings": Kind(partial(recordings_due, by), "recordings to be fetched, or deleted at the provider"),
        "retention": Kind(recordings_expired, "recordings kept no longer"),
    }
