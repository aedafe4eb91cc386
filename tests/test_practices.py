"""The invented practices say what the requirements say about them, and nothing is wrong with them."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from routing.rulebook.load import load, read
from routing.rules.book import Book
from routing.rules.hours import verdict

PRACTICES = Path(__file__).parent.parent / "routing" / "practices"
FILES = sorted(path.name for path in PRACTICES.glob("*.yaml"))
TELLING = re.compile(
    r"addict|adicc|rehab|detox|drug|droga|alcohol|opioid|substance|sustancia|treatment|tratamiento|recover|recuper"
    r"|sober|sobrie|withdraw|abstinen|clinic|clínic|\{\{ practice|\{\{ location|\{\{ campaign|\{\{ category",
    re.IGNORECASE,
)


def practice(name: str) -> Book:
    return load((PRACTICES / f"{name}.yaml").read_text(), f"{name}.yaml", version=3)


@pytest.fixture(scope="module")
def lakeside() -> Book:
    return practice("lakeside-specialty")


@pytest.fixture(scope="module")
def harbor() -> Book:
    return practice("harbor-recovery")


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_wrong_with_a_shipped_practice(name: str) -> None:
    assert read((PRACTICES / name).read_text(), name).findings == ()


@pytest.mark.parametrize("name", ["lakeside-specialty", "harbor-recovery"])
def test_a_practice_is_named_like_its_file(name: str) -> None:
    assert practice(name).practice == name


def test_three_rules_are_enough_for_a_start() -> None:
    book = practice("simple")
    assert len(book.rules) == 3
    assert book.after_hours == book.intake == "front-desk"
    assert book.tracking_numbers["+13035550121"].campaign == "search"


@pytest.mark.parametrize(
    ("office", "number", "lines"),
    [
        ("EVN", "+18475550110", {"orthopaedics", "dermatology", "imaging"}),
        ("NAP", "+16305550111", {"orthopaedics", "imaging"}),
        ("KEN", "+12625550112", {"dermatology", "imaging"}),
    ],
)
def test_lakeside_offices(lakeside: Book, office: str, number: str, lines: set[str]) -> None:
    assert lakeside.locations[office].number == number
    assert lakeside.locations[office].categories == lines


@pytest.mark.parametrize(
    ("city", "order"),
    [
        ("evanston", "EVN KEN NAP"),
        ("skokie", "EVN KEN NAP"),
        ("naperville", "NAP EVN KEN"),
        ("aurora", "NAP EVN KEN"),
        ("kenosha", "KEN EVN NAP"),
        ("racine", "KEN EVN NAP"),
    ],
)
def test_lakeside_order_of_distance(lakeside: Book, city: str, order: str) -> None:
    assert lakeside.nearness[city] == tuple(order.split())
    assert any(option.casefold().startswith(city) for option in lakeside.cities)


@pytest.mark.parametrize(
    ("queue", "members"),
    [
        ("ortho-new-EVN", "hana-kowalski"),
        ("ortho-est-EVN", "hana-kowalski"),
        ("ortho-new-NAP", "rosa-lindqvist"),
        ("ortho-est-NAP", "rosa-lindqvist"),
        ("derm-new-EVN", "ben-achebe"),
        ("derm-est-EVN", "ben-achebe"),
        ("derm-new-KEN", "omar-haddad"),
        ("derm-est-KEN", "omar-haddad"),
        ("imaging-new", "ines-duarte paul-renner mei-tanaka"),
        ("imaging-est", "ines-duarte paul-renner mei-tanaka"),
        ("general-intake", "grace-liu"),
        ("next-day-intake", "neil-fontaine"),
    ],
)
def test_lakeside_queues(lakeside: Book, queue: str, members: str) -> None:
    assert [member.coordinator for member in lakeside.queues[queue].members] == members.split()
    assert len(lakeside.queues) == 12


def test_lakeside_queues_have_the_calendar_of_their_office(lakeside: Book) -> None:
    queue = lakeside.queues["derm-new-KEN"]
    assert queue.location == "KEN"
    assert queue.calendar.parent == lakeside.locations["KEN"].calendar
    assert lakeside.queues["imaging-new"].calendar.parent == lakeside.calendar


def test_lakeside_ends_with_named_people(lakeside: Book) -> None:
    assert (lakeside.intake, lakeside.queues[lakeside.intake].owner) == ("general-intake", "grace-liu")
    assert (lakeside.after_hours, lakeside.queues[lakeside.after_hours].owner) == ("next-day-intake", "neil-fontaine")
    assert lakeside.manager == "ruth-adler"


@pytest.mark.parametrize(
    ("number", "campaign", "office"),
    [
        ("+18475550121", "ortho-search", "EVN"),
        ("+16305550122", "ortho-search", "NAP"),
        ("+12625550123", "derm-billboard", "KEN"),
    ],
)
def test_lakeside_tracking_numbers(lakeside: Book, number: str, campaign: str, office: str) -> None:
    tracking = lakeside.tracking_numbers[number]
    assert (tracking.campaign, tracking.location) == (campaign, office)


@pytest.mark.parametrize(
    ("form", "category"), [("lp-101", "orthopaedics"), ("lp-102", "dermatology"), ("lp-103", "imaging")]
)
def test_lakeside_landing_pages(lakeside: Book, form: str, category: str) -> None:
    assert lakeside.forms[form].attributes["category"] == category
    assert lakeside.forms["lp-101"].attributes["ad_group"] == "knee-pain"


@pytest.mark.parametrize(
    ("local", "is_open", "rule"),
    [
        ("2026-11-17T10:05", True, "mon-fri 08:00-17:30"),
        ("2026-11-17T17:30", False, None),
        ("2026-11-21T12:00", False, None),
        ("2026-11-26T10:00", False, "Thanksgiving"),
    ],
)
def test_lakeside_hours(lakeside: Book, local: str, is_open: bool, rule: str | None) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("America/Chicago"))
    found = verdict(lakeside.queues["derm-new-KEN"].calendar, at)
    assert found.open is is_open
    assert rule is None or found.rule == rule


@pytest.mark.parametrize(
    ("facility", "zone", "number", "levels", "accepts"),
    [
        ("PNS", "America/Chicago", "+18505550101", {"detox", "residential"}, {"commercial", "self-pay"}),
        ("TPA", "America/New_York", "+18135550102", {"residential", "php"}, {"commercial", "medicaid", "self-pay"}),
        ("JAX", "America/New_York", "+19045550103", {"iop", "outpatient"}, {"commercial", "medicaid", "self-pay"}),
    ],
)
def test_harbor_facilities(
    harbor: Book, facility: str, zone: str, number: str, levels: set[str], accepts: set[str]
) -> None:
    place = harbor.locations[facility]
    assert (place.zone, place.number) == (zone, number)
    assert place.levels_of_care == levels
    assert place.accepts == accepts


def test_harbor_is_nearest_by_zip(harbor: Book) -> None:
    assert harbor.nearness["32202"][0] == "JAX"
    assert harbor.nearness["jacksonville"][0] == "JAX"


@pytest.mark.parametrize(
    ("queue", "members", "owner"),
    [
        ("admissions-commercial", "dana-whitlock luis-ortega", "dana-whitlock"),
        ("admissions-medicaid", "priya-nair", "priya-nair"),
        ("admissions-general", "marcus-bell keisha-rowan", "marcus-bell"),
        ("general-intake", "marcus-bell keisha-rowan priya-nair", "joan-mercer"),
    ],
)
def test_harbor_queues(harbor: Book, queue: str, members: str, owner: str) -> None:
    assert [member.coordinator for member in harbor.queues[queue].members] == members.split()
    assert [member.position for member in harbor.queues[queue].members] == list(range(1, len(members.split()) + 1))
    assert harbor.queues[queue].owner == owner
    assert len(harbor.queues) == 4


def test_only_luis_speaks_spanish_at_the_commercial_desk(harbor: Book) -> None:
    desk = [member.coordinator for member in harbor.queues["admissions-commercial"].members]
    assert [name for name in desk if "es" in harbor.coordinators[name].languages] == ["luis-ortega"]


def test_tess_then_joan_are_on_call_whenever_the_desk_is_closed(harbor: Book) -> None:
    rota = harbor.rotas["on-call"]
    assert rota.rungs == ("tess-adair", "joan-mercer")
    assert (rota.ring_s, rota.target_s) == (25, 900)
    week = [datetime(2026, 11, day, hour, 30, tzinfo=UTC) for day in range(16, 23) for hour in range(24)]
    assert all(verdict(rota.calendar, at).open != verdict(harbor.calendar, at).open for at in week)


@pytest.mark.parametrize(
    ("number", "campaign", "urgency"),
    [
        ("+18505550131", "detox-search", "high"),
        ("+18135550132", "residential-search", "high"),
        ("+19045550133", "display-awareness", "low"),
        ("+19045550134", "jax-search", None),
    ],
)
def test_harbor_tracking_numbers(harbor: Book, number: str, campaign: str, urgency: str | None) -> None:
    tracking = harbor.tracking_numbers[number]
    assert tracking.campaign == campaign
    assert harbor.campaigns[campaign].attributes.get("urgency") == urgency
    assert tracking.texts is (campaign == "jax-search")


def test_every_ladder_ends_with_the_one_who_answers_for_it(harbor: Book, lakeside: Book) -> None:
    for book in (harbor, lakeside):
        assert {ladder.rungs[-1].to for ladder in book.ladders.values()} == {book.manager}
        assert all(ladder.rungs[0].step == "warn" for ladder in book.ladders.values())


def test_head_starts_and_targets_are_those_of_the_requirements(harbor: Book) -> None:
    rules = {rule.name: rule.then for rule in harbor.rules}
    assert (rules["high_intent"].head_start_s, rules["high_intent"].target_s) == (600, 300)
    assert (rules["early_stage"].head_start_s, rules["early_stage"].target_s) == (0, 3600)
    detox = harbor.categories["detox"]
    assert (detox.head_start_s, detox.response_target_s) == (300, 900)


def test_medicaid_has_a_workflow_of_its_own_and_no_other_place_in_line(harbor: Book) -> None:
    medicaid, others = harbor.categories["medicaid"], harbor.categories["residential"]
    assert medicaid.script != others.script
    assert medicaid.fields != others.fields
    assert medicaid.response_target_s != others.response_target_s
    assert medicaid.templates != others.templates
    rules = {rule.name: rule.then.head_start_s for rule in harbor.rules}
    assert rules["high_intent_medicaid"] == rules["high_intent"]
    assert rules["early_stage_medicaid"] == rules["early_stage"]


def test_what_harbor_sends_out_does_not_tell_what_it_does(harbor: Book) -> None:
    sent = {name: texts for name, texts in harbor.templates.items() if name.startswith(("text-", "voicemail"))}
    assert len(sent) >= 8
    for texts in sent.values():
        assert not [text for text in texts.values() if TELLING.search(text)]


def test_every_practice_of_two_languages_has_all_its_words_in_both(harbor: Book, lakeside: Book) -> None:
    for book in (harbor, lakeside):
        assert book.languages == ("en", "es")
        assert all(set(texts) == {"en", "es"} for texts in book.templates.values())


def test_people_have_numbers_of_their_own_and_only_fictitious_ones(harbor: Book, lakeside: Book) -> None:
    simple = practice("simple")
    used = [person.phone for book in (harbor, lakeside, simple) for person in book.coordinators.values()]
    used += [place.number for book in (harbor, lakeside) for place in book.locations.values()]
    used += [number for book in (harbor, lakeside, simple) for number in book.tracking_numbers]
    assert len(used) == len(set(used))
    assert all(re.fullmatch(r"\+1\d{3}55501\d{2}", number) for number in used)


def test_a_book_says_which_text_it_was_made_from(lakeside: Book) -> None:
    assert lakeside.version == 3
    assert re.fullmatch(r"[0-9a-f]{64}", lakeside.digest)
    changed = (PRACTICES / "lakeside-specialty.yaml").read_text() + "# changed\n"
    assert load(changed, "lakeside-specialty.yaml").digest != lakeside.digest
