"""A practice file is either published whole or refused with the line and the reason of everything wrong."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rulebook.findings import PracticeFileError
from routing.rulebook.load import load, read
from routing.rules.book import Book, Requirement
from routing.rules.calendars import Span

PRACTICES = Path(__file__).parent.parent / "routing" / "practices"
SHIPPED = tuple(
    (PRACTICES / f"{name}.yaml").read_text() for name in ("harbor-recovery", "lakeside-specialty", "simple")
)

SMALL = """\
practice:
  id: small
  name: Small
  zone: America/Denver
  intake: desk
  manager: nora
  hours: [mon-fri 08:00-17:30]
  cities:
    - {name: Denver, state: CO, zip: "80202"}
locations:
  - {id: DEN, name: Denver, zone: America/Denver, number: "+13035550110", zip: "80202", accepts: [commercial]}
categories:
  - {id: checkup, label: Check-up}
queues:
  - id: desk
    name: Desk
    owner: nora
    members: [nora, theo]
  - id: nurse
    name: Nurse
    owner: theo
    members:
      - {coordinator: theo, position: 1}
      - {coordinator: nora, position: 2}
    serves: {category: checkup}
    then: [desk]
coordinators:
  - {id: nora, name: Nora Quinn, phone: "+13035550151"}
  - id: theo
    name: Theo Brandt
    phone: "+13035550152"
    shifts:
      zone: America/Denver
      hours: [mon-fri 08:00-17:30]
rotas:
  - {id: nights, name: Nights, zone: America/Denver, rungs: [nora, theo]}
affiliates:
  - id: river-clinic
    name: River Clinic
    number: "+13035550131"
    owner: nora
    accepts: [commercial]
campaigns:
  - {id: search, label: Search, attributes: {source: search}}
tracking_numbers:
  - {number: "+13035550121", campaign: search, location: DEN}
forms:
  - {id: lp-1, label: Page, campaign: search, category: checkup}
rules:
  - name: urgent
    layer: urgency
    when: {urgency: high}
    then: {head_start_s: 600}
menus:
  - {id: why, ask: ask-why, attribute: category, choices: [{key: "1", value: checkup}]}
templates:
  - {id: ask-why, texts: {en: "Why do you call {{ practice }}?"}}
cadences:
  - {id: standard, attempts_s: [0, 900]}
ladders:
  - {id: standard, rungs: [{at: 1, step: move, to: nora}]}
policies:
  fallback_numbers: ["+13035550151"]
crm:
  kind: none
"""

Row = tuple[str, str, str, str]

REFUSED: dict[str, Row] = {
    # what is replaced, by what, the text of the line it is reported at, a part of "path: message"
    "unknown_queue": ("intake: desk", "intake: dusk", "intake: dusk", "practice.intake: there is no queue `dusk`"),
    "unknown_manager": ("manager: nora", "manager: nobody", "manager: nobody", "there is no coordinator `nobody`"),
    "unknown_office": ("location: DEN}", "location: BOS}", "BOS", "location: there is no location `BOS`"),
    "unknown_campaign": ("campaign: search, loc", "campaign: ads, loc", "ads", "there is no campaign `ads`"),
    "unknown_category": (
        "category: checkup}\n    then",
        "category: dental}\n    then",
        "dental",
        "`dental` is no category",
    ),
    "unknown_category_of_form": (
        "search, category: checkup",
        "search, category: x",
        "lp-1",
        "there is no category `x`",
    ),
    "unknown_template": ("ask: ask-why", "ask: ask-who", "ask-who", "menus[0].ask: there is no template `ask-who`"),
    "unknown_rung": ("rungs: [nora, theo]", "rungs: [nora, ann]", "ann]", "rotas[0].rungs[1]: there is no coordinator"),
    "unknown_ladder_end": ("to: nora", "to: ann", "to: ann", "rungs[0].to: there is no coordinator `ann`"),
    "unknown_member": (
        "[nora, theo]\n  - id",
        "[nora, ann]\n  - id",
        "[nora, ann]",
        "members[1]: there is no coordinator",
    ),
    "unknown_overflow": ("then: [desk]", "then: [attic]", "attic", "queues[1].then[0]: there is no queue `attic`"),
    "repeated_queue": ("- id: nurse", "- id: desk", "- id: desk\n    name: Nurse", "there is already a queue `desk`"),
    "repeated_number": (
        "\nforms:",
        '\n  - {number: "+13035550121", campaign: search}\nforms:',
        '"+13035550121", campaign: search}',
        "there is already a tracking number `+13035550121`",
    ),
    "repeated_rule": (
        "\nmenus:",
        "\n  - {name: urgent, layer: queue, when: {}}\nmenus:",
        "layer: queue",
        "there is already a rule `urgent`",
    ),
    "repeated_key": (
        "  name: Small",
        "  name: Small\n  name: Large",
        "name: Large",
        "practice.name: `name` is written twice",
    ),
    "repeated_position": ("position: 2", "position: 1", "theo, position: 1", "position 1 is taken twice"),
    "member_twice": (
        "{coordinator: nora, pos",
        "{coordinator: theo, pos",
        "theo, position: 1",
        "`theo` is a member twice",
    ),
    "no_owner": ("    owner: theo\n", "", "- id: nurse", "queues[1]: no owner: name a coordinator"),
    "only_an_address": (
        "    owner: theo\n",
        "    emails: [leads@small.example]\n",
        "- id: nurse",
        "queues[1]: no owner: an e-mail address is told as well, it is not an owner",
    ),
    "no_owner_of_referral": ("    owner: nora\n    accepts", "    accepts", "- id: river", "affiliates[0]: no owner"),
    "nobody_there": ("    members: [nora, theo]\n", "", "- id: desk", "queues[0]: no members"),
    "intake_hands_on": (
        "[nora, theo]\n  - id",
        "[nora]\n    then: [nurse]\n  - id",
        "then: [nurse]",
        "end of every plan",
    ),
    "loop": ("then: [desk]", "then: [nurse]", "then: [nurse]", "goes round in a circle: nurse -> nurse"),
    "hyphen_in_when": ("{urgency: high}", "{zip-code: x}", "zip-code", "a hyphen would read as minus"),
    "hyphen_in_serves": ("serves: {category", "serves: {cat-egory", "cat-egory", "a hyphen would read as minus"),
    "unknown_attribute": ("{urgency: high}", "{mood: good}", "mood", "there is no attribute `mood`"),
    "unknown_value": (
        "{urgency: high}",
        "{urgency: urgent}",
        "urgent}",
        "`urgent` is no urgency; known: high, low, normal",
    ),
    "typed_city_as_key": ("{urgency: high}", "{city: Denver}", "city: Denver}\n", "a typed city is never a key"),
    "missing_set": ("{head_start_s: 600}", "{sets: {payer: missing}}", "sets:", "`missing` can be asked for, not set"),
    "priority": (
        "{head_start_s: 600}",
        "{priority: 1}",
        "priority",
        "rules[0].then.priority: `priority` runs both ways",
    ),
    "priority_of_queue": ("    then: [desk]", "    priority: 5", "priority", "say head_start_s in seconds"),
    "priority_as_attribute": ("{urgency: high}", "{priority: 1}", "priority", "say head_start_s in seconds"),
    "bid_in_rule": ("{urgency: high}", "{bid: 5}", "bid: 5", "`bid` may not choose or order"),
    "commission_in_affiliate": (
        "    accepts: [commercial]\ncamp",
        "    commission: 10\ncamp",
        "commission",
        "`commission` may not choose or order",
    ),
    "revenue_ordering": (
        "    accepts: [commercial]\ncamp",
        "    ordering: expected-revenue\ncamp",
        "revenue",
        "`revenue` may not choose or order",
    ),
    "unknown_ordering": (
        "    then: [desk]",
        "    live_ordering: longest-idle",
        "longest-idle",
        "queues[1].live_ordering: there is no such ordering; write 'longest_idle'",
    ),
    "unknown_layer": (
        "layer: urgency",
        "layer: mood",
        "layer: mood",
        "rules[0].layer: not one of the words known here",
    ),
    "unknown_key": (
        "  intake: desk",
        "  inbox: desk\n  intake: desk",
        "inbox",
        "practice.inbox: unknown key; known here: hours",
    ),
    "unknown_top_key": (
        "crm:\n",
        "colour: red\ncrm:\n",
        "colour",
        "colour: unknown key; known here: practice, locations",
    ),
    "missing_key": ("  zone: America/Denver\n  int", "  int", "practice:", "practice.zone: `zone` is missing"),
    "empty_value": ("name: Small", "name:", "name:", "has no value"),
    "bad_slug": ("id: small", "id: small practice", "id: small p", "an id is made of letters"),
    "bad_rule_name": ("name: urgent", "name: Urgent!", "Urgent!", "a rule's name is the reason it gives"),
    "national_number": ('"+13035550110"', '"(303) 555-0110"', "(303)", 'write it as "+18475550110"'),
    "bad_zone": ("zone: America/Denver\n  intake", "zone: Denver\n  intake", "zone: Denver", "not a time zone"),
    "shift_without_zone": (
        "      zone: America/Denver\n",
        "",
        "shifts:",
        "coordinators[1].shifts.zone: `zone` is missing",
    ),
    "bad_hours": ("[mon-fri 08:00-17:30]\n  cit", "[mon-fri 8-17]\n  cit", "8-17", "write times as 08:00-17:30"),
    "bad_days": ("[mon-fri 08:00-17:30]\n  cit", "[abc-fri 08:00-17:30]\n  cit", "abc", "the days are mon, tue"),
    "bad_clock": ("[mon-fri 08:00-17:30]\n  cit", "[mon-fri 08:00-17:75]\n  cit", "17:75", "is not empty"),
    "bad_date": (
        "  cities:",
        "  closed: [{name: x, on: 2026-02-30}]\n  cities:",
        "2026-02-30",
        "there is no such date",
    ),
    "number_as_date": ("  cities:", "  closed: [{name: x, on: 20260230}]\n  cities:", "20260230", "write a date as"),
    "undated_day": ("  cities:", "  closed: [{name: x}]\n  cities:", "closed", "give either `on`"),
    "unknown_holiday": (
        "  cities:",
        "  holidays: {from_year: 2026, only: [Lakeside Day]}\n  cities:",
        "Lakeside Day",
        "there is no holiday `Lakeside Day`",
    ),
    "unknown_state": (
        "  cities:",
        "  holidays: {from_year: 2026, subdivision: ZZ}\n  cities:",
        "ZZ",
        "no holidays for US ZZ",
    ),
    "unknown_zip": ('zip: "80202", acc', 'zip: "00000", acc', '"00000"', "locations[0].zip: there is no such ZIP"),
    "city_nowhere": (', zip: "80202"}\nloc', "}\nloc", "{name: Denver", "give `nearest` locations or a `zip`"),
    "written_secret": ("kind: none", "kind: hubspot\n  token: pat-123", "pat-123", "a secret is never written here"),
    "no_net": ('["+13035550151"]', "[]", "fallback_numbers", "at least 1 item"),
    "late_review": ("policies:", "policies:\n  review_deadline_s: 1800", "1800", "less than or equal to 900"),
    "unknown_placeholder": ("{{ practice }}", "{{ password }}", "password", "nothing called `password`"),
    "code_in_template": (
        "{{ practice }}",
        "{{ practice.id }}",
        "practice.id",
        "may stand in a template",
    ),
    "unknown_group": (
        "    then: [desk]",
        "    relax: [{after_s: 30, drop: office}]",
        "relax",
        "no requirement of this queue is in a group `office`",
    ),
    "anchor": ("name: Small", "name: &n Small", "&n", "anchors and aliases are not used"),
    "tag": ("name: Small", "name: !!str Small", "!!str", "tags (`!...`) are not used"),
    "list_as_key": ("name: Small", "? [a]\n  : b", "[a]", "a key must be a plain word"),
    "two_documents": ("crm:\n", "---\ncrm:\n", "---", "a second document starts here"),
    "tab": ("  name: Small", "\tname: Small", "\tname", "not readable as YAML"),
    "too_deep": ("kind: none", "fields: " + "[" * 20 + "]" * 20, "[[[[", "nested too deeply"),
}


def mutated(old: str, new: str) -> str:
    assert SMALL.count(old) >= 1, old
    return SMALL.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED)
def test_every_fault_is_refused_with_its_line_and_reason(row: Row) -> None:
    old, new, at, message = row
    text = mutated(old, new)
    with pytest.raises(PracticeFileError) as refused:
        load(text, "small.yaml")
    expected = f"small.yaml:{line_of(text, at.strip())}: "
    said = [line for line in str(refused.value).splitlines() if line.startswith(expected) and message in line]
    assert said, str(refused.value)


def test_the_small_practice_itself_has_no_findings() -> None:
    assert read(SMALL, "small.yaml").findings == ()


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = mutated("zone: America/Denver\n  intake", "zone: Denver\n  intake").replace("layer: urgency", "layer: mood")
    with pytest.raises(PracticeFileError) as refused:
        load(text, "small.yaml")
    lines = [finding.line for finding in refused.value.findings]
    assert len(lines) == 2
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "- a\n", "just words\n", "{}", "a: \x00", "a: \ud800", "a: [", "\ufeff"]
)
def test_what_is_no_practice_file_is_refused(text: str) -> None:
    with pytest.raises(PracticeFileError) as refused:
        load(text, "x.yaml")
    assert refused.value.findings


def test_someone_may_ask_about_a_price() -> None:
    assert load(mutated("{urgency: high}", "{intent: price-question}"), "x.yaml").rules[0].name == "urgent"


def test_an_unused_hyphen_in_an_id_is_fine() -> None:
    assert load(mutated("id: small", "id: small-Practice-2"), "x.yaml").practice == "small-Practice-2"


@pytest.mark.parametrize("unquoted", ['"80202"', '"+13035550110"', '"+13035550121"'])
def test_numbers_need_no_quotes(unquoted: str) -> None:
    text = SMALL.replace(unquoted, unquoted.strip('"'))
    assert load(text, "x.yaml").locations["DEN"].number == "+13035550110"


def test_a_secret_names_its_place_only() -> None:
    book = load(mutated("kind: none", "kind: hubspot\n  token: env:HUBSPOT_TOKEN"), "x.yaml")
    assert book.crm.token == "env:HUBSPOT_TOKEN"


def large(ordering: str, members: int) -> str:
    people = "".join(f'  - {{id: p{n}, name: P{n}, phone: "+1303555{n + 1000}"}}\n' for n in range(members))
    names = ", ".join(f"p{n}" for n in range(members))
    text = mutated("coordinators:\n", f"coordinators:\n{people}")
    return text.replace("members: [nora, theo]", f"members: [{names}]\n    live_ordering: {ordering}")


def test_a_large_pool_is_only_ordered_by_what_is_kept_sorted() -> None:
    with pytest.raises(PracticeFileError, match="more than 50 members can only be ordered by least_loaded"):
        load(large("least_talk_time", 51), "x.yaml")
    assert len(load(large("least_talk_time", 50), "x.yaml").queues["desk"].members) == 50
    assert len(load(large("longest_idle", 51), "x.yaml").queues["desk"].members) == 51


def test_overflow_through_several_queues_may_not_come_back() -> None:
    text = mutated("then: [desk]", "then: [lab]").replace(
        "coordinators:\n", "  - {id: lab, name: Lab, owner: theo, members: [theo], then: [nurse]}\ncoordinators:\n", 1
    )
    with pytest.raises(PracticeFileError, match="goes round in a circle: nurse -> lab -> nurse"):
        load(text, "x.yaml")


def levels(text: str) -> list[tuple[str, str]]:
    return [(finding.level, finding.message) for finding in read(text, "x.yaml").findings]


def test_a_thirteenth_category_is_a_warning_only() -> None:
    more = "".join(f"  - {{id: c{n}, label: C{n}}}\n" for n in range(12))
    text = mutated("queues:\n", f"{more}queues:\n")
    assert [level for level, _ in levels(text)] == ["warn"]
    assert len(load(text, "x.yaml").categories) == 13


def test_a_number_without_campaign_and_a_template_without_a_language_are_warnings() -> None:
    assert [level for level, _ in levels(mutated(", campaign: search, location", ", location"))] == ["warn"]
    assert levels(mutated("  intake", "  languages: [en, es]\n  intake")) == [("warn", "no text in es")]


def test_one_person_alone_on_call_needs_a_signature() -> None:
    assert [level for level, _ in levels(mutated("rungs: [nora, theo]", "rungs: [nora]"))] == ["sign_off"]


def test_with_an_owner_an_address_is_told_as_well() -> None:
    book = load(mutated("owner: theo", "owner: theo\n    emails: [leads@small.example]"), "x.yaml")
    assert book.queues["nurse"].emails == ("leads@small.example",)
    assert book.queues["nurse"].owner == "theo"


def test_hours_are_read_as_people_write_them() -> None:
    written = '["mon-thu,sat 08:00-12:00, 13:00-17:30", fri-mon 22:00-06:00, daily 00:00-24:00]'
    book = load(mutated("[mon-fri 08:00-17:30]\n  cities", f"{written}\n  cities"), "x.yaml")
    first, second, third = book.calendar.rules
    assert first.weekdays == {0, 1, 2, 3, 5}
    assert first.spans == (Span(480, 720), Span(780, 1050))
    assert second.weekdays == {4, 5, 6, 0}
    assert second.spans == (Span(1320, 360),)
    assert third.weekdays == frozenset(range(7))
    assert third.spans == (Span(0, 1440),)


def test_holidays_are_closed_rules_of_three_years() -> None:
    text = mutated("  cities:", "  holidays: {from_year: 2026, only: [Thanksgiving Day]}\n  cities:")
    closed = [rule for rule in load(text, "x.yaml").calendar.rules if rule.kind == "closed"]
    assert [str(rule.first) for rule in closed] == ["2026-11-26", "2027-11-25", "2028-11-23"]
    assert all(rule.first == rule.last for rule in closed)


def test_a_queue_has_the_calendar_of_its_office_and_may_leave_a_closure_out() -> None:
    text = mutated("    then: [desk]", "    location: DEN\n    opts_out_of: [Thanksgiving]")
    calendar = load(text, "x.yaml").queues["nurse"].calendar
    assert calendar.opts_out_of == {"Thanksgiving"}
    assert calendar.parent is not None
    assert calendar.parent.parent == load(text, "x.yaml").calendar


def test_a_category_that_names_its_queue_is_a_rule_after_the_written_ones() -> None:
    book = load(mutated("label: Check-up", "label: Check-up, queue: nurse"), "x.yaml")
    assert [rule.name for rule in book.rules] == ["urgent", "category_checkup"]
    assert book.rules[1].then.queue == "nurse"


def test_positions_are_those_of_the_list_unless_written() -> None:
    book = load(SMALL, "x.yaml")
    assert [(member.coordinator, member.position) for member in book.queues["desk"].members] == [
        ("nora", 1),
        ("theo", 2),
    ]


def test_soft_requirements_are_named_by_the_steps_that_drop_them() -> None:
    text = mutated(
        "    then: [desk]",
        "    requires: [{attribute: location, value: plan, group: office}]\n    relax: [{after_s: 30, drop: office}]",
    )
    queue = load(text, "x.yaml").queues["nurse"]
    assert queue.requires == (Requirement("location", "plan", group="office"),)
    assert queue.relax[0].drop == {"office"}


def test_two_cities_of_one_name_are_known_by_their_state() -> None:
    cities = '[{name: Aurora, state: CO, zip: "80010"}, {name: Aurora, state: IL, zip: "60505"}]'
    book = load(SMALL.replace('\n    - {name: Denver, state: CO, zip: "80202"}', f" {cities}"), "x.yaml")
    assert "aurora, co" in book.nearness
    assert "aurora" not in book.nearness
    assert book.cities == ("Aurora, CO", "Aurora, IL")


def test_nothing_of_a_published_book_can_be_changed() -> None:
    book = load(SMALL, "x.yaml")
    for mapping in (book.queues, book.templates, book.templates["ask-why"], book.rules[0].when, book.coordinators):
        assert not hasattr(mapping, "__setitem__")


LINES = st.tuples(st.integers(0, 700), st.integers(0, 700), st.sampled_from(["cut", "double", "move", "blank", "crop"]))


def edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The file after an evening of careless editing."""
    lines = text.splitlines()
    for first, second, how in edits:
        at, to = first % len(lines), second % len(lines)
        if how == "cut":
            del lines[at : at + 1 + second % 3]
        elif how == "double":
            lines.insert(to, lines[at])
        elif how == "move":
            lines.insert(to, lines.pop(at))
        elif how == "blank":
            lines[at] = lines[at].split(":")[0] + ":"
        else:
            lines[at] = lines[at][: second % (len(lines[at]) + 1)]
        lines = lines or [""]
    return "\n".join(lines) + "\n"


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.sampled_from((*SHIPPED, SMALL)), st.lists(LINES, min_size=1, max_size=4))
def test_careless_editing_gives_a_book_or_a_refusal_and_nothing_else(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    changed = edited(text, edits)
    reading = read(changed, "edited.yaml")
    assert all(finding.line >= 1 and finding.message for finding in reading.findings)
    if reading.refused:
        assert any(finding.level == "refuse" for finding in reading.findings)
        with pytest.raises(PracticeFileError):
            load(changed, "edited.yaml")
    else:
        book = load(changed, "edited.yaml")
        assert isinstance(book, Book)
        assert book.queues[book.intake].owner in book.coordinators


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(max_size=200))
def test_any_text_at_all_gives_a_book_or_a_refusal(text: str) -> None:
    reading = read(text, "any.yaml")
    assert reading.refused
    assert reading.findings
