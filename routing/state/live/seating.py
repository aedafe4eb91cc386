"""What the rows know about a coordinator, in the words the live state is written with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from routing.rules.book import Book
from routing.rules.candidates import Desired
from routing.state.live.standing import Work, hour_start_ms, local_midnight_ms

Word = str | int | float


@dataclass(frozen=True, slots=True)
class Seat:
    """``work`` with its ``until_ms``, ``reservation`` and ``fence`` is the live reservation, if any. ``turns`` gives
    per queue the fence of the last turn used. What Redis still remembers of idle time, misses, turns and the numbers
    taken is kept; desired status, loads and work are overwritten."""

    coordinator: str
    desired: Desired = "offline"
    work: Work = ""
    until_ms: int = 0
    reservation: str = ""
    fence: int = 0
    idle_since_ms: int = 0
    away_since_ms: int = 0
    misses: int = 0
    load: float = 0.0
    chats: int = 0
    taken_hour: int = 0
    taken_day: int = 0
    turns: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def seat_words(book: Book, seat: Seat, now_ms: int) -> list[Word]:
    """ARGV of ``seat.lua`` from the work on."""
    overwritten: dict[str, Word] = {
        "id": seat.coordinator,
        "desired": seat.desired,
        "load": seat.load,
        "chats": seat.chats,
    }
    kept: dict[str, Word] = {
        "misses": seat.misses,
        "idle_since": seat.idle_since_ms,
        "away_since": seat.away_since_ms,
        "braked_until": 0,
        "heartbeat": 0,
        "took": "",
        "accepted": "",
        "hour_from": hour_start_ms(now_ms),
        "hour_taken": seat.taken_hour,
        "day_from": local_midnight_ms(book.zone, now_ms),
        "day_taken": seat.taken_day,
    }
    pairs: list[Word] = [word for name, value in (overwritten | kept).items() for word in (name, value)]
    return [seat.work, seat.until_ms, seat.reservation, seat.fence, len(overwritten), *pairs]
