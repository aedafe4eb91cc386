"""Whatever coordinators, callers, webhooks, Redis and the clock do in whatever order: nobody is asked for two things at
once, no lead is lost, every lead has one owner, and live state is what the rows say."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from gateway.publishing import everybody_available, publish_file
from routing import connection, desk
from routing.ahead import PASS
from routing.desk import Arrival, Desk, Reply
from routing.going_on import Missed, go_on
from routing.pursuit import Searchers, reseat
from routing.rules.book import Book
from routing.rules.candidates import Desired
from routing.state.call.line import Exit, line
from routing.state.call.offers import Acceptance
from routing.state.call.talks import Caller, Talk
from routing.state.database import open_database
from routing.state.inbox import Letter
from routing.state.ledger import Settled
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker
from routing.state.live.standing import Look
from routing.state.practice.shelf import Shelf
from routing.state.sealed import Vault
from routing.state.tables import metadata
from routing.waiting import leave_line
from tests.rooms import PRACTICES, SECRET, TUESDAY, Room
from worker.clock import Bellringer, due_kinds, tick

PRACTICE = "harbor-recovery"
TEAM = ["marcus-bell", "keisha-rowan", "priya-nair"]
"""Who takes whatever says nothing of its payer, and Medicaid; the others are away from the start."""
CONTACTS = ["+18135550161", "+18135550162", None]
NEWEST = st.sampled_from([0, 0, 0, 1, 2])
"""The newest call mostly; sometimes one before it."""


@dataclass
class Ringing:
    """A call as its webhooks know it."""

    arrival: Arrival
    offers: list[int] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.arrival.inquiry.id

    @property
    def step(self) -> int:
        return self.offers[-1] if self.offers else 0


class DeskMachine(RuleBasedStateMachine):
    live: redis.Redis
    template: Path
    book: Book

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        file = shutil.copyfile(self.template, Path(self.folder.name) / "leadline.db")
        self.room = self.opened(f"sqlite:///{file}")
        self.calls: list[Ringing] = []
        self.webhooks: list[Callable[[], object]] = []
        self.has_ticked = False
        for who in self.book.coordinators:
            if who not in TEAM:
                self.room.wish(who, "offline")

    def opened(self, url: str) -> Room:
        self.live.flushall()
        db = open_database(url, Vault(SECRET), wait_s=5)
        ids = count(1)
        live = Availability(self.live, Breaker(lambda: 0.0))
        by = Searchers(db, live, lambda prefix: f"{prefix}_{next(ids):08d}", lambda: int(TUESDAY.timestamp() * 1000))
        shelf = Shelf(db)
        shelf._shelve(self.book)
        reseat(by, self.book, TUESDAY)
        return Room(db, Desk(db, shelf, by), self.live, TUESDAY, count(1))

    def teardown(self) -> None:
        self.room.db.engine.dispose()
        self.folder.cleanup()

    def deliver(self, webhook: Callable[[], object]) -> None:
        """Webhooks come once here; ``a_webhook_comes_again`` sends them again."""
        self.has_ticked = False
        webhook()
        self.webhooks.append(webhook)

    def chosen(self, back: int) -> Ringing:
        return self.calls[-1 - min(back, len(self.calls) - 1)]

    # -- what may happen

    @rule(seconds=st.sampled_from([1, 5, 16, 41, 121, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.has_ticked = False
        self.room.later(seconds=seconds)

    @rule()
    def the_clock_ticks(self) -> None:
        failed: list[str] = []
        kinds = due_kinds(Bellringer(lambda *_: True, lambda *_: True, self.room.links))
        tick(self.room.desk, self.room.now, lambda kind, error: failed.append(f"{kind} {error!r}"), kinds)
        assert failed == []
        self.called_up()
        self.has_ticked = True

    def called_up(self) -> None:
        """Calls that were offered out of the line go on with that offer."""
        steps = {row["id"]: row["step"] for row in self.room.rows("inquiries", state="offered")}
        for call in self.calls:
            step = steps.get(call.id)
            if isinstance(step, int) and step != call.step:
                call.offers.append(step)

    @rule()
    def redis_loses_its_memory(self) -> None:
        self.has_ticked = False
        self.live.flushall()

    @rule(who=st.sampled_from(TEAM), status=st.sampled_from(["available", "available", "away", "offline"]))
    def somebody_comes_or_goes(self, who: str, status: Desired) -> None:
        """Live state may not know her, so the clock goes first."""
        self.the_clock_ticks()
        self.room.wish(who, status)
        self.has_ticked = False

    @rule(contact=st.sampled_from(CONTACTS), payer=st.sampled_from(["medicaid", None]))
    def somebody_calls(self, contact: str | None, payer: str | None) -> None:
        said = {"payer": payer} if payer else {}
        call = Ringing(self.room.arrival(practice=PRACTICE, contact=contact, name=None, **said))  # type: ignore[arg-type]
        self.calls.append(call)
        self.deliver(lambda: desk.receive(self.room.desk, call.arrival, self.listening(call), self.room.now))

    @rule(contact=st.sampled_from(CONTACTS))
    def somebody_sends_a_form(self, contact: str | None) -> None:
        arrival = self.room.arrival(practice=PRACTICE, channel="form", contact=contact)
        self.deliver(lambda: desk.receive(self.room.desk, arrival, lambda reply: b"thanks", self.room.now))

    @precondition(lambda self: self.calls)
    @rule(back=NEWEST, how=st.sampled_from(["timeout", "rejected", "canceled"]))
    def an_offer_comes_to_nothing(self, back: int, how: Settled) -> None:
        call = self.chosen(back)
        missed = Missed(call.id, call.step, how, f"dialled:{call.id}:{call.step}")
        self.deliver(lambda: go_on(self.room.desk, missed, self.listening(call), self.room.now))

    @precondition(lambda self: self.calls)
    @rule(back=NEWEST)
    def a_coordinator_accepts(self, back: int) -> None:
        said = self.key_pressed(self.chosen(back), "accept")
        self.deliver(lambda: connection.accept(self.room.desk, said, self.room.now))

    @precondition(lambda self: self.calls)
    @rule(back=NEWEST)
    def a_coordinator_refuses(self, back: int) -> None:
        said = self.key_pressed(self.chosen(back), "refuse")
        self.deliver(lambda: connection.decline(self.room.desk, said, self.room.now))

    @precondition(lambda self: self.calls)
    @rule(back=NEWEST, seconds=st.sampled_from([3, 60, None]), caller=st.sampled_from(["waits", "gone", "unknown"]))
    def a_talk_is_over(self, back: int, seconds: int | None, caller: Caller) -> None:
        call = self.chosen(back)
        if caller == "gone":
            return self.the_caller_hangs_up(back)
        talk = Talk(call.id, call.step, seconds, caller)
        return self.deliver(lambda: connection.talk_over(self.room.desk, talk, self.room.now))

    @precondition(lambda self: self.calls)
    @rule(back=NEWEST)
    def the_caller_hangs_up(self, back: int) -> None:
        call = self.chosen(back)
        letter = Letter(f"status:{call.id}:completed", b"")
        self.deliver(lambda: connection.hang_up(self.room.desk, call.id, letter, self.room.now))

    @precondition(lambda self: self.calls)
    @rule(back=NEWEST, how=st.sampled_from(["callback_chosen", "longest_wait"]))
    def a_caller_leaves_the_line(self, back: int, how: Exit) -> None:
        call = self.chosen(back)
        letter = Letter(f"left:{call.id}:{how}", b"")
        self.deliver(lambda: leave_line(self.room.desk, call.id, how, letter, self.room.now))

    @precondition(lambda self: self.webhooks)
    @rule(back=NEWEST)
    def a_webhook_comes_again(self, back: int) -> None:
        """It may find a later state than the first time, and may still make it no worse."""
        self.has_ticked = False
        self.webhooks[-1 - min(back, len(self.webhooks) - 1)]()

    @precondition(lambda self: self.webhooks)
    @rule()
    def the_last_webhook_comes_again_at_once(self) -> None:
        before = self.written()
        self.webhooks[-1]()
        assert self.written() == before

    def listening(self, call: Ringing) -> Callable[[Reply], bytes]:
        def answer(reply: Reply) -> bytes:
            if reply.offer:
                call.offers.append(reply.offer.step)
            return b"an answer"

        return answer

    def key_pressed(self, call: Ringing, word: str) -> Acceptance:
        letter = Letter(f"{word}:{call.id}:{call.step}", word.encode())
        return Acceptance(call.id, call.step, "CA" + "9" * 32, letter)

    def written(self) -> dict[str, list[str]]:
        return {name: sorted(map(str, self.room.rows(name))) for name in metadata.tables}

    # -- what must always hold

    @invariant()
    def nobody_is_asked_for_two_things_at_once(self) -> None:
        held = Counter(
            row["coordinator_id"]
            for row in self.room.rows("reservations")
            if row["state"] == "accepted" or (row["state"] == "pending" and row["expires_at"] > self.room.now)  # type: ignore[operator]
        )
        assert not [who for who, number in held.items() if number > 1]

    @invariant()
    def every_lead_has_exactly_one_owner_and_a_history_without_a_gap(self) -> None:
        history: dict[object, list[dict[str, object]]] = {}
        for row in self.room.rows("assignments"):
            history.setdefault(row["lead_id"], []).append(dict(row))
        for lead in self.room.rows("leads"):
            rows = history[lead["id"]]
            (current,) = (row for row in rows if row["until"] is None)
            assert current["owner_id"] == lead["owner_id"]
            assert lead["version"] == len(rows)

    @invariant()
    def nobody_who_got_in_touch_is_forgotten(self) -> None:
        promised = {row["lead_id"] for row in self.room.rows("tasks", state="open")}
        talking = {row["lead_id"] for row in self.room.rows("attempts", ended_at=None)}
        inquiries = self.room.rows("inquiries")
        calling = {row["lead_id"] for row in inquiries if row["state"] in ("offered", "waiting", "connected")}
        leads = {row["id"]: row for row in self.room.rows("leads")}
        for inquiry in inquiries:
            lead = leads[inquiry["lead_id"]]
            assert lead["owner_id"] in self.book.coordinators
            if inquiry["state"] in ("ended", "promised") and lead["contacted_at"] is None:
                assert lead["id"] in promised | talking | calling

    @invariant()
    def an_open_task_is_the_owners(self) -> None:
        owners = {row["id"]: row["owner_id"] for row in self.room.rows("leads")}
        assert all(row["owner_id"] == owners[row["lead_id"]] for row in self.room.rows("tasks", state="open"))

    @invariant()
    def whoever_waits_is_in_line_by_the_order_of_arrival_less_head_start(self) -> None:
        with self.room.db.reading() as tx:
            waiting = line(tx, PRACTICE, 100)
        keys = {row["id"]: row["waiting_key"] for row in self.room.rows("inquiries", state="waiting")}
        assert [each.id for each in waiting] == sorted(keys, key=lambda each: (keys[each], each))

    @precondition(lambda self: self.has_ticked)
    @invariant()
    def after_a_tick_nobody_waits_whom_somebody_free_may_take(self) -> None:
        """Whoever was offered this inquiry within the last minute is left alone for it."""
        now_ms = int(self.room.now.timestamp() * 1000)
        seen = self.room.desk.by.live.snapshot_of(self.book, TEAM, Look(now_ms, now_ms, lambda _: True)).candidates
        free = {each.id for each in seen if each.effective == "free" and each.braked_until_ms <= now_ms}
        free -= {each.id for each in seen if each.load >= each.cap}
        for inquiry in self.room.rows("inquiries", state="waiting"):
            first_stop = self.room.receipts(str(inquiry["id"]))[0]["plan"]["steps"][0]["target"]
            members = {member.coordinator for member in self.book.queues[first_stop].members}
            tried = {
                row["coordinator_id"]
                for row in self.room.rows("reservations", inquiry_id=inquiry["id"])
                if row["settled_at"] is None or self.room.now - row["settled_at"] < PASS  # type: ignore[operator]
            }
            assert not free & members - tried

    @precondition(lambda self: self.has_ticked)
    @invariant()
    def after_a_tick_live_state_is_what_the_rows_say(self) -> None:
        now_ms = int(self.room.now.timestamp() * 1000)
        look = Look(now_ms, now_ms, lambda _: True)
        seen = self.room.desk.by.live.snapshot_of(self.book, list(self.book.coordinators), look)
        work = {"pending": "offered", "accepted": "busy", "wrapping": "wrapping"}
        held = {row["coordinator_id"]: row["state"] for row in self.room.rows("reservations") if row["state"] in work}
        desired = {row["coordinator_id"]: row["status"] for row in self.room.rows("desired_statuses")}
        for each in seen.candidates:
            expected = work.get(str(held.get(each.id)))
            assert each.desired == desired[each.id]
            if expected:
                assert each.effective == expected
            else:
                assert each.effective in ("free", "away", "offline")


@pytest.fixture
def template(sqlite_url: str) -> Path:
    """One practice published, everybody available: copied for every run."""
    db = open_database(sqlite_url, Vault(SECRET), wait_s=5)
    done = publish_file(db, PRACTICES / f"{PRACTICE}.yaml", "test", TUESDAY)
    everybody_available(db, done.book, TUESDAY)
    shelf = Shelf(db)
    shelf.start()
    DeskMachine.book = shelf.books[PRACTICE]
    with db.writing() as tx:
        assert tx.execute(select(metadata.tables["practices"].c.id)).scalars().all() == [PRACTICE]
    db.engine.dispose()
    return Path(sqlite_url.removeprefix("sqlite:///"))


def test_the_desk_keeps_its_promises_whatever_happens(
    template: Path, live: redis.Redis, request: pytest.FixtureRequest
) -> None:
    """``--seeds N`` runs N of them; ``tests/bench/machine.py`` runs 300."""
    DeskMachine.template, DeskMachine.live = template, live
    limits = settings(
        max_examples=request.config.getoption("seeds"),
        phases=[Phase.explicit, Phase.generate],
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(DeskMachine, settings=limits)
