"""What becomes of a talk in a conference: of the conference, of the caller's hold, and of whoever is rung into it."""

from dataclasses import dataclass
from typing import Literal

GuestRole = Literal["third", "handover", "supervisor"]
GuestKind = Literal["coordinator", "affiliate", "number"]
ListenMode = Literal["listen", "whisper", "barge"]
MoveState = Literal["none", "open", "done", "gone", "ambiguous", "refused"]
"""Of the request that moves a leg or changes its seat. ``gone``: there is no such leg or seat any more."""

WhatNow = Literal["nothing", "stay", "over", "to_line"]
"""``stay``: the bridge was never touched. ``to_line``: nobody has the caller."""
HoldStep = Literal["nothing", "hold", "held", "remind", "resume", "over", "failed"]
GuestStep = Literal["nothing", "ring", "late", "not_held"]


@dataclass(frozen=True, slots=True)
class Conferred:
    """``is_unmade``: the leg was surely not moved, ``is_lost``: nobody has heard of it for long. ``is_elsewhere``: the
    talk has gone on to another conference. ``is_late``: half a minute after it was asked for. ``is_deserted``: for some
    seconds nobody has had the caller."""

    is_live: bool = True
    caller_in: bool = False
    coordinator_in: bool = False
    is_unmade: bool = False
    is_lost: bool = False
    is_elsewhere: bool = False
    is_late: bool = False
    is_deserted: bool = False


def of_conference(at: Conferred) -> WhatNow:
    """A caller is never left in a conference without somebody who talks to her."""
    if not at.is_live or at.is_elsewhere:
        return "over"
    if not at.caller_in:
        return "stay" if at.is_unmade or at.is_lost else "nothing"
    alone = not at.coordinator_in and at.is_late
    return "to_line" if at.is_deserted or alone else "nothing"


@dataclass(frozen=True, slots=True)
class Holding:
    """``is_ready``: caller and coordinator sit in the conference. ``move`` is the last change of the caller's seat."""

    state: str
    is_ready: bool = False
    move: MoveState = "none"
    is_longest: bool = False
    is_reminding: bool = False


def of_hold(at: Holding) -> HoldStep:
    """Every hold ends: by the coordinator, after the longest time, or with the call. A resume that was not carried out
    is asked for again."""
    if at.state == "asked":
        return "hold" if at.is_ready else "nothing"
    if at.move == "open":
        return "nothing"
    if at.state == "holding":
        return {"done": "held", "ambiguous": "resume"}.get(at.move, "failed")  # type: ignore[return-value]
    if at.state == "resuming":
        return "over" if at.move in ("done", "gone") else "resume"
    return "resume" if at.is_longest else "remind" if at.is_reminding else "nothing"


@dataclass(frozen=True, slots=True)
class Invited:
    """``offer_lost``: her reservation was settled otherwise. ``hold``: None where the caller is on none."""

    state: str
    role: GuestRole
    is_ready: bool = False
    is_late: bool = False
    offer_lost: bool = False
    hold: str | None = None


def of_guest(at: Invited) -> GuestStep:
    """Who is handed a caller is rung only once the caller hears music, not the two of them."""
    if at.state not in ("asked", "posting", "ringing"):
        return "nothing"
    if at.is_late or at.offer_lost:
        return "late"
    if at.state != "asked":
        return "nothing"
    if at.role == "handover" and at.hold != "held":
        return "not_held" if at.hold in (None, "over", "failed") else "nothing"
    return "ring" if at.is_ready else "nothing"
