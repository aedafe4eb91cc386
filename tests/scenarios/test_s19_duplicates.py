"""S-19, A-28 A-29 A-30: the same person by form, second page, tracking event and call is one lead with one owner; her
mother on the same number is somebody else."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.rules.identity import Who
from routing.state.database import Refused
from routing.state.lead.identity import Entering, put_on_record, told_apart
from tests.form_stage import HARBOR, LAKESIDE, FormStage
from tests.rooms import CHICAGO, Room
from tests.stage import house_of, settings_of

TEN = datetime(2026, 11, 17, 10, 0, tzinfo=CHICAGO)
ANA = {"name": "Ana Reyes", "email": "ana@example.com", "phone": "(847) 555-0145"}


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    room.now = TEN
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def test_s19_form_repost_second_page_and_call_are_one_lead(forms: FormStage) -> None:
    room = forms.room
    first = forms.post(**ANA)
    room.later(seconds=2)
    again = forms.post(**ANA)
    assert (again.status_code, again.json()) == (202, first.json())
    room.now = TEN + timedelta(minutes=3)
    second = forms.post(**ANA | {"phone": "8475550145", "name": "ana reyes"}, best_time="after 16:00")
    assert second.json() != first.json()
    room.now = TEN + timedelta(minutes=4)
    call = room.call(practice=LAKESIDE, contact="+18475550145", tracking_number="+18475550121", category="orthopaedics")
    lead, task = room.row("leads"), room.row("tasks")
    assert call.lead["id"] == forms.lead_of(first)["id"] == forms.lead_of(second)["id"] == lead["id"]
    assert len(room.rows("inquiries", lead_id=lead["id"])) == 3
    assert (task["owner_id"], lead["owner_id"]) == ("hana-kowalski", "hana-kowalski")
    assert (task["kind"], task["due_at"]) == ("call", TEN + timedelta(minutes=15))
    assert lead["clock_started_at"] == TEN
    call.talk()
    assert room.row("tasks")["state"] == "withdrawn"
    assert room.row("leads")["status"] == "contacted"


def test_s19_her_mother_on_the_same_number_is_another_person_and_neither_learns_of_the_other(forms: FormStage) -> None:
    room = forms.room
    ana = forms.lead_of(forms.post(**ANA))
    room.later(minutes=1)
    answers = forms.post_all([{"phone": ANA["phone"], "name": "Carmen Ortiz", "reason": "hip"}] * 4)
    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["id"] for each in answers}) == 1
    mother = forms.lead_of(answers[0])
    assert mother["id"] != ana["id"]
    assert mother["person_id"] != ana["person_id"]
    numbers = room.rows("person_numbers")
    assert len({row["number_index"] for row in numbers}) == 1
    assert sorted((row["place"], row["is_first"]) for row in numbers) == [(0, True), (1, False)]
    (inquiry,) = room.rows("inquiries", lead_id=mother["id"])
    assert "Reyes" not in str(inquiry["plan"])
    room.later(minutes=1)
    third = forms.lead_of(forms.post(phone=ANA["phone"], name="Carmen Ortiz", reason="hip again"))
    assert third["id"] == mother["id"]


def test_s19_she_is_known_by_her_address_from_another_number_and_unknown_at_another_practice(forms: FormStage) -> None:
    room = forms.room
    ana = forms.lead_of(forms.post(**ANA))
    room.later(minutes=1)
    same = forms.lead_of(forms.post(**ANA | {"phone": "+18475550146", "name": "A. Reyes"}))
    assert same["id"] == ana["id"]
    assert len(room.rows("person_numbers", person_id=ana["person_id"])) == 2
    namesake = forms.lead_of(forms.post(**ANA | {"phone": "+18475550147", "name": "Peter Holm"}))
    assert namesake["person_id"] != ana["person_id"]
    elsewhere = forms.lead_of(
        forms.post("contact", HARBOR, phone="+18475550145", name="Ana Reyes", city=None, patient=None)
    )
    assert elsewhere["person_id"] != ana["person_id"]
    kept = room.row("people", id=ana["person_id"])
    assert kept["email_index"] is not None
    assert b"Reyes" not in bytes(kept["name"])  # type: ignore[call-overload]


def test_s19_two_forms_at_once_from_a_shared_address_and_two_numbers_are_of_one_person(forms: FormStage) -> None:
    room = forms.room
    for at, name in enumerate(("Carmen Ortiz", "Dorothea Falk", "Edith Marlow", "Fenella Grant"), start=1):
        shared = {"email": f"family{at}@example.com"}
        others = [
            forms.lead_of(forms.post(**shared, name=other, phone=f"+1847555010{at}"))
            for other in ("Ana Reyes", "Peter Holm")
        ]
        assert len({row["person_id"] for row in others}) == 2
        room.later(minutes=1)
        both = forms.post_all([{**shared, "name": name, "phone": f"+184755501{half}{at}"} for half in (1, 2)])
        leads = [forms.lead_of(each) for each in both]
        assert len({row["person_id"] for row in leads}) == 1
        assert leads[0]["id"] == leads[1]["id"]
        assert len(room.rows("person_numbers", person_id=leads[0]["person_id"])) == 2


def test_s19_whoever_came_to_an_address_meanwhile_is_looked_at_before_another_is_written(forms: FormStage) -> None:
    room, vault = forms.room, forms.room.db.vault
    ana = forms.lead_of(forms.post(**ANA))
    who = Who("+18475550146", "ana@example.com", "Carmen Ortiz")
    with room.db.reading() as tx:
        found = told_apart(tx, vault, LAKESIDE, who)
    assert found.person.id is None
    with room.db.writing() as tx:
        put_on_record(tx, vault, Entering(LAKESIDE, "pe_carmen", who, found), room.now)
    again = Entering(LAKESIDE, "pe_again", replace(who, number="+18475550147"), found)
    with pytest.raises(Refused), room.db.writing() as tx:
        put_on_record(tx, vault, again, room.now)
    assert {row["id"] for row in room.rows("people")} == {ana["person_id"], "pe_carmen"}


@pytest.mark.parametrize("several", [200])
def test_s19_forms_posted_four_times_at_once_are_one_lead_each(forms: FormStage, several: int) -> None:
    forms.house = replace(forms.house, call_budget_s=300)
    book = forms.room.book(LAKESIDE)
    forms.room.desk.shelf._shelve(replace(book, policies=replace(book.policies, forms_per_minute=several)))
    people = [{"phone": f"+1847555{at:04d}", "name": None, "reason": f"knee {at}"} for at in range(100, 100 + several)]
    people = [each | {"name": f"Ida {chr(97 + at % 26)}{chr(97 + at // 26)}berg"} for at, each in enumerate(people)]
    answers = forms.post_all([each for each in people for _ in range(4)])
    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["id"] for each in answers}) == several
    assert len(forms.room.rows("leads")) == several
    assert forms.room.rows("quarantined") == []
