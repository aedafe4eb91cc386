"""Whatever is known of a person: what comes next is allowed, nothing before it is, and doubt never opens a door."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rulebook.almanac import almanac
from routing.rules.calendars import Span
from routing.rules.contact import (
    Attempt,
    Consent,
    Contactable,
    Jurisdiction,
    OptOut,
    Purpose,
    Request,
    Standards,
    may_contact,
)
from routing.rules.lawful.ledger import Scope, Via
from routing.rules.lawful.states import NOWHERE_KNOWN, ZONES
from routing.rules.values import ContactWay

QUARTER = timedelta(minutes=15)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
QUARTERS = 96 * 365 * 2
LOOKED_AHEAD = 96 * 4
QUIET = (("call", (Span(19 * 60, 9 * 60 + 30),)), ("text", (Span(12 * 60, 13 * 60),)))
STANDARDS = (Standards(almanac(2026)), Standards(almanac(2026), (), QUIET, attempts_per_day=2))  # type: ignore[arg-type]
EVERYWHERE = sorted(Jurisdiction(state, zone) for state, zones in ZONES.items() for zone in zones)
WAYS: st.SearchStrategy[ContactWay] = st.sampled_from(("call", "text", "email", "voicemail"))
PURPOSES: st.SearchStrategy[Purpose] = st.sampled_from(
    ("requested_callback", "requested_callback", "informational", "solicitation", "answer", "opt_out_confirmation")
)
SCOPES: st.SearchStrategy[Scope] = st.sampled_from(("requested_callback", "informational", "solicitation", "any"))
VIAS: st.SearchStrategy[Via] = st.sampled_from(("form", "text", "chat", "voicemail", "hold"))
NOT_ALOUD: st.SearchStrategy[Via] = st.sampled_from(("form", "text", "chat"))
SEASONS = st.one_of(
    st.integers(0, QUARTERS),
    # Around both changes of the clocks, and around Thanksgiving and New Year, more happens.
    *(st.integers(day * 96, (day + 4) * 96) for day in (65, 303, 328, 357, 431)),
)
INSTANTS = SEASONS.map(lambda quarters: FIRST + quarters * QUARTER)
PLACES = st.frozensets(st.sampled_from(EVERYWHERE), min_size=1, max_size=3)


@st.composite
def cases(draw: st.DrawFn, now: datetime, *, vias: st.SearchStrategy[Via] = VIAS) -> Contactable:
    def ago(days: int) -> st.SearchStrategy[datetime]:
        return st.integers(0, days * 96).map(lambda quarters: now - quarters * QUARTER)

    def chosen() -> st.SearchStrategy[datetime | None]:
        return st.none() | st.integers(-8, 96).map(lambda quarters: now + quarters * QUARTER)

    ways = st.frozensets(WAYS, min_size=1, max_size=4)
    lines = st.builds(OptOut, WAYS, st.booleans(), st.sampled_from(("text", "start", "form")), ago(9))
    read = st.none() | ago(2)
    agreed = st.builds(
        Consent, st.just("co_1"), WAYS, SCOPES, st.sampled_from((True, True, False)), ago(30), read_at=read
    )
    asked = st.builds(Request, st.just("rq_1"), vias, ago(8), ways, chosen())
    return Contactable(
        draw(st.sampled_from(STANDARDS)),
        draw(PLACES | st.just(frozenset())),
        tuple(draw(st.lists(lines, max_size=2))),
        tuple(draw(st.lists(agreed, max_size=3))),
        tuple(draw(st.lists(asked, max_size=3))),
        tuple(draw(st.lists(st.builds(Attempt, WAYS, ago(8)), max_size=5))),
        crisis_at=draw(st.none() | ago(4)),
    )


@given(st.data(), INSTANTS, WAYS, PURPOSES)
@settings(max_examples=60, deadline=None)
def test_the_next_allowed_moment_is_allowed_and_nothing_before_it_is(
    drawn: st.DataObject, now: datetime, way: ContactWay, purpose: Purpose
) -> None:
    case = drawn.draw(cases(now))
    told = may_contact(case, way, purpose, now)
    upcoming = told.next_allowed
    assert told.allowed is (upcoming == now)
    if upcoming:
        assert may_contact(case, way, purpose, upcoming).allowed
    at, last = now, now + LOOKED_AHEAD * QUARTER
    while at < (min(upcoming, last) if upcoming else last):
        assert not may_contact(case, way, purpose, at).allowed
        at += QUARTER


@given(st.data(), INSTANTS, WAYS, PURPOSES)
@settings(max_examples=60, deadline=None)
def test_who_opted_out_is_never_contacted_that_way(
    drawn: st.DataObject, now: datetime, way: ContactWay, purpose: Purpose
) -> None:
    """But for the one confirmation; what she chose aloud since is tested by name."""
    said = OptOut(way, True, "text", now - timedelta(minutes=1))
    case = replace(drawn.draw(cases(now, vias=NOT_ALOUD)), opt_outs=(said,))
    told = may_contact(case, way, purpose, now)
    is_confirmation = purpose == "opt_out_confirmation" and way == "text"
    assert told.allowed is is_confirmation
    assert is_confirmation or told.next_allowed is None


@given(st.data(), INSTANTS, WAYS, PURPOSES, PLACES, PLACES)
@settings(max_examples=100, deadline=None)
def test_more_places_never_widen_the_hours(
    drawn: st.DataObject,
    now: datetime,
    way: ContactWay,
    purpose: Purpose,
    here: frozenset[Jurisdiction],
    there: frozenset[Jurisdiction],
) -> None:
    case = replace(drawn.draw(cases(now)), places=here)
    more = may_contact(replace(case, places=here | there), way, purpose, now)
    assert may_contact(case, way, purpose, now).allowed or not more.allowed
    unknown = may_contact(replace(case, places=here | NOWHERE_KNOWN), way, purpose, now)
    assert may_contact(case, way, purpose, now).allowed or not unknown.allowed
