"""Live availability in Redis: who is free, who has work, whose turn it is. One verb a script in ``lua/``; all key names
are made here. Everything can be written again from the rows, so losing it costs seconds.

Times are milliseconds since 1970. Any method raises LiveStateDown while Redis does not serve, and NotSeated when the
practice or a coordinator is unknown there.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import redis

from routing.rules.book import LARGE_POOL, Book, Member, OrderingName, Queue
from routing.rules.candidates import HEARTBEAT_S, Candidate
from routing.rules.orderings import Preference
from routing.state.live.claims import OFFER_MS as OFFER_MS
from routing.state.live.claims import Claimed, Ending, Held, Offer, Pending
from routing.state.live.connection import Answer, Breaker, LiveStateDown
from routing.state.live.keys import Keys, NotSeated
from routing.state.live.seating import Seat, Word, seat_words
from routing.state.live.standing import (
    FIELDS,
    Look,
    Seen,
    Snapshot,
    Work,
    candidates,
    counted,
    hour_start_ms,
    local_midnight_ms,
)

LUA = Path(__file__).parents[1] / "lua"

BRAKE_MS = 30_000
"""Nobody is offered anything so soon after a missed offer."""
TURN_KEPT_MS = 4 * 3_600_000
"""Away for longer means the end of the line (routing-semantics section 3.1)."""
RECORD_MS = 86_400_000
"""Claim records are cleared away after a day; nothing is decided by it."""
FIRST_FENCE = 1_000_000
"""Above every position in a queue: a used turn takes the claim's fence as its number."""
FENCE_GAP = 1_000
"""Left out when seating, for claims whose rows were not yet committed when memory was lost."""
HEAD = 20
"""So many of a large queue are looked at, and so many of a preference list are tried."""
PAGES = 5
"""So many heads are turned over while nobody on them is on shift with a living console."""
PUT_BACK = 5
"""So many whose work has run out are put back in one go."""
SEATS_AT_ONCE = 500

_KEPT_AS: Mapping[OrderingName, str] = {"round_robin": "turn", "least_loaded": "load", "ranked": "rank"}

Call = tuple[str, Sequence[str], Sequence[Word]]
"""Verb, KEYS and ARGV."""


class Availability:
    def __init__(self, client: redis.Redis, breaker: Breaker) -> None:
        move = (LUA / "move.lua").read_text()
        self._client = client
        self._breaker = breaker
        self._verbs = {
            script.stem: client.register_script(move + script.read_text())
            for script in LUA.glob("*.lua")
            if script.stem != "move"
        }
        self._members: dict[tuple[str, str], tuple[Queue, Mapping[str, Member]]] = {}

    def seat(self, book: Book, seats: Iterable[Seat], highest_fence: int, now_ms: int) -> None:
        """Writes every coordinator of the book, offline without a seat, and forgets those it no longer names.
        ``highest_fence`` is the practice's highest in the rows, 0 if none. Safe at any time and twice."""
        keys = Keys(book.practice)
        known = {seat.coordinator: seat for seat in seats}
        fence = max(highest_fence, FIRST_FENCE) + FENCE_GAP
        pools = _pools(book, known)
        calls: list[Call] = []
        for each in book.coordinators:
            words = seat_words(book, known.get(each, Seat(each)), now_ms)
            where = [keys.who(each), keys.ends, keys.fence, keys.seated, keys.people]
            calls.append(("seat", where, [now_ms, fence, pools.get(each, ""), *words]))
        for each in sorted(self._everybody(keys) - book.coordinators.keys()):
            calls.append(self._unseat(keys, each))
        for first in range(0, len(calls), SEATS_AT_ONCE):
            self._run_all(calls[first : first + SEATS_AT_ONCE])
        self._ask(lambda: self._client.set(keys.seated, _mark(book)))

    def is_seated(self, book: Book) -> bool:
        """False after a loss of memory, and until a newly published version has been seated."""
        mark = self._ask(lambda: self._client.get(Keys(book.practice).seated))
        return bool(mark) and not _older(str(mark), book)

    def followed(self, practice: str) -> int | None:
        """Up to when (ms) what the rows say is known to be here; None after a loss of memory."""
        kept = self._ask(lambda: self._client.get(Keys(practice).followed))
        return int(str(kept)) if kept else None

    def set_followed(self, practice: str, until_ms: int) -> None:
        self._ask(lambda: self._client.set(Keys(practice).followed, until_ms))

    def tell_news(self, practice: str) -> None:
        """Wakes whoever shows live views; while Redis is away they look by themselves."""
        keys = Keys(practice)
        with contextlib.suppress(LiveStateDown):
            self._ask(lambda: self._client.publish(keys.news, ""))

    def unseat(self, practice: str, coordinator: str) -> None:
        self._run(*self._unseat(Keys(practice), coordinator))

    def come_free(self, practice: str, coordinator: str, now_ms: int) -> Work:
        """Desired becomes available. Returns the work in hand, "" if free now."""
        keys = Keys(practice)
        where = [keys.who(coordinator), keys.ends, keys.fence]
        work: Work = self._run("come_free", where, [now_ms, TURN_KEPT_MS])
        return work

    def step_away(
        self, practice: str, coordinator: str, desired: Literal["away", "offline"], now_ms: int
    ) -> Pending | None:
        """Desired becomes away or offline. Returns the offer that still stands, for the caller to reject."""
        keys = Keys(practice)
        answer = self._run("step_away", [keys.who(coordinator), keys.ends], [now_ms, desired])
        if not answer:
            return None
        reservation, fence = answer.split(" ")
        return Pending(reservation, int(fence))

    def heartbeat(self, practice: str, coordinator: str, real_ms: int) -> None:
        self._run("heartbeat", [Keys(practice).who(coordinator)], [real_ms])

    def set_load(self, practice: str, coordinator: str, load: float, chats: int, now_ms: int) -> None:
        """Open-lead load and open chats as counted from the rows."""
        keys = Keys(practice)
        self._run("set_load", [keys.who(coordinator), keys.ends], [now_ms, float(load), chats])

    def claim(self, offer: Offer, preference: Preference, seen: Sequence[Candidate], now_ms: int) -> Claimed | None:
        """Reserves the first of the preference list who is as ``seen`` and has no work. None if nobody could be had:
        look again. A repeat for the same inquiry and step answers what the first was answered."""
        keys, advance = Keys(offer.practice), preference.advance
        versions = {each.id: each.version for each in seen}
        order = [each for each in preference.order if each in versions][:HEAD]
        record = keys.of("claim", offer.inquiry, str(offer.step))
        until = now_ms + offer.lasts_ms
        terms: list[Word] = [now_ms, until, offer.reservation, advance.kind, advance.charge, RECORD_MS, offer.queue]
        credits: list[Word] = [word for pair in advance.credits.items() for word in pair]
        answer = self._run(
            "claim",
            [record, keys.fence, keys.ends, *_rotation(keys, offer.queue), *map(keys.who, order)],
            [*terms, *(versions[each] for each in order), *credits],
        )
        if not answer:
            return None
        coordinator, fence, reservation, settled, queue = answer.split(" ")
        return Claimed(coordinator, int(fence), reservation, None if settled == "-" else settled, queue)

    def accept(self, held: Held, channel: Literal["call", "chat"], zone: str, now_ms: int) -> bool:
        """An offer is taken; ``zone`` is the practice's, to count by day. False if the offer is no longer theirs."""
        hours = [hour_start_ms(now_ms), local_midnight_ms(zone, now_ms)]
        return self._of_holder("accept", held, [now_ms, channel, *hours]) is not None

    def release(self, held: Held, ending: Ending, now_ms: int) -> int | None:
        """Returns the offers missed in a row, from 2 on the coordinator is effectively away; None if the work is no
        longer theirs."""
        misses = self._of_holder("release", held, [now_ms, ending, now_ms + BRAKE_MS])
        return None if misses is None else int(misses)

    def wrap_up(self, held: Held, until_ms: int, now_ms: int) -> bool:
        """The talk is over, the outcome is due. False if the talk is no longer theirs."""
        return self._of_holder("wrap_up", held, [now_ms, until_ms]) is not None

    def snapshot(self, book: Book, queue_id: str, look: Look) -> Snapshot:
        """All members of a queue; of a large one the head of its free list."""
        queue = book.queues[queue_id]
        if len(queue.members) > LARGE_POOL:
            return self._large(book, queue, look)
        found = self.see(book, queue.members, queue_id, look)
        return Snapshot(found, counted(found, look.now_ms))

    def snapshot_of(self, book: Book, coordinators: Sequence[str], look: Look) -> Snapshot:
        """These coordinators in this order, whatever queues they are in: the rungs of a rota."""
        rungs = [Member(each, position) for position, each in enumerate(coordinators)]
        found = self.see(book, rungs, None, look)
        return Snapshot(found, counted(found, look.now_ms))

    def _large(self, book: Book, queue: Queue, look: Look) -> Snapshot:
        members = self._by_id(book.practice, queue)
        first: tuple[Candidate, ...] = ()
        for page in range(PAGES):
            free, there, ids = self.shortlist(book.practice, queue.id, page * HEAD, look.now_ms)
            head = self.see(book, [members[each] for each in ids if each in members], queue.id, look)
            first = first or head
            if any(_reachable(each) for each in head):
                first = head
                break
            if len(ids) < HEAD:
                break
        return Snapshot(first, {"free": free, "engaged": there - free, "away": len(members) - there})

    def shortlist(self, practice: str, queue_id: str, first: int, now_ms: int) -> tuple[int, int, list[str]]:
        """How many of a queue are free, how many are there, and a head of its free list from place ``first`` on."""
        keys = Keys(practice)
        where = [keys.ends, keys.queue(queue_id, "free"), keys.queue(queue_id, "there")]
        free, there, *ids = self._run("shortlist", where, [now_ms, first, first + HEAD - 1, PUT_BACK])
        return int(free), int(there), ids

    def see(self, book: Book, members: Sequence[Member], queue_id: str | None, look: Look) -> tuple[Candidate, ...]:
        """These members as candidates, with their places in the rotation of a queue."""
        keys = Keys(book.practice)
        ids = [each.coordinator for each in members]
        where = [keys.seated, *_rotation(keys, queue_id), *map(keys.who, ids)]
        mark, *lines = self._run("see", where, [len(FIELDS), *FIELDS, *ids])
        if not mark or _older(mark, book) or (mark == _mark(book) and "" in lines):
            raise NotSeated(book.practice)
        seen = [Seen.read(member, line) for member, line in zip(members, lines, strict=True) if line]
        return candidates(book, seen, look)

    def _by_id(self, practice: str, queue: Queue) -> Mapping[str, Member]:
        # Once for each published queue: indexing 100,000 members for every call would cost more than the claim.
        indexed = self._members.get((practice, queue.id))
        if indexed is None or indexed[0] is not queue:
            indexed = queue, {each.coordinator: each for each in queue.members}
            self._members[practice, queue.id] = indexed
        return indexed[1]

    def _everybody(self, keys: Keys) -> set[str]:
        return {str(each) for each in self._ask(lambda: self._client.smembers(keys.people))}

    def _unseat(self, keys: Keys, coordinator: str) -> Call:
        return "unseat", [keys.who(coordinator), keys.ends, keys.people], [coordinator]

    def _of_holder(self, verb: str, held: Held, words: Sequence[Word]) -> str | None:
        keys = Keys(held.practice)
        answer: str = self._run(verb, [keys.who(held.coordinator), keys.ends], [held.fence, *words])
        return None if answer == "stale" else answer

    def _run(self, verb: str, keys: Sequence[str], words: Sequence[Word]) -> Any:
        answer = self._ask(lambda: self._verbs[verb](keys=keys, args=words))
        if answer == "unseated":
            raise NotSeated(verb)
        return answer

    def _run_all(self, calls: Sequence[Call]) -> None:
        pipe = self._client.pipeline(transaction=False)
        for verb, keys, words in calls:
            self._verbs[verb](keys=keys, args=words, client=pipe)
        self._ask(pipe.execute)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return self._breaker.ask(question)


def _pools(book: Book, seats: Mapping[str, Seat]) -> Mapping[str, str]:
    """Per coordinator the words of ``move.lua`` for each of their queues."""
    keys = Keys(book.practice)
    words: dict[str, list[str]] = {}
    for queue in book.queues.values():
        kind = _KEPT_AS.get(queue.live_ordering, "idle")
        lists = [kind, keys.queue(queue.id, "free"), keys.queue(queue.id, "there"), keys.queue(queue.id, "turns")]
        for member in queue.members:
            seat = seats.get(member.coordinator)
            turn = seat.turns.get(queue.id, member.position) if seat else member.position
            words.setdefault(member.coordinator, []).extend([*lists, str(member.rank), str(turn)])
    return {coordinator: " ".join(each) for coordinator, each in words.items()}


def _rotation(keys: Keys, queue_id: str | None) -> tuple[str, str]:
    """Turn list and running values; a rota keeps none, its keys never come to be."""
    if queue_id is None:
        return keys.of("rota", "turns"), keys.of("rota", "current")
    return keys.queue(queue_id, "turns"), keys.queue(queue_id, "current")


def _mark(book: Book) -> str:
    return f"{book.version} {book.digest}"


def _older(seated: str, book: Book) -> bool:
    """A gateway that still has the previous rulebook makes do with what a newer one has seated."""
    return seated != _mark(book) and int(seated.split(" ")[0]) <= book.version


def _reachable(candidate: Candidate) -> bool:
    age = candidate.heartbeat_age_s
    return candidate.on_shift and (age is None or age <= HEARTBEAT_S)
