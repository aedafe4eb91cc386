"""Coordinators: who is there, what they want to be, and the breathing of their consoles."""

from gateway.api.asking import Asked
from gateway.api.models import (
    AvailabilityNow,
    CoordinatorNow,
    Coordinators,
    CoordinatorsWanted,
    Nothing,
    WantedStatus,
)
from routing.attendance import Wish, attendants, heartbeat, wish


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


def beat(asked: Asked, _: Nothing) -> None:
    heartbeat(asked.desk, asked.book, asked.coordinator().id, asked.now)
