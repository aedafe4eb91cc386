"""What holds for every plan: of both shipped practices, and of small practices made up at random."""

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.promising import owed
from routing.rulebook.findings import PracticeFileError
from routing.rulebook.load import load
from routing.rules.book import (
    Affiliate,
    Book,
    Campaign,
    Category,
    Coordinator,
    Effect,
    LayerName,
    Location,
    Member,
    Policies,
    Queue,
    Rota,
    Rule,
    TrackingNumber,
)
from routing.rules.calendars import Calendar, HoursRule, ManualClosure, Span
from routing.rules.canonical import dumps
from routing.rules.planning import plan
from routing.rules.values import ATTRIBUTES, MISSING, Inquiry, Person, Plan, Stated

PRACTICES = Path(__file__).parent.parent / "routing" / "practices"
SHIPPED = ("harbor-recovery", "lakeside-specialty", "simple")
FORBIDDEN = (
    "price",
    "bid",
    "fee",
    "contract_value",
    "expected_revenue",
    "reimbursement",
    "commission",
    "conversion_rate",
    "past_payments",
    "quota",
)
FIRST = datetime(2026, 10, 25, tzinfo=UTC)
"""A week before the clocks go back."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "age_band": ("adult", "minor"),
    "appointment": ("consultation", "follow-up"),
    "campaign": ("c0", "detox-search", "ortho-search", "nothing-known"),
    "category": ("orthopaedics", "dermatology", "imaging", "detox", "medicaid", "k0", "k1", "dental"),
    "city": ("Skokie", "aurora", "Kenosha, WI", "St. Charles", "Tampa", "near", ""),
    "intent": ("information", "appointment"),
    "language": ("en", "es", "fr"),
    "level_of_care": ("detox", "iop", "residential", "rehab"),
    "location": ("EVN", "NAP", "PNS", "JAX", "A", "B", "XYZ"),
    "patient": ("new", "established"),
    "payer": ("commercial", "medicaid", "self-pay", "tricare"),
    "source": ("search", "display", "billboard"),
    "tracking_number": ("+16305550122", "+18505550131", "+19045550134", "+13035550121", "+18135550100"),
    "urgency": ("high", "normal", "low"),
    "zip": ("32202", "53140", "60505", "00000", "near"),
}
INSTANTS = st.integers(0, 120 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
STATED = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in WORDS.items()})
SOURCES = st.sampled_from(("number", "campaign", "picked", "typed", "spoken", "keyed", "crm", "rule", "stated"))
PEOPLE = st.builds(
    Person,
    id=st.none() | st.just("pe_1"),
    owner=st.sampled_from((None, "dana-whitlock", "rosa-lindqvist", "p0", "gone")),
    established=st.sampled_from((None, True, False)),
    language=st.sampled_from((None, "en", "es")),
    opted_out=st.frozensets(st.sampled_from(("call", "text", "email", "voicemail"))),
)


@cache
def shipped(name: str) -> Book:
    return load((PRACTICES / f"{name}.yaml").read_text(), name)


@st.composite
def inquiries(draw: st.DrawFn, at: datetime) -> Inquiry:
    source = draw(SOURCES)
    said = {name: Stated(value, source) for name, value in draw(STATED).items()}
    ago = timedelta(seconds=draw(st.integers(0, 7200)))
    return Inquiry(
        id="iq_1",
        channel=draw(st.sampled_from(("call", "text", "chat", "form"))),
        received_at=at,
        attributes=MappingProxyType(said),
        effective_start=draw(st.sampled_from((None, at - ago))),
        crisis=draw(st.booleans()),
    )


@st.composite
def calendars(draw: st.DrawFn, parent: Calendar | None = None) -> Calendar:
    """None of its own, shut for good, by day, or overnight; now and then closed by hand."""
    span = draw(st.sampled_from((None, Span(480, 1050), Span(1200, 480), Span(0, 1440))))
    kind: Literal["open", "closed"] = draw(st.sampled_from(("open", "open", "closed")))
    rules = () if span is None else (HoursRule("hours", kind, (span,), frozenset(range(5))),)
    start = FIRST + timedelta(days=draw(st.integers(0, 100)))
    closures = (ManualClosure("flood", "p0", start, start + timedelta(days=draw(st.integers(1, 90)))),)
    return Calendar("America/Chicago", rules, draw(st.sampled_from(((), closures))), parent)


ASKED = ("category", "level_of_care", "payer", "patient", "urgency", "source", "channel", "location", "language")
WHEN = st.dictionaries(
    st.sampled_from(ASKED),
    st.frozensets(st.sampled_from((MISSING, "k0", "A", "detox", "medicaid", "new", "high", "call", "es")), min_size=1),
    max_size=2,
)


@st.composite
def rules(draw: st.DrawFn, queues: tuple[str, ...]) -> Rule:
    layer: LayerName = draw(st.sampled_from(get_args(LayerName)))
    sets = draw(
        st.dictionaries(
            st.sampled_from(("category", "location", "payer", "urgency")),
            st.sampled_from(("k1", "B", "high")),
            max_size=1,
        )
    )
    effect = Effect(
        sets=sets,
        queue=draw(st.sampled_from((None, *queues))),
        rota=draw(st.sampled_from((None, "r0"))),
        ask=draw(st.sampled_from(((), ("payer",)))),
        head_start_s=draw(st.sampled_from((None, 0, 300, 600))),
        target_s=draw(st.sampled_from((None, 60, 3600))),
    )
    return Rule(f"rule_{draw(st.integers(0, 99))}", layer, draw(WHEN), effect)


@st.composite
def small_books(draw: st.DrawFn) -> Book:
    """Up to four queues with random hours, service and overflow; some locations, categories, rules and a rota."""
    top = draw(calendars())
    people = ("p0", "p1", "p2")
    queue_ids = tuple(f"q{number}" for number in range(draw(st.integers(1, 4))))
    offices = draw(st.sampled_from(((), ("A",), ("A", "B"))))
    locations = {
        office: Location(
            office,
            office,
            "America/Chicago",
            "+18135550110",
            categories=draw(st.sampled_from((frozenset(), frozenset({"k0"})))),
            levels_of_care=draw(st.sampled_from((frozenset(), frozenset({"detox"}), frozenset({"iop"})))),
            accepts=draw(st.sampled_from((frozenset(), frozenset({"medicaid"})))),
            fallbacks=tuple(each for each in offices if each != office),
            calendar=draw(calendars(top)),
        )
        for office in offices
    }
    queues = {}
    for name in queue_ids:
        office = draw(st.sampled_from((None, *offices)))
        queues[name] = Queue(
            name,
            name,
            tuple(Member(each, at) for at, each in enumerate(draw(st.permutations(people)), 1)),
            owner=draw(st.sampled_from(people)),
            serves=draw(WHEN),
            then=() if name == "q0" else tuple(draw(st.lists(st.sampled_from(queue_ids), unique=True, max_size=2))),
            stay_s=draw(st.integers(0, 120)),
            location=office,
            calendar=draw(calendars(locations[office].calendar if office else top)),
        )
    return Book(
        practice="small",
        name="Small",
        version=1,
        digest="0",
        zone="America/Chicago",
        languages=("en",),
        intake="q0",
        after_hours=draw(st.sampled_from(queue_ids)),
        manager="p0",
        locations=locations,
        categories={
            "k0": Category("k0", "K0", 900, 300, draw(st.sampled_from((None, "detox")))),
            "k1": Category("k1", "K1", draw(st.sampled_from((60, 7200)))),
        },
        queues=queues,
        coordinators={each: Coordinator(each, each, "+18135550100") for each in people},
        rotas={"r0": Rota("r0", "R", ("p1", "p2"), draw(calendars()))},
        campaigns={"c0": Campaign("c0", "C", {"urgency": "high", "category": "k0"})},
        tracking_numbers={
            "+18135550100": TrackingNumber("+18135550100", "c0", draw(st.sampled_from((None, *offices))))
        },
        rules=tuple(draw(st.lists(rules(queue_ids), max_size=5))),
        nearness={"near": tuple(draw(st.permutations(offices)))} if offices else {},
        policies=Policies(("+18135550199",), review_deadline_s=draw(st.integers(60, 900))),
        calendar=top,
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Book, Inquiry, Person, datetime]:
    at = draw(INSTANTS)
    book = draw(st.sampled_from(SHIPPED).map(shipped) | small_books())
    return book, draw(inquiries(at)), draw(PEOPLE), at + timedelta(seconds=draw(st.integers(0, 3600)))


def planned(case: tuple[Book, Inquiry, Person, datetime]) -> Plan:
    return plan(*case)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(cases())
def test_every_plan_ends_in_a_step_that_does_not_expire_and_has_an_owner(
    case: tuple[Book, Inquiry, Person, datetime],
) -> None:
    book, asked, _, _ = case
    made = planned(case)
    last = made.steps[-1]
    assert (last.kind, last.until_s) == ("intake", None)
    assert last.due_at is not None
    assert all(step.until_s is not None for step in made.steps[:-1])
    for step in made.steps:
        assert step.owner in book.coordinators
        assert step.target in (book.rotas if step.kind == "on_call" else book.queues)
        assert step.reason
    assert made.reason
    assert made.due_at > (asked.effective_start or asked.received_at)
    assert made.sticky_owner is None or made.sticky_owner in book.coordinators
    assert made.location is None or made.location in book.locations
    assert made.category is None or made.category in book.categories


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cases())
def test_steps_follow_each_other_and_no_stop_comes_twice(case: tuple[Book, Inquiry, Person, datetime]) -> None:
    made = planned(case)
    ends = [step.until_s or 0 for step in made.steps[:-1]]
    assert ends == sorted(ends)
    stops = [(step.kind == "on_call", step.target) for step in made.steps]
    assert len(stops) == len(set(stops))
    assert made.open or {step.kind for step in made.steps[:-1]} <= {"on_call"}
    assert not made.open or "on_call" not in {step.kind for step in made.steps}


@settings(derandomize=True, max_examples=300, deadline=None)
@given(cases())
def test_who_opted_out_of_calls_is_owed_no_dial_and_who_calls_is_answered(
    case: tuple[Book, Inquiry, Person, datetime],
) -> None:
    _, asked, person, _ = case
    made = planned(case)
    assert not person.opted_out & made.allowed
    assert (made.reach == "answer") == (asked.channel == "call")
    if "call" in person.opted_out:
        assert made.reach != "call"
        assert "voicemail" not in made.allowed
        assert owed(made, asked, has_number=True) not in ("call", "callback")
        assert asked.channel == "call" or made.reason in ("opted_out_of_calls", "crisis")
    for way in ("text", "email"):
        assert way not in person.opted_out or made.reach != way
        assert way not in person.opted_out or owed(made, asked, has_number=True) != way


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cases(), st.dictionaries(st.sampled_from(FORBIDDEN), st.text(max_size=5), min_size=1), st.randoms())
def test_money_changes_no_plan_by_a_byte(
    case: tuple[Book, Inquiry, Person, datetime], money: dict[str, str], shuffled: Any
) -> None:
    book, asked, person, now = case
    bytes_before = dumps(planned(case))
    attributes = [*asked.attributes.items(), *((name, Stated(value)) for name, value in money.items())]
    shuffled.shuffle(attributes)
    fed = replace(asked, attributes=MappingProxyType(dict(attributes)))
    priced = [
        Affiliate(f"a{number}", value, "+18135550120", next(iter(book.coordinators)), licence=name, contract=value)
        for number, (name, value) in enumerate(money.items())
    ]
    shuffled.shuffle(priced)
    paid = replace(book, affiliates={each.id: each for each in priced})
    assert dumps(plan(paid, fed, person, now)) == bytes_before


@pytest.mark.parametrize("field", FORBIDDEN)
def test_money_has_no_word_in_any_rule(field: str) -> None:
    assert field not in ATTRIBUTES
    names = {
        each.name for kind in (Affiliate, Queue, Member, Effect, Rule, Category) for each in dataclasses.fields(kind)
    }
    assert field not in names
    text = (PRACTICES / "simple.yaml").read_text()
    for written in (
        text.replace("when: {urgency: high}", f"when: {{{field}: high}}"),
        text.replace("then: {queue: front-desk}", f"then: {{queue: front-desk, {field}: 5}}"),
        text + f'affiliates:\n  - {{id: x, name: X, number: "+13035550131", owner: nora-quinn, {field}: 5}}\n',
    ):
        assert written != text
        with pytest.raises(PracticeFileError):
            load(written, "simple.yaml")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(cases(), st.randoms())
def test_the_same_input_gives_the_same_plan_whatever_order_it_was_given_in(
    case: tuple[Book, Inquiry, Person, datetime], shuffled: Any
) -> None:
    book, asked, person, now = case
    attributes = list(asked.attributes.items())
    shuffled.shuffle(attributes)
    again = replace(asked, attributes=MappingProxyType(dict(attributes)))
    assert dumps(plan(book, again, person, now.astimezone(ZoneInfo("Asia/Tokyo")))) == dumps(planned(case))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cases(), st.integers(0, 14 * 24 * 3600))
def test_the_place_in_the_line_does_not_change_while_time_passes(
    case: tuple[Book, Inquiry, Person, datetime], seconds: int
) -> None:
    book, asked, person, now = case
    before, after = planned(case), plan(book, asked, person, now + timedelta(seconds=seconds))
    assert after.effective_start == before.effective_start
    if book.practice != "small" or after.head_start_s == before.head_start_s:
        assert after.waiting_key_ms == before.waiting_key_ms


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.sampled_from(SHIPPED).map(shipped), INSTANTS, st.data())
def test_nobody_is_overtaken_by_more_than_the_difference_of_head_starts(
    book: Book, at: datetime, drawn: st.DataObject
) -> None:
    largest = max(
        (
            0,
            *(each.head_start_s for each in book.categories.values()),
            *(each.then.head_start_s or 0 for each in book.rules),
        )
    )
    first = plan(book, replace(drawn.draw(inquiries(at)), effective_start=None), Person(), at)
    later = at + timedelta(seconds=drawn.draw(st.integers(0, 1200)))
    second = plan(book, replace(drawn.draw(inquiries(later)), effective_start=None), Person(), later)
    assert 0 <= first.head_start_s <= largest
    if second.waiting_key_ms < first.waiting_key_ms:
        assert (later - at).total_seconds() < largest - first.head_start_s


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cases())
def test_a_crisis_meets_general_intake_or_who_is_on_call_first(case: tuple[Book, Inquiry, Person, datetime]) -> None:
    book, asked, person, now = case
    made = plan(book, replace(asked, crisis=True), person, now)
    assert made.reason == "crisis"
    assert made.steps[0].kind == "on_call" or made.steps[0].target == book.intake
    assert made.steps[-1].target == book.intake
    reach = max(900, *(rota.target_s for rota in book.rotas.values())) if book.rotas else 900
    assert made.due_at <= made.effective_start + timedelta(seconds=reach)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(cases())
def test_a_promise_made_when_closed_is_kept_by_the_next_opening(case: tuple[Book, Inquiry, Person, datetime]) -> None:
    book, asked, person, _ = case
    made = plan(book, replace(asked, effective_start=None), person, asked.received_at)
    if not made.open and made.next_opening and made.steps[0].kind != "on_call":
        assert made.due_at <= made.next_opening
        assert made.target_queue in book.queues
