"""The plan part of every scenario, on both shipped practices: where it goes, whose it is, until when, and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from routing.rulebook.load import load
from routing.rules.asking import asked_of_queue
from routing.rules.book import Book, Effect, LayerName, Location, Rota, Rule
from routing.rules.calendars import Calendar, HoursRule, ManualClosure, Span
from routing.rules.candidates import Candidate
from routing.rules.orderings import Draw, prefer
from routing.rules.planning import plan
from routing.rules.values import Channel, Decided, Inquiry, Person, Plan, Stated

PRACTICES = Path(__file__).parent.parent / "routing" / "practices"
NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
HARBOR_OPEN = datetime(2026, 11, 17, 14, 0, tzinfo=NEW_YORK)
LAKESIDE_OPEN = datetime(2026, 11, 17, 10, 5, tzinfo=CHICAGO)
SUNDAY_NIGHT = datetime(2026, 11, 22, 2, 20, tzinfo=NEW_YORK)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=NEW_YORK)
NAP_NUMBER = "+16305550122"
DETOX_NUMBER, DISPLAY_NUMBER, JAX_NUMBER = "+18505550131", "+19045550133", "+19045550134"
STRANGER = Person()
ALWAYS = (HoursRule("always", "open", (Span(0, 1440),)),)


@cache
def shipped(name: str) -> Book:
    return load((PRACTICES / f"{name}.yaml").read_text(), name)


def harbor() -> Book:
    return shipped("harbor-recovery")


def lakeside() -> Book:
    return shipped("lakeside-specialty")


def inquiry(channel: Channel, at: datetime, said: Mapping[str, str], **changes: object) -> Inquiry:
    attributes = {
        name: Stated(value, "number" if name == "tracking_number" else "picked") for name, value in said.items()
    }
    return Inquiry("iq_1", channel, at.astimezone(UTC), MappingProxyType(attributes), **changes)  # type: ignore[arg-type]


def planned(book: Book, channel: Channel, at: datetime, who: Person = STRANGER, /, **said: str) -> Plan:
    return plan(book, inquiry(channel, at, said), who, at)


def at_harbor(channel: Channel = "call", /, **said: str) -> Plan:
    return planned(harbor(), channel, HARBOR_OPEN, **said)


def at_lakeside(channel: Channel = "form", /, **said: str) -> Plan:
    return planned(lakeside(), channel, LAKESIDE_OPEN, **said)


def closed_by_hand(book: Book, office: str, until: datetime) -> Book:
    """As it stands once somebody has closed the office: its queues hang below the same calendar."""
    place = book.locations[office]
    closure = ManualClosure("burst pipe", "office-lead", until - timedelta(hours=4, minutes=30), until)
    calendar = replace(place.calendar, closures=(closure,))
    queues = {
        name: replace(queue, calendar=replace(queue.calendar, parent=calendar)) if queue.location == office else queue
        for name, queue in book.queues.items()
    }
    return replace(book, locations={**book.locations, office: replace(place, calendar=calendar)}, queues=queues)


def with_queue(book: Book, name: str, **changes: object) -> Book:
    return replace(book, queues={**book.queues, name: replace(book.queues[name], **changes)})  # type: ignore[arg-type]


def with_rules(book: Book, *rules: Rule) -> Book:
    return replace(book, rules=(*rules, *book.rules))


def rule(name: str, layer: LayerName, when: Mapping[str, str], **then: object) -> Rule:
    wanted = {attribute: frozenset({value}) for attribute, value in when.items()}
    return Rule(name, layer, wanted, Effect(**then))  # type: ignore[arg-type]


def layers(made: Plan) -> list[str]:
    return [decided.layer for decided in made.decided]


def targets(made: Plan) -> list[str]:
    return [step.target for step in made.steps]


def shut(calendar: Calendar) -> Calendar:
    return replace(calendar, rules=(HoursRule("training day", "closed", (Span(0, 1440),)), *calendar.rules))


# S-1


@pytest.mark.parametrize(
    ("category", "city", "patient", "queue", "owner", "reason"),
    [
        ("orthopaedics", "Skokie", "new", "ortho-new-EVN", "hana-kowalski", "specialty_at_location"),
        ("orthopaedics", "Aurora", "established", "ortho-est-NAP", "rosa-lindqvist", "specialty_at_location"),
        ("dermatology", "Racine", "new", "derm-new-KEN", "omar-haddad", "specialty_at_location"),
        ("dermatology", "Naperville", "new", "derm-new-EVN", "ben-achebe", "specialty_nearest"),
        ("imaging", "Kenosha", "established", "imaging-est", "paul-renner", "specialty_at_location"),
        ("orthopaedics", "Kenosha, WI", "new", "ortho-new-EVN", "hana-kowalski", "specialty_nearest"),
    ],
)
def test_s1_service_line_then_office_then_new_or_established(
    category: str, city: str, patient: str, queue: str, owner: str, reason: str
) -> None:
    made = at_lakeside(category=category, city=city, patient=patient)
    assert (made.queue, made.steps[0].owner, made.reason) == (queue, owner, reason)
    assert made.due_at == LAKESIDE_OPEN + timedelta(minutes=15)
    assert made.effective_start == LAKESIDE_OPEN
    assert layers(made) == ["service_line", "location", "queue"]
    assert made.open
    assert made.target_queue is None


def test_s1_a_follow_up_visit_makes_the_patient_established() -> None:
    made = at_lakeside(category="orthopaedics", city="Skokie", appointment="follow-up")
    assert made.queue == "ortho-est-EVN"
    assert layers(made) == ["service_line", "location", "patient", "queue"]


def test_s1_the_shared_imaging_queue_asks_for_the_wanted_office_first() -> None:
    made = at_lakeside(category="imaging", city="Kenosha", patient="established")
    queue = lakeside().queues[made.queue]
    everybody = [
        Candidate(each.coordinator, each.position, locations=lakeside().coordinators[each.coordinator].locations)
        for each in queue.members
    ]

    def order(after_s: int) -> tuple[str, ...]:
        asked = asked_of_queue(queue, made, "live_call", {}, LAKESIDE_OPEN + timedelta(seconds=after_s))
        return prefer(queue.live_ordering, everybody, asked, Draw("d", queue.id, 1)).order

    assert order(0) == order(29) == ("paul-renner",)
    assert order(30) == ("ines-duarte", "paul-renner", "mei-tanaka")


# S-2


@pytest.mark.parametrize(
    ("arrives", "due"),
    [
        (datetime(2026, 11, 21, 19, 40, tzinfo=CHICAGO), datetime(2026, 11, 23, 8, 0, tzinfo=CHICAGO)),
        (datetime(2026, 11, 25, 18, 10, tzinfo=CHICAGO), datetime(2026, 11, 27, 8, 0, tzinfo=CHICAGO)),
        (datetime(2026, 11, 26, 12, 0, tzinfo=CHICAGO), datetime(2026, 11, 27, 8, 0, tzinfo=CHICAGO)),
    ],
)
@pytest.mark.parametrize("channel", ["call", "text", "chat", "form"])
def test_s2_what_arrives_when_closed_has_an_owner_now_and_is_due_at_the_next_opening(
    channel: Channel, arrives: datetime, due: datetime
) -> None:
    made = planned(lakeside(), channel, arrives, category="dermatology", city="Kenosha", patient="new")
    assert targets(made) == ["next-day-intake"]
    assert (made.steps[0].owner, made.reason, made.steps[0].reason) == ("neil-fontaine", "after_hours", "after_hours")
    assert made.due_at == made.next_opening == made.steps[0].due_at == due
    assert made.target_queue == "derm-new-KEN"
    assert made.effective_start == arrives
    assert not made.open


def test_planning_again_after_closing_does_not_reset_the_clock() -> None:
    morning = LAKESIDE_OPEN
    said = {"category": "orthopaedics", "city": "Skokie"}
    first = plan(lakeside(), inquiry("call", morning, said), STRANGER, morning)
    again = plan(lakeside(), inquiry("call", morning, said), STRANGER, morning + timedelta(hours=9))
    assert again.due_at == first.due_at
    assert again.waiting_key_ms == first.waiting_key_ms


def test_a_target_that_runs_past_closing_time_ends_on_the_next_working_day() -> None:
    late = datetime(2026, 11, 25, 17, 25, tzinfo=CHICAGO)
    made = planned(lakeside(), "form", late, category="orthopaedics", city="Skokie")
    assert made.due_at == datetime(2026, 11, 27, 8, 10, tzinfo=CHICAGO)


# S-3, S-4, S-5


@pytest.mark.parametrize(
    ("number", "queue", "owner"),
    [
        ("+18475550121", "ortho-new-EVN", "hana-kowalski"),
        (NAP_NUMBER, "ortho-new-NAP", "rosa-lindqvist"),
        ("+12625550123", "derm-new-KEN", "omar-haddad"),
    ],
)
def test_s3_the_number_alone_says_campaign_service_and_office(number: str, queue: str, owner: str) -> None:
    made = at_lakeside("call", tracking_number=number)
    assert (made.queue, made.steps[0].owner, made.reason) == (queue, owner, "specialty_at_location")
    assert made.facts["campaign"] == lakeside().tracking_numbers[number].campaign


def test_s4_another_service_than_the_office_has_goes_to_the_office_that_has_it() -> None:
    made = at_lakeside("call", tracking_number=NAP_NUMBER, category="dermatology")
    assert (made.queue, made.reason, made.location) == ("derm-new-EVN", "specialty_mismatch", "EVN")
    assert (made.category, made.facts["campaign"]) == ("dermatology", "ortho-search")
    assert made.note == "specialty_mismatch:dermatology"


def test_s5_after_its_step_the_mismatch_goes_on_to_general_intake_with_the_note() -> None:
    made = at_lakeside("call", tracking_number=NAP_NUMBER, category="dermatology")
    assert targets(made) == ["derm-new-EVN", "general-intake"]
    assert [step.until_s for step in made.steps] == [60, None]
    assert made.steps[-1].owner == "grace-liu"


def test_a_city_overrules_the_dialled_office_and_the_chosen_office_overrules_a_city() -> None:
    assert at_lakeside("call", tracking_number=NAP_NUMBER, city="Skokie").queue == "ortho-new-EVN"
    made = at_lakeside(category="orthopaedics", location="NAP", city="Skokie")
    assert (made.queue, made.reason) == ("ortho-new-NAP", "specialty_at_location")


def test_the_office_a_campaign_record_reports_is_overruled_by_a_picked_city() -> None:
    said = {
        "category": Stated("orthopaedics", "campaign"),
        "location": Stated("NAP", "campaign"),
        "city": Stated("Skokie", "picked"),
    }
    asked = Inquiry("iq_1", "form", LAKESIDE_OPEN, MappingProxyType(said))
    assert plan(lakeside(), asked, STRANGER, LAKESIDE_OPEN).queue == "ortho-new-EVN"


# S-6, S-15, S-24


@pytest.mark.parametrize(
    "said", [{}, {"city": "St. Charles"}, {"city": "Chicago"}, {"zip": "00000"}, {"location": "XYZ"}]
)
def test_s6_s24_a_location_that_is_missing_or_uncertain_is_asked_for(said: dict[str, str]) -> None:
    made = at_lakeside(category="orthopaedics", patient="new", **said)
    assert targets(made) == ["general-intake"]
    assert (made.steps[0].owner, made.reason, made.ask) == ("grace-liu", "location_missing", ("location",))
    assert made.location is None


def test_s6_the_office_that_was_picked_later_decides() -> None:
    made = at_lakeside(category="orthopaedics", location="NAP")
    assert (made.queue, made.reason, made.ask) == ("ortho-new-NAP", "specialty_at_location", ())


def test_s24_a_city_and_a_zip_that_contradict_each_other_go_to_general_intake_with_both() -> None:
    made = at_lakeside(category="orthopaedics", city="Aurora", zip="53140")
    assert (made.queue, made.reason, made.ask) == ("general-intake", "location_conflict", ("location",))
    assert (made.facts["city"], made.facts["zip"], made.location) == ("Aurora", "53140", None)


@pytest.mark.parametrize("channel", ["call", "text", "chat", "form"])
@pytest.mark.parametrize("said", [{"category": "dental"}, {}, {"city": "Skokie"}])
def test_s15_what_fits_nowhere_is_somebodys_within_fifteen_open_minutes(channel: Channel, said: dict[str, str]) -> None:
    made = at_lakeside(channel, **said)
    assert targets(made) == ["general-intake"]
    assert (made.steps[0].owner, made.reason) == ("grace-liu", "general_intake")
    assert made.steps[0].until_s is None
    assert made.steps[0].due_at == made.due_at == LAKESIDE_OPEN + timedelta(minutes=15)


def test_s15_an_office_that_does_not_exist_is_no_location_even_where_nothing_else_fits() -> None:
    assert at_lakeside(category="dental", location="XYZ").location is None


# S-7


@pytest.mark.parametrize("said", [{}, {"level_of_care": "outpatient"}])
def test_s7a_an_ordinary_text_at_night_is_due_when_the_team_is_back(said: dict[str, str]) -> None:
    sunday = datetime(2026, 11, 22, 2, 14, tzinfo=NEW_YORK)
    made = planned(harbor(), "text", sunday, tracking_number=JAX_NUMBER, **said)
    assert (targets(made), made.reason) == (["general-intake"], "after_hours")
    assert made.due_at == made.steps[-1].due_at == MONDAY
    assert made.target_queue == ("admissions-general" if said else "general-intake")


def test_s7b_high_priority_at_night_rings_the_rota_and_is_due_in_fifteen_minutes() -> None:
    made = planned(harbor(), "call", SUNDAY_NIGHT, tracking_number=DETOX_NUMBER)
    assert [step.kind for step in made.steps] == ["on_call", "intake"]
    assert targets(made) == ["on-call", "general-intake"]
    assert (made.steps[0].owner, made.reason) == ("tess-adair", "on_call")
    assert made.due_at == made.steps[0].due_at == SUNDAY_NIGHT + timedelta(minutes=15)
    assert made.steps[0].until_s == 50
    assert made.steps[-1].due_at == MONDAY
    assert made.target_queue == "admissions-general"


def test_planning_an_urgent_call_again_does_not_give_the_rota_more_time() -> None:
    call = inquiry("call", SUNDAY_NIGHT, {"tracking_number": DETOX_NUMBER})
    again = plan(harbor(), call, STRANGER, SUNDAY_NIGHT + timedelta(minutes=7))
    assert again.due_at == SUNDAY_NIGHT + timedelta(minutes=15)


def test_a_named_rota_that_is_off_duty_leaves_an_urgent_call_to_the_one_on_duty() -> None:
    book = harbor()
    weekdays = Calendar("America/New_York", (HoursRule("days", "open", (Span(480, 1200),), frozenset(range(5))),))
    rotas = {**book.rotas, "days": Rota("days", "Days", ("keisha-rowan",), weekdays)}
    book = with_rules(
        replace(book, rotas=rotas),
        rule("detox_rota", "urgency", {"level_of_care": "detox", "urgency": "high"}, rota="days"),
    )
    assert planned(book, "call", SUNDAY_NIGHT, tracking_number=DETOX_NUMBER).steps[0].target == "on-call"


def test_a_rule_of_the_hours_layer_names_the_route_of_the_night() -> None:
    book = with_rules(
        harbor(),
        rule("night_medicaid", "hours", {"payer": "medicaid"}, queue="admissions-medicaid"),
        rule("night_referral", "hours", {"source": "referral"}, rota="on-call"),
    )
    said = {"payer": "medicaid", "level_of_care": "iop"}
    assert targets(planned(book, "form", SUNDAY_NIGHT, **said)) == ["admissions-medicaid"]
    referred = planned(book, "form", SUNDAY_NIGHT, **{**said, "payer": "commercial"}, source="referral")
    assert targets(referred) == ["on-call", "general-intake"]
    by_day = planned(book, "form", HARBOR_OPEN, **said)
    assert "hours" not in layers(by_day)
    assert Decided("hours", "night_referral", None) in referred.decided


# S-10, S-11


@pytest.mark.parametrize(
    ("level", "location", "reason"),
    [
        ("detox", "PNS", "level_of_care"),
        ("residential", "TPA", "level_of_care"),
        ("iop", "JAX", "nearest_facility"),
        ("outpatient", "JAX", "nearest_facility"),
    ],
)
def test_s10_the_nearest_facility_that_has_the_level_of_care(level: str, location: str, reason: str) -> None:
    made = at_harbor("form", zip="32202", level_of_care=level)
    assert made.location == location
    assert Decided("location", reason, location) in made.decided


@pytest.mark.parametrize("channel", ["text", "form"])
@pytest.mark.parametrize("level", [None, "rehab"])
def test_s10_an_unknown_level_of_care_is_asked_for_at_general_intake(channel: Channel, level: str | None) -> None:
    made = at_harbor(channel, zip="32202", **({"level_of_care": level} if level else {}))
    assert (made.queue, made.reason, made.location) == ("general-intake", "general_intake", None)
    assert "level_of_care" in made.ask


@pytest.mark.parametrize("channel", ["call", "chat"])
def test_s10_distance_alone_settles_no_facility_for_somebody_on_the_line(channel: Channel) -> None:
    made = at_harbor(channel, zip="32202")
    assert (made.queue, made.location) == ("admissions-general", None)
    assert made.ask == ("level_of_care", "payer")
    assert Decided("location", "level_of_care_missing") in made.decided


def test_a_facilitys_own_number_stands_while_the_level_of_care_is_unknown() -> None:
    assert at_harbor(tracking_number=JAX_NUMBER).location == "JAX"


def test_s10_the_service_that_was_asked_for_beats_the_level_of_care_of_the_dialled_number() -> None:
    made = at_harbor(tracking_number=DETOX_NUMBER, category="iop")
    assert (made.category, made.facts["level_of_care"], made.location) == ("iop", "iop", "JAX")
    other_way = at_harbor(tracking_number=DETOX_NUMBER, level_of_care="iop")
    assert (other_way.category, other_way.location) == ("iop", "JAX")


def test_what_a_number_adds_to_its_campaign_is_kept_while_nobody_has_said_anything() -> None:
    number = replace(harbor().tracking_numbers[DETOX_NUMBER], attributes={"category": "iop"})
    book = replace(harbor(), tracking_numbers={DETOX_NUMBER: number})
    made = planned(book, "call", HARBOR_OPEN, tracking_number=DETOX_NUMBER)
    assert (made.category, made.facts["level_of_care"], made.facts["urgency"]) == ("iop", "detox", "high")


@pytest.mark.parametrize(
    ("said", "queue", "owner", "reason"),
    [
        ({"payer": "commercial", "language": "en"}, "admissions-commercial", "dana-whitlock", "payer_commercial"),
        ({"payer": "medicaid"}, "admissions-medicaid", "priya-nair", "payer_medicaid"),
        ({"payer": "self-pay"}, "admissions-general", "marcus-bell", "payer_self_pay"),
        ({}, "admissions-general", "marcus-bell", "payer_unknown"),
    ],
)
def test_s11_the_payer_picks_the_desk(said: dict[str, str], queue: str, owner: str, reason: str) -> None:
    made = at_harbor(level_of_care="residential", **said)
    assert (made.queue, made.steps[0].owner, made.reason) == (queue, owner, reason)
    assert ("payer" in made.ask) == (reason == "payer_unknown")


@pytest.mark.parametrize(("language", "first"), [("en", "dana-whitlock"), ("es", "luis-ortega")])
def test_s11_commercial_cover_in_spanish_is_for_luis(language: str, first: str) -> None:
    made = at_harbor(payer="commercial", level_of_care="residential", language=language)
    queue = harbor().queues[made.queue]
    people = harbor().coordinators
    seen = [
        Candidate(each.coordinator, each.position, rank=each.rank, languages=people[each.coordinator].languages)
        for each in queue.members
    ]
    late = HARBOR_OPEN + timedelta(hours=1)
    asked = asked_of_queue(queue, made, "live_call", {}, late)
    preference = prefer(queue.live_ordering, seen, asked, Draw("d", queue.id, 1))
    assert preference.order[0] == first
    assert preference.failing == ({} if language == "en" else {"dana-whitlock": "language"})


def test_s11_medicaid_has_its_own_process_and_only_two_facilities() -> None:
    made = at_harbor("form", payer="medicaid", level_of_care="residential", zip="32501")
    assert (made.category, made.location) == ("medicaid", "TPA")
    assert made.due_at == HARBOR_OPEN + timedelta(minutes=20)
    nowhere = at_harbor("form", payer="medicaid", level_of_care="detox", zip="32501")
    assert (nowhere.queue, nowhere.reason, nowhere.location) == ("general-intake", "general_intake", None)


# S-12


def test_s12_a_display_inquiry_is_delayed_and_never_starved() -> None:
    ten = datetime(2026, 11, 17, 10, 0, tzinfo=NEW_YORK)
    arrivals = {
        "display": (ten, DISPLAY_NUMBER),
        "detox": (ten + timedelta(minutes=6), DETOX_NUMBER),
        "residential": (ten + timedelta(minutes=10, seconds=30), "+18135550132"),
    }
    keys = {
        name: planned(harbor(), "call", at, tracking_number=number).waiting_key_ms
        for name, (at, number) in arrivals.items()
    }
    assert sorted(keys, key=lambda name: keys[name]) == ["detox", "display", "residential"]
    start = int(ten.timestamp() * 1000)
    assert keys == {"detox": start - 240_000, "display": start, "residential": start + 30_000}


@pytest.mark.parametrize(("number", "target"), [(DETOX_NUMBER, 300), (DISPLAY_NUMBER, 3600), (JAX_NUMBER, 3600)])
def test_s12_high_intent_is_due_sooner(number: str, target: int) -> None:
    assert at_harbor(tracking_number=number).due_at == HARBOR_OPEN + timedelta(seconds=target)


def test_s12_the_payer_never_changes_the_order_of_waiting() -> None:
    heads = {
        payer: {
            urgency: at_harbor(level_of_care="residential", payer=payer, urgency=urgency).head_start_s
            for urgency in ("high", "normal", "low")
        }
        for payer in ("commercial", "medicaid", "self-pay")
    }
    assert list(heads.values()) == [{"high": 600, "normal": 300, "low": 0}] * 3


# S-22


@pytest.mark.parametrize(
    ("opted_out", "reach", "reason"),
    [
        ({"call"}, "text", "opted_out_of_calls"),
        ({"call", "text"}, "email", "opted_out_of_calls"),
        ({"call", "text", "email", "voicemail"}, "person_decides", "opted_out_of_calls"),
        ({"text"}, "call", "payer_unknown"),
        (set(), "call", "payer_unknown"),
    ],
)
@pytest.mark.parametrize("at", [HARBOR_OPEN, SUNDAY_NIGHT])
def test_s22_who_opted_out_of_calls_is_reached_by_what_is_left(
    opted_out: set[str], reach: str, reason: str, at: datetime
) -> None:
    who = Person("pe_1", opted_out=frozenset(opted_out))  # type: ignore[arg-type]
    made = planned(harbor(), "form", at, who, level_of_care="iop")
    assert made.reach == reach
    assert made.reason == (reason if at == HARBOR_OPEN or reach != "call" else "after_hours")
    assert not opted_out & made.allowed


def test_s22_a_voicemail_drop_is_a_call() -> None:
    made = planned(harbor(), "form", HARBOR_OPEN, Person(opted_out=frozenset({"call"})), level_of_care="iop")
    assert made.allowed == {"text", "email"}


@pytest.mark.parametrize("at", [HARBOR_OPEN, SUNDAY_NIGHT])
def test_s22_whoever_calls_is_answered(at: datetime) -> None:
    everything = Person("pe_1", opted_out=frozenset({"call", "text", "email", "voicemail"}))
    made = planned(harbor(), "call", at, everything, tracking_number=DETOX_NUMBER)
    assert made.reach == "answer"
    assert made.steps == planned(harbor(), "call", at, tracking_number=DETOX_NUMBER).steps


# S-25


UNTIL = datetime(2026, 11, 17, 17, 30, tzinfo=CHICAGO)
BURST = datetime(2026, 11, 17, 13, 20, tzinfo=CHICAGO)


def test_s25_a_second_office_stands_in_for_one_closed_by_hand() -> None:
    book = closed_by_hand(lakeside(), "NAP", UNTIL)
    made = planned(book, "form", BURST, category="orthopaedics", city="Aurora", patient="new")
    assert (made.queue, made.reason, made.location, made.open) == ("ortho-new-EVN", "fallback_office", "EVN", True)


def test_s25_callers_of_the_closed_office_hear_no_closed() -> None:
    book = closed_by_hand(lakeside(), "NAP", UNTIL)
    made = planned(book, "call", BURST, tracking_number=NAP_NUMBER)
    assert (made.queue, made.reason, made.open) == ("ortho-new-EVN", "fallback_office", True)
    shared = planned(book, "form", BURST, category="imaging", city="Aurora")
    assert (shared.queue, shared.location, shared.open) == ("imaging-new", "EVN", True)


def test_s25_the_closure_begins_and_ends_by_itself() -> None:
    book = closed_by_hand(lakeside(), "NAP", UNTIL - timedelta(hours=1))
    for at in (UNTIL - timedelta(hours=1), BURST - timedelta(hours=4)):
        made = planned(book, "form", at, category="orthopaedics", city="Aurora", patient="new")
        assert (made.queue, made.reason) == ("ortho-new-NAP", "specialty_at_location")


def test_s25_where_nobody_can_stand_in_the_wanted_office_keeps_it_for_its_next_opening() -> None:
    book = closed_by_hand(closed_by_hand(lakeside(), "NAP", UNTIL), "EVN", UNTIL)
    made = planned(book, "form", BURST, category="orthopaedics", city="Aurora", patient="new")
    assert (made.reason, made.target_queue, made.location) == ("after_hours", "ortho-new-NAP", "NAP")
    assert made.due_at == datetime(2026, 11, 18, 8, 0, tzinfo=CHICAGO)


# Queues that are closed by themselves


def test_a_closed_queue_hands_on_at_once_to_the_open_one_it_hands_on_to_anyway() -> None:
    book = with_queue(lakeside(), "ortho-new-NAP", then=("ortho-new-EVN",))
    at_noon = LAKESIDE_OPEN.replace(hour=12)
    said = {"category": "orthopaedics", "city": "Aurora", "patient": "new"}
    assert targets(planned(book, "form", at_noon, **said)) == ["ortho-new-NAP", "ortho-new-EVN", "general-intake"]
    closed = with_queue(book, "ortho-new-NAP", calendar=shut(book.queues["ortho-new-NAP"].calendar))
    made = planned(closed, "form", at_noon, **said)
    assert targets(made) == ["ortho-new-EVN", "general-intake"]
    assert [step.reason for step in made.steps] == ["overflow", "general_intake"]
    assert made.open
    assert made.target_queue == "ortho-new-NAP"
    assert made.due_at == at_noon + timedelta(minutes=15)


def test_a_closed_queue_that_hands_on_to_nobody_takes_the_night_route() -> None:
    book = lakeside()
    closed = with_queue(book, "ortho-new-NAP", calendar=shut(book.queues["ortho-new-NAP"].calendar))
    made = planned(closed, "form", LAKESIDE_OPEN, category="orthopaedics", city="Aurora", patient="new")
    assert (targets(made), made.reason, made.target_queue) == (["next-day-intake"], "after_hours", "ortho-new-NAP")


def test_a_closed_queue_is_no_stop_on_the_way() -> None:
    book = with_queue(lakeside(), "ortho-new-NAP", then=("ortho-est-NAP", "ortho-new-EVN"))
    book = with_queue(book, "ortho-est-NAP", calendar=shut(book.queues["ortho-est-NAP"].calendar))
    made = planned(book, "call", LAKESIDE_OPEN, tracking_number=NAP_NUMBER)
    assert targets(made) == ["ortho-new-NAP", "ortho-new-EVN", "general-intake"]
    assert [step.until_s for step in made.steps] == [60, 120, None]


def test_a_closed_queue_that_hands_on_to_general_intake_goes_there_while_it_is_open() -> None:
    book = with_queue(lakeside(), "ortho-new-NAP", then=("general-intake",))
    book = with_queue(book, "ortho-new-NAP", calendar=shut(book.queues["ortho-new-NAP"].calendar))
    made = planned(book, "call", LAKESIDE_OPEN, tracking_number=NAP_NUMBER)
    assert (targets(made), made.open, made.steps[0].reason) == (["general-intake"], True, "general_intake")


# Crisis


@pytest.mark.parametrize("channel", ["call", "text", "chat", "form"])
@pytest.mark.parametrize("book", [harbor(), lakeside()], ids=lambda book: book.practice)
def test_a_crisis_goes_to_general_intake_before_everything_else(channel: Channel, book: Book) -> None:
    said = {"category": "orthopaedics", "city": "Skokie", "payer": "commercial", "urgency": "low"}
    made = plan(book, inquiry(channel, LAKESIDE_OPEN, said, crisis=True), STRANGER, LAKESIDE_OPEN)
    assert (targets(made), made.reason) == (["general-intake"], "crisis")
    assert made.due_at == LAKESIDE_OPEN + timedelta(minutes=15)
    assert made.head_start_s == max(600, *(each.head_start_s for each in book.categories.values()))


def test_a_crisis_at_night_rings_who_is_on_call_and_else_is_due_in_minutes_not_on_monday() -> None:
    made = plan(harbor(), inquiry("text", SUNDAY_NIGHT, {}, crisis=True), STRANGER, SUNDAY_NIGHT)
    assert (targets(made), made.reason) == (["on-call", "general-intake"], "crisis")
    without_rota = plan(lakeside(), inquiry("text", SUNDAY_NIGHT, {}, crisis=True), STRANGER, SUNDAY_NIGHT)
    assert (targets(without_rota), without_rota.reason) == (["general-intake"], "crisis")
    assert without_rota.due_at == without_rota.steps[-1].due_at == SUNDAY_NIGHT + timedelta(minutes=15)


# Rules and layers


def test_a_rule_that_sets_the_location_decides_it() -> None:
    book = with_rules(
        lakeside(), rule("skokie_goes_to_kenosha", "location", {"source": "billboard"}, sets={"location": "KEN"})
    )
    said = {"category": "dermatology", "city": "Skokie", "patient": "new"}
    made = planned(book, "form", LAKESIDE_OPEN, **said, source="billboard")
    assert (made.queue, made.reason, made.location) == ("derm-new-KEN", "skokie_goes_to_kenosha", "KEN")
    assert planned(book, "form", LAKESIDE_OPEN, **said).location == "EVN"


def test_a_location_set_by_a_rule_still_needs_the_service_and_an_open_door() -> None:
    book = with_rules(lakeside(), rule("to_naperville", "location", {"source": "billboard"}, sets={"location": "NAP"}))
    said = {"city": "Skokie", "patient": "new", "source": "billboard"}
    made = planned(book, "form", LAKESIDE_OPEN, category="dermatology", **said)
    assert (made.location, made.reason) == ("EVN", "specialty_nearest")
    shut_down = closed_by_hand(book, "NAP", UNTIL)
    made = planned(shut_down, "form", BURST, category="orthopaedics", **said)
    assert (made.location, made.reason) == ("EVN", "fallback_office")


def test_a_more_important_layer_keeps_its_queue() -> None:
    book = with_rules(harbor(), rule("residential_desk", "queue", {"category": "residential"}, queue="general-intake"))
    made = planned(book, "form", HARBOR_OPEN, payer="commercial", level_of_care="residential")
    assert (made.queue, made.reason) == ("admissions-commercial", "payer_commercial")
    assert Decided("queue", "residential_desk", None) in made.decided


def test_the_first_rule_of_a_layer_wins() -> None:
    book = with_rules(
        lakeside(),
        rule("first", "queue", {"category": "imaging"}, queue="derm-new-EVN"),
        rule("second", "queue", {"category": "imaging"}, queue="ortho-new-EVN"),
    )
    assert planned(book, "form", LAKESIDE_OPEN, category="imaging").reason == "first"


def test_a_level_of_care_rule_works_where_locations_name_none() -> None:
    book = with_rules(lakeside(), rule("walk_in", "level_of_care", {"level_of_care": "urgent"}, queue="general-intake"))
    made = planned(book, "form", LAKESIDE_OPEN, category="orthopaedics", city="Skokie", level_of_care="urgent")
    assert (made.queue, made.reason) == ("general-intake", "walk_in")
    plain = planned(lakeside(), "form", LAKESIDE_OPEN, category="orthopaedics", city="Skokie", level_of_care="urgent")
    assert plain.reason == "specialty_at_location"


def test_a_word_no_rule_may_look_at_changes_nothing() -> None:
    said = {"category": "orthopaedics", "city": "Skokie"}
    made = planned(lakeside(), "form", LAKESIDE_OPEN, **said)
    assert planned(lakeside(), "form", LAKESIDE_OPEN, **said, price="900", fee="1") == made
    assert planned(lakeside(), "form", LAKESIDE_OPEN, **said, channel="call") == made


def test_a_field_left_empty_counts_as_not_given() -> None:
    full = {"category": "orthopaedics", "city": "Skokie"}
    empty = {"patient": "", "zip": " ", "location": "", "payer": "", "language": ""}
    assert at_lakeside(**full, **empty) == at_lakeside(**full)
    assert at_harbor("form", level_of_care="iop", payer="", zip="").reason == "payer_unknown"


# The owner who knows the person


def test_the_known_owner_is_asked_first_and_one_who_left_the_practice_is_not() -> None:
    made = planned(harbor(), "call", HARBOR_OPEN, Person("pe_1", owner="keisha-rowan"), level_of_care="iop")
    assert made.sticky_owner == "keisha-rowan"
    assert planned(harbor(), "call", HARBOR_OPEN, Person("pe_1", owner="gone")).sticky_owner is None


def test_what_is_known_of_a_person_is_overruled_by_what_she_says() -> None:
    who = Person("pe_1", established=True, language="es")
    said = {"category": "orthopaedics", "city": "Skokie"}
    assert planned(lakeside(), "form", LAKESIDE_OPEN, who, **said).queue == "ortho-est-EVN"
    made = planned(lakeside(), "form", LAKESIDE_OPEN, who, **said, patient="new", language="en")
    assert (made.queue, made.facts["language"]) == ("ortho-new-EVN", "en")


# The smallest practice


@pytest.mark.parametrize(
    ("said", "queue", "reason"),
    [({}, "new-patients", "new_patient"), ({"patient": "established"}, "front-desk", "known_patient")],
)
def test_three_rules_are_enough(said: dict[str, str], queue: str, reason: str) -> None:
    at = datetime(2026, 11, 17, 10, 0, tzinfo=ZoneInfo("America/Denver"))
    made = planned(shipped("simple"), "call", at, tracking_number="+13035550121", **said)
    assert (made.queue, made.reason, made.steps[-1].target) == (queue, reason, "front-desk")


def test_where_one_office_alone_fits_nobody_is_asked_for_it() -> None:
    office = Location("ONE", "One", "UTC", "+13035550110", categories=frozenset({"imaging"}))
    book = replace(lakeside(), locations={"ONE": office}, nearness={})
    assert planned(book, "form", LAKESIDE_OPEN, category="imaging").location == "ONE"
