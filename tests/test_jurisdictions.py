"""Where a person may be, by her number and by what she says; and what a practice file adds to the law."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from phonenumbers import geocoder

from routing.rulebook.almanac import almanac, standards
from routing.rulebook.findings import PracticeFileError
from routing.rulebook.jurisdictions import Signs, area_codes, candidates, sample
from routing.rulebook.load import load
from routing.rulebook.places import places
from routing.rules.calendars import Span
from routing.rules.lawful.states import EVERY_ZONE, NOWHERE_KNOWN, ZONES, Jurisdiction, anywhere_in
from tests.lawful_oracle import TABLE

SIMPLE = (Path(__file__).parents[1] / "routing" / "practices" / "simple.yaml").read_text(encoding="utf-8")
TAMPA = Jurisdiction("FL", "America/New_York")
NAMES = {line[:21].strip(): line[21:23] for line in TABLE.splitlines() if line}


def states(found: frozenset[Jurisdiction]) -> set[str]:
    return {each.state for each in found}


def zones(found: frozenset[Jurisdiction]) -> set[str]:
    return {each.zone for each in found}


def test_an_area_code_gives_its_state_in_every_zone_it_has() -> None:
    assert candidates(Signs("+18505550131")) == anywhere_in("FL")
    assert candidates(Signs("+19045550131")) == {TAMPA}
    assert zones(candidates(Signs("+12085550131"))) == {"America/Boise", "America/Los_Angeles"}
    assert zones(candidates(Signs("+19065550131"))) >= {"America/Detroit", "America/Menominee"}


def test_a_stated_place_adds_to_the_number_and_never_replaces_it() -> None:
    assert candidates(Signs("+12125550131", zip="33602")) == {TAMPA, Jurisdiction("NY", "America/New_York")}
    assert candidates(Signs("+19045550131", states=("tx",))) == {TAMPA} | anywhere_in("TX")
    assert candidates(Signs(zip="32501-1234", states=("NY",))) == {
        Jurisdiction("FL", "America/Chicago"),
        Jurisdiction("NY", "America/New_York"),
    }


@pytest.mark.parametrize("number", ["+18005550131", "+15555550131", "+19215550131", "nonsense"])
def test_a_number_that_tells_nothing_may_be_anywhere(number: str) -> None:
    assert candidates(Signs(number)) == NOWHERE_KNOWN
    stated = candidates(Signs(number, zip="33602"))
    assert stated == {TAMPA, *(Jurisdiction("US", zone) for zone in EVERY_ZONE)}


def test_nothing_known_and_an_unknown_zip_are_anywhere() -> None:
    assert candidates(Signs()) == candidates(Signs(zip="00000")) == candidates(Signs(states=("??",))) == NOWHERE_KNOWN


def test_a_foreign_number_adds_the_zones_over_there() -> None:
    found = candidates(Signs("+14165550131", zip="33602"))
    assert "America/Toronto" in zones(found)
    assert states(found) == {"FL", "US"}
    assert "Europe/London" in zones(candidates(Signs("+442079460018")))


def test_a_territory_is_none_of_the_51_and_counts_as_unknown() -> None:
    found = candidates(Signs("+17875550131"))
    assert found == candidates(Signs(states=("pr",))) == {Jurisdiction("PR", "America/Puerto_Rico")}
    assert not any(each.is_known for each in found)
    assert "America/Puerto_Rico" in zones(candidates(Signs("+18005550131"), territories=True))
    assert "America/Puerto_Rico" not in zones(candidates(Signs("+18005550131")))


def test_every_area_code_lies_in_the_state_that_the_numbering_plan_says() -> None:
    """Checked against phonenumbers' place names, where these name a state."""
    checked = 0
    for code, found in area_codes().items():
        said = geocoder.description_for_number(sample(code), "en").removesuffix(" State").replace("D.C.", "DC")
        state = NAMES.get(said) or said[-2:]
        if state in ZONES:
            assert states(found) == {state}, code
            checked += 1
    assert checked > 330
    assert states(frozenset[Jurisdiction]().union(*area_codes().values())) >= set(ZONES)


def test_every_zip_lies_in_a_zone_its_state_is_said_to_have() -> None:
    """By the hours their clocks show in winter and in summer; names differ where clocks agree."""
    seasons = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))

    def clock(zone: str) -> tuple[timedelta | None, ...]:
        return tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in seasons)

    known = {state: {clock(zone) for zone in those} for state, those in ZONES.items()}
    pairs = {(spot.state, spot.zone) for spot in places().values() if spot.state in ZONES and "/" in spot.zone}
    assert {pair for pair in pairs if clock(pair[1]) not in known[pair[0]]} == set()


# The practice file


def file(contact: str, quiet: str = "") -> str:
    assert SIMPLE.rstrip().splitlines()[-1].startswith("  fallback_numbers")
    return f"{SIMPLE.rstrip()}\n{quiet}  contact:\n{contact}"


APPROVED = (
    "{rule: hours.us.mn, approved_by: Jo Ferris, reason: read it, first: 2026-11-01, last: 2026-11-30, hours: [%s]}"
)


def test_a_practice_file_adds_quiet_hours_and_approvals() -> None:
    quiet = '  quiet_hours: {call: "20:00-09:00"}\n'
    approval = APPROVED % "mon-sat 08:00-20:00"
    switches = "    territories: true\n    consent_stale_s: 3600\n    scrubs: [national_dnc]\n"
    contact = f"{switches}    approvals:\n      - {approval}\n"
    book = load(file(contact, quiet), "simple.yaml")
    found = standards(book, datetime(2026, 11, 21, tzinfo=UTC))
    assert book.policies.contact.territories
    assert found.stale_after == timedelta(hours=1)
    assert (found.scrubs, found.zone) == (("national_dnc",), book.zone)
    assert found.quiet_hours == (("call", (Span(20 * 60, 9 * 60),)),)
    assert found.overrides[0].week == (*((Span(8 * 60, 20 * 60),),) * 6, ())
    assert found.overrides[0].approved_by == "Jo Ferris"
    assert found == standards(book, datetime(2026, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("approval", "message"),
    [
        (APPROVED.replace("us.mn", "us.fl") % "daily 08:00-21:00", "rests on Fla. Stat. 501.616(6)"),
        (APPROVED % "daily 07:00-21:00", "never before 08:00"),
        (APPROVED % "daily 20:00-09:00", "never before 08:00"),
        (APPROVED.replace("us.mn", "us.zz") % "daily 08:00-21:00", "there is no rule `hours.us.zz`"),
        (APPROVED.replace(", reason: read it", "") % "daily 08:00-21:00", "`reason` is missing"),
        (APPROVED.replace("approved_by: Jo Ferris, ", "") % "daily 08:00-21:00", "`approved_by` is missing"),
    ],
)
def test_an_approval_that_may_not_be_is_refused_with_its_line(approval: str, message: str) -> None:
    text = file(f"    approvals:\n      - {approval}\n")
    with pytest.raises(PracticeFileError) as refused:
        load(text, "simple.yaml")
    [finding] = [each for each in refused.value.findings if each.level == "refuse"]
    assert finding.line == len(text.splitlines())
    assert message in finding.message


def test_two_approvals_of_one_rule_for_one_day_are_refused() -> None:
    twice = f"      - {APPROVED % 'daily 08:00-21:00'}\n" * 2
    with pytest.raises(PracticeFileError, match="already decided for some of these days"):
        load(file(f"    approvals:\n{twice}"), "simple.yaml")


# Holidays

EVERYWHERE_OFF = (
    (2026, 11, 26),
    (2026, 12, 25),
    (2027, 1, 1),
    (2027, 1, 18),
    (2027, 5, 31),
    (2027, 7, 5),
    (2027, 9, 6),
    (2028, 7, 4),
)


def test_the_almanac_knows_the_nations_holidays_for_every_state() -> None:
    book = almanac(2026)
    assert (book.first_year, book.last_year) == (2025, 2028)
    for state in ("US", "", *ZONES):
        assert {date(*day) for day in EVERYWHERE_OFF} <= book.off(state), state
    assert date(2026, 11, 27) in book.off("TX") | book.off("CA")
    assert len(book.days) == 52
    assert set(book.days) == {"US", *ZONES}
