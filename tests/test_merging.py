"""Two leads of one person become one, and one of two people becomes two: by hand, with audit, through the API."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import app
from routing.rules.identity import Who
from tests.form_stage import LAKESIDE, FormStage
from tests.rooms import Room
from tests.stage import house_of, settings_of
from tests.test_api import Program, token


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    return FormStage(room, house_of(room, settings_of(tmp_path)))


@pytest.fixture
def program(forms: FormStage) -> Iterator[Program]:
    with TestClient(app(forms.house), raise_server_exceptions=False) as client:
        yield Program(client, token(forms.room, LAKESIDE))


def test_merged_leads_are_one_with_the_earlier_clock_and_calls_find_who_stays(
    forms: FormStage, program: Program
) -> None:
    room, began = forms.room, forms.room.now
    old = forms.lead_of(forms.post(name="Ana Reyes", phone="+18475550145", email="ana@example.com"))
    room.later(minutes=1)
    new = forms.lead_of(forms.post(name="Annabel Voss", phone="+18475550145", reason="the same knee"))
    other = forms.lead_of(forms.post("lp-102", name="Annabel Voss", phone="+18475550199", city="Racine"))
    assert len({row["person_id"] for row in (old, new, other)}) == 3
    assert program.refused(409, "POST", f"/leads/{new['id']}/merge", {"lead": new["id"]})["code"] == "same_lead"
    told = program.ask("POST", f"/leads/{new['id']}/merge", {"lead": old["id"]}, 200)
    assert datetime.fromisoformat(told["clock"]["started_at"]) == began
    kept, gone = room.row("leads", id=new["id"]), room.row("leads", id=old["id"])
    assert (kept["clock_started_at"], kept["owner_id"]) == (began, new["owner_id"])
    assert (gone["status"], gone["close_cause"], gone["merged_into"]) == ("closed", "duplicate", new["id"])
    assert len(room.rows("inquiries", lead_id=new["id"])) == 2
    assert len(room.rows("tasks", state="open", lead_id=new["id"])) == 1
    assert len(room.rows("callbacks", lead_id=new["id"], settled_at=None)) == 1
    assert {row["subject_id"] for row in room.rows("audit")} >= {new["id"], old["id"]}
    call = room.call(practice=LAKESIDE, contact="+18475550145", tracking_number="+18475550121", category="orthopaedics")
    assert call.lead["id"] == new["id"]
    room.later(minutes=5)
    again = forms.lead_of(forms.post(name="Annabel", phone="+18475550147", email="ana@example.com"))
    assert again["person_id"] == new["person_id"]
    assert program.refused(409, "POST", f"/leads/{new['id']}/merge", {"lead": old["id"]})["code"] == "closed"
    person = program.get(f"/leads/{new['id']}")["person"]
    assert (person["name"], person["email"]) == ("Annabel Voss", "ana@example.com")


def test_split_off_inquiries_are_another_persons_lead_on_the_same_number(forms: FormStage, program: Program) -> None:
    room, began = forms.room, forms.room.now
    ana = forms.lead_of(forms.post(name="Ana Reyes", phone="+18475550145"))
    room.later(minutes=4)
    call = room.call(practice=LAKESIDE, contact="+18475550145", tracking_number="+18475550121", category="orthopaedics")
    mine, path = call.arrival.inquiry.id, f"/leads/{ana['id']}/split"
    assert program.refused(409, "POST", path, {"inquiries": [mine]})["code"] == "under_way"
    call.talk()
    assert program.refused(409, "POST", path, {"inquiries": ["iq_none"]})["code"] == "unknown_inquiry"
    made = program.ask("POST", path, {"inquiries": [mine], "name": "Carmen Ortiz"}, 201)
    mother = room.row("leads", id=made["id"])
    assert mother["person_id"] != ana["person_id"]
    assert (mother["owner_id"], mother["clock_started_at"]) == (
        ana["owner_id"],
        began + timedelta(minutes=4),
    )
    assert [row["id"] for row in room.rows("inquiries", lead_id=ana["id"])] != [mine]
    assert room.row("inquiries", id=mine)["person_id"] == mother["person_id"]
    shown = program.get(f"/leads/{made['id']}")
    assert (shown["person"]["name"], shown["person"]["numbers"]) == ("Carmen Ortiz", ["+18475550145"])
    assert "Reyes" not in str(shown)
    room.later(minutes=5)
    hers = forms.lead_of(forms.post(name="Carmen Ortiz", phone="+18475550145", reason="hip"))
    assert hers["id"] == made["id"]
    last = program.refused(
        409,
        "POST",
        f"/leads/{ana['id']}/split",
        {"inquiries": [row["id"] for row in room.rows("inquiries", lead_id=ana["id"])]},
    )
    assert last["code"] == "nothing_left"


def test_an_opt_out_told_to_somebody_of_ours_holds_and_its_lift_wants_a_name(
    forms: FormStage, program: Program
) -> None:
    room = forms.room
    lead = forms.lead_of(forms.post(phone="+18475550145"))
    path = f"/leads/{lead['id']}/opt-out"
    assert program.ask("POST", path, {"ways": ["call"]}, 200) == {"ways": ["call"]}
    assert room.row("tasks")["kind"] == "text"
    lift = {"ways": ["call"], "out": False}
    assert program.refused(422, "POST", path, lift)["fields"] == {"approved_by": "missing"}
    assert program.refused(422, "POST", path, {**lift, "approved_by": "hana-kowalski"})["fields"] == {
        "approved_by": "may_not_approve"
    }
    approver = next(
        each.id for each in room.book(LAKESIDE).coordinators.values() if each.role in ("supervisor", "admin")
    )
    room.later(minutes=1)
    assert program.ask("POST", path, {**lift, "approved_by": approver}, 200) == {"ways": []}
    assert [row["approved_by"] for row in room.rows("opt_outs")] == [None, approver]


def test_who_has_left_only_an_address_is_not_reached_by_it_once_she_wants_no_more(
    forms: FormStage, program: Program
) -> None:
    room = forms.room
    arrival = room.arrival(practice=LAKESIDE, channel="form", contact=None)
    room.receive(replace(arrival, source=replace(arrival.source, who=Who(None, "ana@example.com", "Ana Reyes"))))
    lead = room.row("leads")
    assert program.ask("POST", f"/leads/{lead['id']}/opt-out", {"ways": ["email"]}, 200) == {"ways": ["email"]}
    closed = room.row("leads")
    assert (closed["status"], closed["close_cause"]) == ("closed", "consent_blocked")
    assert room.rows("tasks", state="open") == []
    assert [(row["channel"], row["is_granted"]) for row in room.rows("consents")] == [("email", False)]


def test_what_numbers_were_compared_with_is_told_all_of_it_or_none(forms: FormStage, program: Program) -> None:
    room = forms.room
    good = {"number": "(847) 555-0145", "kind": "national_dnc", "listed": True, "checked_at": room.now.isoformat()}
    early = (room.now + timedelta(hours=1)).isoformat()
    refused = program.refused(
        422, "POST", "/scrubs", {"scrubs": [good, good | {"number": "none"}, good | {"checked_at": early}]}
    )
    assert refused["fields"] == {"scrubs.1.number": "not_a_number", "scrubs.2.checked_at": "in_the_future"}
    assert room.rows("scrubs") == []
    twice = {"scrubs": [good, good | {"kind": "reassigned", "listed": False}]}
    assert [program.ask("POST", "/scrubs", twice, 200) for _ in range(2)] == [{"recorded": 2}] * 2
    assert {(row["kind"], row["is_listed"]) for row in room.rows("scrubs")} == {
        ("national_dnc", True),
        ("reassigned", False),
    }
    assert [row["after"] for row in room.rows("audit", action="record_scrubs")] == ["2", "2"]


def test_what_was_set_aside_is_listed_let_in_or_discarded(forms: FormStage, program: Program) -> None:
    forms.post(website="x")
    forms.room.later(seconds=1)
    forms.post(website="x", phone="+18475550145", name="Otto Brandt")
    posts = program.get("/quarantine")["posts"]
    assert [(each["name"], each["traps"]) for each in posts] == [
        ("Ana Reyes", ["honeypot"]),
        ("Otto Brandt", ["honeypot"]),
    ]
    assert posts[0]["answers"]["reason"] == "knee pain"
    entered = program.ask("POST", f"/quarantine/{posts[0]['id']}/enter", {}, 200)
    assert forms.room.row("inquiries")["id"] == entered["inquiry"]
    program.ask("DELETE", f"/quarantine/{posts[1]['id']}", expect=204)
    program.refused(404, "POST", f"/quarantine/{posts[1]['id']}/enter", {})
    assert program.get("/quarantine")["posts"] == []


@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_a_report_may_be_asked_for_from_ever_and_to_no_end(forms: FormStage, program: Program) -> None:
    forms.post(name="Ana Reyes", phone="+18475550145")
    forms.room.later(minutes=1)
    for since, until in (
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-05:00"),
        ("1999-01-01T00:00:00Z", "2026-12-01T00:00:00Z"),
    ):
        assert program.get("/reports/uncontacted", since=since, until=until)["leads"] == 1
    for more in ({"until": "0001-01-01T00:00:00Z"}, {"since": "2027-01-01T00:00:00Z"}):
        assert program.refused(422, "GET", "/reports/uncontacted", **more)["code"]
