"""The rows of the law as the rules read them, against a second reading, and each row with its source."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from routing.rulebook.almanac import almanac
from routing.rules.contact import Purpose, Standards, may_contact
from routing.rules.lawful.rows import REVIEWED, HoursRow, within
from routing.rules.lawful.states import ZONES
from routing.rules.lawful.us_caps import DEFAULT_CAP, STATE_CAPS
from routing.rules.lawful.us_hours import FEDERAL, FIGURES, NATION_SAFE, STATE_HOURS, WITHOUT_FIGURES
from tests.bench.lawful import case
from tests.lawful_oracle import Oracle, lines, next_ones, seconds_of

QUARTER = timedelta(minutes=15)
SPRING, AUTUMN = datetime(2027, 3, 13, 12, tzinfo=UTC), datetime(2026, 10, 31, 12, tzinfo=UTC)
HOLIDAYS = tuple(datetime(2026, month, day, 14, tzinfo=UTC) for month, day in ((1, 1), (7, 3), (11, 26), (12, 25)))
EVERY_ROW = (FEDERAL, NATION_SAFE, *FIGURES, *WITHOUT_FIGURES)


@pytest.mark.parametrize("purpose", ["requested_callback", "solicitation"])
def test_rules_and_oracle_agree_everywhere_when_clocks_change_and_on_holidays(purpose: Purpose) -> None:
    """All of three years is a program of its own: tests/bench/lawful.py."""
    standards = Standards(almanac(2026))
    stretches = [[start + step * QUARTER for step in range(96 * 2)] for start in (SPRING, AUTUMN)]
    instants = [
        *(at for stretch in stretches for at in stretch),
        *(day + timedelta(hours=h) for day in HOLIDAYS for h in range(12)),
    ]
    for state in ("", *ZONES):
        oracle = Oracle(state, range(2025, 2029), requested=purpose == "requested_callback")
        told = {at: may_contact(case(state, standards, at), "call", purpose, at) for at in instants}
        assert [at for at in instants if told[at].allowed != oracle.allows(seconds_of(at))] == [], state
        for stretch in stretches:
            upcoming = next_ones([oracle.allows(seconds_of(at)) for at in stretch])
            pairs = [(at, stretch[then]) for at, then in zip(stretch, upcoming, strict=True) if then is not None]
            assert [at for at, then in pairs if told[at].next_allowed != then] == [], state


def test_both_readings_know_the_same_fifty_one() -> None:
    assert sorted(lines()) == sorted(ZONES)
    assert len(ZONES) == 51
    assert set(STATE_HOURS) == set(ZONES)
    assert {row.state for row in WITHOUT_FIGURES}.isdisjoint(row.state for row in FIGURES)


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
def test_a_row_has_a_source_a_review_and_stays_inside_the_nation(row: HoursRow) -> None:
    source = row.source
    assert source.cited or source.note
    assert source.last_reviewed <= REVIEWED < source.review_by <= source.last_reviewed + timedelta(days=180)
    if row.week:
        assert FEDERAL.week
        assert NATION_SAFE.week
        assert within(row.week, FEDERAL.week)
        assert within(NATION_SAFE.week, row.week)
    else:
        assert not source.verified


def test_rows_of_a_state_never_overlap_and_ids_are_unique() -> None:
    assert len({row.id for row in EVERY_ROW}) == len(EVERY_ROW)
    for rows in STATE_HOURS.values():
        for one, other in combinations(rows, 2):
            assert (one.valid_to or date.max) < (other.valid_from or date.min) or (other.valid_to or date.max) < (
                one.valid_from or date.min
            )


def test_texas_has_its_own_hours_since_september_2025() -> None:
    before, since = datetime(2025, 8, 31, 13, 30, tzinfo=UTC), datetime(2025, 9, 1, 13, 30, tzinfo=UTC)
    standards = Standards(almanac(2025))
    told = [may_contact(case("TX", standards, at), "call", "requested_callback", at) for at in (before, since)]
    assert [each.allowed for each in told] == [False, False]
    both = [
        may_contact(case("TX", standards, at), "call", "requested_callback", at + QUARTER * 2) for at in (before, since)
    ]
    assert [each.allowed for each in both] == [True, False]


def test_no_state_caps_more_strictly_than_the_default() -> None:
    assert all(row.per_day >= DEFAULT_CAP.per_day and row.per_week is None for row in STATE_CAPS.values())
