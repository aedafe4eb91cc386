"""What is owed, going on or known on either side when two leads become one, or one becomes two."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from gateway.app import app
from routing.rules.identity import Who
from routing.state.lead.people import OptOut, opt_out, unwanted
from routing.state.live.keys import Keys
from routing.state.tables import people
from routing.turns import serve_all
from tests.form_stage import LAKESIDE, FormStage
from tests.rooms import Call, Room
from tests.stage import house_of, settings_of
from tests.test_api import Program, token
from tests.text_stage import EVANSTON, TextStage

FAMILY, MOBILE = "+18475550145", "+18475550146"
TRACKED = "+18475550121"


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    return FormStage(room, house_of(room, settings_of(tmp_path)))


@pytest.fixture
def program(forms: FormStage) -> Iterator[Program]:
    with TestClient(app(forms.house), raise_server_exceptions=False) as client:
        yield Program(client, token(forms.room, LAKESIDE))


def ana(forms: FormStage, **said: str | None) -> Mapping[str, object]:
    return forms.lead_of(forms.post(**{"name": "Ana Reyes", "phone": FAMILY, **said}))


def annabel(forms: FormStage, **said: str | None) -> Mapping[str, object]:
    told = {"name": "Annabel Voss", "phone": MOBILE, "city": "Racine", **said}
    return forms.lead_of(forms.post("lp-102", **told))


def called(forms: FormStage, contact: str) -> Call:
    return forms.room.call(practice=LAKESIDE, contact=contact, tracking_number=TRACKED, category="orthopaedics")


def merged(program: Program, kept: Mapping[str, object], gone: Mapping[str, object]) -> None:
    program.ask("POST", f"/leads/{kept['id']}/merge", {"lead": gone["id"]}, 200)


def split(program: Program, lead: Mapping[str, object], *inquiries: object, name: str = "Carmen Ortiz") -> str:
    told = {"inquiries": list(inquiries)} | ({"name": name} if name else {})
    return str(program.ask("POST", f"/leads/{lead['id']}/split", told, 201)["id"])


def owed(room: Room, lead: object) -> list[tuple[object, object]]:
    """The open tasks of a lead, each with the callback that keeps it."""
    kept = {row["task_id"]: row["id"] for row in room.rows("callbacks", settled_at=None, lead_id=lead)}
    return [(row["kind"], kept.pop(row["id"], None)) for row in room.rows("tasks", state="open", lead_id=lead)] + [
        ("none", each) for each in kept.values()
    ]


def test_the_callback_that_only_the_other_lead_has_is_still_owed(forms: FormStage, program: Program) -> None:
    talked = called(forms, MOBILE).talk().lead
    asked = ana(forms)
    promised = forms.room.row("callbacks", lead_id=asked["id"])
    merged(program, talked, asked)
    assert owed(forms.room, talked["id"]) == [("call", promised["id"])]
    (bell,) = serve_all(forms.room.desk, forms.room.links, forms.room.now)
    assert forms.room.row("dials", id=bell.row)["callback_id"] == promised["id"]


def test_of_two_callbacks_the_newest_wish_stands_with_the_older_place(forms: FormStage, program: Program) -> None:
    room, kept = forms.room, ana(forms)
    first = room.row("callbacks")
    room.later(minutes=5)
    gone = annabel(forms)
    newest = room.row("callbacks", lead_id=gone["id"])
    merged(program, kept, gone)
    stands = room.row("callbacks", settled_at=None)
    assert (stands["id"], stands["lead_id"], stands["person_id"]) == (newest["id"], kept["id"], kept["person_id"])
    assert (stands["due_at"], stands["waiting_key"]) == (first["due_at"], first["waiting_key"])
    assert owed(room, kept["id"]) == [("call", newest["id"])]
    assert room.row("callbacks", id=first["id"])["code"] == "merged"


def test_nobody_is_merged_or_split_off_while_she_is_called_back(forms: FormStage, program: Program) -> None:
    room, asked, kept = forms.room, ana(forms), annabel(forms)
    dialled = room.row("callbacks", lead_id=asked["id"])["inquiry_id"]
    serve_all(room.desk, room.links, room.now)
    assert {row["state"] for row in room.rows("callbacks")} == {"dialling"}
    refused = program.refused(409, "POST", f"/leads/{kept['id']}/merge", {"lead": asked["id"]})
    assert refused["code"] == "under_way"
    room.later(minutes=1)
    ana(forms, reason="again")
    refused = program.refused(409, "POST", f"/leads/{asked['id']}/split", {"inquiries": [dialled]})
    assert refused["code"] == "under_way"


def test_all_that_was_known_of_either_is_known_of_her(forms: FormStage, program: Program) -> None:
    room, kept, gone = forms.room, ana(forms, email="ana@example.com"), annabel(forms, email="bel@example.com")
    with room.db.writing() as tx:
        tx.execute(update(people).where(people.c.id == gone["person_id"]).values(established=True, language="es"))
    merged(program, kept, gone)
    for said in ({"phone": "+18475550149", "email": "bel@example.com"}, {"phone": MOBILE}):
        room.later(days=1)
        assert annabel(forms, **said)["person_id"] == kept["person_id"]
    record = room.row("people", id=kept["person_id"])
    assert (record["established"], record["language"]) == (True, "es")


def test_who_was_merged_twice_is_found_by_every_address_and_number_of_hers(forms: FormStage, program: Program) -> None:
    room, kept, gone = forms.room, ana(forms, email="ana@example.com"), annabel(forms, email="bel@example.com")
    merged(program, kept, gone)
    room.later(minutes=30)
    last = forms.lead_of(forms.post("lp-103", name="Bella Holm", phone="+18475550147", city="Kenosha"))
    merged(program, last, kept)
    room.later(minutes=30)
    assert annabel(forms, phone="+18475550149", email="bel@example.com")["person_id"] == last["person_id"]
    assert called(forms, MOBILE).lead["person_id"] == last["person_id"]


def test_what_was_refused_at_an_address_that_leads_nowhere_any_more_is_refused(
    forms: FormStage, program: Program
) -> None:
    room, kept, gone = forms.room, ana(forms, email="ana@example.com"), annabel(forms, email="bel@example.com")
    with room.db.writing() as tx:
        line = OptOut(room.desk.new_id("oo"), LAKESIDE, "bel@example.com", "email", True, "ms_1")
        opt_out(tx, room.db.vault, line, room.now)
    merged(program, kept, gone)
    with room.db.reading() as tx:
        assert unwanted(tx, room.db.vault, LAKESIDE, str(kept["person_id"])) == {"email"}


def test_the_one_who_had_the_other_lead_has_one_less(forms: FormStage, program: Program) -> None:
    kept, gone = ana(forms), annabel(forms)
    assert kept["owner_id"] != gone["owner_id"]
    who = Keys(LAKESIDE).who(str(gone["owner_id"]))
    assert float(str(forms.room.live.hget(who, "load"))) == 1
    merged(program, kept, gone)
    assert float(str(forms.room.live.hget(who, "load"))) == 0


def test_who_was_answered_and_reached_is_told_anew_for_both(forms: FormStage, program: Program) -> None:
    room, lead = forms.room, ana(forms)
    room.later(minutes=4)
    call = called(forms, FAMILY)
    answered_at = room.now
    call.talk()
    made = split(program, lead, call.arrival.inquiry.id)
    mother, daughter = room.row("leads", id=made), room.row("leads", id=lead["id"])
    assert (mother["status"], mother["first_response_at"]) == ("contacted", answered_at)
    assert mother["contacted_at"] == answered_at + timedelta(minutes=1)
    assert (daughter["status"], daughter["first_response_at"], daughter["contacted_at"]) == ("new", None, None)
    assert owed(room, lead["id"])
    assert owed(room, made)


def test_a_number_that_came_with_her_inquiries_is_hers_and_others_are_shared(
    forms: FormStage, program: Program
) -> None:
    room, lead = forms.room, ana(forms, email="ana@example.com")
    room.later(minutes=1)
    other = annabel(forms, email="bel@example.com")
    inquiry = room.row("inquiries", lead_id=other["id"])["id"]
    merged(program, lead, other)
    room.later(minutes=1)
    made = split(program, lead, inquiry, name="")
    person = room.row("leads", id=made)["person_id"]
    assert program.get(f"/leads/{lead['id']}")["person"]["numbers"] == [FAMILY]
    assert program.get(f"/leads/{made}")["person"]["numbers"] == [MOBILE]
    assert called(forms, MOBILE).lead["id"] == made
    room.later(minutes=5)
    assert annabel(forms, phone="+18475550149", email="bel@example.com")["person_id"] == person
    assert annabel(forms, reason="again")["person_id"] == person


def test_a_number_that_came_on_record_later_is_not_the_other_persons(forms: FormStage, program: Program) -> None:
    room, lead = forms.room, ana(forms, email="ana@example.com")
    room.later(minutes=4)
    call = called(forms, FAMILY)
    call.talk()
    ana(forms, phone=MOBILE, email="ana@example.com", reason="call me here")
    made = split(program, lead, call.arrival.inquiry.id)
    assert program.get(f"/leads/{made}")["person"]["numbers"] == [FAMILY]
    assert program.get(f"/leads/{lead['id']}")["person"]["numbers"] == [FAMILY, MOBILE]


def test_a_thread_that_is_the_other_persons_goes_with_her(forms: FormStage, program: Program) -> None:
    room, lead = forms.room, ana(forms, consent_texts=None)
    room.later(minutes=4)
    TextStage(room, forms.house).text("my hip hurts", EVANSTON, FAMILY)
    inquiry = room.row("inquiries", channel="text")["id"]
    made = split(program, lead, inquiry)
    thread = room.row("conversations")
    assert (thread["lead_id"], thread["person_id"]) == (made, room.row("leads", id=made)["person_id"])
    assert {row["lead_id"] for row in room.rows("messages")} == {made}
    assert owed(room, lead["id"])


@pytest.mark.parametrize("number", [MOBILE, None])
def test_an_address_that_came_with_the_merged_one_goes_back_with_her(
    number: str | None, forms: FormStage, program: Program
) -> None:
    """Also where it is all that she left."""
    room, kept = forms.room, ana(forms)
    room.later(minutes=1)
    arrival = room.arrival(practice=LAKESIDE, channel="form", contact=number)
    who = Who(number, "annabel@example.com", "Annabel Voss")
    room.receive(replace(arrival, source=replace(arrival.source, who=who)))
    hers = room.row("inquiries", id=arrival.inquiry.id)
    merged(program, kept, room.row("leads", id=hers["lead_id"]))
    assert program.get(f"/leads/{kept['id']}")["person"]["email"] == "annabel@example.com"
    back = split(program, kept, hers["id"], name="")
    assert program.get(f"/leads/{kept['id']}")["person"]["email"] is None
    person = program.get(f"/leads/{back}")["person"]
    assert (person["name"], person["email"]) == ("Annabel Voss", "annabel@example.com")
    room.later(minutes=1)
    again = annabel(forms, phone="+18475550149", email="annabel@example.com")
    assert again["person_id"] == person["id"]


def test_an_address_that_either_had_stays_with_either(forms: FormStage, program: Program) -> None:
    room = forms.room
    kept = ana(forms, email="family@example.com")
    room.later(minutes=1)
    gone = annabel(forms, email="family@example.com")
    (hers,) = room.rows("inquiries", lead_id=gone["id"])
    merged(program, kept, gone)
    back = split(program, kept, hers["id"], name="")
    shown = [program.get(f"/leads/{each}")["person"]["email"] for each in (kept["id"], back)]
    assert shown == ["family@example.com"] * 2
