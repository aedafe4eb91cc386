"""The clock: once a second it looks for rows that are due and settles them. A kind of row is one entry of ``DUE``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from routing.desk import Desk, release
from routing.pursuit import reseat
from routing.rules.book import Coordinator
from routing.rules.hours import verdict
from routing.state import due
from routing.state.availability import Held
from routing.state.live import LiveStateDown
from routing.state.practices import desire

TICK_S = 1.0
AT_ONCE = 100
"""So many rows of a kind are settled in one tick."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``settle`` handles what is due at ``now`` and says how many rows it was."""

    settle: Callable[[Desk, datetime], int]
    meaning: str


def offers_expired(desk: Desk, now: datetime) -> int:
    """An offer that nobody answered and no webhook ended: its coordinator is free again, and it counts as missed."""
    gone = due.expire_offers(desk.db, now, AT_ONCE)
    for offer in gone:
        release(desk, Held(offer.practice, offer.coordinator, offer.fence), "missed", now)
    return len(gone)


def wrap_ups_over(desk: Desk, now: datetime) -> int:
    """Live state has already freed the coordinator by itself; the row follows."""
    return due.complete_wrap_ups(desk.db, now, AT_ONCE)


def tasks_due(desk: Desk, now: datetime) -> int:
    """Puts a due task before its owner."""
    return len(due.ring_tasks(desk.db, now, AT_ONCE))


def shifts_ended(desk: Desk, now: datetime) -> int:
    """Being available holds until the end of the shift (design section 5); who comes again says so again."""
    ended = 0
    for practice, coordinator in due.available(desk.db):
        book = desk.shelf.book(practice)
        who = book.coordinators.get(coordinator) if book else None
        if who and off_shift(who, now):
            desire(desk.db, practice, coordinator, ("offline", "shift_end"), now)
            step_off(desk, practice, coordinator, now)
            ended += 1
    return ended


def off_shift(who: Coordinator, now: datetime) -> bool:
    return who.shifts is not None and not verdict(who.shifts, now).open


def step_off(desk: Desk, practice: str, coordinator: str, now: datetime) -> None:
    try:
        desk.by.live.step_away(practice, coordinator, "offline", int(now.timestamp() * 1000))
    except LookupError:
        return


def live_state_lost(desk: Desk, now: datetime) -> int:
    """Writes live state again from the rows for every practice that is not seated (F03)."""
    lost = [book for book in desk.shelf.books.values() if not desk.by.live.is_seated(book)]
    for book in lost:
        reseat(desk.by, book, now)
    return len(lost)


DUE: Mapping[str, Kind] = MappingProxyType(
    {
        "live_state": Kind(live_state_lost, "availability that Redis has lost"),
        "offers": Kind(offers_expired, "offers past their 40 seconds"),
        "wrap_ups": Kind(wrap_ups_over, "wrap-ups past their end"),
        "shifts": Kind(shifts_ended, "people whose shift is over"),
        "tasks": Kind(tasks_due, "tasks whose time has come"),
    }
)


def tick(desk: Desk, now: datetime, failed: Callable[[str, Exception], None]) -> dict[str, int]:
    """One round over all kinds; one that fails is reported and does not hold up the others."""
    settled = {}
    for name, kind in DUE.items():
        try:
            settled[name] = kind.settle(desk, now)
        except (LiveStateDown, RuntimeError) as error:
            failed(name, error)
    return settled
