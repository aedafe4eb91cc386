"""Who may take an inquiry, what each other one lacks, and how requirements widen with waiting."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rules.book import Relaxation, Requirement
from routing.rules.candidates import CONDITIONS, EXCLUSIONS, Asked, Candidate, Kind, first_failing
from routing.rules.relaxation import in_force

NOW = 1_800_000_000_000
KINDS: tuple[Kind, ...] = ("live_call", "live_chat", "later", "on_call")
PRIYA = Candidate(id="priya", position=3, heartbeat_age_s=2.0)


def asked(kind: Kind = "live_call", **more: Any) -> Asked:
    return Asked(kind, now_ms=NOW, **more)


LACKS: list[tuple[dict[str, Any], str, set[Kind]]] = [
    ({"from_s": 61}, "joins_later", {"live_call", "live_chat", "later"}),
    ({"on_shift": False}, "off_shift", {"live_call", "live_chat", "later"}),
    ({"desired": "away"}, "desired_away", {"live_call", "live_chat"}),
    ({"desired": "offline"}, "desired_offline", {"live_call", "live_chat"}),
    ({"heartbeat_age_s": 30.1}, "heartbeat_stale", {"live_call", "live_chat"}),
    ({"effective": "offline"}, "heartbeat_stale", {"live_call", "live_chat"}),
    ({"effective": "away"}, "away_no_answer", {"live_call", "live_chat"}),
    ({"effective": "offered"}, "offered", {"live_call", "live_chat", "on_call"}),
    ({"effective": "busy"}, "busy", {"live_call", "live_chat", "on_call"}),
    ({"effective": "wrapping"}, "wrapping", {"live_call", "live_chat", "on_call"}),
    ({"braked_until_ms": NOW + 1}, "no_answer_brake", {"live_call", "live_chat", "on_call"}),
    ({"chats": 3}, "chat_capacity", {"live_chat"}),
    ({"load": 12.0}, "at_cap", {"live_call", "live_chat", "later"}),
    ({"per_hour": 4, "taken_hour": 4}, "hour_cap", {"live_call", "live_chat", "later"}),
    ({"per_day": 20, "taken_day": 20}, "day_cap", {"live_call", "live_chat", "later"}),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("lack", "condition", "kinds"), LACKS)
def test_each_kind_of_inquiry_minds_only_its_own_conditions(
    kind: Kind, lack: dict[str, Any], condition: str, kinds: set[Kind]
) -> None:
    expected = condition if kind in kinds else None
    assert first_failing(replace(PRIYA, **lack), asked(kind, open_elapsed_s=60)) == expected


@pytest.mark.parametrize(
    "edge",
    [
        {"from_s": 60},
        {"heartbeat_age_s": 30.0},
        {"heartbeat_age_s": None},
        {"braked_until_ms": NOW},
        {"chats": 2},
        {"load": 11.9},
        {"per_hour": 4, "taken_hour": 3},
        {"per_day": 20, "taken_day": 19},
    ],
)
def test_just_inside_every_limit_is_eligible(edge: dict[str, Any]) -> None:
    assert first_failing(replace(PRIYA, **edge), asked("live_chat", open_elapsed_s=60)) is None


def test_twenty_attempted_leads_fill_a_cap_of_twelve_in_spite_of_rounding() -> None:
    load = 0.0
    for _ in range(20):
        load += 0.6
    assert first_failing(replace(PRIYA, load=load - 1e-12), asked()) == "at_cap"
    assert first_failing(replace(PRIYA, load=load - 0.6), asked()) is None


def test_conditions_are_looked_at_in_a_fixed_order() -> None:
    worst = replace(PRIYA, languages=frozenset[str]())
    for lack, _, _ in LACKS:
        worst = replace(worst, **lack) if "effective" not in lack else worst
    worst = replace(worst, desired="away", effective="busy")
    expected = (
        ("joins_later", {"from_s": 0}),
        ("off_shift", {"on_shift": True}),
        ("desired_away", {"desired": "offline"}),
        ("desired_offline", {"desired": "available"}),
        ("heartbeat_stale", {"heartbeat_age_s": None}),
        ("busy", {"effective": "free"}),
        ("no_answer_brake", {"braked_until_ms": 0}),
        ("chat_capacity", {"chats": 0}),
        ("at_cap", {"load": 0.0}),
        ("hour_cap", {"taken_hour": 0}),
        ("day_cap", {"taken_day": 0}),
        ("language", {"languages": frozenset({"es"})}),
    )
    question = asked("live_chat", requirements=(Requirement("language", "es"),))
    for condition, cured in expected:
        assert first_failing(worst, question) == condition
        worst = replace(worst, **cured)
    assert first_failing(worst, question) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("condition", sorted(EXCLUSIONS))
def test_an_exclusion_comes_before_everything_else(kind: Kind, condition: str) -> None:
    question = asked(kind, excluded={"priya": condition})
    assert first_failing(replace(PRIYA, on_shift=False), question) == condition
    assert first_failing(replace(PRIYA, id="marcus"), question) is None


ROSA = replace(
    PRIYA,
    id="rosa",
    languages=frozenset({"en", "es"}),
    skills={"detox": 3},
    locations=frozenset({"tampa"}),
)
REQUIREMENTS: list[tuple[Requirement, dict[str, str], str | None]] = [
    (Requirement("language", "plan"), {"language": "es"}, None),
    (Requirement("language", "plan"), {"language": "ht"}, "language"),
    (Requirement("language", "plan"), {}, None),
    (Requirement("language", "ht"), {"language": "es"}, "language"),
    (Requirement("location", "plan"), {"location": "tampa"}, None),
    (Requirement("location", "plan"), {"location": "ocala"}, "requirement_location"),
    (Requirement("location", "plan", group="facility"), {"location": "ocala"}, "requirement_facility"),
    (Requirement("location", "plan", group="facility"), {}, None),
    (Requirement("location", "tampa"), {"location": "ocala"}, None),
    (Requirement("skill", "detox", at_least=3), {}, None),
    (Requirement("skill", "detox", at_least=4, group="depth"), {}, "requirement_depth"),
    (Requirement("skill", "imaging"), {}, "requirement_skill"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("requirement", "facts", "condition"), REQUIREMENTS)
def test_a_requirement_is_compared_with_the_plan_or_with_its_own_value(
    kind: Kind, requirement: Requirement, facts: dict[str, str], condition: str | None
) -> None:
    assert first_failing(ROSA, asked(kind, requirements=(requirement,), facts=facts)) == condition


LICENCE = Requirement("skill", "licensed")
FACILITY = Requirement("location", "plan", group="facility")
DESK = Requirement("skill", "commercial", group="payer_desk")
DEPTH = Requirement("skill", "detox", at_least=3, group="depth")
WIDENING = (
    Relaxation(30, frozenset({"facility"})),
    Relaxation(90, frozenset({"payer_desk"})),
    Relaxation(180, frozenset({"depth"})),
)


@pytest.mark.parametrize(
    ("elapsed", "still"),
    [
        (0, (LICENCE, FACILITY, DESK, DEPTH)),
        (29, (LICENCE, FACILITY, DESK, DEPTH)),
        (30, (LICENCE, DESK, DEPTH)),
        (89, (LICENCE, DESK, DEPTH)),
        (90, (LICENCE, DEPTH)),
        (180, (LICENCE,)),
        (86_400, (LICENCE,)),
    ],
)
def test_soft_requirements_fall_at_absolute_open_seconds_and_hard_ones_never(
    elapsed: int, still: tuple[Requirement, ...]
) -> None:
    wanted = (LICENCE, FACILITY, DESK, DEPTH)
    assert in_force(wanted, WIDENING, elapsed) == still
    assert in_force(wanted, WIDENING[::-1], elapsed) == still


def test_waiting_longer_never_makes_anyone_unfit() -> None:
    wanted = (LICENCE, FACILITY, DESK, DEPTH)
    people = [
        replace(ROSA, skills={"licensed": a, "detox": b}, from_s=c) for a in (0, 1) for b in (0, 3) for c in (0, 60)
    ]

    def fit(elapsed: int) -> set[int]:
        question = asked(
            requirements=in_force(wanted, WIDENING, elapsed), facts={"location": "ocala"}, open_elapsed_s=elapsed
        )
        return {number for number, who in enumerate(people) if first_failing(who, question) is None}

    widths = [fit(elapsed) for elapsed in range(0, 200, 10)]
    assert all(earlier <= later for earlier, later in pairwise(widths))
    assert (len(widths[0]), len(widths[-1])) == (0, 4)


anyone = st.builds(
    Candidate,
    id=st.sampled_from(["dana", "marcus", "priya"]),
    position=st.integers(1, 9),
    desired=st.sampled_from(["available", "away", "offline"]),
    effective=st.sampled_from(["free", "offered", "busy", "wrapping", "away", "offline"]),
    on_shift=st.booleans(),
    heartbeat_age_s=st.none() | st.floats(0, 90),
    braked_until_ms=st.sampled_from([0, NOW - 1, NOW, NOW + 30_000]),
    load=st.floats(0, 14),
    chats=st.integers(0, 4),
    taken_hour=st.integers(0, 5),
    per_hour=st.none() | st.integers(0, 5),
    taken_day=st.integers(0, 5),
    per_day=st.none() | st.integers(0, 5),
    skills=st.dictionaries(st.sampled_from(["detox", "licensed"]), st.integers(0, 5)),
    locations=st.frozensets(st.sampled_from(["tampa", "ocala"])),
    from_s=st.integers(0, 120),
)
any_question = st.builds(
    Asked,
    kind=st.sampled_from(KINDS),
    requirements=st.lists(st.sampled_from([each for each, _, _ in REQUIREMENTS]), max_size=3).map(tuple),
    facts=st.dictionaries(st.sampled_from(["language", "location"]), st.sampled_from(["es", "tampa"])),
    open_elapsed_s=st.integers(0, 200),
    excluded=st.dictionaries(st.sampled_from(["dana", "priya"]), st.sampled_from(sorted(EXCLUSIONS))),
    now_ms=st.just(NOW),
)


@settings(derandomize=True, deadline=None, database=None, max_examples=400)
@given(anyone, any_question)
def test_every_condition_has_a_known_name(who: Candidate, question: Asked) -> None:
    known = {None, *CONDITIONS}
    known |= {f"requirement_{each.group or each.attribute}" for each in question.requirements}
    assert first_failing(who, question) in known


@settings(derandomize=True, deadline=None, database=None, max_examples=400)
@given(anyone, any_question)
def test_whoever_may_take_a_chat_now_may_take_a_call_now_and_a_form(who: Candidate, question: Asked) -> None:
    if first_failing(who, replace(question, kind="live_chat")) is None:
        assert first_failing(who, replace(question, kind="live_call")) is None
        assert first_failing(who, replace(question, kind="later")) is None
        assert first_failing(who, replace(question, kind="on_call")) is None
