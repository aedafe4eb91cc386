"""One request for one dial: every answer of the provider, lost answers, copies and lost bells, before a stand-in that
counts its calls."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import redis

from routing.rules.asking import milliseconds
from routing.state import leases
from routing.state.callback import dials, dials_due
from routing.state.callback.dials import Created, Ended, Later, Rejected, Unknown
from routing.state.leases import Holder
from routing.state.practice.provider_accounts import rest
from tests.killing import Provider
from tests.loopback import Told
from tests.rooms import Room, opened_room
from tests.stage import settings_of
from tests.strict_rest import ACCOUNT, strict_rest
from tests.strict_rest import Asked as RestAsked
from tests.test_callbacks_lawful import TAMPA, asks, served
from tests.test_clock import effective, misses, ticked
from worker.bells import JOBS
from worker.calling import callback_kinds, perform_dial
from worker.clock import RINGS_UNHEARD, Bellringer, tick
from worker.holding import holder, is_dead
from worker.outbound import Outbounds

FAILED = Told(500, {"code": 20500, "message": "oh", "status": 500})


@dataclass
class Faulty(Provider):
    """``lost`` answers a request with 500 although (``makes``) it made the call. Its list cannot be
    read ``deaf`` times."""

    lost: int = 0
    makes: bool = True
    deaf: int = 0

    def answer(self, asked: RestAsked, login: str) -> Told:
        if asked.method == "POST" and self.next:
            self.asked.append(asked)
            return self.next.pop(0)
        if asked.method != "POST" and self.deaf:
            self.deaf -= 1
            return FAILED
        if asked.method != "POST" or not self.lost:
            return super().answer(asked, login)
        self.lost -= 1
        if self.makes:
            super().answer(asked, login)
        return FAILED


@dataclass
class Bench:
    room: Room
    rest: Faulty
    by: Outbounds

    def begin(self, contact: str = TAMPA) -> str:
        asks(self.room, contact=contact)
        (dial,) = served(self.room)
        return str(dial["id"])

    def perform(self, dial: str) -> object:
        return perform_dial(self.by, self.room.desk, dial, self.room.now)

    @property
    def callback(self) -> tuple[object, object]:
        row = self.room.row("callbacks")
        return row["state"], row["code"]

    def dial(self, dial: str) -> tuple[object, object]:
        row = self.room.row("dials", id=dial)
        return row["state"], row["code"]


@contextmanager
def opened(url: str, live: "redis.Redis", folder: Path) -> Iterator[Bench]:
    rest = Faulty()
    with opened_room(url, live) as room, strict_rest(rest):
        settings = settings_of(folder, LEADLINE_TWILIO_API_URL=rest.root)
        by = Outbounds(settings, room.db, lambda: milliseconds(room.now))
        yield Bench(room, rest, by)
        by.close()


@pytest.fixture
def bench(sqlite_room_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Bench]:
    with opened(sqlite_room_url, live, tmp_path) as found:
        yield found


@pytest.fixture
def on_each(room_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Bench]:
    with opened(room_url, live, tmp_path) as found:
        yield found


def test_a_dial_is_made_once_however_often_its_job_runs(on_each: Bench) -> None:
    bench = on_each
    dial = bench.begin()
    start, outcomes = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        outcomes.append(bench.perform(dial))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [each for each in outcomes if each] == [Created(f"CA{1:032x}")]
    assert bench.perform(dial) is None
    assert len(bench.rest.created) == 1
    assert bench.dial(dial) == ("created", None)


def test_a_lost_answer_is_found_in_the_list_and_never_asked_for_again(bench: Bench) -> None:
    bench.rest.lost = 1
    dial = bench.begin()
    assert isinstance(bench.perform(dial), Unknown)
    assert (bench.dial(dial)[0], bench.perform(dial)) == ("ambiguous", None)
    bench.room.later(seconds=5)
    assert bench.perform(dial) == Created(f"CA{1:032x}")
    assert len(bench.rest.created) == 1


def test_what_was_never_made_is_made_once_more_and_then_left_to_a_person(bench: Bench) -> None:
    bench.rest.lost, bench.rest.makes = 2, False
    for last in (False, True):
        dial = bench.begin() if not last else str(served(bench.room)[0]["id"])
        began = bench.room.now
        bench.perform(dial)
        while bench.dial(dial)[0] == "ambiguous":
            bench.room.later(seconds=5)
            bench.perform(dial)
        assert timedelta(seconds=45) <= bench.room.now - began <= timedelta(seconds=50)
    assert bench.callback == ("person", "ambiguous_twice")
    assert served(bench.room) == []
    assert bench.room.row("tasks")["state"] == "open"
    assert {row["state"] for row in bench.room.rows("reservations")} == {"rescinded"}


def test_who_alone_is_there_is_asked_again_at_once_for_a_request_that_was_never_made(bench: Bench) -> None:
    bench.rest.lost, bench.rest.makes = 1, False
    dial = bench.begin()
    alone = str(bench.room.row("dials", id=dial)["coordinator_id"])
    for who in set(bench.room.book().coordinators) - {alone}:
        bench.room.wish(who, "offline")
    bench.perform(dial)
    while bench.dial(dial)[0] == "ambiguous":
        bench.room.later(seconds=5)
        bench.perform(dial)
    assert bench.dial(dial) == ("over", "never_made")
    (again,) = served(bench.room)
    assert again["coordinator_id"] == alone
    assert bench.perform(str(again["id"])) == Created(f"CA{1:032x}")


def test_an_offer_ends_without_a_miss_while_nobody_knows_whether_her_phone_rang(on_each: Bench) -> None:
    bench = on_each
    bench.rest.lost, bench.rest.makes = 1, False
    dial = bench.begin()
    who = str(bench.room.row("dials", id=dial)["coordinator_id"])
    bench.perform(dial)
    bench.room.later(seconds=90)
    assert ticked(bench.room)["offers"] == 1
    assert bench.room.row("reservations")["state"] == "rescinded"
    assert (effective(bench.room, who), misses(bench.room, who)) == ("free", 0)
    bench.perform(dial)
    assert bench.dial(dial) == ("over", "never_made")
    (again,) = served(bench.room)
    assert again["coordinator_id"] == who


def test_a_created_dial_that_nobody_answers_in_time_is_a_miss(bench: Bench) -> None:
    dial = bench.begin()
    who = str(bench.room.row("dials", id=dial)["coordinator_id"])
    assert isinstance(bench.perform(dial), Created)
    bench.room.later(seconds=90)
    ticked(bench.room)
    assert bench.room.row("reservations")["state"] == "timeout"
    assert misses(bench.room, who) == 1


def test_a_throttled_request_is_made_later_and_one_that_never_works_goes_to_the_next(bench: Bench) -> None:
    bench.rest.next = [
        Told(429, {"code": 20429, "message": "slow", "status": 429}),
        Told(400, {"code": 21211, "message": "bad", "status": 400}),
    ]
    dial = bench.begin()
    assert isinstance(bench.perform(dial), Later)
    assert bench.perform(dial) is None
    bench.room.later(seconds=2)
    assert bench.perform(dial) == Rejected("21211")
    assert (bench.dial(dial), bench.callback) == (("over", "21211"), ("due", None))
    before = bench.room.row("dials")["coordinator_id"]
    (following,) = served(bench.room)
    assert following["coordinator_id"] != before


def test_while_the_login_is_refused_nobody_is_claimed_for_a_ring(bench: Bench) -> None:
    dial = bench.begin()
    now_ms = milliseconds(bench.room.now)
    rest(bench.room.db, ACCOUNT, "20003", now_ms + 30_000, now_ms)
    assert bench.perform(dial) == Rejected("login_refused")
    assert (served(bench.room), bench.callback) == ([], ("due", None))
    assert bench.room.row("reservations")["state"] == "canceled"


def test_a_number_that_may_not_be_called_rings_nobodys_phone(bench: Bench) -> None:
    dial = bench.begin()
    premium = "+19005550163"
    with bench.room.db.writing() as tx:
        numbers, person = bench.room.table("person_numbers"), bench.room.row("people")["id"]
        sealed = bench.room.db.vault.seal(numbers.c.number, str(person), premium)
        tx.execute(numbers.update().values(number=sealed))
    assert isinstance(bench.perform(dial), Rejected | Ended)
    assert bench.rest.created == []
    assert bench.callback[0] in ("person", "due")


def test_what_a_dead_worker_held_is_free_at_once_on_its_machine(bench: Bench) -> None:
    dial = bench.begin()
    real = holder(bench.room.desk, 4_000_000)
    assert is_dead(real.name)
    assert not is_dead(holder(bench.room.desk, 1).name)
    assert not is_dead("elsewhere-4000000")
    table = bench.room.table("dials")
    with bench.room.db.writing() as tx:
        held = {"state": "claimed", "holder": real.name, "lease_until": real.real + timedelta(seconds=10)}
        tx.execute(table.update().values(**held))
    assert leases.holders(bench.room.db, real.real) == {real.name}
    assert dials_due.due(bench.room.db, bench.room.later(seconds=2), real.real, 10) == ()
    leases.drop(bench.room.db, Holder(real.name, real.real))
    (ring,) = dials_due.due(bench.room.db, bench.room.now, real.real, 10)
    assert (ring.row, ring.ring) == (dial, 2)
    assert bench.perform(dial) == Created(f"CA{1:032x}")


def test_an_expired_claim_is_new_and_an_expired_request_is_looked_for(bench: Bench) -> None:
    dial = bench.begin()
    table, real = bench.room.table("dials"), holder(bench.room.desk, 7).real
    for held, state in (("claimed", "new"), ("posting", "ambiguous"), ("looking", "ambiguous")):
        with bench.room.db.writing() as tx:
            tx.execute(table.update().values(state=held, lease_until=real, posted_at=bench.room.now))
        bench.room.later(seconds=2)
        dials_due.due(bench.room.db, bench.room.now, real, 10)
        assert bench.dial(dial)[0] == state


def test_a_dial_that_nobody_posts_in_time_ends_without_a_miss(bench: Bench) -> None:
    dial = bench.begin()
    bench.room.later(seconds=26)
    assert isinstance(bench.perform(dial), Ended)
    assert (bench.dial(dial), bench.callback[0]) == (("over", "too_late"), "due")
    (again,) = served(bench.room)
    assert again["coordinator_id"] == bench.room.row("dials", id=dial)["coordinator_id"]


def test_the_job_of_a_dial_is_urgent_and_short() -> None:
    job = JOBS["dial_callback"]
    assert (job.urgency, job.most_s <= 30, RINGS_UNHEARD) == ("now", True, 3)


# -- long outages, and calls of which nothing is heard


def test_after_a_long_outage_a_lost_request_is_looked_for_before_a_person_has_it(bench: Bench) -> None:
    """The first look fails as well: that alone is no reason to give it up."""
    bench.rest.lost, bench.rest.makes = 1, False
    dial = bench.begin()
    bench.perform(dial)
    bench.room.later(minutes=5)
    bench.rest.deaf = 1
    assert bench.perform(dial) == Unknown("not_listed")
    assert bench.dial(dial)[0] == "ambiguous"
    bench.room.later(seconds=5)
    bench.perform(dial)
    assert (bench.dial(dial), bench.callback[0]) == (("over", "never_made"), "due")


def test_a_list_that_cannot_be_read_for_long_leaves_it_to_a_person(bench: Bench) -> None:
    bench.rest.lost, bench.rest.deaf = 1, 100
    dial = bench.begin()
    began = bench.room.now
    bench.perform(dial)
    while bench.dial(dial)[0] == "ambiguous":
        bench.room.later(seconds=5)
        bench.perform(dial)
    assert bench.room.now - began >= timedelta(minutes=3)
    assert bench.callback == ("person", "ambiguous_twice")


def talks(bench: Bench, number: int) -> str:
    """Somebody has taken a callback, and then no report came."""
    dial = bench.begin(f"+18135550{number:03d}")
    assert isinstance(bench.perform(dial), Created)
    with bench.room.db.writing() as tx:
        table, offers = bench.room.table("dials"), bench.room.table("reservations")
        row = tx.execute(table.select().where(table.c.id == dial)).one()
        tx.execute(table.update().where(table.c.id == dial).values(state="accepted"))
        taken = {"state": "accepted", "accepted_at": bench.room.now}
        tx.execute(offers.update().where(offers.c.id == row.reservation_id).values(**taken))
    return dial


def settled(bench: Bench) -> None:
    by = Bellringer(lambda *_: True, lambda *_: True, bench.room.links)
    kinds = callback_kinds(by, bench.by)
    tick(bench.room.desk, bench.room.now, lambda kind, error: pytest.fail(f"{kind} {error!r}"), kinds)


def test_a_callback_of_which_nothing_is_heard_for_long_is_asked_after_and_ends_when_it_ended(bench: Bench) -> None:
    dial = talks(bench, 163)
    ended = bench.room.later(minutes=4)
    bench.room.later(minutes=7)
    told = {"sid": f"CA{1:032x}", "status": "completed", "end_time": format_datetime(ended.astimezone(UTC))}
    bench.rest.next = [Told(200, told)]
    settled(bench)
    assert bench.dial(dial)[0] == "over"
    row = bench.room.row("dials", id=dial)
    assert row["settled_at"] == ended.replace(microsecond=0)
    assert bench.callback[0] == "due"


def test_who_asked_by_a_form_and_calls_in_stops_the_phone_that_rings_for_her(bench: Bench) -> None:
    """She came by no account of the provider's; the ring is ended by the one that made it."""
    dial = bench.begin()
    assert isinstance(bench.perform(dial), Created)
    bench.room.call(contact=TAMPA)
    settled(bench)
    assert bench.dial(dial) == ("dropped", "called_in")
    move = bench.room.row("moves")
    assert (move["kind"], move["call_sid"], move["account"]) == ("hang_up", f"CA{1:032x}", ACCOUNT)


def test_a_failing_provider_is_asked_after_one_call_a_second(bench: Bench) -> None:
    for number in (163, 164):
        talks(bench, number)
        bench.room.later(seconds=2)
    bench.room.later(minutes=11)
    bench.rest.next = [FAILED, FAILED]
    settled(bench)
    assert len(bench.rest.next) == 1
    settled(bench)
    assert bench.rest.next == []


def test_a_process_that_slept_past_its_lease_makes_no_request_once_another_has_the_dial(bench: Bench) -> None:
    dial = bench.begin()
    rules, real = bench.room.book(), holder(bench.room.desk, 7).real
    slept = dials.claim(bench.room.db, rules, dial, bench.room.now, Holder("slept", real))
    later = Holder("next", real + timedelta(seconds=11))
    taken = dials.claim(bench.room.db, rules, dial, bench.room.now, later)
    assert isinstance(slept, dials.Claim)
    assert isinstance(taken, dials.Claim)
    assert not dials.posting(bench.room.db, slept, ACCOUNT, bench.room.now)
    assert dials.posting(bench.room.db, taken, ACCOUNT, bench.room.now)
    assert dials.settle(bench.room.db, slept, Created("CA" + "9" * 32), bench.room.now) is None
    assert bench.dial(dial)[0] == "posting"
