"""What the provider keeps of one account: its calls, queues, conferences and recordings, by the names REST asks for."""

import asyncio
from dataclasses import dataclass, field

from rehearsal.legs import Leg
from rehearsal.queues import WaitingLine
from rehearsal.rooms import Room


@dataclass(frozen=True, slots=True)
class Recording:
    """``source`` in Twilio's words, such as RecordVerb; ``began_s`` in seconds of the pace."""

    sid: str
    call: str
    seconds: int
    began_s: float
    source: str
    channels: int = 1


@dataclass(frozen=True, slots=True)
class SentText:
    """One that REST created."""

    sid: str
    to: str
    sender: str
    body: str
    at_s: float


@dataclass(slots=True)
class Registry:
    """``next_call_s`` is when the account's next call created by REST may leave; ``running`` are such calls."""

    legs: dict[str, Leg] = field(default_factory=dict)
    queues: dict[str, WaitingLine] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    sounds: set[str] = field(default_factory=set)
    texts: dict[str, SentText] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    """Our number and hers, where she texted STOP."""
    next_call_s: float = 0.0
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def enter(self, leg: Leg) -> Leg:
        self.legs[leg.sid] = leg
        return leg

    def live_room(self, name: str) -> Room | None:
        """The conference of that name or sid that goes on; a name is free again once its conference has ended."""
        rooms = [room for room in self.rooms.values() if room.status != "completed"]
        return next((room for room in rooms if name in (room.name, room.sid)), None)

    def live_legs(self) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.ended_s is None]

    async def quiet(self) -> None:
        """Returns when no call created by REST runs any more."""
        while self.running:
            await asyncio.gather(*self.running)

    def forget(self, call: str) -> None:
        self.legs = {sid: leg for sid, leg in self.legs.items() if leg.root.sid != call}
        self.recordings = {sid: one for sid, one in self.recordings.items() if one.call != call}
