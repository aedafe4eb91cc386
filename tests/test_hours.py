"""Opening hours against an oracle that reads the wall clock minute by minute, and the named cases of the rules."""

import copy
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rules.calendars import Calendar, HoursRule, ManualClosure, Span
from routing.rules.hours import Verdict, add_open_seconds, next_opening, open_seconds, verdict

MINUTE = timedelta(minutes=1)
CHICAGO = "America/Chicago"
WEEKDAYS = frozenset(range(5))
ALL_DAY = (Span(0, 1440),)
LOOK_AHEAD = timedelta(days=60)


def local(text: str, zone: str = CHICAGO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def spans(*texts: str) -> tuple[Span, ...]:
    """``spans("08:00-12:00")``."""
    return tuple(Span(*map(clock, text.split("-"))) for text in texts)


def opens(*texts: str, name: str = "weekly", weekdays: frozenset[int] = frozenset(range(7))) -> HoursRule:
    return HoursRule(name, "open", spans(*texts), weekdays)


def holiday(name: str, day: date) -> HoursRule:
    return HoursRule(name, "closed", ALL_DAY, first=day, last=day)


def overnight(zone: str = CHICAGO) -> Calendar:
    return Calendar(zone, (opens("22:00-06:00"),))


# The oracle: no day arithmetic in UTC, only lists of what the wall clock shows in each minute.


@dataclass(frozen=True)
class Minute:
    open: bool
    reason: str
    rule: str | None


@lru_cache(maxsize=64)
def readings(zone: str, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Each minute of ``[first, last]`` with what the wall clock of the zone shows in it."""
    place = ZoneInfo(zone)
    minutes = int((last - first) / MINUTE)
    return [(at, at.astimezone(place).replace(tzinfo=None)) for at in (first + n * MINUTE for n in range(minutes + 1))]


@lru_cache(maxsize=64)
def shown(zone: str, first: datetime, last: datetime) -> dict[datetime, list[datetime]]:
    found: dict[datetime, list[datetime]] = {}
    for at, reading in readings(zone, first, last):
        found.setdefault(reading, []).append(at)
    return found


def when_shown(zone: str, reading: datetime, window: tuple[datetime, datetime]) -> list[datetime]:
    exact = shown(zone, *window).get(reading)
    return exact or [next(at for at, seen in readings(zone, *window) if seen >= reading)]


def covered(rule: HoursRule, zone: str, window: tuple[datetime, datetime]) -> set[datetime]:
    """The minutes a rule covers, for rules of the days well inside the window."""
    found: set[datetime] = set()
    day = window[0].date() + timedelta(days=2)
    while day <= window[1].date() - timedelta(days=3):
        inside = (rule.first or day) <= day <= (rule.last or day)
        for span in rule.spans if inside and day.weekday() in rule.weekdays else ():
            next_day = span.end_min <= span.start_min
            midnight = datetime.combine(day, time())
            begin = when_shown(zone, midnight + span.start_min * MINUTE, window)[0]
            end = when_shown(zone, midnight + timedelta(days=int(next_day)) + span.end_min * MINUTE, window)[-1]
            found.update(begin + n * MINUTE for n in range(int((end - begin) / MINUTE)))
        day += timedelta(days=1)
    return found


def levels(calendar: Calendar) -> list[tuple[Calendar, frozenset[str]]]:
    """Practice first; each with the names that those below it opted out of."""
    chain = [calendar]
    while chain[-1].parent:
        chain.append(chain[-1].parent)
    waived = [frozenset[str]().union(*(below.opts_out_of for below in chain[:n])) for n in range(len(chain))]
    return list(zip(chain, waived, strict=True))[::-1]


def oracle(calendar: Calendar, first: datetime, last: datetime) -> dict[datetime, Minute]:
    """Every minute of ``[first, last)``."""
    window = (first - timedelta(days=5), last + timedelta(days=5))
    closed: list[tuple[str, set[datetime]]] = []
    opened: list[tuple[str, set[datetime]]] = []
    for level, waived in levels(calendar):
        closed += [
            (rule.name, covered(rule, level.zone, window))
            for rule in level.rules
            if rule.kind == "closed" and rule.name not in waived
        ]
        own = [(rule.name, covered(rule, level.zone, window)) for rule in level.rules if rule.kind == "open"]
        opened = own or opened
    closures = [item for level, waived in levels(calendar) for item in level.closures if item.reason not in waived]
    answer = {}
    for at, _ in readings("UTC", first, last - MINUTE):
        by_hand = next((item.reason for item in closures if item.start <= at < item.end), None)
        shut = next((name for name, minutes in closed if at in minutes), None)
        allowed = next((name for name, minutes in opened if at in minutes), None)
        if by_hand:
            answer[at] = Minute(False, "manual_closure", by_hand)
        elif shut:
            answer[at] = Minute(False, "closed_rule", shut)
        elif allowed:
            answer[at] = Minute(True, "open", allowed)
        else:
            answer[at] = Minute(False, "closed", None) if opened else Minute(True, "no_calendar", None)
    return answer


def disagreements(calendar: Calendar, first: datetime, last: datetime) -> Iterator[str]:
    """Minutes at which verdict and oracle differ; times are compared as far as the oracle's minutes reach."""
    expected = oracle(calendar, first, last)
    minutes = list(expected)
    until: datetime | None = None
    opening: datetime | None = None
    for n in range(len(minutes) - 1, -1, -1):
        at = minutes[n]
        if n + 1 < len(minutes) and expected[at].open != expected[minutes[n + 1]].open:
            until = minutes[n + 1]
            opening = opening if expected[at].open else until
        got = verdict(calendar, at)
        wanted = expected[at]
        if (got.open, got.reason, got.rule) != (wanted.open, wanted.reason, wanted.rule):
            yield f"{at}: {got} instead of {wanted}"
        if not reaches(got.until, until, last) or not reaches(got.next_opening, opening, last):
            yield f"{at}: {got} instead of {until} and {opening}"


def reaches(got: datetime | None, wanted: datetime | None, last: datetime) -> bool:
    return got == wanted if wanted else got is None or got >= last


TURNING_WEEKS = [
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2027, 3, 14)),
    ("America/Chicago", date(2026, 11, 1)),
    ("America/Chicago", date(2027, 3, 14)),
    ("America/Phoenix", date(2026, 11, 1)),
    ("America/Phoenix", date(2027, 3, 14)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Havana", date(2027, 3, 14)),
    ("Asia/Kathmandu", date(2026, 11, 1)),
    ("Pacific/Kiritimati", date(2026, 11, 1)),
]


def busy_practice(zone: str, turn: date) -> Calendar:
    """Every kind of rule at once around ``turn``: two zones, overnight, a holiday, closures at both levels."""
    noon = datetime.combine(turn, time(12), UTC)
    practice = Calendar(
        zone="America/New_York",
        rules=(
            opens("08:00-17:00", name="practice_days"),
            holiday("day_after", turn + timedelta(days=1)),
            HoursRule("staff_meeting", "closed", spans("01:15-02:15", "12:00-12:45"), frozenset({turn.weekday()})),
        ),
        closures=(ManualClosure("storm", "ann", noon + timedelta(days=2), noon + timedelta(days=2, hours=7)),),
    )
    office = Calendar(
        zone,
        (
            opens("00:00-01:30", "01:40-02:10", "02:20-02:50", "03:00-11:00", name="early"),
            opens("22:00-06:00", name="night", weekdays=frozenset({4, 5, 6})),
            opens("00:00-24:00", name="all_day", weekdays=frozenset({2})),
        ),
        closures=(ManualClosure("burst_pipe", "bob", noon - timedelta(hours=7), noon - timedelta(hours=5)),),
        parent=practice,
    )
    return Calendar(zone, parent=office, opts_out_of=frozenset({"staff_meeting"}))


@pytest.mark.parametrize(("zone", "turn"), TURNING_WEEKS)
@pytest.mark.parametrize("shape", ["overnight", "busy", "office"])
def test_every_minute_of_the_weeks_the_clocks_turn_agrees_with_the_oracle(zone: str, turn: date, shape: str) -> None:
    busy = busy_practice(zone, turn)
    assert busy.parent is not None
    calendar = {"overnight": overnight(zone), "busy": busy, "office": busy.parent}[shape]
    first = datetime.combine(turn - timedelta(days=3), time(), UTC)
    assert list(disagreements(calendar, first, first + timedelta(days=7))) == []


# Random calendars


zones = st.sampled_from(["UTC", *dict.fromkeys(zone for zone, _ in TURNING_WEEKS)])
some_spans = st.lists(st.builds(Span, st.integers(0, 1439), st.integers(0, 1440)), max_size=2).map(tuple)
days = st.dates(date(2026, 10, 29), date(2026, 11, 5))
starts = st.integers(0, 10 * 1440).map(lambda n: datetime(2026, 10, 27, tzinfo=UTC) + n * MINUTE)
instants = st.integers(0, 10 * 86_400).map(lambda n: datetime(2026, 10, 27, tzinfo=UTC) + timedelta(seconds=n))
opts_out = st.frozensets(st.sampled_from(["a", "b", "flood"]), max_size=1)


@st.composite
def rules(draw: st.DrawFn) -> HoursRule:
    first, last = sorted([draw(days), draw(days)])
    weekdays = draw(st.frozensets(st.integers(0, 6), min_size=1))
    bounds = draw(st.sampled_from([(None, None), (None, None), (first, last), (first, None), (None, last)]))
    kind: Literal["open", "closed"] = draw(st.sampled_from(["open", "open", "closed"]))
    name = draw(st.sampled_from("abc"))
    return HoursRule(name, kind, draw(some_spans), weekdays, *bounds)


@st.composite
def closures(draw: st.DrawFn) -> ManualClosure:
    start = draw(starts)
    return ManualClosure(
        draw(st.sampled_from(["flood", "fire"])), "ann", start, start + draw(st.integers(1, 3000)) * MINUTE
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    calendar: Calendar | None = None
    for _ in range(draw(st.integers(1, 3))):
        own_rules = tuple(draw(st.lists(rules(), max_size=3)))
        own_closures = tuple(draw(st.lists(closures(), max_size=1)))
        calendar = Calendar(draw(zones), own_rules, own_closures, calendar, draw(opts_out))
    assert calendar is not None
    return calendar


@settings(derandomize=True, deadline=None, max_examples=120)
@given(calendars(), st.integers(0, 8 * 24))
def test_any_calendar_agrees_with_the_oracle(calendar: Calendar, hour: int) -> None:
    first = datetime(2026, 10, 28, tzinfo=UTC) + timedelta(hours=hour)
    assert list(disagreements(calendar, first, first + timedelta(hours=9))) == []


@settings(derandomize=True, deadline=None, max_examples=200)
@given(calendars(), instants)
def test_the_next_opening_is_strictly_later_open_and_preceded_by_closed(calendar: Calendar, after: datetime) -> None:
    opening = next_opening(calendar, after)
    assert opening == verdict(calendar, after).next_opening
    if opening is not None:
        assert after < opening <= after + LOOK_AHEAD
        assert verdict(calendar, opening).open
        assert not verdict(calendar, opening - timedelta(seconds=1)).open


@settings(derandomize=True, deadline=None, max_examples=200)
@given(calendars(), instants)
def test_a_verdict_holds_until_it_says(calendar: Calendar, at: datetime) -> None:
    now = verdict(calendar, at)
    end = now.until or at + LOOK_AHEAD
    assert at < end
    assert open_seconds(calendar, at, end) == (int((end - at).total_seconds()) if now.open else 0)
    if now.until:
        assert verdict(calendar, now.until).open is not now.open


@settings(derandomize=True, deadline=None, max_examples=200)
@given(calendars(), st.lists(instants, min_size=3, max_size=3))
def test_open_seconds_add_up(calendar: Calendar, points: list[datetime]) -> None:
    first, middle, last = sorted(points)
    whole = open_seconds(calendar, first, last)
    assert whole == open_seconds(calendar, first, middle) + open_seconds(calendar, middle, last)
    assert 0 <= whole <= (last - first).total_seconds()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(calendars(), st.integers(0, 7 * 24))
def test_open_seconds_count_the_open_minutes_of_the_oracle(calendar: Calendar, hour: int) -> None:
    first = datetime(2026, 10, 28, tzinfo=UTC) + timedelta(hours=hour)
    last = first + timedelta(hours=30)
    open_minutes = sum(minute.open for minute in oracle(calendar, first, last).values())
    assert open_seconds(calendar, first, last) == 60 * open_minutes


@settings(derandomize=True, deadline=None, max_examples=200)
@given(calendars(), instants, st.integers(0, 4 * 86_400))
def test_adding_open_seconds_is_the_inverse_of_counting_them(calendar: Calendar, start: datetime, seconds: int) -> None:
    end = add_open_seconds(calendar, start, seconds)
    counted = open_seconds(calendar, start, end)
    assert end >= start
    assert counted <= seconds
    if counted < seconds:
        assert next_opening(calendar, end) is None or end - start >= LOOK_AHEAD
    elif seconds:
        assert open_seconds(calendar, start, end - timedelta(seconds=1)) == seconds - 1


# Named cases


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-10-30", 8), ("2026-10-31", 9), ("2026-11-01", 8), ("2027-03-13", 7), ("2027-03-14", 8)]
)
def test_a_night_shift_lasts_as_long_as_the_clocks_make_it(day: str, hours: int) -> None:
    begin = local(f"{day} 22:00")
    until = verdict(overnight(), begin).until
    assert until is not None
    assert until - begin.astimezone(UTC) == timedelta(hours=hours)
    assert open_seconds(overnight(), begin, begin + timedelta(hours=18)) == hours * 3600


def test_a_start_in_the_skipped_hour_moves_to_the_first_valid_minute() -> None:
    calendar = Calendar(CHICAGO, (opens("02:30-05:00"),))
    assert next_opening(calendar, local("2027-03-14 00:00")) == local("2027-03-14 03:00")
    assert open_seconds(calendar, local("2027-03-14 00:00"), local("2027-03-15 00:00")) == 2 * 3600


def test_a_span_within_the_skipped_hour_does_not_happen() -> None:
    calendar = Calendar(CHICAGO, (opens("02:10-02:50"),))
    assert next_opening(calendar, local("2027-03-14 00:00")) == local("2027-03-15 02:10")


def test_in_the_doubled_hour_the_first_occurrence_opens_and_the_last_closes() -> None:
    calendar = Calendar(CHICAGO, (opens("01:15-01:45"),))
    opening = next_opening(calendar, local("2026-11-01 00:00"))
    assert opening == local("2026-11-01 01:15", fold=0).astimezone(UTC)
    assert verdict(calendar, local("2026-11-01 01:15")).until == local("2026-11-01 01:45", fold=1).astimezone(UTC)
    assert open_seconds(calendar, local("2026-11-01 00:00"), local("2026-11-01 03:00")) == 90 * 60


@pytest.mark.parametrize("night", ["2026-11-01", "2027-03-14"])
@pytest.mark.parametrize(("minutes", "is_open"), [(-1, True), (0, False), (1, False)])
def test_the_minutes_around_midnight_of_a_turning_night(night: str, minutes: int, is_open: bool) -> None:
    before = date.fromisoformat(night) - timedelta(days=1)
    calendar = Calendar(CHICAGO, (opens("00:00-24:00", weekdays=frozenset({before.weekday()})),))
    assert verdict(calendar, local(f"{night} 00:00").astimezone(UTC) + minutes * MINUTE).open is is_open
    morning_after = Calendar(CHICAGO, (opens("00:00-24:00", weekdays=frozenset({6})),))
    end = local(f"{night} 00:00") + timedelta(days=1)
    assert verdict(morning_after, end.astimezone(UTC) + minutes * MINUTE).open is is_open


def test_a_day_until_24_00_runs_into_the_next_without_a_gap() -> None:
    calendar = Calendar(CHICAGO, (opens("00:00-24:00"),))
    assert verdict(calendar, local("2026-11-18 23:59:59")) == Verdict(True, "open", "weekly", None, None)
    assert open_seconds(calendar, local("2026-11-18 12:00"), local("2026-11-19 12:00")) == 86_400


def test_equal_start_and_end_mean_the_whole_day_round() -> None:
    calendar = Calendar(CHICAGO, (opens("08:00-08:00", weekdays=frozenset({5})),))
    assert verdict(calendar, local("2026-11-21 08:00")).until == local("2026-11-22 08:00")


def test_a_span_past_midnight_belongs_to_the_day_it_starts() -> None:
    friday = Calendar(CHICAGO, (opens("22:00-06:00", weekdays=frozenset({4})),))
    assert verdict(friday, local("2026-11-21 05:59")).open
    assert not verdict(friday, local("2026-11-20 05:59")).open
    last_night = Calendar(CHICAGO, (HoursRule("until", "open", spans("22:00-06:00"), last=date(2026, 11, 20)),))
    assert verdict(last_night, local("2026-11-21 05:59")).open
    assert not verdict(last_night, local("2026-11-21 22:00")).open


def test_a_span_of_nearly_two_evenings_lasts_into_the_second() -> None:
    friday = Calendar(CHICAGO, (opens("23:00-22:30", weekdays=frozenset({4})),))
    assert verdict(friday, local("2026-11-21 22:29")).until == local("2026-11-21 22:30")
    assert not verdict(friday, local("2026-11-21 22:30")).open


def test_hours_are_half_open() -> None:
    calendar = Calendar(CHICAGO, (opens("08:00-17:00"),))
    edges = {"07:59:59": False, "08:00": True, "16:59:59": True, "17:00": False}
    assert {at: verdict(calendar, local(f"2026-11-18 {at}")).open for at in edges} == edges


def lakeside() -> Calendar:
    thanksgiving = holiday("thanksgiving", date(2026, 11, 26))
    practice = Calendar(CHICAGO, (thanksgiving, opens("08:00-18:00", weekdays=WEEKDAYS)))
    return Calendar(CHICAGO, parent=practice)


@pytest.mark.parametrize(
    ("arrives", "due"),
    [("2026-11-21 19:40", "2026-11-23 08:00"), ("2026-11-25 18:10", "2026-11-27 08:00")],
)
def test_a_form_after_hours_is_due_at_the_next_opening(arrives: str, due: str) -> None:
    found = verdict(lakeside(), local(arrives))
    assert (found.open, found.reason, found.rule) == (False, "closed", None)
    assert found.next_opening == found.until == local(due)
    assert add_open_seconds(lakeside(), local(arrives), 900) == local(due) + timedelta(minutes=15)
    assert open_seconds(lakeside(), local(arrives), local(due)) == 0


def test_on_the_holiday_the_rule_gives_the_reason() -> None:
    found = verdict(lakeside(), local("2026-11-26 10:00"))
    assert (found.open, found.reason, found.rule) == (False, "closed_rule", "thanksgiving")


def test_a_manual_closure_wins_and_ends_by_itself() -> None:
    burst = ManualClosure("burst_pipe", "office_1", local("2026-11-18 13:00"), local("2026-11-18 17:30"))
    calendar = Calendar(CHICAGO, (opens("08:00-18:00"),), (burst,))
    assert verdict(calendar, local("2026-11-18 12:59")).until == local("2026-11-18 13:00")
    shut = verdict(calendar, local("2026-11-18 13:20"))
    assert (shut.open, shut.reason, shut.rule) == (False, "manual_closure", "burst_pipe")
    assert shut.until == shut.next_opening == local("2026-11-18 17:30")
    assert verdict(calendar, local("2026-11-18 17:30")).reason == "open"
    assert open_seconds(calendar, local("2026-11-18 00:00"), local("2026-11-19 00:00")) == 5 * 3600 + 1800


def test_a_closed_rule_beats_a_one_off_opening() -> None:
    day = date(2026, 11, 18)
    one_off = HoursRule("blood_drive", "open", spans("08:00-12:00"), first=day, last=day)
    calendar = Calendar(CHICAGO, (one_off, holiday("inventory", day)))
    assert verdict(calendar, local("2026-11-18 09:00")).rule == "inventory"


def test_the_practice_names_the_reason_before_the_queue_and_the_first_rule_before_the_next() -> None:
    day = date(2026, 11, 18)
    practice = Calendar(CHICAGO, (holiday("first", day), holiday("second", day)))
    queue = Calendar(CHICAGO, (holiday("own", day),), parent=practice)
    at = local("2026-11-18 09:00")
    assert verdict(queue, at).rule == "first"
    assert verdict(replace(queue, opts_out_of=frozenset({"first"})), at).rule == "second"
    assert verdict(replace(queue, opts_out_of=frozenset({"first", "second"})), at).rule == "own"


def test_of_two_closures_the_practice_names_the_reason() -> None:
    at = local("2026-11-18 09:00")
    storm, burst = (ManualClosure(reason, "ann", at, at + timedelta(hours=1)) for reason in ("storm", "burst_pipe"))
    office = Calendar(CHICAGO, closures=(burst,), parent=Calendar(CHICAGO, closures=(storm,)))
    assert verdict(office, at).rule == "storm"


def test_opting_out_frees_from_what_is_inherited_not_from_what_is_ones_own() -> None:
    at = local("2026-11-18 09:00")
    storm = ManualClosure("storm", "ann", at, at + timedelta(hours=1))
    practice = Calendar(CHICAGO, (holiday("founders_day", date(2026, 11, 18)),), (storm,))
    on_call = Calendar(CHICAGO, (opens("00:00-24:00"),), parent=practice, opts_out_of=frozenset({"founders_day"}))
    assert verdict(on_call, at).rule == "storm"
    free = replace(on_call, opts_out_of=frozenset({"founders_day", "storm"}))
    assert verdict(free, at).reason == "open"
    assert verdict(Calendar(CHICAGO, parent=free), at).reason == "open"
    assert verdict(replace(practice, opts_out_of=frozenset({"founders_day", "storm"})), at).rule == "storm"


def test_the_most_specific_calendar_with_open_rules_decides_alone() -> None:
    practice = Calendar(CHICAGO, (opens("08:00-20:00"),))
    office = Calendar(CHICAGO, (opens("09:00-17:00"),), parent=practice)
    queue = Calendar(CHICAGO, (HoursRule("lunch", "closed", spans("12:00-13:00")),), parent=office)
    assert not verdict(queue, local("2026-11-18 18:00")).open
    assert verdict(queue, local("2026-11-18 12:30")).rule == "lunch"
    assert open_seconds(queue, local("2026-11-18 00:00"), local("2026-11-19 00:00")) == 7 * 3600


def test_each_calendar_reads_its_own_clock() -> None:
    practice = Calendar("America/New_York", (holiday("founders_day", date(2026, 11, 18)),))
    phoenix = Calendar("America/Phoenix", (opens("08:00-17:00"),), parent=practice)
    assert verdict(phoenix, local("2026-11-17 21:59", "America/Phoenix")).reason == "closed"
    assert verdict(phoenix, local("2026-11-17 22:00", "America/Phoenix")).reason == "closed_rule"
    assert verdict(phoenix, local("2026-11-18 22:00", "America/Phoenix")).reason == "closed"


def test_without_any_open_rule_it_counts_as_open_unless_closed_by_name() -> None:
    at = local("2026-11-18 09:00")
    assert verdict(Calendar(), at) == Verdict(True, "no_calendar", None, None, None)
    practice = Calendar(CHICAGO, (holiday("founders_day", date(2026, 11, 18)),))
    assert verdict(Calendar(parent=practice), at).reason == "closed_rule"
    assert verdict(Calendar(parent=practice), local("2026-11-19 00:00")).reason == "no_calendar"


def test_open_rules_that_never_apply_close() -> None:
    assert verdict(Calendar(rules=(HoursRule("none", "open", ()),)), local("2026-11-18 09:00")).reason == "closed"


def test_the_next_opening_of_an_open_calendar_is_that_of_the_next_day() -> None:
    calendar = Calendar(CHICAGO, (opens("08:00-17:00"),))
    assert next_opening(calendar, local("2026-11-18 08:00")) == local("2026-11-19 08:00")
    found = verdict(calendar, local("2026-11-18 10:00"))
    assert (found.until, found.next_opening) == (local("2026-11-18 17:00"), local("2026-11-19 08:00"))


@pytest.mark.parametrize(("days_ahead", "found"), [(60, True), (61, False)])
def test_the_next_opening_looks_sixty_days_ahead(days_ahead: int, found: bool) -> None:
    at = datetime(2026, 6, 1, 8, tzinfo=UTC)
    calendar = Calendar("UTC", (HoursRule("season", "open", spans("08:00-17:00"), first=date(2026, 6, 1)),))
    seasonal = replace(calendar, closures=(ManualClosure("moving", "ann", at, at + timedelta(days=days_ahead)),))
    opening = next_opening(seasonal, at)
    assert (opening is not None) is found
    assert verdict(seasonal, at).until == opening
    hour = add_open_seconds(seasonal, at, 3600)
    assert hour == at + timedelta(hours=1) + (timedelta(days=60) if found else timedelta())


def test_a_deadline_that_meets_the_last_closing_goes_on_by_the_calendar() -> None:
    last_day = HoursRule("season", "open", spans("08:00-17:00"), last=date(2026, 11, 18))
    calendar = Calendar(CHICAGO, (last_day,))
    assert add_open_seconds(calendar, local("2026-11-18 16:00"), 7200) == local("2026-11-18 18:00")


def test_a_deadline_within_hours_may_be_the_closing_minute_itself() -> None:
    calendar = Calendar(CHICAGO, (opens("08:00-17:00"),))
    assert add_open_seconds(calendar, local("2026-11-18 16:59"), 60) == local("2026-11-18 17:00")
    assert add_open_seconds(calendar, local("2026-11-18 16:59"), 61) == local("2026-11-19 08:00:01")
    assert add_open_seconds(calendar, local("2026-11-18 16:59"), 0) == local("2026-11-18 16:59")
    assert add_open_seconds(calendar, local("2026-11-18 17:00"), 0) == local("2026-11-19 08:00")


def test_a_deadline_may_lie_further_off_than_the_look_ahead() -> None:
    calendar = Calendar("UTC", (opens("08:00-17:00"),))
    start = datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert add_open_seconds(calendar, start, 100 * 9 * 3600 + 1) == start + timedelta(days=100, seconds=1)


def test_a_form_at_eleven_at_night_has_not_waited_by_morning() -> None:
    calendar = Calendar(CHICAGO, (opens("08:00-17:00"),))
    assert open_seconds(calendar, local("2026-11-17 23:00"), local("2026-11-18 08:00:30")) == 30


def test_nothing_has_passed_before_the_start() -> None:
    assert open_seconds(Calendar(), local("2026-11-18 09:00"), local("2026-11-17 09:00")) == 0


def test_answers_are_in_utc() -> None:
    found = verdict(lakeside(), local("2026-11-21 19:40"))
    assert found.next_opening is not None
    assert found.next_opening.tzinfo is UTC
    assert add_open_seconds(lakeside(), local("2026-11-18 09:00"), 60).tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    naive = datetime(2026, 11, 18, 9)  # noqa: DTZ001
    aware = local("2026-11-18 09:00")
    with pytest.raises(ValueError, match="time zone"):
        verdict(Calendar(), naive)
    with pytest.raises(ValueError, match="time zone"):
        next_opening(Calendar(), naive)
    with pytest.raises(ValueError, match="time zone"):
        open_seconds(Calendar(), aware, naive)
    with pytest.raises(ValueError, match="time zone"):
        add_open_seconds(Calendar(), naive, 60)
    with pytest.raises(ValueError, match="time zone"):
        ManualClosure("storm", "ann", aware, naive)


@pytest.mark.parametrize("zone", ["America/Chicagoo", "", "../etc/passwd", "America"])
def test_an_unknown_zone_is_refused_when_used(zone: str) -> None:
    for calendar in (Calendar(zone), Calendar(CHICAGO, parent=Calendar(zone))):
        with pytest.raises(ValueError, match="unknown time zone"):
            verdict(calendar, local("2026-11-18 09:00"))


def test_impossible_rules_are_refused() -> None:
    for start, end in [(-1, 60), (1440, 60), (0, 1441), (0, -1)]:
        with pytest.raises(ValueError, match="minutes"):
            Span(start, end)
    with pytest.raises(ValueError, match="weekdays"):
        HoursRule("eighth", "open", ALL_DAY, frozenset({7}))
    with pytest.raises(ValueError, match="before its first"):
        HoursRule("reversed", "closed", ALL_DAY, first=date(2026, 11, 19), last=date(2026, 11, 18))
    with pytest.raises(ValueError, match="added"):
        add_open_seconds(Calendar(), local("2026-11-18 09:00"), -1)


def test_equal_calendars_are_one_key_also_after_a_copy() -> None:
    assert len({Calendar(), Calendar(), lakeside(), lakeside()}) == 2
    assert copy.deepcopy(lakeside()) == lakeside()
    assert hash(pickle.loads(pickle.dumps(lakeside()))) == hash(lakeside())
