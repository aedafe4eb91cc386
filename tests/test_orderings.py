"""The eleven orderings: hand-computed sequences, scenario S-13, and what holds for every pool."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rules.book import OrderingName
from routing.rules.candidates import CONDITIONS, Asked, Candidate
from routing.rules.orderings import Advance, Draw, Preference, calibration, level, prefer, sticky, why_nobody

NOW = 1_800_000_000_000
CALL = Asked("live_call", now_ms=NOW)
FORM = Asked("later", now_ms=NOW)
DRAW = Draw("dc_1", "admissions", 1)
ORDERINGS: tuple[OrderingName, ...] = get_args(OrderingName)

exact = settings(derandomize=True, deadline=None, database=None, max_examples=150)


def pool(*ids: str, **columns: tuple[Any, ...]) -> list[Candidate]:
    """One candidate an id, in position order; each column gives one field's values in the same order."""
    people = [Candidate(id=name, position=place) for place, name in enumerate(ids, 1)]
    return [replace(who, **{field: values[row] for field, values in columns.items()}) for row, who in enumerate(people)]


def order(ordering: OrderingName, candidates: list[Candidate], draw: Draw = DRAW) -> str:
    return " ".join(prefer(ordering, candidates, CALL, draw).order)


def away(candidates: list[Candidate], absent: Collection[str]) -> list[Candidate]:
    return [replace(who, desired="away") if who.id in absent else who for who in candidates]


def moved_on(candidates: list[Candidate], chosen: str, advance: Advance) -> list[Candidate]:
    """What the live store does when ``chosen`` is claimed."""
    if advance.kind == "last":
        turn = max(who.turn for who in candidates) + 1
        return [replace(who, turn=turn) if who.id == chosen else who for who in candidates]
    return [
        replace(who, current=who.current + advance.credits.get(who.id, 0) - advance.charge * (who.id == chosen))
        for who in candidates
    ]


def served(ordering: OrderingName, candidates: list[Candidate], absences: list[set[str]]) -> list[str]:
    """Who gets each of the inquiries, one for every set of absent people."""
    taken = []
    for absent in absences:
        preference = prefer(ordering, away(candidates, absent), CALL, DRAW)
        taken.append(preference.order[0])
        candidates = moved_on(candidates, taken[-1], preference.advance)
    return taken


TABLE: list[tuple[OrderingName, dict[str, tuple[Any, ...]], str]] = [
    ("longest_idle", {"idle_since_ms": (300, 100, 200, 100)}, "b d c a"),
    ("round_robin", {"turn": (7, 5, 5, 6)}, "b c d a"),
    ("weighted_round_robin", {"current": (0, -1, 2, 0), "weight": (3, 5, 1, 3)}, "b a c d"),
    (
        "fewest_in_window",
        {"calibration": (2.0, 0.0, 0.0, 0.0), "assigned": (3, 5, 6, 4), "credits": (1, 0, 2, 1)},
        "d a c b",
    ),
    ("fewest_in_window", {"assigned": (6, 3, 4, 2), "weight": (3, 1, 2, 1), "idle_since_ms": (9, 1, 8, 7)}, "d c a b"),
    ("least_loaded", {"load": (6.4, 6.4, 0.1 + 0.2, 0.3), "idle_since_ms": (2, 1, 4, 5)}, "c d b a"),
    (
        "most_available",
        {"load": (6.0, 3.0, 0.0, 5.0), "cap": (12.0, 12.0, 12.0, 5.5), "chats": (0, 1, 2, 0)},
        "b a c d",
    ),
    ("most_available", {"chats": (0, 3, 2, 0), "capacity": (0, 4, 4, 1), "load": (1.2, 0.0, 0.0, 0.6)}, "d a c b"),
    ("least_talk_time", {"talk_s": (60.0, 30.5, 30.4, 60.0)}, "c b a d"),
    ("ranked", {"rank": (2, 1, 1, 3), "idle_since_ms": (0, 9, 8, 0)}, "c b a d"),
    ("top_down", {"rank": (2, 1, 1, 3), "idle_since_ms": (0, 9, 8, 0)}, "b c a d"),
]


@pytest.mark.parametrize(("ordering", "columns", "expected"), TABLE)
def test_an_ordering_sorts_by_its_definition(
    ordering: OrderingName, columns: dict[str, tuple[Any, ...]], expected: str
) -> None:
    assert order(ordering, pool("a", "b", "c", "d", **columns)) == expected


@pytest.mark.parametrize("ordering", [each for each in ORDERINGS if "random" not in each])
def test_the_last_tie_break_is_the_position_in_the_queue(ordering: OrderingName) -> None:
    equal = [Candidate(id=name, position=place) for name, place in (("a", 3), ("b", 1), ("c", 2))]
    assert order(ordering, equal) == "b c a"


def test_round_robin_keeps_a_skipped_turn_once_and_gives_no_burst() -> None:
    """S-13a."""
    absences: list[set[str]] = [set(), {"keisha"}, {"keisha"}, set(), set(), set()]
    assert served("round_robin", pool("marcus", "keisha", "priya"), absences) == [
        "marcus",
        "priya",
        "marcus",
        "keisha",
        "priya",
        "marcus",
    ]


def test_least_loaded_respects_each_cap_and_says_when_all_are_full() -> None:
    """S-13b."""
    people = pool("marcus", "keisha", "priya", load=(11.0, 6.4, 9.2))
    assert prefer("least_loaded", people, FORM, DRAW).order == ("keisha", "priya", "marcus")
    lowered = [replace(who, cap=6.0) if who.id == "keisha" else who for who in people]
    preference = prefer("least_loaded", lowered, FORM, DRAW)
    assert (preference.order, preference.failing) == (("priya", "marcus"), {"keisha": "at_cap"})
    full = prefer("least_loaded", [replace(who, cap=who.load) for who in people], FORM, DRAW)
    assert (full.order, why_nobody(full.failing)) == ((), "all_at_capacity")


TAKES: list[tuple[OrderingName, Callable[[Candidate, int], Candidate]]] = [
    ("longest_idle", lambda who, at: replace(who, idle_since_ms=at)),
    ("round_robin", lambda who, at: replace(who, turn=at)),
    ("least_loaded", lambda who, _: replace(who, load=who.load + 1.0)),
    ("most_available", lambda who, _: replace(who, load=who.load + 1.0)),
    ("fewest_in_window", lambda who, _: replace(who, assigned=who.assigned + 1)),
    ("least_talk_time", lambda who, _: replace(who, talk_s=who.talk_s + 180)),
]


@pytest.mark.parametrize(("ordering", "take"), TAKES)
def test_three_equals_share_nine_inquiries(ordering: OrderingName, take: Callable[[Candidate, int], Candidate]) -> None:
    """S-13c."""
    people, count = pool("ines", "paul", "mei"), Counter[str]()
    for at in range(1, 10):
        chosen = prefer(ordering, people, FORM, DRAW).order[0]
        count[chosen] += 1
        people = [take(who, at) if who.id == chosen else who for who in people]
    assert count == {"ines": 3, "paul": 3, "mei": 3}


def test_smooth_weights_of_three_to_one_give_a_a_b_a() -> None:
    assert served("weighted_round_robin", pool("a", "b", weight=(3, 1)), [set()] * 8) == list("aabaaaba")


def test_an_absent_member_of_a_weighted_rotation_is_frozen() -> None:
    people = pool("a", "b", "c", weight=(2, 1, 1), current=(0, 3, -5))
    preference = prefer("weighted_round_robin", away(people, {"b"}), CALL, DRAW)
    assert preference.order == ("a", "c")
    assert preference.advance == Advance("credit", {"a": 2, "c": 1}, 3)
    assert [who.current for who in moved_on(people, "c", preference.advance)] == [2, 3, -7]


def test_only_the_two_rotations_move_on_at_a_claim() -> None:
    kinds = {each: prefer(each, pool("a", "b"), CALL, DRAW).advance.kind for each in ORDERINGS}
    assert {name: kind for name, kind in kinds.items() if kind != "none"} == {
        "round_robin": "last",
        "weighted_round_robin": "credit",
    }


@pytest.mark.parametrize(
    ("last_tried", "absent", "expected"),
    [
        (None, set(), "b a c"),
        ("b", set(), "a c b"),
        ("a", set(), "c b a"),
        ("c", set(), "b a c"),
        ("a", {"a"}, "c b"),
        ("c", {"c"}, "b a"),
        ("left the queue", set(), "b a c"),
    ],
)
def test_top_down_goes_on_below_the_last_one_tried_and_wraps(
    last_tried: str | None, absent: set[str], expected: str
) -> None:
    people = away(pool("a", "b", "c", rank=(2, 1, 3)), absent)
    assert order("top_down", people, replace(DRAW, last_tried=last_tried)) == expected


@pytest.mark.parametrize(
    ("ordering", "attempt", "expected"),
    [
        ("random", 1, "a b d c e"),
        ("random", 2, "a e c b d"),
        ("weighted_random", 1, "c e d a b"),
        ("weighted_random", 3, "e d b c a"),
    ],
)
def test_a_random_order_replays_exactly_on_any_machine(ordering: OrderingName, attempt: int, expected: str) -> None:
    people = pool("a", "b", "c", "d", "e", weight=(1, 2, 3, 4, 5))
    assert order(ordering, people, Draw("dc_9", "intake", attempt)) == expected


@pytest.mark.parametrize(
    ("ordering", "shares"),
    [("random", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}), ("weighted_random", {"a": 0.6, "b": 0.3, "c": 0.1})],
)
def test_random_draws_come_in_their_proportions(ordering: OrderingName, shares: dict[str, float]) -> None:
    people = pool("a", "b", "c", weight=(6, 3, 1))
    first = Counter(order(ordering, people, Draw(f"dc_{number}", "q", 1))[0] for number in range(3000))
    # 0.03 is more than three standard deviations of a share over 3000 draws; the draws themselves are fixed.
    assert {name: first[name] / 3000 for name in shares} == pytest.approx(shares, abs=0.03)


def test_a_weight_of_nothing_comes_last_and_does_not_break_an_ordering() -> None:
    people = pool("a", "b", "c", weight=(0, 1, 0))
    for ordering in ("weighted_random", "fewest_in_window", "weighted_round_robin"):
        assert order(ordering, people)[0] == "b"
    assert set(order("weighted_random", pool("a", "b", weight=(0, 0))).split()) == {"a", "b"}


def test_somebody_on_break_is_not_somebody_there() -> None:
    """Trap 5 of section 19."""
    preference = prefer("longest_idle", away(pool("a", "b"), {"a", "b"}), CALL, DRAW)
    assert (preference.order, preference.failing) == ((), {"a": "desired_away", "b": "desired_away"})
    assert why_nobody(preference.failing) == "all_away"


def test_two_queues_with_a_shared_member_do_not_disturb_each_other() -> None:
    """Trap 13 of section 19: the turn belongs to the membership, not to the person."""
    detox, intake = pool("dana", "marcus"), pool("dana", "keisha")
    taken = []
    for _ in range(4):
        for queue in (detox, intake):
            preference = prefer("round_robin", queue, CALL, DRAW)
            taken.append(preference.order[0])
            queue[:] = moved_on(queue, taken[-1], preference.advance)
    assert taken[0::2] == ["dana", "marcus"] * 2
    assert taken[1::2] == ["dana", "keisha"] * 2


@pytest.mark.parametrize("candidates", [[], pool("a")])
def test_a_mistyped_ordering_is_refused(candidates: list[Candidate]) -> None:
    """Trap 14 of section 19."""
    with pytest.raises(ValueError, match="longest-idle"):
        prefer("longest-idle", candidates, CALL, DRAW)  # type: ignore[arg-type]


def test_a_sticky_owner_goes_first_only_if_eligible() -> None:
    preference = prefer("ranked", pool("a", "b", "c", load=(0.0, 0.0, 12.0)), CALL, DRAW)
    assert sticky(preference, "b") == Preference(("b", "a"), {"c": "at_cap"}, Advance("none"))
    for nobody_to_stick_to in ("c", "gone", None):
        assert sticky(preference, nobody_to_stick_to) == preference


@pytest.mark.parametrize(
    ("conditions", "fact"),
    [
        ("", "nobody_on_shift"),
        ("off_shift desired_offline joins_later", "nobody_on_shift"),
        ("transferring", "nobody_on_shift"),
        ("off_shift desired_away heartbeat_stale", "all_away"),
        ("away_no_answer", "all_away"),
        ("desired_away busy off_shift", "all_busy"),
        ("at_cap wrapping", "all_busy"),
        ("no_answer_brake", "all_busy"),
        ("missed refused", "all_busy"),
        ("off_shift at_cap desired_away", "all_at_capacity"),
        ("hour_cap day_cap", "all_at_capacity"),
        ("language desired_away", "none_qualified"),
        ("requirement_depth requirement_facility", "none_qualified"),
        ("refused", "none_qualified"),
    ],
)
def test_nobody_all_away_and_all_busy_are_different_facts(conditions: str, fact: str) -> None:
    assert why_nobody({f"c{number}": name for number, name in enumerate(conditions.split())}) == fact


def test_every_condition_but_refusal_and_language_is_a_fact_about_presence_work_or_caps() -> None:
    assert {each for each in CONDITIONS if why_nobody({"a": each}) == "none_qualified"} == {"refused", "language"}


def test_calibration_is_the_floor_of_the_mean_of_the_others() -> None:
    assert [calibration(others) for others in ([], [4.0], [3, 4], [5, 6, 6], [0.5, 0.2])] == [0, 4, 3, 5, 0]


@exact
@given(st.integers(1, 6), st.integers(0, 60), st.integers(0, 40), st.integers(0, 30), st.integers(0, 5))
def test_who_joins_or_comes_back_is_within_two_of_a_fair_share(
    others: int, before: int, own: int, credited: int, returned_late: int
) -> None:
    """Trap 6 of section 19."""
    people = pool(*(f"c{number}" for number in range(others)))

    def picks(number: int) -> Counter[str]:
        count = Counter[str]()
        for _ in range(number):
            chosen = prefer("fewest_in_window", people, CALL, DRAW).order[0]
            count[chosen] += 1
            people[:] = [replace(who, assigned=who.assigned + 1) if who.id == chosen else who for who in people]
        return count

    picks(before)
    joining = Candidate(id="joiner", position=returned_late - 3, assigned=own, credits=credited)
    start = calibration([level(who) for who in people]) - level(joining)
    people.append(replace(joining, calibration=start))
    assert abs(picks(20)["joiner"] - 20 / (others + 1)) <= 2


moments = st.integers(0, 5)
members = st.lists(
    st.builds(
        Candidate,
        id=st.sampled_from([f"c{number}" for number in range(12)]),
        position=moments,
        desired=st.sampled_from(["available", "available", "away"]),
        effective=st.sampled_from(["free", "free", "busy"]),
        idle_since_ms=moments,
        load=st.sampled_from([0.0, 0.6, 5.0, 11.9, 12.0]),
        chats=moments,
        rank=moments,
        weight=st.integers(1, 4),
        turn=moments,
        current=st.integers(-4, 4),
        assigned=moments,
        calibration=st.sampled_from([0.0, 2.0]),
        credits=moments,
        talk_s=st.sampled_from([0.0, 30.5]),
    ),
    unique_by=lambda who: who.id,
    max_size=9,
).map(lambda people: [replace(who, position=place) for place, who in enumerate(people)])
orderings = st.sampled_from(ORDERINGS)
draws = st.builds(
    Draw,
    decision_id=st.text(max_size=4),
    queue=st.sampled_from(["detox", "intake"]),
    attempt=st.integers(1, 9),
    last_tried=st.none() | st.sampled_from(["c0", "c1", "c2"]),
)


@exact
@given(orderings, members, draws)
def test_the_order_has_exactly_the_eligible_once_each(
    ordering: OrderingName, people: list[Candidate], draw: Draw
) -> None:
    preference = prefer(ordering, people, CALL, draw)
    assert sorted((*preference.order, *preference.failing)) == sorted(who.id for who in people)
    assert set(preference.failing.values()) <= CONDITIONS
    assert set(preference.advance.credits) <= set(preference.order)


@exact
@given(orderings, members, draws, st.randoms(use_true_random=False))
def test_the_same_people_in_any_sequence_get_the_same_order(
    ordering: OrderingName, people: list[Candidate], draw: Draw, shuffling: Any
) -> None:
    shuffled = list(people)
    shuffling.shuffle(shuffled)
    first, second = prefer(ordering, people, CALL, draw), prefer(ordering, shuffled, CALL, draw)
    assert first == second
    assert list(first.failing) == list(second.failing)
    assert list(first.advance.credits) == list(second.advance.credits)


@exact
@given(orderings, members, draws)
def test_somebody_who_cannot_take_it_never_changes_the_order(
    ordering: OrderingName, people: list[Candidate], draw: Draw
) -> None:
    idler = Candidate(id="bystander", position=-1, desired="away", turn=-9, weight=9, rank=-1)
    alone, beside = prefer(ordering, people, CALL, draw), prefer(ordering, [idler, *people], CALL, draw)
    assert (alone.order, alone.advance) == (beside.order, beside.advance)
    assert beside.failing == {**alone.failing, "bystander": "desired_away"}


@exact
@given(members, draws, st.data())
def test_a_sticky_owner_moves_alone(people: list[Candidate], draw: Draw, choice: st.DataObject) -> None:
    preference = prefer("longest_idle", people, CALL, draw)
    owner = choice.draw(st.sampled_from([None, "gone", *(who.id for who in people)]))
    moved = sticky(preference, owner)
    assert [who for who in moved.order if who != owner] == [who for who in preference.order if who != owner]
    assert owner not in preference.order or moved.order[0] == owner


absences = st.lists(st.sets(st.sampled_from(["c", "d", "e"])), min_size=1, max_size=60)


@exact
@given(absences)
def test_round_robin_never_lets_those_who_stay_drift_apart(absent: list[set[str]]) -> None:
    taken = served("round_robin", pool("a", "b", "c", "d", "e"), absent)
    for number in range(len(taken) + 1):
        assert abs(taken[:number].count("a") - taken[:number].count("b")) <= 1


@exact
@given(absences)
def test_coming_back_to_a_round_robin_is_worth_one_turn_only(absent: list[set[str]]) -> None:
    taken = served("round_robin", pool("a", "b", "c", "d", "e"), [*absent, *[set()] * 10])
    assert {taken[-10:-5].count(name) for name in "abcde"} == {1}
    assert {taken[-5:].count(name) for name in "abcde"} == {1}


@exact
@given(st.lists(st.integers(1, 7), min_size=1, max_size=6), st.integers(1, 3))
def test_weighted_shares_are_exact_over_a_full_cycle(weights: list[int], cycles: int) -> None:
    people = pool(*(f"c{number}" for number in range(len(weights))), weight=tuple(weights))
    taken = Counter(served("weighted_round_robin", people, [set()] * (sum(weights) * cycles)))
    assert taken == {f"c{number}": weight * cycles for number, weight in enumerate(weights)}
