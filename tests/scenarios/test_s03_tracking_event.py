"""S-3, A-78: what the tracking provider tells of a call enriches that call, whenever and however often it comes."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.sourcing import settle_due
from tests.form_stage import CALLRAIL_SECRET, HARBOR, LAKESIDE, FormStage, callrail
from tests.rooms import CHICAGO, Room
from tests.stage import house_of, settings_of

HALF_PAST_TEN = datetime(2026, 11, 17, 10, 30, tzinfo=CHICAGO)
NUMBER, CALLER = "+16305550122", "+16305550143"


@pytest.fixture
def forms(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FormStage:
    monkeypatch.setenv("LAKESIDE_CALLRAIL_KEY", CALLRAIL_SECRET)
    room.now = HALF_PAST_TEN
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def told(forms: FormStage, **more: object) -> None:
    report: dict[str, Any] = {
        "customer_phone_number": CALLER,
        "tracking_phone_number": NUMBER,
        "start_time": HALF_PAST_TEN.isoformat(),
        "company_name": "Lakeside Naperville",
        "source_name": "Ortho search",
        "duration": "61",
        "answered": True,
        **more,
    }
    assert callrail(forms, **report).status_code == 200


@pytest.mark.parametrize("when", ["before", "during", "twenty minutes after", "before and twice after"])
def test_s03_the_record_of_a_call_makes_nothing_new(forms: FormStage, when: str) -> None:
    room = forms.room
    if when.startswith("before"):
        told(forms, duration="", answered=False)
        room.later(seconds=1)
        settle_due(room.desk, room.now)
    call = room.call(practice=LAKESIDE, contact=CALLER, tracking_number=NUMBER, category="orthopaedics")
    assert call.coordinator == "rosa-lindqvist"
    room.later(seconds=20)
    if when == "during":
        told(forms)
    assert call.accept()
    room.later(minutes=20)
    for _ in range(when.count("after") + when.count("twice")):
        told(forms, customer_name="Otto Brandt")
    settle_due(room.desk, room.now)
    lead, inquiry, event = room.row("leads"), room.row("inquiries"), room.row("source_events")
    assert (event["state"], event["inquiry_id"], event["lead_id"]) == ("told", inquiry["id"], lead["id"])
    assert (lead["campaign"], lead["location"], inquiry["campaign"]) == ("ortho-search", "NAP", "ortho-search")
    assert lead["owner_id"] == "rosa-lindqvist"
    assert event["reports"] == {"during": 1, "before": 1, "twenty minutes after": 1}.get(when, 3)
    settle_due(room.desk, room.later(hours=1))
    assert len(room.rows("inquiries")) == 1


def test_s03_a_call_that_never_came_to_us_is_a_lead_after_five_minutes(forms: FormStage) -> None:
    room = forms.room
    told(forms, customer_name="Otto Brandt")
    settle_due(room.desk, room.later(minutes=4))
    assert room.rows("leads") == []
    settle_due(room.desk, room.later(minutes=1))
    lead, task = room.row("leads"), room.row("tasks")
    assert (lead["campaign"], lead["owner_id"], task["kind"]) == ("ortho-search", task["owner_id"], "call")
    settle_due(room.desk, room.later(minutes=1))
    assert len(room.rows("inquiries")) == 1


def test_s19_the_tracking_providers_event_joins_the_lead_and_its_repeats_change_nothing(forms: FormStage) -> None:
    room = forms.room
    ana = {"name": "Ana Reyes", "email": "ana@example.com", "phone": "(847) 555-0145"}
    lead = forms.lead_of(forms.post(**ana))
    room.now = HALF_PAST_TEN + timedelta(minutes=3)
    forms.post(**ana | {"reason": "both knees"})
    room.later(minutes=1)
    room.call(practice=LAKESIDE, contact="+18475550145", tracking_number="+18475550121", category="orthopaedics").talk()
    room.now = HALF_PAST_TEN + timedelta(minutes=20)
    for _ in range(3):
        answer = callrail(forms, form_data={"name": "Ana Reyes", "phone": "847-555-0145"}, source_name="Ortho search")
        assert answer.status_code == 200, answer.text
    assert [row["id"] for row in room.rows("leads")] == [lead["id"]]
    assert len(room.rows("inquiries", lead_id=lead["id"])) == 4
    assert len({row["owner_id"] for row in room.rows("assignments")}) == 1
    assert room.row("leads")["clock_started_at"] == HALF_PAST_TEN


@pytest.mark.parametrize(("secret", "status"), [("another key", 403)])
def test_whoever_does_not_prove_to_be_the_source_is_refused_and_nothing_is_stored(
    forms: FormStage, secret: str, status: int
) -> None:
    assert callrail(forms, secret=secret, form_data={"phone": CALLER}).status_code == status
    bare = forms.ask("POST", f"/sources/{LAKESIDE}/callrail", b"{}", {"content-type": "application/json"})
    assert bare.status_code == 401
    assert forms.ask("POST", f"/sources/{LAKESIDE}/typeform").status_code == 404
    assert forms.ask("POST", "/sources/nobody/callrail").status_code == 404
    assert forms.room.rows("source_events") == forms.room.rows("leads") == []


def test_metas_handshake_is_answered_for_who_knows_the_word(forms: FormStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARBOR_META_VERIFY_TOKEN", "an-invented-word")
    path = f"/sources/{HARBOR}/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    told = forms.ask("GET", f"{path}an-invented-word")
    assert (told.status_code, told.text) == (200, "1158201444")
    assert forms.ask("GET", f"{path}another").status_code == 403
    assert forms.ask("GET", f"/sources/{HARBOR}/meta").status_code == 401
