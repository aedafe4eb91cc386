"""A receipt says all that was decided from, and deciding again from it gives the same bytes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rulebook.load import load
from routing.rules import canonical
from routing.rules.book import Book, OrderingName, Requirement
from routing.rules.candidates import Asked, Candidate
from routing.rules.orderings import Draw
from routing.rules.receipt import Decision, Look, Trigger, digest, receipt, replay
from routing.rules.values import Inquiry, Person, Stated

PRACTICES = Path(__file__).parent.parent / "routing" / "practices"
AT = datetime(2026, 11, 17, 14, 0, 0, 250_000, tzinfo=ZoneInfo("America/New_York"))
NOW_MS = 1_795_000_000_000
IDS = st.text("abcdefgh-0123", min_size=1, max_size=8)
WORDS = st.text(max_size=8).filter(lambda text: text.isprintable())
MAPPINGS = st.dictionaries(IDS, WORDS, max_size=3).map(MappingProxyType)
LOADS = st.integers(0, 200).map(lambda tenths: tenths / 10)
COUNTS = st.integers(0, 50)
INSTANTS = st.integers(0, 10**14).map(lambda us: AT + timedelta(microseconds=us))
CANDIDATES = st.builds(
    Candidate,
    id=IDS,
    position=st.integers(1, 100),
    desired=st.sampled_from(("available", "away", "offline")),
    effective=st.sampled_from(("free", "offered", "busy", "wrapping", "away", "offline")),
    version=COUNTS,
    on_shift=st.booleans(),
    heartbeat_age_s=st.none() | LOADS,
    braked_until_ms=st.sampled_from((0, NOW_MS - 1, NOW_MS + 1)),
    idle_since_ms=st.integers(0, NOW_MS),
    load=LOADS,
    cap=LOADS,
    per_hour=st.none() | COUNTS,
    taken_hour=COUNTS,
    languages=st.frozensets(st.sampled_from(("en", "es", "fr"))),
    skills=st.dictionaries(IDS, st.integers(1, 5), max_size=3).map(MappingProxyType),
    locations=st.frozensets(IDS, max_size=3),
    weight=st.integers(0, 5),
    turn=COUNTS,
    current=st.integers(-9, 9),
    assigned=COUNTS,
    calibration=LOADS,
    talk_s=LOADS,
)
ASKED = st.builds(
    Asked,
    kind=st.sampled_from(("live_call", "live_chat", "later", "on_call")),
    requirements=st.lists(
        st.builds(
            Requirement,
            attribute=st.sampled_from(("language", "location", "skill")),
            value=st.sampled_from(("plan", "en", "detox")),
            at_least=st.integers(1, 5),
            group=st.none() | IDS,
        ),
        max_size=2,
    ).map(tuple),
    facts=MAPPINGS,
    open_elapsed_s=COUNTS,
    excluded=st.dictionaries(IDS, st.sampled_from(("refused", "missed", "tried")), max_size=2).map(MappingProxyType),
    now_ms=st.just(NOW_MS),
)
DRAWS = st.builds(Draw, decision_id=IDS, queue=IDS, attempt=COUNTS, last_tried=st.none() | IDS)
INQUIRIES = st.builds(
    Inquiry,
    id=IDS,
    channel=st.sampled_from(("call", "text", "chat", "form")),
    received_at=INSTANTS,
    attributes=st.dictionaries(
        st.sampled_from(("category", "zip", "payer", "price")),
        st.builds(Stated, WORDS, WORDS, st.floats(0, 1)),
        max_size=3,
    ).map(MappingProxyType),
    effective_start=st.none() | INSTANTS,
    crisis=st.booleans(),
    is_test=st.booleans(),
)
PEOPLE = st.builds(
    Person,
    id=st.none() | IDS,
    owner=st.none() | IDS,
    established=st.none() | st.booleans(),
    language=st.none() | st.sampled_from(("en", "es")),
    opted_out=st.frozensets(st.sampled_from(("call", "text", "email", "voicemail"))),
)
LOOKS = st.builds(
    Look,
    target=IDS,
    ordering=st.sampled_from(get_args(OrderingName)),
    candidates=st.lists(CANDIDATES, max_size=5, unique_by=lambda who: who.id).map(tuple),
    asked=ASKED,
    draw=DRAWS,
    counts=st.dictionaries(st.sampled_from(("busy", "off_shift")), COUNTS).map(MappingProxyType),
    chosen=st.none() | IDS,
    fence=st.none() | COUNTS,
)


@cache
def harbor() -> Book:
    return load((PRACTICES / "harbor-recovery.yaml").read_text(), "harbor-recovery.yaml", version=3)


def call(**changes: Any) -> Inquiry:
    said = {"tracking_number": Stated("+18505550131", "number"), "zip": Stated("32202", "keyed", 0.9)}
    return replace(Inquiry("iq_1", "call", AT, MappingProxyType(said)), **changes)


def look(candidates: Sequence[Candidate], **changes: Any) -> Look:
    asked = Asked("live_call", facts=MappingProxyType({"language": "en"}), now_ms=NOW_MS)
    seen = Look("admissions-general", "longest_idle", tuple(candidates), asked, Draw("iq_1", "admissions-general", 0))
    return replace(seen, **changes)


MARCUS = Candidate("marcus-bell", 1, idle_since_ms=5)
KEISHA = Candidate("keisha-rowan", 2, idle_since_ms=1, languages=frozenset({"en", "es"}))
BUSY = replace(MARCUS, effective="busy", version=7)


def decision(**changes: Any) -> Decision:
    made = Decision(
        id="dc_1",
        at=AT,
        trigger="entry",
        inquiry=call(),
        person=Person("pe_1", owner="marcus-bell", opted_out=frozenset({"text", "call"})),
        planned_at=AT,
        lead="ld_1",
        owner="marcus-bell",
        looks=(look((MARCUS, KEISHA), chosen="marcus-bell", fence=4),),
        effects=("rs_1",),
    )
    return replace(made, **changes)


def large_pool() -> Look:
    first = [Candidate(f"p{number:02d}", number, idle_since_ms=number) for number in range(1, 21)]
    return look(first, counts=MappingProxyType({"busy": 30, "off_shift": 9_950}), chosen="p01", fence=9)


LATER = AT + timedelta(seconds=40)
CASES: Mapping[str, Decision] = {
    "entry": decision(),
    "an inquiry that nobody is free for": decision(looks=(look((BUSY,)), look((), target="general-intake"))),
    "a missed offer": decision(
        at=LATER,
        trigger="timeout",
        looks=(
            look(
                (MARCUS, KEISHA),
                asked=Asked("live_call", excluded=MappingProxyType({"marcus-bell": "missed"}), now_ms=NOW_MS + 40_000),
                draw=Draw("iq_1", "admissions-general", 1, "marcus-bell"),
                chosen="keisha-rowan",
                fence=5,
            ),
        ),
    ),
    "live state down": decision(trigger="degraded", looks=(), owner="joan-mercer", effects=("tk_1",)),
    "a large pool": decision(looks=(large_pool(),)),
    "a form at night": decision(
        at=AT.replace(hour=23),
        planned_at=AT.replace(hour=23),
        inquiry=call(channel="form", received_at=AT.replace(hour=23), effective_start=AT.replace(hour=22)),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("previous", [None, "0" * 64])
def test_deciding_again_gives_the_same_bytes(case: Decision, previous: str | None) -> None:
    text = receipt(harbor(), case, previous)
    assert replay(harbor(), text) == text
    assert json.loads(text)["previous"] == previous


@pytest.mark.parametrize("ordering", get_args(OrderingName))
def test_every_ordering_replays(ordering: OrderingName) -> None:
    seen = look((MARCUS, KEISHA, replace(BUSY, id="tess-adair", position=3)), ordering=ordering)
    text = receipt(harbor(), decision(looks=(seen,)), None)
    assert replay(harbor(), text) == text


@settings(derandomize=True, max_examples=150, deadline=None)
@given(INQUIRIES, PEOPLE, INSTANTS, st.lists(LOOKS, max_size=2), st.sampled_from(get_args(Trigger)))
def test_any_decision_replays(asked: Inquiry, who: Person, at: datetime, looks: list[Look], trigger: Trigger) -> None:
    made = Decision("dc_1", at, trigger, asked, who, at, "ld_1", "marcus-bell", tuple(looks))
    text = receipt(harbor(), made, None)
    assert replay(harbor(), text) == text


def test_a_receipt_says_who_was_asked_first_and_what_the_others_lack() -> None:
    told = json.loads(receipt(harbor(), decision(looks=(look((BUSY, KEISHA)),)), None))
    (seen,) = told["looks"]
    assert seen["order"] == ["keisha-rowan"]
    assert seen["failing"] == {"marcus-bell": "busy"}
    assert told["plan"]["steps"][0]["owner"] == "marcus-bell"
    assert {each["layer"]: each["reason"] for each in told["plan"]["decided"]}["payer"] == "payer_unknown"
    assert told["rulebook"] == {"practice": "harbor-recovery", "version": 3, "digest": harbor().digest}
    assert told["inquiry"]["attributes"]["zip"] == {
        "value": "32202",
        "source": "keyed",
        "confidence": 0.9,
        "phrase": "",
    }
    assert told["person"]["opted_out"] == ["call", "text"]


def test_the_owner_who_is_asked_first_is_first_in_the_receipt() -> None:
    told = json.loads(receipt(harbor(), decision(), None))
    assert told["looks"][0]["order"] == ["marcus-bell", "keisha-rowan"]
    stranger = json.loads(receipt(harbor(), decision(person=Person()), None))
    assert stranger["looks"][0]["order"] == ["keisha-rowan", "marcus-bell"]


def altered(text: str, *path: str | int, value: object) -> str:
    told = json.loads(text)
    inner = told
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return canonical.dumps(told)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("plan", "reason"), "payer_commercial"),
        (("plan", "steps", 0, "owner"), "dana-whitlock"),
        (("plan", "due_at"), "2026-11-17T23:00:00+00:00"),
        (("looks", 0, "order"), ["keisha-rowan", "marcus-bell"]),
        (("looks", 0, "failing"), {"keisha-rowan": "busy"}),
        (("looks", 0, "candidates", 0, "effective"), "busy"),
        (("inquiry", "channel"), "form"),
        (("inquiry", "attributes", "zip", "value"), "32501"),
        (("inquiry", "received_at"), "2026-11-17T18:00:00+00:00"),
        (("person", "owner"), "keisha-rowan"),
        (("planned_at"), "2026-11-18T03:00:00+00:00"),
        (("rulebook", "version"), 4),
        (("note"), "added later"),
    ],
)
def test_an_altered_receipt_does_not_replay(path: tuple[str | int, ...], value: object) -> None:
    where = (path,) if isinstance(path, str) else path
    changed = altered(receipt(harbor(), decision(), None), *where, value=value)
    assert replay(harbor(), changed) != changed


def test_a_receipt_does_not_replay_with_another_version_of_the_rulebook() -> None:
    text = receipt(harbor(), decision(), None)
    assert replay(replace(harbor(), version=4), text) != text


def test_each_receipt_carries_the_digest_of_the_one_before_so_that_none_can_be_changed_or_left_out() -> None:
    first = receipt(harbor(), decision(), None)
    second = receipt(harbor(), CASES["a missed offer"], digest(first))
    third = receipt(harbor(), CASES["live state down"], digest(second))
    assert [json.loads(text)["previous"] for text in (second, third)] == [digest(first), digest(second)]
    # What replay cannot notice (who owned it is told, not decided) the chain does.
    changed = altered(first, "owner", value="dana-whitlock")
    assert replay(harbor(), changed) == changed
    assert digest(changed) != json.loads(second)["previous"]


def test_bytes_do_not_depend_on_the_order_of_sets_mappings_or_zones() -> None:
    one = decision(person=Person(opted_out=frozenset(("call", "text", "email"))))
    shuffled = MappingProxyType(dict(reversed(list(call().attributes.items()))))
    other = replace(
        one,
        at=AT.astimezone(UTC),
        person=Person(opted_out=frozenset(("email", "text", "call"))),
        inquiry=call(attributes=shuffled, received_at=AT.astimezone(UTC)),
    )
    assert receipt(harbor(), one, None) == receipt(harbor(), other, None)


@settings(derandomize=True, deadline=None)
@given(INQUIRIES)
def test_an_inquiry_comes_back_from_its_bytes(value: Inquiry) -> None:
    assert canonical.inquiry(json.loads(canonical.dumps(value))) == value


@settings(derandomize=True, deadline=None)
@given(PEOPLE)
def test_a_person_comes_back_from_its_bytes(value: Person) -> None:
    assert canonical.person(json.loads(canonical.dumps(value))) == value


@settings(derandomize=True, deadline=None)
@given(CANDIDATES)
def test_a_candidate_comes_back_from_its_bytes(value: Candidate) -> None:
    assert canonical.candidate(json.loads(canonical.dumps(value))) == value


@settings(derandomize=True, deadline=None)
@given(ASKED)
def test_what_was_asked_comes_back_from_its_bytes(value: Asked) -> None:
    assert canonical.asked(json.loads(canonical.dumps(value))) == value


@settings(derandomize=True, deadline=None)
@given(DRAWS)
def test_a_draw_comes_back_from_its_bytes(value: Draw) -> None:
    assert canonical.draw(json.loads(canonical.dumps(value))) == value
