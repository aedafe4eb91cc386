"""The clock: what nobody ended ends by itself, what Redis lost or missed is written again, twice is as good as once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from threading import Barrier, Thread

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from routing import connection
from routing.desk import Desk
from routing.pursuit import reseat
from routing.rules.calendars import Calendar, HoursRule, Span
from routing.state.call.talks import Talk
from routing.state.database import open_database
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker
from routing.state.live.standing import Look
from routing.state.practice.practices import desire
from tests.rooms import NEW_YORK, Call, Room, with_coordinator
from worker.clock import DUE, Kind, tick, tick_s


def ticked(room: Room, desk: Desk | None = None) -> dict[str, int]:
    failed: list[str] = []
    settled = tick(desk or room.desk, room.now, lambda kind, error: failed.append(f"{kind} {error!r}"))
    assert failed == []
    return settled


def effective(room: Room, who: str) -> str:
    now_ms = int(room.now.timestamp() * 1000)
    seen = room.desk.by.live.snapshot_of(room.book(), [who], Look(now_ms, now_ms, lambda _: True))
    return seen.candidates[0].effective


def misses(room: Room, who: str) -> int:
    return int(room.live.hget(f"leadline:{{harbor-recovery}}:who:{who}", "misses") or 0)


@pytest.fixture
def cut_off(room: Room) -> Iterator[Desk]:
    """The desk of a process that cannot reach Redis."""
    client = redis.Redis(port=1, retry=Retry(NoBackoff(), 0), decode_responses=True)
    yield replace(room.desk, by=replace(room.desk.by, live=Availability(client, Breaker(lambda: 0.0))))
    client.close()


def offered(room: Room) -> tuple[Call, str]:
    call = room.call()
    assert call.coordinator
    return call, call.coordinator


def talking(room: Room) -> tuple[Call, str]:
    call, who = offered(room)
    assert call.accept()
    return call, who


def test_a_quiet_second_settles_nothing(room: Room) -> None:
    assert ticked(room) == dict.fromkeys(DUE, 0)


def test_an_offer_that_nobody_ended_frees_its_coordinator_and_counts_as_missed(room: Room) -> None:
    _, who = offered(room)
    room.later(seconds=50)
    assert ticked(room)["offers"] == 1
    assert room.row("reservations")["state"] == "timeout"
    assert (effective(room, who), misses(room, who)) == ("free", 1)
    assert ticked(room)["offers"] == 0
    assert misses(room, who) == 1


def test_two_offers_missed_in_a_row_make_away(room: Room) -> None:
    for number in range(2):
        room.live.flushall()
        ticked(room)
        call = room.call(contact=f"+1813555012{number}", payer="medicaid")
        assert call.coordinator == "priya-nair"
        room.later(seconds=50)
        ticked(room)
    assert effective(room, "priya-nair") == "away"


def test_a_webhook_that_comes_after_the_clock_still_goes_on(room: Room) -> None:
    call, who = offered(room)
    room.later(seconds=51)
    ticked(room)
    assert call.missed() not in (None, who)
    assert misses(room, who) == 1


def test_an_offer_accepted_in_time_is_left_alone(room: Room) -> None:
    _, who = talking(room)
    room.later(seconds=400)
    ticked(room)
    assert effective(room, who) == "busy"


def test_a_wrap_up_ends_in_the_rows_and_in_live_state(room: Room) -> None:
    call, who = offered(room)
    call.talk(60, wrap_up=False)
    assert effective(room, who) == "wrapping"
    room.later(seconds=120)
    assert ticked(room)["wrap_ups"] == 1
    assert effective(room, who) == "free"
    assert room.row("reservations")["state"] == "completed"


@pytest.mark.parametrize(("stage", "expected"), [("offered", "offered"), ("busy", "busy"), ("wrapping", "wrapping")])
def test_after_a_flush_everybody_is_what_the_rows_say(room: Room, stage: str, expected: str) -> None:
    call, who = offered(room)
    if stage != "offered":
        assert call.accept()
    if stage == "wrapping":
        connection.talk_over(room.desk, Talk(call.arrival.inquiry.id, call.step, 0, "gone"), room.now)
    room.live.flushall()
    assert ticked(room)["live_state"] == 2
    assert effective(room, who) == expected
    assert ticked(room)["live_state"] == 0
    other = room.call(contact="+18135550164")
    assert other.coordinator not in (None, who)


def test_what_coordinators_want_to_be_survives_a_flush(room: Room) -> None:
    room.wish("dana-whitlock", "away")
    room.live.flushall()
    ticked(room)
    assert (effective(room, "dana-whitlock"), effective(room, "luis-ortega")) == ("away", "free")


# -- what was settled in the rows while Redis could not be reached


def test_a_talk_that_ended_while_redis_was_away_does_not_keep_its_coordinator_busy(room: Room, cut_off: Desk) -> None:
    call, who = talking(room)
    room.later(seconds=60)
    connection.talk_over(cut_off, Talk(call.arrival.inquiry.id, call.step, 60, "gone"), room.now)
    assert effective(room, who) == "busy"
    room.later(seconds=1)
    ticked(room)
    assert effective(room, who) == "wrapping"
    room.later(seconds=121)
    ticked(room)
    assert effective(room, who) == "free"


def test_an_accept_that_redis_did_not_hear_of_makes_busy(room: Room, cut_off: Desk) -> None:
    call, who = offered(room)
    room.desk, reachable = cut_off, room.desk
    assert call.accept()
    room.desk = reachable
    assert effective(room, who) == "offered"
    ticked(room)
    room.later(seconds=60)
    assert effective(room, who) == "busy"


def test_a_whole_call_that_redis_did_not_hear_of_ends_in_its_wrap_up(room: Room, cut_off: Desk) -> None:
    call, who = offered(room)
    room.desk, reachable = cut_off, room.desk
    call.talk(20, wrap_up=False)
    room.desk = reachable
    ticked(room)
    assert effective(room, who) == "wrapping"


def test_a_caller_who_left_while_redis_was_away_frees_the_coordinator(room: Room, cut_off: Desk) -> None:
    call, who = offered(room)
    room.desk, reachable = cut_off, room.desk
    call.hang_up()
    room.desk = reachable
    assert effective(room, who) == "offered"
    ticked(room)
    assert (effective(room, who), misses(room, who)) == ("free", 0)


def test_an_outage_of_any_length_is_made_up_for(room: Room, cut_off: Desk) -> None:
    call, who = talking(room)
    ticked(room)
    room.later(seconds=60)
    connection.talk_over(cut_off, Talk(call.arrival.inquiry.id, call.step, 60, "gone"), room.now)
    for _ in range(3):
        room.later(minutes=20)
        tick(cut_off, room.now, lambda kind, error: None)
    assert effective(room, who) == "busy"
    ticked(room)
    assert effective(room, who) == "free"


def test_a_wish_that_redis_did_not_hear_of_is_followed(room: Room) -> None:
    desire(room.db, "harbor-recovery", "dana-whitlock", ("away", "test"), room.later(seconds=1))
    assert effective(room, "dana-whitlock") == "free"
    ticked(room)
    assert effective(room, "dana-whitlock") == "away"
    desire(room.db, "harbor-recovery", "dana-whitlock", ("available", "test"), room.later(seconds=1))
    ticked(room)
    assert effective(room, "dana-whitlock") == "free"


def test_following_a_wish_does_not_forgive_the_offers_missed_since(room: Room) -> None:
    """A clock that was away for minutes reads old wishes again."""
    ticked(room)
    room.wish("priya-nair", "away")
    room.wish("priya-nair", "available")
    for number in range(2):
        room.later(seconds=31)
        call = room.call(contact=f"+1813555012{number}", payer="medicaid")
        assert call.coordinator == "priya-nair"
        call.missed()
    assert effective(room, "priya-nair") == "away"
    ticked(room)
    assert effective(room, "priya-nair") == "away"


def test_an_old_report_does_not_take_the_next_call_away(room: Room) -> None:
    """Rows are followed by fence: what is over does not touch what came after it."""
    call, who = offered(room)
    call.hang_up()
    room.later(seconds=1)
    again = room.call(contact="+18135550164")
    assert again.coordinator == who
    for _ in range(3):
        ticked(room)
    assert effective(room, who) == "offered"
    assert again.accept()
    ticked(room)
    assert effective(room, who) == "busy"


# -- shifts


def day_shift(room: Room, who: str) -> None:
    """09:00 to 17:00 in New York; the room begins at 14:00."""
    shifts = Calendar("America/New_York", (HoursRule("shift", "open", (Span(540, 1020),)),))
    with_coordinator(room, who, shifts=shifts)


def test_whoever_is_available_goes_offline_when_the_shift_ends(room: Room) -> None:
    day_shift(room, "dana-whitlock")
    assert ticked(room)["shifts"] == 0
    room.later(hours=3)
    assert ticked(room)["shifts"] == 1
    assert effective(room, "dana-whitlock") == "offline"
    row = room.row("desired_statuses", practice_id="harbor-recovery", coordinator_id="dana-whitlock")
    assert (row["status"], row["set_by"]) == ("offline", "shift_end")
    assert ticked(room)["shifts"] == 0


def test_a_talk_goes_on_past_the_end_of_the_shift(room: Room) -> None:
    call, who = talking(room)
    day_shift(room, who)
    room.later(hours=3)
    ticked(room)
    assert effective(room, who) == "busy"
    connection.talk_over(room.desk, Talk(call.arrival.inquiry.id, call.step, None, "gone"), room.now)
    room.later(seconds=121)
    assert effective(room, who) == "offline"


def test_whoever_comes_before_the_shift_begins_is_not_sent_home(room: Room) -> None:
    day_shift(room, "dana-whitlock")
    room.now = datetime(2026, 11, 18, 8, 50, tzinfo=NEW_YORK)
    ticked(room)
    room.wish("dana-whitlock", "available")
    for _ in range(3):
        room.later(minutes=1)
        assert ticked(room)["shifts"] == 0
    room.later(hours=9)
    assert ticked(room)["shifts"] == 1


def test_a_shift_that_ended_while_redis_was_away_is_ended_later(room: Room, cut_off: Desk) -> None:
    day_shift(room, "dana-whitlock")
    room.later(hours=3)
    failed: list[str] = []
    tick(cut_off, room.now, lambda kind, error: failed.append(kind))
    ticked(room)
    assert effective(room, "dana-whitlock") == "offline"


# -- the round itself


def test_one_kind_that_fails_does_not_stop_the_others(room: Room, cut_off: Desk) -> None:
    offered(room)
    room.later(seconds=50)
    failed: list[str] = []
    settled = tick(cut_off, room.now, lambda kind, error: failed.append(kind))
    assert "live_state" in failed
    assert settled["offers"] == 1
    assert set(failed) | set(settled) == set(DUE)


def test_one_row_that_nobody_can_read_does_not_end_the_clock(room: Room) -> None:
    def reads(desk: Desk, now: datetime) -> int:
        raise KeyError("what somebody said")

    failed: list[str] = []
    kinds = {"poison": Kind(reads, "what no version of ours has written"), **DUE}
    settled = tick(room.desk, room.now, lambda kind, error: failed.append(f"{kind} {type(error).__name__}"), kinds)
    assert failed == ["poison KeyError"]
    assert set(settled) == set(DUE)


@pytest.mark.parametrize(("speed", "seconds"), [(0.5, 1.0), (1.0, 1.0), (4.0, 0.25), (60.0, 0.1)])
def test_the_clock_ticks_with_that_of_a_rehearsal_within_reason(speed: float, seconds: float) -> None:
    assert tick_s(speed) == seconds


def test_a_database_that_is_down_fails_every_kind_and_raises_nothing(room: Room) -> None:
    nowhere = open_database("postgresql+psycopg://127.0.0.1:1/none", room.db.vault)
    failed: list[str] = []
    assert tick(replace(room.desk, db=nowhere), room.now, lambda kind, _: failed.append(kind)).keys() <= {"live_state"}
    assert {"offers", "wrap_ups", "tasks", "shifts"} <= set(failed)
    nowhere.engine.dispose()


def test_two_clocks_at_once_do_no_harm(room: Room) -> None:
    callers = [offered(room)[1]]
    others = [room.call(contact=f"+1813555013{number}").coordinator for number in range(3)]
    room.later(seconds=50)
    settled: list[int] = []
    start = Barrier(3)

    def clock() -> None:
        start.wait()
        settled.append(ticked(room)["offers"])

    clocks = [Thread(target=clock) for _ in range(3)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    rung = [who for who in (*callers, *others) if who]
    assert sum(settled) == len(rung)
    assert [misses(room, who) for who in rung] == [1] * len(rung)


def test_a_new_rulebook_is_seated_by_the_clock(room: Room) -> None:
    book = room.book()
    room.desk.shelf._shelve(replace(book, version=book.version + 1))
    assert ticked(room)["live_state"] == 1
    assert ticked(room)["live_state"] == 0


def test_everything_can_be_written_again_at_any_moment(room: Room) -> None:
    _, who = talking(room)
    for _ in range(3):
        reseat(room.desk.by, room.book(), room.now)
        room.later(seconds=1)
    assert effective(room, who) == "busy"


def test_a_call_whose_provider_falls_silent_is_owed_a_callback(room: Room) -> None:
    call = room.call()
    room.later(seconds=55)
    ticked(room)
    assert room.rows("tasks") == []
    room.later(seconds=61)
    ticked(room)
    ticked(room)
    (task,), (inquiry,) = room.rows("tasks"), room.rows("inquiries")
    assert (task["kind"], task["owner_id"]) == ("callback", call.lead["owner_id"])
    assert inquiry["state"] == "ended"
