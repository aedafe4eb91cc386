"""The clock: once a second it looks for rows that are due and settles them. A kind of row is one entry of ``DUE``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

from routing import sourcing
from routing.conferences import settling as conferences
from routing.connection import hang_up
from routing.desk import Desk, release
from routing.going_on import ENDINGS
from routing.links import Links
from routing.pursuit import reseat
from routing.rules.asking import milliseconds
from routing.rules.book import Book, Coordinator
from routing.rules.hours import verdict
from routing.state import clearing, due
from routing.state.call import moves
from routing.state.due import Moved, Wished
from routing.state.inbox import Letter
from routing.state.lead.quarantine import hand_up
from routing.state.leases import Ring
from routing.state.live.claims import Held
from routing.state.live.keys import NotSeated
from routing.state.live.standing import Look
from routing.state.practice import closures
from routing.state.practice.practices import desire
from routing.taking import settle_all as settle_phones
from routing.transfers import settle_all
from routing.turns import serve_all
from worker.holding import dead_freed, real_time

TICK_S = 1.0
FASTEST_TICK_S = 0.1
SILENCE = timedelta(seconds=60)
"""Longer than anything between an offer's end and the request that follows it."""
AT_ONCE = 100
"""So many rows of a kind are settled in one tick."""


def tick_s(speed: float) -> float:
    """Real seconds between two ticks: where the product's clock goes faster, so do they, within reason."""
    return min(TICK_S, max(TICK_S / speed, FASTEST_TICK_S))


@dataclass(frozen=True, slots=True)
class Kind:
    """``settle`` handles what is due at ``now`` and says how many rows it was."""

    settle: Callable[[Desk, datetime], int]
    meaning: str


def offers_expired(desk: Desk, now: datetime) -> int:
    """An offer that nobody answered and no webhook ended: its coordinator is free again, and it counts as missed unless
    her phone may never have rung."""
    gone = due.expire_offers(desk.db, now, AT_ONCE)
    for offer in gone:
        release(desk, Held(offer.practice, offer.coordinator, offer.fence), ENDINGS[offer.settled_as], now)
    return len(gone)


def calls_stranded(desk: Desk, now: datetime) -> int:
    """A call whose provider fell silent in the middle of its offers is owed a callback like one that was given up."""
    silent = due.stranded(desk.db, now - SILENCE, AT_ONCE)
    for inquiry in silent:
        hang_up(desk, inquiry, Letter(f"stranded:{inquiry}", b""), now)
    return len(silent)


def wrap_ups_over(desk: Desk, now: datetime) -> int:
    """Live state has already freed the coordinator by itself; the row follows."""
    return due.complete_wrap_ups(desk.db, now, AT_ONCE)


def tasks_due(desk: Desk, now: datetime) -> int:
    """Puts a due task before its owner."""
    return len(due.ring_tasks(desk.db, now, AT_ONCE))


def closures_over(desk: Desk, now: datetime) -> int:
    """A closure ends by itself; here it only leaves the calendars."""
    return closures.put_away(desk.db, now)


def shifts_ended(desk: Desk, now: datetime) -> int:
    """Being available holds until the end of the shift (design section 5); who comes again says so again. Live state
    first: while it is away the row stays, and the next tick tries again."""
    ended = 0
    for wish in due.available(desk.db):
        book = desk.shelf.book(wish.practice)
        who = book.coordinators.get(wish.coordinator) if book else None
        if who and shift_over(who, wish.since, now):
            stand(desk, replace(wish, status="offline"), now)
            desire(desk.db, wish.practice, wish.coordinator, ("offline", "shift_end"), now)
            ended += 1
    return ended


def shift_over(who: Coordinator, since: datetime, now: datetime) -> bool:
    """A shift has ended since the wish; whoever comes before it begins may stay."""
    if who.shifts is None or verdict(who.shifts, now).open:
        return False
    at_wish = verdict(who.shifts, since)
    return at_wish.open or (at_wish.next_opening is not None and at_wish.next_opening <= now)


def stand(desk: Desk, wish: Wished, now: datetime) -> None:
    live, now_ms = desk.by.live, milliseconds(now)
    try:
        if wish.status == "available":
            live.come_free(wish.practice, wish.coordinator, now_ms)
        else:
            live.step_away(wish.practice, wish.coordinator, wish.status, now_ms)
    except NotSeated:
        return


def live_state_lost(desk: Desk, now: datetime) -> int:
    """Writes live state again from the rows for every practice that is not seated (F03)."""
    lost = [book for book in desk.shelf.books.values() if not desk.by.live.is_seated(book)]
    for book in lost:
        reseat(desk.by, book, now)
    return len(lost)


def quarantine_late(desk: Desk, now: datetime) -> int:
    return sum(hand_up(desk.db, book, now, AT_ONCE) for book in desk.shelf.books.values())


def cleared(desk: Desk, now: datetime) -> int:
    """Takes away what nobody will ask for any more."""
    return clearing.clear(desk.db, now, AT_ONCE)


OVERLAP = timedelta(seconds=5)
"""Rows are read so far back again: a transaction may commit a little after the instant it writes."""


def live_state_behind(desk: Desk, now: datetime) -> int:
    """The rows decide, live state follows; what it did not hear of while Redis was away it is told here. How far it
    has followed is kept beside it, so that an outage may last."""
    behind = 0
    for book in desk.shelf.books.values():
        followed = desk.by.live.followed(book.practice)
        since = datetime.fromtimestamp(followed / 1000, UTC) if followed else now
        moved, wished = due.moved_since(desk.db, book.practice, since - OVERLAP)
        behind += sum(follow(desk, book, row, now) for row in moved)
        for wish in unheard(desk, book, wished, now):
            stand(desk, wish, now)
        desk.by.live.set_followed(book.practice, milliseconds(now))
    return behind


def unheard(desk: Desk, book: Book, wished: Sequence[Wished], now: datetime) -> list[Wished]:
    """Wishes that live state has otherwise. A wish it knows is not said again: that would forgive the misses since."""
    known = [wish for wish in wished if wish.coordinator in book.coordinators]
    look = Look(milliseconds(now), desk.by.real_ms(), lambda _: True)
    seen = desk.by.live.snapshot_of(book, [wish.coordinator for wish in known], look)
    desired = {each.id: each.desired for each in seen.candidates}
    return [wish for wish in known if desired.get(wish.coordinator) not in (None, wish.status)]


def follow(desk: Desk, book: Book, row: Moved, now: datetime) -> bool:
    """Whether live state still had the work in hand; whatever came after it has a higher fence and is not touched."""
    live, held, now_ms = desk.by.live, Held(book.practice, row.coordinator, row.fence), milliseconds(now)
    try:
        if row.state in ENDINGS:
            return live.release(held, ENDINGS[row.state], now_ms) is not None
        live.accept(held, row.kind, book.zone, now_ms)
        if row.wrap_until:
            live.wrap_up(held, milliseconds(row.wrap_until), now_ms)
    except NotSeated:
        pass
    return False


DUE: Mapping[str, Kind] = MappingProxyType(
    {
        "dead": Kind(dead_freed, "what a process held that is there no more"),
        "live_state": Kind(live_state_lost, "availability that Redis has lost"),
        "followed": Kind(live_state_behind, "availability that Redis did not hear of"),
        "offers": Kind(offers_expired, "offers past their 40 seconds"),
        "stranded": Kind(calls_stranded, "calls of which the provider reports no more"),
        "wrap_ups": Kind(wrap_ups_over, "wrap-ups past their end"),
        "shifts": Kind(shifts_ended, "people whose shift is over"),
        "closures": Kind(closures_over, "closures by hand that are long over"),
        "tasks": Kind(tasks_due, "tasks whose time has come"),
        "quarantine": Kind(quarantine_late, "posts set aside that nobody decided about in time"),
        "cleared": Kind(cleared, "rows that nobody will ask for any more"),
        "source_events": Kind(sourcing.settle_due, "reports of sources that wait for their call or their rest"),
    }
)


RINGS_UNHEARD = 3
"""Rung so often and taken by nobody, a row is settled by the clock itself."""


@dataclass(frozen=True, slots=True)
class Bellringer:
    """``ring`` takes job, row and number of the ring, and is False when Redis does not answer. ``perform_move`` is the
    job itself, False when the provider gave no answer that settles the row. ``links`` makes the URLs that calls are
    sent to."""

    ring: Callable[[str, str, int], bool]
    perform_move: Callable[[Desk, str, datetime], bool]
    links: Links

    def rung(
        self, job: str, rings: Sequence[Ring], perform: Callable[[str], bool], unheard: int = RINGS_UNHEARD
    ) -> int:
        """Rows that want the job. Where no bell is heard the clock does it itself, until one comes to nothing: it must
        not wait for the provider again and again."""
        for each in rings:
            heard = self.ring(job, each.row, each.ring) and each.ring <= unheard
            if not heard and not perform(each.row):
                break
        return len(rings)


def line_served(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Offers whoever came free to the oldest who may have her (I9), on the line or with a kept place; her call is sent
    there, or the dial begun, at once."""
    bells = serve_all(desk, by.links, now)
    for each in bells:
        by.ring(each.job, each.row, each.ring)
    return len(bells)


def moves_due(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Rings for calls that are to be sent on."""
    rings = moves.due(desk.db, now, real_time(desk), AT_ONCE)
    return by.rung("move_call", rings, lambda move: by.perform_move(desk, move, now))


def transfers_settled(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Takes each transfer a step further. A bell nobody hears costs no caller: she goes back after the time for it."""
    rings = settle_all(desk, by.links, now)
    for transfer, ring in rings:
        by.ring("ring_target", transfer, ring)
    return len(rings)


def phones_settled(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Takes each phone that rings for a caller in the line a step further. A bell nobody hears costs no caller: her
    offer ends in time, and the next is made without a call of ours."""
    rings = settle_phones(desk, by.links, now)
    for row, number in rings:
        by.ring("ring_phone", row, number)
    return len(rings)


def conferences_settled(by: Bellringer, desk: Desk, now: datetime) -> int:
    """Takes each talk in a conference a step further, with its hold and its guests."""
    rings = conferences.settle_all(desk, by.links, now)
    for guest, ring in rings:
        by.ring("ring_guest", guest, ring)
    return len(rings)


def due_kinds(by: Bellringer) -> Mapping[str, Kind]:
    """All kinds of a worker that can ring bells."""
    return {
        **DUE,
        "line": Kind(partial(line_served, by), "callers waiting for somebody who came free"),
        "transfers": Kind(partial(transfers_settled, by), "callers between two coordinators"),
        "rings": Kind(partial(phones_settled, by), "several phones that ring for one caller"),
        "conferences": Kind(partial(conferences_settled, by), "talks in a conference, holds and guests"),
        "moves": Kind(partial(moves_due, by), "waiting calls to be sent on"),
    }


def tick(
    desk: Desk, now: datetime, failed: Callable[[str, Exception], None], kinds: Mapping[str, Kind] = DUE
) -> dict[str, int]:
    """One round over all kinds; one that fails is reported and does not hold up the others."""
    settled = {}
    for name, kind in kinds.items():
        try:
            settled[name] = kind.settle(desk, now)
        except Exception as error:
            failed(name, error)
    return settled
