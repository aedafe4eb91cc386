"""Who is free is decided in one place, once, and survives repeats, races, expiry and the loss of all memory."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import redis

from routing.rules.book import Book, Member, OrderingName
from routing.rules.candidates import Candidate
from routing.rules.orderings import Advance, Preference
from routing.state.live.availability import BRAKE_MS, FENCE_GAP, FIRST_FENCE, LUA, OFFER_MS, TURN_KEPT_MS, Availability
from routing.state.live.claims import Claimed, Ending, Held, Pending
from routing.state.live.connection import Breaker
from routing.state.live.keys import NotSeated
from routing.state.live.seating import Seat
from routing.state.live.standing import Standing
from tests.small_practice import (
    HOUR,
    SECOND,
    START,
    available,
    book,
    claim,
    coordinator,
    held,
    look,
    offer,
    queue,
)

ZONE = "America/New_York"
TRIO = book(queue("admissions", ["marcus", "keisha", "priya"]))


@pytest.fixture
def availability(live: redis.Redis) -> Availability:
    return Availability(live, Breaker(lambda: 0.0))


@pytest.fixture
def seated(availability: Availability) -> Availability:
    """The three of the small practice, all free, Marcus idle for longest."""
    availability.seat(TRIO, available(TRIO), 0, START)
    return availability


def one(availability: Availability, who: str, of: Book = TRIO, now_ms: int = START) -> Candidate:
    (found,) = availability.snapshot_of(of, [who], look(now_ms)).candidates
    return found


def free_list(live: redis.Redis, queue_id: str = "admissions") -> list[str]:
    return [str(each) for each in live.zrange(f"leadline:{{harbor}}:queue:{queue_id}:free", 0, -1)]


# One test for every verb, with its repeat


def test_seat_writes_rows_and_rulebook_and_a_repeat_changes_only_the_version(
    availability: Availability, live: redis.Redis
) -> None:
    seats = available(TRIO, keisha=Seat("keisha", "away", load=6.4, chats=1, taken_day=4))
    availability.seat(TRIO, seats, 0, START)
    first = availability.snapshot(TRIO, "admissions", look())
    availability.seat(TRIO, seats, 0, START)
    again = availability.snapshot(TRIO, "admissions", look())
    assert [each.effective for each in first.candidates] == ["free", "away", "free"]
    assert first.candidates[1].load == 6.4
    assert first.candidates[1].taken_day == 4
    assert [each.turn for each in first.candidates] == [1, 2, 3]
    assert free_list(live) == ["marcus", "priya"]
    assert [replace(each, version=0) for each in again.candidates] == [
        replace(each, version=0) for each in first.candidates
    ]


def test_unseat_forgets_a_coordinator_whom_the_rulebook_no_longer_names(
    seated: Availability, live: redis.Redis
) -> None:
    smaller = book(queue("admissions", ["marcus", "priya"]), version=2)
    seated.seat(smaller, available(smaller), 0, START)
    seated.unseat("harbor", "keisha")
    assert free_list(live) == ["marcus", "priya"]
    assert not [key for key in live.keys("*") if "keisha" in str(key)]
    assert live.smembers("leadline:{harbor}:people") == {"marcus", "priya"}


def test_come_free_makes_available_and_a_repeat_keeps_the_idle_time(seated: Availability) -> None:
    seated.step_away("harbor", "marcus", "away", START)
    assert seated.come_free("harbor", "marcus", START + SECOND) == ""
    assert seated.come_free("harbor", "marcus", START + 9 * SECOND) == ""
    marcus = one(seated, "marcus")
    assert (marcus.effective, marcus.idle_since_ms) == ("free", START + SECOND)


def test_come_free_during_work_changes_what_is_wished_and_not_the_work(seated: Availability) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.accept(talking, "call", ZONE, START)
    seated.step_away("harbor", "marcus", "away", START)
    assert seated.come_free("harbor", "marcus", START) == "busy"
    assert one(seated, "marcus").effective == "busy"


def test_step_away_returns_the_pending_offer_and_a_repeat_returns_it_again(
    seated: Availability, live: redis.Redis
) -> None:
    claimed = claim(seated, TRIO, offer(TRIO))
    assert claimed is not None
    pending = Pending(claimed.reservation, claimed.fence)
    assert seated.step_away("harbor", "marcus", "away", START) == pending
    assert seated.step_away("harbor", "marcus", "away", START) == pending
    seated.release(held(TRIO, claimed), "rejected", START)
    assert one(seated, "marcus").effective == "away"
    assert seated.step_away("harbor", "marcus", "offline", START) is None
    assert one(seated, "marcus").desired == "offline"
    assert free_list(live) == ["keisha", "priya"]


def test_heartbeat_is_real_time_keeps_the_version_and_a_late_one_sets_nothing_back(availability: Availability) -> None:
    consoles = book(queue("chat", ["ines"]), ines=coordinator("ines", presence="console"))
    availability.seat(consoles, available(consoles), 0, START)
    before = availability.snapshot(consoles, "chat", look()).candidates[0]
    availability.heartbeat("harbor", "ines", START - 5 * SECOND)
    availability.heartbeat("harbor", "ines", START - 5 * SECOND)
    availability.heartbeat("harbor", "ines", START - 60 * SECOND)
    after = availability.snapshot(consoles, "chat", look()).candidates[0]
    assert before.heartbeat_age_s == START / 1000
    assert after.heartbeat_age_s == 5.0
    assert after.version == before.version


def test_claim_repeated_for_the_same_inquiry_and_step_answers_the_same(seated: Availability) -> None:
    first = claim(seated, TRIO, offer(TRIO))
    assert first == Claimed("marcus", FIRST_FENCE + FENCE_GAP + 1, "rs_iq_1_1", None, "admissions")
    assert claim(seated, TRIO, replace(offer(TRIO), reservation="rs_other")) == first
    assert one(seated, "keisha").effective == "free"
    assert claim(seated, TRIO, offer(TRIO, step=2)) == Claimed(
        "keisha", first.fence + 1, "rs_iq_1_2", None, "admissions"
    )


def test_claim_passes_over_whoever_has_changed_since_the_look(seated: Availability) -> None:
    seen = seated.snapshot(TRIO, "admissions", look()).candidates
    everybody = Preference(("marcus", "keisha", "priya"), {}, Advance("none"))
    seated.set_load("harbor", "marcus", 11.0, 0, START)
    claimed = seated.claim(offer(TRIO), everybody, seen, START)
    assert claimed is not None
    assert claimed.coordinator == "keisha"


def test_accept_makes_busy_once_and_an_older_fence_changes_nothing(seated: Availability) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    assert not seated.accept(replace(talking, fence=talking.fence - 1), "call", ZONE, START)
    assert seated.accept(talking, "call", ZONE, START)
    assert seated.accept(talking, "call", ZONE, START)
    marcus = one(seated, "marcus", now_ms=START + HOUR // 2)
    assert (marcus.effective, marcus.taken_hour, marcus.taken_day) == ("busy", 1, 1)


def test_accept_of_a_chat_takes_one_place_and_leaves_free(seated: Availability) -> None:
    chatting = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    assert seated.accept(chatting, "chat", ZONE, START)
    assert seated.accept(chatting, "chat", ZONE, START)
    marcus = one(seated, "marcus")
    assert (marcus.effective, marcus.chats) == ("free", 1)


def test_accept_counts_anew_in_a_new_hour_and_on_a_new_local_day(seated: Availability) -> None:
    for step, now in ((1, START), (2, START + HOUR), (3, START + 24 * HOUR)):
        seated.step_away("harbor", "keisha", "away", now)
        seated.step_away("harbor", "priya", "away", now)
        talking = held(TRIO, claim(seated, TRIO, offer(TRIO, step), now))
        seated.accept(talking, "call", ZONE, now)
        seated.release(talking, "done", now)
    marcus = [one(seated, "marcus", now_ms=START + later * HOUR) for later in (24, 25, 48)]
    assert [(each.taken_hour, each.taken_day) for each in marcus] == [(1, 1), (0, 1), (0, 0)]


def test_release_frees_once_and_a_repeat_is_stale(seated: Availability) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.accept(talking, "call", ZONE, START)
    assert seated.release(talking, "done", START + HOUR) == 0
    assert seated.release(talking, "done", START + 2 * HOUR) is None
    marcus = one(seated, "marcus")
    assert (marcus.effective, marcus.idle_since_ms) == ("free", START + HOUR)


def test_release_of_a_missed_offer_brakes_and_the_second_in_a_row_is_away(
    seated: Availability, live: redis.Redis
) -> None:
    seated.step_away("harbor", "keisha", "away", START)
    seated.step_away("harbor", "priya", "away", START)
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    assert seated.release(ringing, "missed", START) == 1
    assert free_list(live) == []
    assert claim(seated, TRIO, offer(TRIO, 2), START + BRAKE_MS - 1) is None
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO, 3), START + BRAKE_MS))
    assert seated.release(ringing, "missed", START + BRAKE_MS) == 2
    marcus = one(seated, "marcus", now_ms=START + HOUR)
    assert (marcus.desired, marcus.effective) == ("available", "away")
    seated.come_free("harbor", "marcus", START + HOUR)
    assert one(seated, "marcus", now_ms=START + HOUR).effective == "free"


def test_release_of_an_accepted_call_forgets_the_miss_before_it(seated: Availability) -> None:
    seated.step_away("harbor", "keisha", "away", START)
    seated.step_away("harbor", "priya", "away", START)
    misses = []
    endings: tuple[Ending, ...] = ("missed", "done", "missed")
    for step, ending in enumerate(endings):
        now = START + step * HOUR
        ringing = held(TRIO, claim(seated, TRIO, offer(TRIO, step), now))
        misses.append(seated.release(ringing, ending, now))
    assert misses == [1, 0, 1]


def test_release_of_a_returned_offer_gives_back_turn_idle_time_and_running_values(availability: Availability) -> None:
    orderings: tuple[OrderingName, ...] = ("round_robin", "weighted_round_robin")
    for ordering in orderings:
        shared = book(queue("imaging", ["ines", "paul", "mei"], ordering), practice=ordering)
        availability.seat(shared, available(shared), 0, START)
        before = availability.snapshot(shared, "imaging", look()).candidates
        ringing = held(shared, claim(availability, shared, offer(shared)))
        during = availability.snapshot(shared, "imaging", look()).candidates
        availability.release(ringing, "returned", START + HOUR)
        after = availability.snapshot(shared, "imaging", look()).candidates
        assert [(each.turn, each.current) for each in during] != [(each.turn, each.current) for each in before]
        assert [replace(each, version=0) for each in after] == [replace(each, version=0) for each in before]


def test_wrap_up_ends_by_itself_and_a_repeat_does_not_lengthen_it(seated: Availability) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    assert not seated.wrap_up(talking, START + 120 * SECOND, START)
    seated.accept(talking, "call", ZONE, START)
    assert seated.wrap_up(talking, START + 120 * SECOND, START)
    assert seated.wrap_up(talking, START + 900 * SECOND, START)
    assert not seated.wrap_up(replace(talking, fence=talking.fence - 1), START + 900 * SECOND, START)
    assert one(seated, "marcus", now_ms=START + 119 * SECOND).effective == "wrapping"
    after = one(seated, "marcus", now_ms=START + 120 * SECOND)
    assert (after.effective, after.idle_since_ms) == ("free", START + 120 * SECOND)
    assert seated.release(talking, "done", START + HOUR) == 0
    assert one(seated, "marcus").idle_since_ms == START + 120 * SECOND


def test_set_load_bumps_the_version_only_when_something_changed(seated: Availability) -> None:
    seated.set_load("harbor", "priya", 9.2, 2, START)
    first = one(seated, "priya")
    seated.set_load("harbor", "priya", 9.2, 2, START)
    assert (first.load, first.chats) == (9.2, 2)
    assert one(seated, "priya") == first


def test_shortlist_puts_back_whoever_has_run_out_and_a_repeat_answers_the_same(
    seated: Availability, live: redis.Redis
) -> None:
    claim(seated, TRIO, offer(TRIO))
    assert seated.shortlist("harbor", "admissions", 0, START) == (2, 3, ["keisha", "priya"])
    assert live.zcard("leadline:{harbor}:ends") == 1
    later = START + OFFER_MS
    assert seated.shortlist("harbor", "admissions", 0, later) == (3, 3, ["marcus", "keisha", "priya"])
    assert live.zcard("leadline:{harbor}:ends") == 0
    assert seated.shortlist("harbor", "admissions", 0, later) == (3, 3, ["marcus", "keisha", "priya"])
    assert live.zcard("leadline:{harbor}:ends") == 0


def test_see_reads_members_in_their_order_and_changes_nothing(seated: Availability, live: redis.Redis) -> None:
    before = live.hgetall("leadline:{harbor}:who:keisha")
    members = [TRIO.queues["admissions"].members[place] for place in (2, 1)]
    seen = seated.see(TRIO, members, "admissions", look())
    assert [(each.id, each.position, each.turn) for each in seen] == [("priya", 3, 3), ("keisha", 2, 2)]
    assert seated.see(TRIO, members, "admissions", look()) == seen
    assert live.hgetall("leadline:{harbor}:who:keisha") == before
    assert seated.see(TRIO, [], "admissions", look()) == ()


def test_move_keeps_the_lists_in_the_order_the_rules_would_give(availability: Availability, live: redis.Redis) -> None:
    team = ["marcus", "keisha", "priya", "dana"]
    several = book(
        queue("idle", team),
        queue("turns", team, "round_robin"),
        queue("loads", team, "least_loaded"),
        queue("ranks", team, "ranked", ranks={"marcus": 2, "keisha": 1, "priya": 2, "dana": 1}),
    )
    seats = [
        replace(seat, load=load, turns={"turns": turn})
        for seat, load, turn in zip(available(several), (6.5, 6.3, 6.4, 6.3), (8, 6, 7, 5), strict=True)
    ]
    availability.seat(several, seats, 0, START)
    assert free_list(live, "idle") == ["marcus", "keisha", "priya", "dana"]
    assert free_list(live, "turns") == ["dana", "keisha", "priya", "marcus"]
    assert free_list(live, "loads") == ["keisha", "dana", "priya", "marcus"]
    assert free_list(live, "ranks") == ["keisha", "dana", "marcus", "priya"]


def test_every_script_has_a_test_that_names_it() -> None:
    tests = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    for script in LUA.glob("*.lua"):
        assert [name for name in tests if name.startswith(f"{script.stem}_")], script.name
        lines = script.read_text().splitlines()
        assert lines[0].startswith("--")
        assert len(lines) < 60


# Races


def test_of_sixteen_racing_claims_for_the_last_one_free_exactly_one_wins(
    seated: Availability, live: redis.Redis
) -> None:
    seated.step_away("harbor", "keisha", "away", START)
    seated.step_away("harbor", "priya", "offline", START)
    for round_ in range(100):
        seen = seated.snapshot(TRIO, "admissions", look()).candidates
        last = Preference(("marcus",), {}, Advance("none"))
        answers = race(
            lambda racer, seen=seen, last=last, round_=round_: seated.claim(  # type: ignore[misc]
                offer(TRIO, round_, f"iq_{racer}"), last, seen, START
            )
        )
        winners = [answer for answer in answers if answer]
        assert len(winners) == 1
        assert seated.release(held(TRIO, winners[0]), "returned", START) == 0


def test_of_sixteen_copies_of_one_webhook_all_are_answered_with_the_same_coordinator(seated: Availability) -> None:
    answers = race(lambda _: claim(seated, TRIO, offer(TRIO)))
    assert {answer.coordinator for answer in answers if answer} == {"marcus"}
    assert len({answer.fence for answer in answers if answer}) == 1
    assert one(seated, "keisha").effective == "free"


def race(run: Callable[[int], Claimed | None], racers: int = 16) -> list[Claimed | None]:
    barrier = Barrier(racers)

    def at_once(racer: int) -> Claimed | None:
        barrier.wait()
        return run(racer)

    with ThreadPoolExecutor(racers) as threads:
        return list(threads.map(at_once, range(racers)))


# Distribution


def test_a_skipped_coordinator_keeps_her_one_turn_and_gets_no_burst(availability: Availability) -> None:
    """S-13a."""
    shared = book(queue("admissions", ["marcus", "keisha", "priya"], "round_robin"))
    availability.seat(shared, available(shared), 0, START)
    taken = []
    for step in range(1, 7):
        now = START + step * 60 * SECOND
        if step == 2:
            availability.step_away("harbor", "keisha", "away", now)
        if step == 4:
            availability.come_free("harbor", "keisha", now)
        claimed = claim(availability, shared, offer(shared, step), now)
        availability.release(held(shared, claimed), "done", now)
        taken.append(claimed.coordinator if claimed else None)
    assert taken == ["marcus", "priya", "marcus", "keisha", "priya", "marcus"]


def test_weights_of_three_to_one_give_a_a_b_a(availability: Availability) -> None:
    pool = replace(
        queue("pool", ["ann", "bob"], "weighted_round_robin"),
        members=(Member("ann", 1, weight=3), Member("bob", 2, weight=1)),
    )
    weighted = book(pool)
    availability.seat(weighted, available(weighted), 0, START)
    taken = []
    for step in range(8):
        claimed = claim(availability, weighted, offer(weighted, step))
        availability.release(held(weighted, claimed), "done", START)
        taken.append(claimed.coordinator if claimed else None)
    assert taken == ["ann", "ann", "bob", "ann"] * 2


def test_whoever_was_away_for_long_goes_to_the_end_of_the_line(availability: Availability) -> None:
    shared = book(queue("admissions", ["marcus", "keisha", "priya"], "round_robin"))
    availability.seat(shared, available(shared), 0, START)
    for who in ("marcus", "keisha"):
        availability.step_away("harbor", who, "away", START)
    availability.come_free("harbor", "keisha", START + TURN_KEPT_MS)
    availability.come_free("harbor", "marcus", START + TURN_KEPT_MS + 1)
    turns = {each.id: each.turn for each in availability.snapshot(shared, "admissions", look()).candidates}
    assert sorted(turns, key=turns.__getitem__) == ["keisha", "priya", "marcus"]


def test_two_misses_count_as_going_away_for_the_turn(availability: Availability) -> None:
    shared = book(queue("admissions", ["marcus", "keisha"], "round_robin"))
    availability.seat(shared, available(shared, keisha=Seat("keisha")), 0, START)
    for step in (1, 2):
        now = START + step * BRAKE_MS
        availability.release(held(shared, claim(availability, shared, offer(shared, step), now)), "missed", now)
    before = availability.snapshot(shared, "admissions", look()).candidates[0].turn
    availability.come_free("harbor", "marcus", START + 2 * BRAKE_MS + TURN_KEPT_MS + 1)
    assert availability.snapshot(shared, "admissions", look()).candidates[0].turn > before


def test_a_returned_offer_does_not_bring_back_a_turn_that_was_lost_since(availability: Availability) -> None:
    shared = book(queue("admissions", ["marcus", "keisha"], "round_robin"))
    availability.seat(shared, available(shared), 0, START)
    talking = held(shared, claim(availability, shared, offer(shared)))
    availability.accept(talking, "call", ZONE, START)
    availability.step_away("harbor", "marcus", "away", START)
    availability.come_free("harbor", "marcus", START + TURN_KEPT_MS + 1)
    availability.release(talking, "returned", START + TURN_KEPT_MS + 2)
    marcus = availability.snapshot(shared, "admissions", look()).candidates[0]
    assert marcus.turn > talking.fence


def test_a_look_joins_what_the_book_the_rows_and_redis_know(seated: Availability) -> None:
    careful = book(
        queue("admissions", ["marcus", "keisha", "priya"]),
        version=2,
        priya=coordinator("priya", per_hour=4, per_day=20, cap=6.0, skills={"detox": 3}),
    )
    seated.seat(careful, available(careful), 0, START)
    standing = Standing(assigned=7, calibration=2.0, credits=1, talk_s=300.0)
    seen = seated.snapshot(careful, "admissions", replace(look(), standings={"priya": standing})).candidates
    priya, marcus = seen[2], seen[0]
    assert (priya.per_hour, priya.per_day, priya.cap, priya.skills) == (4, 20, 6.0, {"detox": 3})
    assert (priya.assigned, priya.calibration, priya.credits, priya.talk_s) == (7, 2.0, 1, 300.0)
    assert (marcus.assigned, marcus.heartbeat_age_s) == (0, None)


def test_a_new_member_starts_at_the_end_of_the_line_and_the_others_keep_their_turns(availability: Availability) -> None:
    shared = book(queue("admissions", ["marcus", "keisha"], "round_robin"))
    availability.seat(shared, available(shared), 0, START)
    claim(availability, shared, offer(shared))
    larger = book(queue("admissions", ["dana", "marcus", "keisha"], "round_robin"), version=2)
    availability.seat(larger, available(larger), 0, START)
    turns = {each.id: each.turn for each in availability.snapshot(larger, "admissions", look()).candidates}
    assert sorted(turns, key=turns.__getitem__) == ["keisha", "marcus", "dana"]


# Work that ends by itself


def test_an_expired_reservation_frees_itself_and_the_next_claim_reports_it(seated: Availability) -> None:
    seated.step_away("harbor", "keisha", "away", START)
    seated.step_away("harbor", "priya", "away", START)
    lost = claim(seated, TRIO, offer(TRIO))
    assert lost is not None
    assert claim(seated, TRIO, offer(TRIO, 2), START + OFFER_MS - 1) is None
    taken = claim(seated, TRIO, offer(TRIO, 3), START + OFFER_MS)
    assert taken == Claimed("marcus", lost.fence + 1, "rs_iq_1_3", lost.reservation, "admissions")
    assert not seated.accept(held(TRIO, lost), "call", ZONE, START + OFFER_MS)
    assert seated.release(held(TRIO, lost), "missed", START + OFFER_MS) is None
    assert one(seated, "marcus", now_ms=START + OFFER_MS).effective == "offered"


def test_a_late_key_still_wins_while_nobody_was_offered_instead(seated: Availability) -> None:
    late = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    assert seated.accept(late, "call", ZONE, START + OFFER_MS + 1)
    assert one(seated, "marcus", now_ms=START + HOUR).effective == "busy"


def test_away_during_wrap_up_stays_away(seated: Availability, live: redis.Redis) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.accept(talking, "call", ZONE, START)
    seated.wrap_up(talking, START + 120 * SECOND, START)
    seated.step_away("harbor", "marcus", "away", START)
    seated.release(talking, "done", START + 60 * SECOND)
    assert one(seated, "marcus", now_ms=START + HOUR).effective == "away"
    assert free_list(live) == ["keisha", "priya"]


# Loss


def test_after_a_flush_whoever_was_busy_is_seated_busy(seated: Availability, live: redis.Redis) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.accept(talking, "call", ZONE, START)
    live.flushall()
    with pytest.raises(NotSeated):
        seated.snapshot(TRIO, "admissions", look())
    assert not seated.is_seated(TRIO)
    with pytest.raises(NotSeated):
        seated.heartbeat("harbor", "marcus", START)
    busy = Seat("marcus", "available", "busy", reservation="rs_iq_1_1", fence=talking.fence)
    seated.seat(TRIO, available(TRIO, marcus=busy), talking.fence, START)
    assert seated.is_seated(TRIO)
    assert [each.effective for each in seated.snapshot(TRIO, "admissions", look()).candidates] == [
        "busy",
        "free",
        "free",
    ]
    following = claim(seated, TRIO, offer(TRIO, 2))
    assert following is not None
    assert following.coordinator == "keisha"
    assert following.fence > talking.fence
    assert seated.release(talking, "done", START) == 0


def test_a_look_from_before_a_flush_claims_nobody(seated: Availability, live: redis.Redis) -> None:
    seen = seated.snapshot(TRIO, "admissions", look()).candidates
    live.flushall()
    seated.seat(TRIO, available(TRIO), 0, START + SECOND)
    everybody = Preference(("marcus", "keisha", "priya"), {}, Advance("none"))
    assert seated.claim(offer(TRIO), everybody, seen, START + SECOND) is None


def test_seating_again_keeps_an_offer_whose_row_is_not_committed_yet(seated: Availability) -> None:
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.seat(TRIO, available(TRIO), 0, START + SECOND)
    assert one(seated, "marcus", now_ms=START + SECOND).effective == "offered"
    assert seated.accept(ringing, "call", ZONE, START + SECOND)


def test_seating_again_from_rows_frees_whoever_was_stuck(seated: Availability) -> None:
    talking = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.accept(talking, "call", ZONE, START)
    seated.seat(TRIO, available(TRIO), talking.fence, START + HOUR)
    assert one(seated, "marcus", now_ms=START + HOUR).effective == "free"


def test_a_newer_rulebook_asks_for_seating_and_an_older_one_makes_do(seated: Availability) -> None:
    newer = book(queue("admissions", ["marcus", "dana"]), version=2)
    with pytest.raises(NotSeated):
        seated.snapshot(newer, "admissions", look())
    seated.seat(newer, available(newer), 0, START)
    assert [each.id for each in seated.snapshot(newer, "admissions", look()).candidates] == ["marcus", "dana"]
    assert [each.id for each in seated.snapshot(TRIO, "admissions", look()).candidates] == ["marcus"]


def test_verbs_survive_the_loss_of_the_script_cache(seated: Availability, live: redis.Redis) -> None:
    live.script_flush()
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    live.script_flush()
    assert seated.accept(ringing, "call", ZONE, START)
    live.script_flush()
    seated.seat(TRIO, available(TRIO), 0, START)


def test_seating_again_makes_busy_whose_accept_reached_only_the_rows(seated: Availability) -> None:
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    busy = Seat("marcus", "available", "busy", reservation="rs_iq_1_1", fence=ringing.fence)
    seated.seat(TRIO, available(TRIO, marcus=busy), ringing.fence, START + SECOND)
    assert one(seated, "marcus", now_ms=START + SECOND).effective == "busy"


def test_seating_again_forgets_an_offer_that_has_expired_without_a_row(seated: Availability) -> None:
    claim(seated, TRIO, offer(TRIO))
    seated.seat(TRIO, available(TRIO), 0, START + OFFER_MS)
    again = claim(seated, TRIO, offer(TRIO, 2), START + OFFER_MS)
    assert again is not None
    assert (again.coordinator, again.settled) == ("marcus", None)


def test_seating_again_keeps_misses_brake_and_idle_time(seated: Availability) -> None:
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO)))
    seated.release(ringing, "missed", START + SECOND)
    before = one(seated, "marcus")
    seated.seat(TRIO, available(TRIO), 0, START + 2 * SECOND)
    assert replace(one(seated, "marcus"), version=before.version) == before
    ringing = held(TRIO, claim(seated, TRIO, offer(TRIO, 2), START + HOUR))
    assert ringing.coordinator == "keisha"


def test_whoever_changes_queue_leaves_every_list_of_the_old_one(availability: Availability, live: redis.Redis) -> None:
    first = book(queue("imaging", ["ines", "paul"]), queue("labs", ["mei", "paul"]))
    availability.seat(first, available(first), 0, START)
    moved = book(queue("imaging", ["ines"]), queue("labs", ["mei", "paul"]), version=2)
    availability.seat(moved, available(moved), 0, START)
    assert availability.shortlist("harbor", "imaging", 0, START) == (1, 1, ["ines"])
    assert availability.shortlist("harbor", "labs", 0, START) == (2, 2, ["paul", "mei"])
    assert live.zrange("leadline:{harbor}:queue:imaging:turns", 0, -1) == ["ines"]


def test_whoever_is_forgotten_while_ringing_leaves_nothing_behind(seated: Availability, live: redis.Redis) -> None:
    claim(seated, TRIO, offer(TRIO))
    seated.unseat("harbor", "marcus")
    assert seated.shortlist("harbor", "admissions", 0, START + OFFER_MS) == (2, 2, ["keisha", "priya"])
    assert live.zcard("leadline:{harbor}:ends") == 0


# Practices apart


def test_every_key_carries_the_hash_tag_of_its_practice(seated: Availability, live: redis.Redis) -> None:
    weighted = book(queue("pool", ["ann", "bob"], "weighted_round_robin"), practice="lakeside")
    seated.seat(weighted, available(weighted), 0, START)
    for of in (TRIO, weighted):
        ringing = held(of, claim(seated, of, offer(of)))
        seated.release(ringing, "missed", START)
        claim(seated, of, offer(of, 2))
    keys = {str(key) for key in live.keys("*")}
    assert {key.split(":")[1] for key in keys} == {"{harbor}", "{lakeside}"}
    assert {key.split(":")[2] for key in keys} == {"who", "queue", "claim", "ends", "fence", "seated", "people"}


def test_two_practices_with_the_same_names_never_see_each_other(availability: Availability) -> None:
    both = [book(queue("intake", ["dana"]), practice=each) for each in ("harbor", "lakeside")]
    for of in both:
        availability.seat(of, available(of), 0, START)
    ringing = held(both[0], claim(availability, both[0], offer(both[0])))
    assert one(availability, "dana", both[1]).effective == "free"
    assert claim(availability, both[1], offer(both[1])) is not None
    assert not availability.accept(Held("lakeside", "dana", ringing.fence + 1), "call", ZONE, START)
    availability.step_away("harbor", "dana", "offline", START)
    assert one(availability, "dana", both[1]).desired == "available"


# Large queues and rotas


@pytest.fixture
def large(availability: Availability) -> Book:
    crowd = book(queue("hotline", [f"c{number:02}" for number in range(60)], "ranked"))
    availability.seat(crowd, available(crowd), 0, START)
    return crowd


def test_of_a_large_queue_the_head_of_the_free_list_is_seen_with_counts_of_the_rest(
    availability: Availability, large: Book
) -> None:
    availability.step_away("harbor", "c00", "away", START)
    ringing = held(large, claim(availability, large, offer(large)))
    assert ringing.coordinator == "c01"
    seen = availability.snapshot(large, "hotline", look())
    assert [each.id for each in seen.candidates] == [f"c{number:02}" for number in range(2, 22)]
    assert seen.counts == {"free": 58, "engaged": 1, "away": 1}
    later = availability.snapshot(large, "hotline", look(START + OFFER_MS))
    assert later.candidates[0].id == "c01"
    assert later.counts == {"free": 59, "engaged": 0, "away": 1}


def test_a_large_queue_is_turned_over_while_nobody_at_its_head_is_on_shift(
    availability: Availability, large: Book
) -> None:
    seen = availability.snapshot(large, "hotline", look(on_shift=lambda who: who.id >= "c45"))
    assert next(each.id for each in seen.candidates if each.on_shift) == "c45"
    nobody = availability.snapshot(large, "hotline", look(on_shift=lambda _: False))
    assert [(each.id, each.on_shift) for each in nobody.candidates][:2] == [("c00", False), ("c01", False)]


def test_a_large_queue_counts_alike_when_seen_as_a_whole(availability: Availability, large: Book) -> None:
    endings: tuple[Ending, ...] = ("missed", "done", "returned", "rejected")
    for number, ending in enumerate(endings):
        ringing = held(large, claim(availability, large, offer(large, number)))
        availability.release(ringing, ending, START)
    availability.step_away("harbor", "c30", "offline", START)
    for step in (10, 11):
        claim(availability, large, offer(large, step))
    head = availability.snapshot(large, "hotline", look())
    whole = availability.snapshot_of(large, list(large.coordinators), look())
    assert head.counts == whole.counts == {"free": 56, "engaged": 3, "away": 1}


def test_the_rungs_of_a_rota_can_be_claimed_whatever_they_wish(seated: Availability) -> None:
    seated.step_away("harbor", "priya", "offline", START)
    seen = seated.snapshot_of(TRIO, ["priya", "marcus"], look()).candidates
    assert [(each.id, each.position) for each in seen] == [("priya", 0), ("marcus", 1)]
    rungs = Preference(("priya", "marcus"), {}, Advance("none"))
    ringing = seated.claim(replace(offer(TRIO), queue="nights"), rungs, seen, START)
    assert ringing is not None
    assert ringing.coordinator == "priya"
    assert seated.accept(held(TRIO, ringing), "call", ZONE, START)


def test_a_repeated_claim_is_answered_even_to_a_copy_that_found_nobody_left(seated: Availability) -> None:
    first = claim(seated, TRIO, offer(TRIO))
    nobody = Preference((), {}, Advance("none"))
    assert seated.claim(offer(TRIO), nobody, (), START) == first
