"""What sources report, in any order and however little of it: everybody who can be answered is a lead once, nobody is
passed over for a slip of the pen, and no words of hers stand where they are not sealed."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.rules.questions import LeadSource
from routing.sources.entry import reported
from routing.sources.heard import Heard
from routing.sources.mapping import event
from routing.sourcing import become_lead, report, settle, settle_due
from routing.state.lead.quarantine import waiting
from routing.state.lead.source_events import Standing, due
from tests.form_stage import CALLRAIL_SECRET, LAKESIDE, FormStage, callrail
from tests.rooms import CHICAGO, Room
from tests.stage import house_of, settings_of

HALF_PAST_TEN = datetime(2026, 11, 17, 10, 30, tzinfo=CHICAGO)
NUMBER, CALLER = "+16305550122", "+16305550143"
CALL: Mapping[str, Any] = {
    "customer_phone_number": CALLER,
    "tracking_phone_number": NUMBER,
    "start_time": HALF_PAST_TEN.isoformat(),
    "source_name": "Ortho search",
}
WHOLE: Mapping[str, Any] = {"duration": "61", "answered": True, "customer_name": "Otto Brandt", "recording": "r1"}


@pytest.fixture
def forms(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FormStage:
    monkeypatch.setenv("LAKESIDE_CALLRAIL_KEY", CALLRAIL_SECRET)
    room.now = HALF_PAST_TEN
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def kept(room: Room) -> Mapping[str, Any]:
    """The one report as it stands, unsealed."""
    row = room.row("source_events")
    column = room.table("source_events").c.event
    found: Mapping[str, Any] = json.loads(room.db.vault.unseal(column, str(row["id"]), row["event"]))  # type: ignore[arg-type]
    return found


def of_a_form(room: Room, *, is_partial: bool, **said: str) -> None:
    """A response of a form builder, already past the door."""
    heard = Heard("form", "r-1", {**said}, said, is_partial=is_partial)
    told = reported(room.book(LAKESIDE), event(heard, LeadSource("typeform"), room.now), room.now)
    report(room.desk, room.book(LAKESIDE), told, room.now)


@pytest.mark.parametrize("phone", ["847-555-014", "my wife's", None])
def test_a_form_that_was_sent_is_a_lead_even_where_its_number_cannot_be_read(
    forms: FormStage, phone: str | None
) -> None:
    room = forms.room
    callrail(forms, form_data={"name": "Ana Reyes", "phone": phone, "message": "call 847 555 0141"})
    lead, task = room.row("leads"), room.row("tasks")
    assert (lead["owner_id"], task["owner_id"], task["kind"]) == ("grace-liu", "grace-liu", "review")
    room.later(minutes=2)
    callrail(forms, form_data={"name": "Ana Reyes", "phone": "847-555-0141"})
    assert [row["kind"] for row in room.rows("tasks", state="open")] == ["call"]
    assert len(room.rows("leads")) == len(room.rows("inquiries")) == 1


def test_a_form_given_up_half_way_is_passed_over_until_she_finishes_it(forms: FormStage) -> None:
    room = forms.room
    of_a_form(room, is_partial=True, first_name="Ana")
    settle_due(room.desk, room.later(minutes=10))
    assert (room.row("source_events")["state"], room.rows("leads")) == ("passed", [])
    room.later(hours=1)
    of_a_form(room, is_partial=False, first_name="Ana", phone="847-555-0141")
    assert (room.row("source_events")["state"], room.row("tasks")["kind"]) == ("told", "call")


def test_a_half_told_report_that_comes_late_takes_nothing_from_the_whole_one(forms: FormStage) -> None:
    room = forms.room
    callrail(forms, **CALL, **WHOLE)
    first = kept(room)
    room.later(seconds=5)
    callrail(forms, **CALL, duration="", customer_name="WIRELESS CALLER", utm_medium="cpc")
    now_so = kept(room)
    assert now_so["entered"]["who"]["name"] == "Otto Brandt"
    assert now_so["entered"]["told"]["document"]["recording"] == "r1"
    assert (now_so["entered"]["at"], now_so["is_partial"]) == (first["entered"]["at"], False)


def stale(room: Room) -> Standing:
    """What somebody has read who is slow."""
    (found,) = due(room.db, room.now + timedelta(hours=1), 1)
    return found


def test_a_report_that_was_tied_meanwhile_makes_no_second_inquiry(forms: FormStage) -> None:
    room, book = forms.room, forms.room.book(LAKESIDE)
    callrail(forms, **CALL, **WHOLE)
    slow = stale(room)
    for _ in range(2):
        room.call(practice=LAKESIDE, contact=CALLER, tracking_number=NUMBER, category="orthopaedics")
    settle_due(room.desk, room.later(seconds=20))
    tied = room.row("source_events")["inquiry_id"]
    settle(room.desk, book, slow, room.later(minutes=6))
    become_lead(room.desk, book, slow, room.now)
    assert len(room.rows("inquiries")) == 2
    assert (room.row("source_events")["state"], room.row("source_events")["inquiry_id"]) == ("told", tied)


def test_words_that_the_practice_file_does_not_have_decide_nothing_and_are_sealed(forms: FormStage) -> None:
    room = forms.room
    hers = {"payer": "Aetna W123", "category": "my knee", "language": "Elvish", "patient": "New", "age_band": "41"}
    callrail(forms, form_data={"phone": "847-555-0141", **hers})
    lead, inquiry = room.row("leads"), room.row("inquiries")
    assert (lead["payer"], lead["category"], lead["language"]) == (None, "", None)
    unsealed = f"{lead}{inquiry['plan']}{room.receipts(str(inquiry['id']))}"
    assert not [word for word in ("Aetna", "knee", "Elvish", "41'") if word in unsealed]
    assert json.loads(str(inquiry["plan"]))["inquiry"]["attributes"]["patient"]["value"] == "new"
    assert kept(room)["entered"]["told"]["answers"] == hers


def test_what_a_source_tells_of_her_forms_is_no_form_of_hers(forms: FormStage) -> None:
    room = forms.room
    for at, page in enumerate(("knee", "hip", "shoulder")):
        assert forms.post(reason=page, phone="+18475550145").status_code == 202
        callrail(forms, resource_id=f"FRM{at}", form_data={"name": "Ana Reyes", "phone": "847-555-0145"})
        room.later(minutes=5)
    assert waiting(room.db, LAKESIDE) == ()
    assert len(room.rows("inquiries")) == 6
    forms.post(reason="elbow", phone="+18475550145")
    assert [each.traps for each in waiting(room.db, LAKESIDE)] == [("number_often",)]


@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_a_report_that_cannot_be_settled_stands_in_nobodys_way(forms: FormStage) -> None:
    room = forms.room
    for name, number in (("CAL1", CALLER), ("CAL2", "+16305550144")):
        callrail(forms, **{**CALL, **WHOLE, "resource_id": name, "customer_phone_number": number})
    never = room.db.vault.name("iq", LAKESIDE, "callrail:CAL1")
    with room.db.writing() as tx:
        refused = f"CREATE TRIGGER never BEFORE INSERT ON inquiries WHEN NEW.id = '{never}'"
        tx.exec_driver_sql(f"{refused} BEGIN SELECT RAISE(ABORT, 'never'); END")
    settle_due(room.desk, room.later(minutes=6))
    first, second = room.row("source_events", dedupe_key="callrail:CAL1"), room.row("leads")
    assert (first["state"], first["due_at"]) == ("waiting", room.now + timedelta(seconds=20))
    assert second["campaign"] == "ortho-search"
