"""Where the time of one call goes: its steps one by one, in this process, on a real database and a real Valkey."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from statistics import median

import anyio
import redis
from anyio import to_thread
from defusedxml.ElementTree import fromstring

from gateway.provider.signature import Credentials, Tokens, Verified, verify
from gateway.provider.signed import Signed
from routing import connection, desk
from routing.desk import Answer, Arrival, Reply
from routing.links import Links
from routing.rulebook.numbers import e164
from routing.rules.book import Book
from routing.rules.candidates import Candidate
from routing.rules.orderings import Preference, prefer
from routing.rules.planning import plan
from routing.rules.receipt import receipt
from routing.settings.accounts import TwilioAccount
from routing.state import admissions
from routing.state.admissions import Admission
from routing.state.inbox import Letter, answered
from routing.state.lead.people import known
from routing.state.live.availability import Availability
from routing.state.live.claims import Claimed, Offer
from routing.state.live.connection import Breaker
from routing.state.live.standing import Look, Snapshot
from tests.bench.kit.practices import NUMBERS
from tests.bench.kit.webhooks import ACCOUNT, PUBLIC, TOKEN, Call, incoming_asked
from tests.rooms import Room, opened_room
from voice.answers import spoken
from voice.switchboard import Switchboard, incoming
from voice.webhooks import CallWebhook

WARM_UP = 20
OWNER = TwilioAccount(ACCOUNT, (TOKEN,))


@dataclass
class Stopwatch:
    """Microseconds of every lap, by step."""

    laps: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        started = time.perf_counter_ns()
        yield
        self.laps.setdefault(step, []).append((time.perf_counter_ns() - started) / 1000)


class Watched(Availability):
    """Live state whose two steps of a call are timed."""

    def __init__(self, client: "redis.Redis", watch: Stopwatch) -> None:
        super().__init__(client, Breaker(time.monotonic))
        self._watch = watch

    def snapshot(self, book: Book, queue_id: str, look: Look) -> Snapshot:
        with self._watch("snapshot"):
            return super().snapshot(book, queue_id, look)

    def claim(self, offer: Offer, preference: Preference, seen: Sequence[Candidate], now_ms: int) -> Claimed | None:
        with self._watch("claim"):
            return super().claim(offer, preference, seen, now_ms)


@dataclass(frozen=True, slots=True)
class Bench:
    room: Room
    board: Switchboard
    watch: Stopwatch
    credentials: Credentials = field(default_factory=lambda: Credentials({ACCOUNT: Tokens(TOKEN.encode())}))


def steps(url: str, live: "redis.Redis", calls: int) -> Mapping[str, float]:
    """The median of each step in microseconds, over ``calls`` calls of strangers."""
    with opened_room(url, live, wait_s=0.25) as room:
        watch = Stopwatch()
        room.desk = replace(room.desk, by=replace(room.desk.by, live=Watched(live, watch)))
        board = Switchboard(room.desk, Links(PUBLIC, room.db.vault), {ACCOUNT: OWNER})
        bench, numbers = Bench(room, board, watch), [each for several in NUMBERS.values() for each in several]
        for number in range(calls + WARM_UP):
            if number == WARM_UP:
                watch.laps.clear()
            call = Call(number, numbers[number % len(numbers)])
            taken_apart(bench, call) if number % 2 else as_a_whole(bench, call)
        anyio.run(hops, watch, calls)
        return {step: median(laps) for step, laps in watch.laps.items()}


def as_a_whole(bench: Bench, call: Call) -> None:
    webhook = CallWebhook.model_validate(call.fields("ringing"))
    with bench.watch("whole call below the door"):
        incoming(bench.board, webhook, bench.room.now)
    gone(bench, bench.room.db.vault.name("iq", ACCOUNT, webhook.sid))


def taken_apart(bench: Bench, call: Call) -> None:
    """In the order of ``voice.switchboard.incoming`` and ``routing.desk.receive``, a watch on every step."""
    watch, room = bench.watch, bench.room
    arrival = at_the_door(bench, incoming_asked(call))
    with watch("inbox look-up"):
        answered(room.db, arrival.key)
    with watch("person look-up"), room.db.reading() as tx:
        who = known(tx, room.db.vault, arrival.book.practice, arrival.source.contact)
    with watch("plan, search, answer together"):
        admission = desk.admitted(room.desk, arrival, who, answering(bench), 0, room.now)
    if admission.offer is None:
        raise RuntimeError("nobody was free: the bench measures calls that are offered")
    within(bench, admission)
    with watch("transaction with receipt"):
        admissions.admit(room.db, admission, room.desk.new_id, room.now)
    gone(bench, arrival.inquiry.id)


def at_the_door(bench: Bench, asked: Signed) -> Arrival:
    with bench.watch("body and signature"):
        verdict = verify(asked, bench.credentials)
    if not isinstance(verdict, Verified):
        raise RuntimeError("the bench signs wrongly")
    with bench.watch("model"):
        webhook = CallWebhook.model_validate(dict(verdict.params))
    with bench.watch("caller's number"):
        contact = e164(webhook.caller)
    book = bench.room.desk.shelf.by_number(webhook.called)
    if book is None:
        raise RuntimeError("nobody published the number")
    return bench.room.arrival(practice=book.practice, name=webhook.sid, contact=contact, tracking_number=webhook.called)


def answering(bench: Bench) -> Answer:
    def answer(reply: Reply) -> bytes:
        with bench.watch("TwiML built and read again"):
            return spoken(bench.board.links, reply)

    return answer


def within(bench: Bench, admission: Admission) -> None:
    """Parts of the steps before and after, once more with the same arguments: all of them are pure."""
    watch, decision, book = bench.watch, admission.decision, admission.book
    with watch("plan"):
        plan(book, decision.inquiry, decision.person, decision.planned_at)
    look = decision.looks[-1]
    with watch("prefer"):
        prefer(look.ordering, look.candidates, look.asked, look.draw)
    with watch("receipt"):
        receipt(book, decision, None)
    document = admission.letter.answer.decode()
    with watch("TwiML read again"):
        fromstring(document)


def gone(bench: Bench, inquiry: str) -> None:
    """The caller hangs up, so that the coordinator is free for the next call."""
    connection.hang_up(bench.room.desk, inquiry, Letter(f"status:{inquiry}", b""), bench.room.now)


async def hops(watch: Stopwatch, times: int) -> None:
    for _ in range(times):
        with watch("thread hop"):
            await to_thread.run_sync(int)
