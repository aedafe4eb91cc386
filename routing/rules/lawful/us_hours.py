"""When people in the United States may be called or texted: one row for the nation and one for each of the 51."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from routing.rules.lawful.rows import (
    EVERY_WAY,
    HoursRow,
    Source,
    Week,
    between,
    daily,
    not_sundays,
    weekdays_only,
)
from routing.rules.lawful.states import ZONES

ONE_TABLE = "https://www.dropcowboy.com/state-compliance"
FROM_ONE_TABLE = Source((ONE_TABLE,), "secondary", verified=False, note="one secondary table of November 2025")
ODD_WEEKEND = Source(
    (ONE_TABLE,), "secondary", verified=False, note="the weekend cells of the table look wrong: none at weekends"
)
NO_FIGURES = Source((), "none", verified=False, note="no figures in the sources read: the federal hours hold")

FEDERAL = HoursRow(
    "hours.us",
    "US",
    daily(8, 21),
    Source(
        ("47 CFR 64.1200(c)(1)", "https://www.ecfr.gov/current/title-47/section-64.1200"),
        "secondary",
        verified=True,
        note="whether it binds texts that were agreed to is open: it is applied to texts",
    ),
)
NATION_SAFE = HoursRow(
    "hours.nation_safe",
    "",
    weekdays_only(10, 18),
    Source((), "derived", verified=True, note="inside every row of this page, at every season"),
    holidays=False,
    ways=EVERY_WAY,
)
"""For everybody who did not ask to be contacted, and wherever the state is not known."""


def row(state: str, week: Week | None, source: Source, *, holidays: bool = True, since: date | None = None) -> HoursRow:
    return HoursRow(f"hours.us.{state.lower()}", state, week, source, holidays, valid_from=since)


FIGURES = (
    row("AL", not_sundays(8, 20), FROM_ONE_TABLE, holidays=False),
    row("CT", daily(9, 20), FROM_ONE_TABLE),
    row("FL", daily(8, 20), Source(("Fla. Stat. 501.616(6)", ONE_TABLE), "secondary", verified=True)),
    row("KY", daily(10, 21), FROM_ONE_TABLE),
    row("LA", not_sundays(8, 20), FROM_ONE_TABLE, holidays=False),
    row("MA", daily(8, 20), FROM_ONE_TABLE),
    row("MD", daily(8, 20), FROM_ONE_TABLE),
    row("MI", daily(9, 21), FROM_ONE_TABLE),
    row("MN", daily(9, 21), FROM_ONE_TABLE),
    row("MS", not_sundays(8, 20), FROM_ONE_TABLE, holidays=False),
    row("NM", daily(9, 21), FROM_ONE_TABLE),
    row("NV", daily(9, 20), FROM_ONE_TABLE),
    row("OK", daily(8, 20), Source(("Okla. Stat. tit. 15 section 775C", ONE_TABLE), "secondary", verified=True)),
    row("PA", weekdays_only(8, 21), ODD_WEEKEND, holidays=False),
    row("RI", weekdays_only(9, 18), ODD_WEEKEND),
    row(
        "TX",
        (*(between(9, 21),) * 6, between(12, 21)),
        Source(
            ("Texas SB 140 (2025)",),
            "secondary",
            verified=True,
            note="a settlement of November 2025 exempts consented texts from registration and bond only",
        ),
        since=date(2025, 9, 1),
    ),
    row(
        "WA",
        daily(8, 20),
        Source(
            ("RCW 19.158.040(2)", "https://app.leg.wa.gov/RCW/default.aspx?cite=19.158.040"), "primary", verified=True
        ),
    ),
)

WITHOUT_FIGURES = tuple(
    row(state, None, NO_FIGURES) for state in ZONES if state not in {each.state for each in FIGURES}
)

STATE_HOURS: Mapping[str, tuple[HoursRow, ...]] = MappingProxyType(
    {state: tuple(each for each in (*FIGURES, *WITHOUT_FIGURES) if each.state == state) for state in ZONES}
)
"""A state has several rows where its law changes on a day; their dates do not overlap."""
