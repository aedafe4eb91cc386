"""Queues as the provider keeps them: who waits in which order, and how long people have waited."""

import asyncio
from dataclasses import dataclass, field

from rehearsal.legs import Leg
from rehearsal.markup.refusal import Verb

MOST_MEMBERS = 1000
"""Of a queue whose size nobody changed."""


@dataclass(slots=True)
class Member:
    """One waiting leg. ``taker`` is the leg whose Dial took it out, ``noun`` that Dial's Queue; ``ready`` for the
    bridge and ``over`` when there is none any more; ``asked_at_once`` documents came since time last passed. Times in
    seconds of the pace."""

    leg: Leg
    joined_s: float
    taker: Leg | None = None
    noun: Verb | None = None
    left_s: float | None = None
    asked_s: float = -1.0
    asked_at_once: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def waited(self, now: float) -> int:
        return round((now if self.left_s is None else self.left_s) - self.joined_s)

    def count(self, now: float) -> int:
        """One more wait document; how many came at this very moment."""
        self.asked_at_once = self.asked_at_once + 1 if now == self.asked_s else 1
        self.asked_s = now
        return self.asked_at_once

    def take(self, taker: Leg, noun: Verb) -> None:
        self.taker, self.noun = taker, noun
        self.leg.moved.set()


@dataclass(slots=True)
class WaitingLine:
    sid: str
    name: str
    created_s: float
    most: int = MOST_MEMBERS
    members: list[Member] = field(default_factory=list)
    waits_s: list[int] = field(default_factory=list)
    """Of those who have left."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self, leg: Leg, now: float) -> Member:
        member = Member(leg, now)
        self.members.append(member)
        self.arrived.set()
        return member

    def leave(self, member: Member, now: float) -> None:
        member.left_s = now
        self.members.remove(member)
        self.waits_s.append(member.waited(now))

    def first(self) -> Member | None:
        """The oldest whom nobody is taking out already."""
        return next((one for one in self.members if one.taker is None and not one.leg.moved.is_set()), None)

    def average_s(self, now: float) -> int:
        waits = self.waits_s or [member.waited(now) for member in self.members]
        return round(sum(waits) / len(waits)) if waits else 0

    def wait_fields(self, member: Member, now: float) -> dict[str, str]:
        """What every request of a wait document says (twilio facts 1.6)."""
        return {
            "QueueSid": self.sid,
            "QueueTime": str(member.waited(now)),
            "QueuePosition": str(self.members.index(member) + 1),
            "AvgQueueTime": str(self.average_s(now)),
            "CurrentQueueSize": str(len(self.members)),
            "MaxQueueSize": str(self.most),
        }

    def left_fields(self, member: Member, now: float) -> dict[str, str]:
        return {"QueueSid": self.sid, "QueueTime": str(member.waited(now))}
