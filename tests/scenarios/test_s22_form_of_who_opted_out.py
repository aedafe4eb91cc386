"""S-22, A-47 A-48: the form of somebody who opted out of calls is a text task for a coordinator, nothing is dialled;
where her consent cannot be read any more, nothing is sent at all."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from routing.rulebook.jurisdictions import Signs
from routing.rules.contact import may_contact
from routing.state.lead.contactable import Whom, contactable
from routing.state.lead.people import OptOut, opt_out
from routing.state.tables import consents
from tests.form_stage import HARBOR, FormStage
from tests.rooms import Room
from tests.stage import house_of, settings_of

NUMBER = "+18135550166"


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def post(forms: FormStage) -> "dict[str, object]":
    answer = forms.post("contact", HARBOR, phone=NUMBER, city=None, patient=None, level_of_care="detox")
    return dict(forms.lead_of(answer))


def test_s22_no_dial_but_a_text_task_and_a_form_lifts_no_opt_out(forms: FormStage) -> None:
    room = forms.room
    with room.db.writing() as tx:
        opt_out(tx, room.db.vault, OptOut("oo_1", HARBOR, NUMBER, "call", True, "crm"), room.now)
    room.later(days=1)
    lead, task = post(forms), room.row("tasks")
    assert (lead["reason"], task["reason"], task["kind"]) == ("opted_out_of_calls", "opted_out_of_calls", "text")
    assert task["owner_id"] == lead["owner_id"]
    assert room.rows("callbacks") == room.rows("reservations") == []
    assert {row["channel"] for row in room.rows("consents")} == {"call", "text"}
    with room.db.reading() as tx:
        case = contactable(tx, room.db.vault, room.book(), Whom(str(lead["person_id"]), Signs(NUMBER)), room.now)
    assert may_contact(case, "call", "requested_callback", room.now).reason == "opted_out_of_calls"
    room.later(days=2)
    post(forms)
    assert len(room.rows("opt_outs")) == 1
    assert len(room.rows("tasks", state="open")) == 1


def test_s22_a_consent_of_the_crm_that_cannot_be_read_any_more_stops_everything(forms: FormStage) -> None:
    room, lead = forms.room, post(forms)
    row = {
        "id": "co_crm",
        "practice_id": HARBOR,
        "person_id": lead["person_id"],
        "channel": "text",
        "purpose": "any",
        "is_granted": True,
        "source": "crm",
        "read_at": room.now,
        "at": room.now,
    }

    def asked(purpose: str = "informational") -> str:
        with room.db.reading() as tx:
            whom = Whom(str(lead["person_id"]), Signs(NUMBER))
            case = contactable(tx, room.db.vault, room.book(), whom, room.now)
        verdict = may_contact(case, "text", purpose, room.now)  # type: ignore[arg-type]
        return verdict.reason if not verdict.allowed else "allowed"

    with room.db.writing() as tx:
        tx.execute(insert(consents), row)
    assert asked() == "allowed"
    room.later(days=1, seconds=1)
    assert asked() == asked("requested_callback") == "consent_stale"
    room.now += timedelta(days=-1)
    with room.db.writing() as tx:
        tx.execute(update(consents).where(consents.c.id == "co_crm").values(names_us=False))
    assert asked() == "consent_names_others"
