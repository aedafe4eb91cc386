"""Conferences as the provider keeps them: who takes part and how, what was told to whom, and why it ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.legs import Leg
from rehearsal.transcript import Bridge

MOST_PARTICIPANTS = 250
NEVER = float("inf")


@dataclass(slots=True)
class Participant:
    """``coached`` is the sid of the only call that hears her. ``out`` is why the conference let her go, if it did.
    Times in seconds of the pace: when she will have talked enough, and since when she is alone."""

    leg: Leg
    label: str
    starts: bool
    ends: bool
    muted: bool
    coached: str
    wait_url: str = ""
    wait_method: str = "POST"
    hold: bool = False
    hold_url: str = ""
    hold_method: str = "POST"
    out: str = ""
    kicked: bool = False
    enough_s: float = NEVER
    alone_s: float = NEVER
    bridge: Bridge | None = None
    announcements: list[tuple[str, str]] = field(default_factory=list)
    """URL and method of what she is to hear next."""


@dataclass(slots=True)
class Room:
    """``wishes`` are the attributes of its first participant's Conference, whose callback settings count for all."""

    sid: str
    name: str
    created_s: float
    wishes: Mapping[str, str]
    participants: list[Participant] = field(default_factory=list)
    status: str = "init"
    told: int = 0
    ended_reason: str = ""
    ended_by: str = ""
    updated_s: float = 0.0
    left: dict[str, Participant] = field(default_factory=dict)
    """Who took part and went, by call; REST still knows them for what they were."""
    empty: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def started(self) -> bool:
        return self.status == "in-progress"

    def find(self, key: str) -> Participant | None:
        """By call or label."""
        return next((one for one in self.participants if key and key in (one.leg.sid, one.label)), None)

    def rouse(self) -> None:
        for one in self.participants:
            one.leg.roused.set()

    def dismiss(self, one: Participant, reason: str) -> None:
        one.out = reason
        one.leg.roused.set()

    def others(self, me: Participant) -> list[Participant]:
        return [one for one in self.participants if one is not me]


def participant_fields(one: Participant) -> dict[str, str]:
    fields = {
        "CallSid": one.leg.sid,
        "Muted": str(one.muted).lower(),
        "Hold": str(one.hold).lower(),
        "Coaching": str(bool(one.coached)).lower(),
        "EndConferenceOnExit": str(one.ends).lower(),
        "StartConferenceOnEnter": str(one.starts).lower(),
    }
    return fields | ({"ParticipantLabel": one.label} if one.label else {})
