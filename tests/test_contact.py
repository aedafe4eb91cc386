"""May we contact this person, in which way, for which purpose, and if not now, when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.rules.calendars import Span
from routing.rules.contact import (
    Almanac,
    Attempt,
    Consent,
    Contactable,
    Jurisdiction,
    OptOut,
    Purpose,
    Request,
    Scrub,
    Standards,
    Verdict,
    may_contact,
)
from routing.rules.lawful.clock import Wait, lawful_seconds
from routing.rules.lawful.overrides import Override, objections
from routing.rules.lawful.rows import daily
from routing.rules.lawful.states import anywhere_in
from routing.rules.values import ContactWay

THANKSGIVING = date(2026, 11, 26)
ALMANAC = Almanac(
    MappingProxyType({"US": frozenset({THANKSGIVING}), "FL": frozenset({date(2026, 11, 27)})}), 2026, 2027
)
STANDARDS = Standards(ALMANAC)
TAMPA = frozenset({Jurisdiction("FL", "America/New_York")})
ZONES = {"FL": "America/New_York", "TX": "America/Chicago", "CA": "America/Los_Angeles"}


def local(text: str, state: str = "FL") -> datetime:
    """Of the invented week: `mon 10:00` to `sun 23:59` of 16 to 22 November 2026, or a date and time."""
    day, _, clock = text.partition(" ")
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    on = f"2026-11-{16 + days.index(day)}" if day in days else day
    return datetime.fromisoformat(f"{on}T{clock}").replace(tzinfo=ZoneInfo(ZONES[state])).astimezone(UTC)


NOW = local("tue 10:00")
LONG_AGO = local("2026-01-05 10:00")


def asked(at: datetime = NOW, **changes: Any) -> Request:
    return Request(**{"id": "rq_1", "via": "form", "at": at, "ways": frozenset({"call", "text"}), **changes})


def agreed(way: ContactWay = "call", scope: Any = "informational", at: datetime = LONG_AGO, **changes: Any) -> Consent:
    return Consent(**{"id": "co_1", "way": way, "scope": scope, "is_granted": True, "at": at, **changes})


def out(way: ContactWay = "call", at: datetime = LONG_AGO, **changes: Any) -> OptOut:
    return OptOut(**{"way": way, "is_out": True, "source": "text", "at": at, **changes})


def person(**known: Any) -> Contactable:
    return Contactable(**{"standards": STANDARDS, "places": TAMPA, **known})


def callback(case: Contactable, now: datetime = NOW, way: ContactWay = "call") -> Verdict:
    return may_contact(case, way, "requested_callback", now)


def news(case: Contactable, now: datetime = NOW, way: ContactWay = "call") -> Verdict:
    return may_contact(case, way, "informational", now)


# Hours


@pytest.mark.parametrize(
    ("state", "now", "allowed"),
    [
        ("FL", "sun 08:00", True),
        ("FL", "sun 07:59", False),
        ("FL", "tue 19:59", True),
        ("FL", "tue 20:00", False),
        ("TX", "sun 11:59", False),
        ("TX", "sun 12:00", True),
        ("CA", "tue 20:59", True),
        ("CA", "tue 21:00", False),
    ],
)
def test_a_requested_callback_keeps_the_hours_of_her_state(state: str, now: str, allowed: bool) -> None:
    places = frozenset({Jurisdiction(state, ZONES[state])})
    at = local(now, state)
    assert callback(person(places=places, requests=(asked(at - timedelta(hours=1)),)), at).allowed is allowed


def test_who_may_be_in_two_zones_is_called_when_it_is_day_in_both() -> None:
    case = person(places=anywhere_in("FL"), requests=(asked(local("mon 12:00")),))
    early = callback(case, local("tue 08:30"))
    assert (early.allowed, early.reason) == (False, "quiet_hours")
    assert early.next_allowed == local("tue 09:00")
    assert not callback(case, local("tue 20:30")).allowed


def test_without_a_request_the_safe_hours_hold_and_weekends_and_holidays_are_left_alone() -> None:
    case = person(consents=(agreed(),))
    assert news(case).allowed
    assert news(case, local("fri 18:00")).next_allowed == local("2026-11-23 10:00")
    thanksgiving = news(case, local("2026-11-26 12:00"))
    assert (thanksgiving.reason, thanksgiving.next_allowed) == ("holiday", local("2026-11-30 10:00"))


def test_a_request_is_only_good_for_seven_days() -> None:
    case = person(requests=(asked(NOW),), consents=(agreed(scope="requested_callback", at=LONG_AGO),))
    assert callback(case, NOW + timedelta(days=6, hours=9)).reason == "requested"
    a_week_later = callback(case, NOW + timedelta(days=7, hours=9))
    assert (a_week_later.allowed, a_week_later.reason) == (False, "quiet_hours")
    assert callback(person(requests=(asked(NOW),)), NOW + timedelta(days=7)).reason == "no_consent"


def test_an_unknown_place_is_everywhere_and_so_is_a_toll_free_number_in_winter_and_summer() -> None:
    winter, summer = local("2026-12-01 10:00"), local("2026-07-01 10:00")
    unknown = person(places=frozenset(), requests=(asked(winter), asked(summer)))
    assert callback(unknown, winter).next_allowed == local("2026-12-01 15:00")
    assert callback(unknown, summer).next_allowed == local("2026-07-01 16:00")
    somewhere = frozenset(Jurisdiction("US", each.zone) for each in anywhere_in("HI") | TAMPA)
    known = person(places=somewhere, requests=(asked(winter), asked(summer)))
    assert callback(known, local("2026-12-01 12:59")).next_allowed == local("2026-12-01 13:00")
    assert callback(known, local("2026-07-01 13:00")).next_allowed == local("2026-07-01 14:00")


def test_a_year_whose_holidays_nobody_entered_is_left_to_a_person() -> None:
    told = news(person(consents=(agreed(),)), local("2028-03-07 12:00"))
    assert (told.allowed, told.reason, told.next_allowed) == (False, "holidays_unknown", None)


def test_the_practice_may_be_stricter_but_not_about_a_time_she_chose() -> None:
    quiet = replace(STANDARDS, quiet_hours=(("call", (Span(17 * 60, 9 * 60),)),))
    at = local("tue 18:00")
    told = callback(person(standards=quiet, requests=(asked(),)), at)
    assert (told.reason, told.next_allowed) == ("practice_quiet_hours", local("wed 09:00"))
    assert callback(person(standards=quiet, requests=(asked(at, chosen_at=at),)), at).allowed


def test_hours_bind_calls_texts_and_voicemail_and_no_email_she_asked_for() -> None:
    night = local("tue 23:00")
    case = person(requests=(asked(ways=frozenset({"call", "text", "email"})),), consents=(agreed("email"),))
    assert callback(case, night, "email").allowed
    assert not callback(case, night, "text").allowed
    assert not news(case, night, "email").allowed


# A time she chose


def test_a_time_she_chose_is_dialled_then_never_earlier_and_once() -> None:
    chosen = local("sun 06:30")
    case = person(requests=(asked(chosen_at=chosen),))
    before = callback(case, local("tue 12:00"))
    assert (before.allowed, before.reason, before.next_allowed) == (False, "before_chosen_time", chosen)
    assert callback(case, chosen).reason == "chosen_time"
    tried = replace(case, attempts=(Attempt("call", chosen),))
    assert callback(tried, chosen + timedelta(minutes=5)).next_allowed == local("sun 08:00")
    assert callback(case, chosen + timedelta(minutes=30)).next_allowed == local("sun 08:00")


def test_now_is_a_time_she_may_choose_at_night_and_after_many_attempts() -> None:
    night = local("tue 23:10")
    tried = tuple(Attempt("call", local(f"tue {hour}:00")) for hour in (17, 18, 19))
    case = person(requests=(asked(night, chosen_at=night),), attempts=tried)
    assert callback(case, night + timedelta(minutes=2)).allowed
    assert callback(replace(case, requests=(asked(night),)), night).reason == "cap_reached"


def test_what_she_asked_last_replaces_a_time_she_named_before() -> None:
    case = person(requests=(asked(chosen_at=local("fri 12:00")), asked(NOW + timedelta(hours=1))))
    assert callback(case, NOW + timedelta(hours=2)).reason == "requested"


# Caps


def test_three_contacts_in_a_day_and_seven_in_a_week_defer_the_next() -> None:
    first = local("mon 11:00")
    a_day = tuple(
        Attempt(way, first + timedelta(hours=hours)) for way, hours in (("call", 0), ("text", 1), ("email", 2))
    )
    case = person(requests=(asked(first),), attempts=a_day)
    told = callback(case, local("mon 14:00"))
    assert (told.reason, told.next_allowed) == ("cap_reached", local("tue 11:00"))
    longer = (Attempt("call", first - timedelta(days=2)), *a_day)
    assert callback(replace(case, attempts=longer), local("mon 14:00")) == told
    a_week = tuple(Attempt("call", first + timedelta(hours=13 * each)) for each in range(7))
    told = news(person(consents=(agreed(),), attempts=a_week), local("fri 12:00"))
    assert (told.reason, told.next_allowed) == ("cap_reached", local("2026-11-23 11:00"))


def test_a_day_is_24_hours_also_when_the_clocks_change() -> None:
    night = local("2026-10-31 18:00")
    case = person(requests=(asked(night),), attempts=(Attempt("call", night),) * 3)
    assert callback(case, local("2026-11-01 16:00")).next_allowed == local("2026-11-01 17:00")


def test_a_practice_may_lower_the_caps() -> None:
    case = person(
        standards=replace(STANDARDS, attempts_per_day=1), requests=(asked(),), attempts=(Attempt("text", NOW),)
    )
    assert callback(case, NOW + timedelta(hours=1)).reason == "cap_reached"


# Consent and opt-out


@pytest.mark.parametrize(
    ("consents", "purpose", "reason"),
    [
        ((), "informational", "no_consent"),
        ((agreed(),), "informational", "consented"),
        ((agreed(scope="solicitation"),), "informational", "no_consent"),
        ((agreed(),), "solicitation", "no_consent"),
        ((agreed(scope="any"),), "solicitation", "consented"),
        ((agreed("text"),), "informational", "no_consent"),
        ((agreed(), agreed(at=NOW, is_granted=False)), "informational", "consent_withdrawn"),
        ((agreed(), agreed(at=NOW, is_granted=False, scope="solicitation")), "informational", "consent_withdrawn"),
        ((agreed(at=NOW), agreed(is_granted=False)), "informational", "consented"),
        ((agreed(is_granted=False), agreed()), "informational", "consent_withdrawn"),
        ((agreed(names_us=False),), "informational", "consent_names_others"),
        ((agreed(read_at=NOW - timedelta(hours=25)),), "informational", "consent_stale"),
        ((agreed(read_at=NOW - timedelta(hours=24)),), "informational", "consented"),
    ],
)
def test_the_newest_consent_for_this_way_and_purpose_holds(
    consents: tuple[Consent, ...], purpose: Purpose, reason: str
) -> None:
    assert may_contact(person(consents=consents), "call", purpose, NOW).reason == reason


def test_a_stale_copy_stops_even_a_request_unless_she_said_it_herself_since() -> None:
    """S-22: then nothing is sent, a person decides."""
    stale = agreed(read_at=NOW - timedelta(days=2))
    told = callback(person(consents=(stale,), requests=(asked(),)))
    assert (told.reason, told.next_allowed) == ("consent_stale", None)
    assert callback(person(consents=(stale,), requests=(asked(via="voicemail"),))).allowed


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("call", "opted_out_of_calls"),
        ("text", "opted_out_of_texts"),
        ("email", "opted_out_of_emails"),
        ("voicemail", "opted_out_of_calls"),
    ],
)
def test_who_opted_out_hears_nothing_that_way_and_no_form_lifts_it(way: ContactWay, reason: str) -> None:
    kept = agreed(way, "any", NOW)
    told = callback(person(opt_outs=(out(way),), consents=(kept,), requests=(asked(ways=frozenset({way})),)), way=way)
    assert (told.allowed, told.reason, told.next_allowed) == (False, reason, None)


def test_a_voicemail_drop_is_a_call_and_wants_a_consent_of_its_own() -> None:
    assert (
        callback(person(opt_outs=(out("call"),), consents=(agreed("voicemail", "any"),)), way="voicemail").allowed
        is False
    )
    assert callback(person(requests=(asked(),)), way="voicemail").reason == "no_consent"


@pytest.mark.parametrize(
    ("lift", "lifted"),
    [
        (out(is_out=False, source="start", at=NOW), True),
        (out(is_out=False, source="start:ms_1", at=NOW), True),
        (out(is_out=False, source="console", approved_by="alma-reyes", at=NOW), True),
        (out(is_out=False, source="form", at=NOW), False),
        (out(is_out=False, source="crm", at=NOW), False),
        (out(is_out=False, source="start", at=LONG_AGO), False),
        (out("text", is_out=False, source="start", at=NOW), False),
    ],
)
def test_only_start_or_a_person_lifts_an_opt_out(lift: OptOut, lifted: bool) -> None:
    assert callback(person(opt_outs=(out(), lift), requests=(asked(),))).allowed is lifted


def test_a_callback_chosen_aloud_after_an_opt_out_is_consent_to_that_one() -> None:
    """Design section 7; a form or a no said later is none."""
    said = out(at=NOW - timedelta(hours=1))
    chosen = person(opt_outs=(said,), requests=(asked(via="hold", ways=frozenset({"call"})),))
    assert callback(chosen).allowed
    assert not news(chosen).allowed
    assert not callback(chosen, way="text").allowed
    assert not callback(
        replace(chosen, opt_outs=(said, out(at=NOW + timedelta(minutes=1)))), NOW + timedelta(hours=1)
    ).allowed
    assert not callback(replace(chosen, requests=(asked(via="form"),))).allowed


def test_an_answer_goes_out_at_any_hour_but_only_to_what_she_just_sent() -> None:
    """S-7: one automated answer at 02:14, nothing else before the morning."""
    night = local("sun 02:14")
    case = person(requests=(asked(night, via="text", ways=frozenset({"text"})),))
    assert may_contact(case, "text", "answer", night).allowed
    late = may_contact(case, "text", "answer", night + timedelta(minutes=10))
    assert (late.reason, late.next_allowed) == ("nothing_to_answer", None)
    assert not may_contact(case, "call", "answer", night).allowed
    assert callback(case, night, "text").next_allowed == local("sun 08:00")
    assert not may_contact(replace(case, opt_outs=(out("text", night),)), "text", "answer", night).allowed


def test_an_opt_out_is_confirmed_once_within_five_minutes_by_text() -> None:
    night = local("sun 02:14")
    case = person(opt_outs=(out("text", night),))

    def confirm(who: Contactable, minutes: int, way: ContactWay = "text") -> str:
        return may_contact(who, way, "opt_out_confirmation", night + timedelta(minutes=minutes)).reason

    assert confirm(case, 5) == "opt_out_confirmation"
    assert confirm(case, 6) == "too_late_to_confirm"
    assert confirm(case, 0, "email") == "nothing_to_confirm"
    assert confirm(replace(case, confirmed_at=night), 1) == "already_confirmed"
    assert confirm(person(), 0) == "nothing_to_confirm"


def test_a_barred_number_and_a_crisis_are_reasons_of_their_own() -> None:
    assert callback(person(requests=(asked(),), barred=frozenset({"text"})), way="text").reason == "destination_barred"
    case = person(consents=(agreed(scope="any"),), crisis_at=NOW - timedelta(hours=1))
    told = may_contact(case, "call", "solicitation", NOW)
    assert (told.reason, told.next_allowed) == ("crisis_pause", local("fri 10:00"))
    assert news(case).allowed


def test_a_verdict_names_its_rules_and_their_edition() -> None:
    told = callback(person(requests=(asked(),)))
    assert told.rules == ("hours.us", "hours.us.fl", "freq.default", "freq.us.fl")
    assert told.version == "us-2026-11-21"


# What a practice decides


def override(rule: str, first_hour: int | None = 8, last_hour: int = 21, **changes: Any) -> Override:
    week = daily(first_hour, last_hour) if first_hour is not None else None
    known = {"approved_by": "Jo Ferris, counsel", "reason": "read the statute", "week": week}
    return Override(**{"rule": rule, "first": date(2026, 11, 1), "last": date(2026, 11, 30), **known, **changes})


def test_an_approved_override_holds_on_its_days_only_and_never_loosens_the_nation() -> None:
    minnesota = frozenset({Jurisdiction("MN", "America/Chicago")})
    loose = replace(STANDARDS, overrides=(override("hours.us.mn"), override("hours.nation_safe")))

    def early(month: int, state: frozenset[Jurisdiction] = minnesota) -> Verdict:
        at = datetime(2026, month, 18, 8, 30, tzinfo=ZoneInfo("America/Chicago"))
        return callback(person(standards=loose, places=state, requests=(asked(at - timedelta(hours=1)),)), at)

    assert early(11).allowed
    assert not early(10).allowed
    assert early(12).next_allowed == datetime(2026, 12, 18, 15, 0, tzinfo=UTC)
    unasked = person(standards=loose, consents=(agreed(),))
    assert news(unasked, local("sat 19:59")).allowed
    assert not news(unasked, local("sat 20:00")).allowed


def test_a_practice_may_read_consents_wider_and_withdrawals_narrower_by_approval() -> None:
    wider = replace(STANDARDS, overrides=(override("consent.scope", None),))
    assert news(person(standards=wider, consents=(agreed(scope="solicitation"),))).allowed
    one_only = replace(STANDARDS, overrides=(override("revoke.all", None),))
    said = (agreed(), agreed(scope="solicitation", is_granted=False, at=NOW))
    assert news(person(standards=one_only, consents=said)).allowed


def test_a_switch_is_on_for_the_practices_own_days() -> None:
    """Its last evening too, when it is the next day already in UTC."""
    decided = override("consent.scope", None, first=date(2026, 11, 17), last=date(2026, 11, 17))
    standards = replace(STANDARDS, overrides=(decided,), zone="America/New_York")
    case = person(standards=standards, consents=(agreed(scope="solicitation"),))
    told = [news(case, local(at)).reason for at in ("mon 23:59", "tue 00:00", "tue 23:59", "wed 00:00")]
    assert told == ["no_consent", "quiet_hours", "quiet_hours", "no_consent"]


@pytest.mark.parametrize(
    ("decided", "keys"),
    [
        (override("hours.us.mn"), []),
        (override("hours.nation_safe"), []),
        (override("hours.us.fl"), ["rule"]),
        (override("hours.us"), ["rule"]),
        (override("hours.us.xx"), ["rule"]),
        (override("hours.us.mn", 7, 21), ["hours"]),
        (override("hours.us.mn", None), ["hours"]),
        (override("consent.scope"), ["hours"]),
        (override("revoke.all", None, last=date(2027, 2, 1)), ["last"]),
        (override("hours.us.mn", last=date(2026, 10, 31)), ["last"]),
        (override("hours.us.mn", last=date(2028, 10, 31)), ["last"]),
    ],
)
def test_a_practice_decides_only_what_no_checked_source_settles(decided: Override, keys: list[str]) -> None:
    assert [key for key, _ in objections(decided)] == keys


# Lists that are kept elsewhere


def compared(kind: Any = "national_dnc", at: datetime = NOW, *, is_listed: bool = False) -> Scrub:
    return Scrub(kind, is_listed, at)


@pytest.mark.parametrize(
    ("scrubs", "reason"),
    [
        ((), "not_scrubbed"),
        ((compared(),), "not_scrubbed"),
        ((compared(), compared("reassigned")), "consented"),
        ((compared(at=NOW - timedelta(days=31)), compared("reassigned")), "consented"),
        ((compared(at=NOW - timedelta(days=31, seconds=1)), compared("reassigned")), "not_scrubbed"),
        ((compared(is_listed=True),), "do_not_call"),
        ((compared(), compared("reassigned", is_listed=True)), "number_reassigned"),
        ((compared(is_listed=True, at=NOW - timedelta(days=1)), compared(), compared("reassigned")), "consented"),
    ],
)
def test_who_did_not_ask_is_called_only_after_her_number_was_compared_with_the_lists_the_practice_asks_for(
    scrubs: tuple[Scrub, ...], reason: str
) -> None:
    asks = replace(STANDARDS, scrubs=("national_dnc", "reassigned"))
    case = person(standards=asks, scrubs=scrubs, consents=(agreed(), agreed("email")))
    assert news(case).reason == reason
    assert news(case, way="email").reason == "consented"
    assert news(replace(case, standards=STANDARDS)).reason == "consented"
    assert callback(replace(case, requests=(asked(NOW - timedelta(hours=1)),))).reason == "requested"

    def ticked(ago: timedelta) -> str:
        agreement = agreed("text", "requested_callback", NOW - ago)
        return callback(replace(case, consents=(agreement,)), way="text").reason

    week = timedelta(days=7)
    assert (ticked(week - timedelta(seconds=1)), ticked(week)) == ("consented", reason)


# The lawful clock


def lawful(case: Contactable, start: str, end: str, *with_us: str) -> int:
    spans = [(local(first), local(last)) for first, last in zip(with_us[::2], with_us[1::2], strict=True)]
    return lawful_seconds(case, "requested_callback", Wait(local(start), local(end), spans))


def test_the_lawful_clock_counts_while_any_way_is_open() -> None:
    case = person(requests=(asked(local("mon 12:00")),))
    assert lawful(case, "tue 19:00", "wed 09:00") == 2 * 3600
    closed = replace(case, opt_outs=(out("call"), out("text")))
    assert lawful(closed, "tue 10:00", "wed 10:00") == 0
    over_the_change = person(requests=(asked(local("2026-10-31 12:00")),))
    assert lawful(over_the_change, "2026-10-31 19:00", "2026-11-01 09:00") == 2 * 3600


def test_the_lawful_clock_runs_through_the_time_she_chose_and_no_longer_than_it_is_hers() -> None:
    """Neither earlier nor later than she may be called, in the night that follows."""
    case = person(requests=(asked(local("tue 12:00"), chosen_at=local("tue 22:00"), ways=frozenset({"call"})),))
    assert lawful(case, "tue 12:00", "tue 22:00") == 0
    assert lawful(case, "tue 22:10", "wed 09:00") == 20 * 60 + 3600
    assert lawful(case, "tue 12:00", "wed 09:00") == 30 * 60 + 3600
    tried = replace(case, attempts=(Attempt("call", local("tue 22:10")),))
    assert lawful(tried, "tue 12:00", "wed 09:00") == 10 * 60 + 3600


def test_the_lawful_clock_goes_by_what_she_had_said_by_then() -> None:
    case = person(requests=(asked(local("tue 10:00"), ways=frozenset({"call"})),))
    assert lawful(case, "tue 09:00", "tue 12:00") == 2 * 3600
    refused = replace(case, opt_outs=(out("call", local("tue 11:00")),))
    assert lawful(refused, "tue 09:00", "tue 12:00") == 3600
    again = replace(
        refused, opt_outs=(*refused.opt_outs, out("call", local("tue 11:30"), is_out=False, source="start"))
    )
    assert lawful(again, "tue 09:00", "tue 12:00") == 3600 + 1800
    assert lawful(case, "tue 20:00", "2026-11-25 20:00") == 6 * 12 * 3600 + 2 * 3600


def test_who_is_on_the_line_is_answered_lawfully_at_any_hour() -> None:
    case = person(requests=(asked(local("tue 23:40"), via="call", ways=frozenset({"call"})),))
    assert lawful(case, "tue 23:40", "wed 09:00") == 3600
    assert lawful(case, "tue 23:40", "wed 09:00", "tue 23:40", "tue 23:45") == 300 + 3600


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        callback(person(), datetime(2026, 11, 17, 10))  # noqa: DTZ001


def test_the_almanac_of_an_unknown_state_is_that_of_all() -> None:
    days: Mapping[str, frozenset[date]] = ALMANAC.days
    assert ALMANAC.off("") == days["US"] | days["FL"]
    assert ALMANAC.off("US") == days["US"]
