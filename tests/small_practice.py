"""An invented practice with coordinators and queues only, and ways to look at it."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from routing.rules.book import Book, Coordinator, Member, OrderingName, Policies, Queue
from routing.rules.calendars import Calendar
from routing.rules.candidates import Asked, Candidate
from routing.rules.orderings import Draw, Preference, prefer
from routing.state.live.availability import Availability
from routing.state.live.claims import Claimed, Held, Offer
from routing.state.live.seating import Seat
from routing.state.live.standing import Look

START = 1_795_273_200_000
"""2026-11-21 15:00 UTC."""
SECOND = 1_000
HOUR = 3_600_000


def coordinator(id: str, **changes: object) -> Coordinator:
    return Coordinator(id, name=id.title(), phone="+18135550100", **changes)  # type: ignore[arg-type]


def queue(
    id: str, ids: Sequence[str], ordering: OrderingName = "longest_idle", ranks: Mapping[str, int] | None = None
) -> Queue:
    ranked = ranks or {}
    members = tuple(Member(each, position, rank=ranked.get(each, 0)) for position, each in enumerate(ids, start=1))
    return Queue(id, id.title(), members, owner=ids[0], live_ordering=ordering)


def book(*queues: Queue, practice: str = "harbor", version: int = 1, **changes: Coordinator) -> Book:
    ids = dict.fromkeys(member.coordinator for each in queues for member in each.members)
    return Book(
        practice=practice,
        name=practice.title(),
        version=version,
        digest=f"{practice}-{version}",
        zone="America/New_York",
        languages=("en",),
        intake=queues[0].id,
        after_hours=queues[0].id,
        manager=next(iter(ids)),
        locations={},
        categories={},
        queues=MappingProxyType({each.id: each for each in queues}),
        coordinators=MappingProxyType({each: changes.get(each, coordinator(each)) for each in ids}),
        rotas={},
        campaigns={},
        tracking_numbers={},
        rules=(),
        nearness={},
        policies=Policies(fallback_numbers=("+18135550199",)),
        calendar=Calendar(),
    )


def look(now_ms: int = START, real_ms: int = START, on_shift: Callable[[Coordinator], bool] = lambda _: True) -> Look:
    return Look(now_ms, real_ms, on_shift)


def available(of: Book, **changes: Seat) -> list[Seat]:
    """Everybody available, idle for longer the earlier they stand in the book."""
    return [
        changes.get(each, Seat(each, desired="available", idle_since_ms=START - HOUR + place))
        for place, each in enumerate(of.coordinators)
    ]


def offer(of: Book, step: int = 1, inquiry: str = "iq_1", queue_id: str | None = None) -> Offer:
    queue_id = queue_id or next(iter(of.queues))
    return Offer(of.practice, queue_id, inquiry, step, reservation=f"rs_{inquiry}_{step}")


def preferred(of: Book, seen: Sequence[Candidate], now_ms: int = START, queue_id: str | None = None) -> Preference:
    chosen = of.queues[queue_id or next(iter(of.queues))]
    return prefer(chosen.live_ordering, seen, Asked("live_call", now_ms=now_ms), Draw("d_1", chosen.id, 1))


def claim(availability: Availability, of: Book, wanted: Offer, now_ms: int = START) -> Claimed | None:
    """One look, one claim, as the desk does it."""
    seen = availability.snapshot(of, wanted.queue, look(now_ms)).candidates
    return availability.claim(wanted, preferred(of, seen, now_ms, wanted.queue), seen, now_ms)


def held(of: Book, claimed: Claimed | None) -> Held:
    assert claimed is not None
    return Held(of.practice, claimed.coordinator, claimed.fence)
