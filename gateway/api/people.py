"""Coordinators: who is there, what they want to be, and the breathing of their consoles."""

from gateway.api.asking import Asked
from gateway.api.models import (
    AvailabilityNow,
    CoordinatorNow,
    Coordinators,
    CoordinatorsWanted,
    Nothing,
    OutcomeSaid,
    WantedStatus,
)
from routing.attendance import Wish, attendants, finish, heartbeat, wish
from routing.state.call.outcomes import Recorded


class NoTalk(RuntimeError):
    """There is no talk to give an outcome of: it was given before, or the wrap-up ended by itself."""


def coordinators(asked: Asked, wanted: CoordinatorsWanted) -> Coordinators:
    following = [each for each in sorted(asked.book.coordinators) if wanted.after is None or each > wanted.after]
    ids = following[: wanted.limit]
    found = attendants(asked.desk, asked.book, ids, asked.now)
    more = ids[-1] if len(following) > len(ids) else None
    return Coordinators(coordinators=[CoordinatorNow.model_validate(each) for each in found], next=more)


def set_availability(asked: Asked, wanted: WantedStatus) -> AvailabilityNow:
    who = asked.coordinator()
    effective = wish(asked.desk, asked.book, Wish(who.id, wanted.status, asked.by), asked.now)
    return AvailabilityNow(id=who.id, desired=wanted.status, effective=effective)


def finish_talk(asked: Asked, said: OutcomeSaid) -> None:
    """:raises NoTalk: when the coordinator is in no wrap-up."""
    recorded = Recorded(asked.coordinator().id, said.code, asked.by, said.note)
    if not finish(asked.desk, asked.book, recorded, asked.now):
        raise NoTalk


def beat(asked: Asked, _: Nothing) -> None:
    heartbeat(asked.desk, asked.book, asked.coordinator().id, asked.now)
