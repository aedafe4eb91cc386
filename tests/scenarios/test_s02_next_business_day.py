"""S-2, A-77: a form at night has an owner now and a call at the next opening; one text names the day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.form_stage import FormStage
from tests.rooms import CHICAGO, Room
from tests.stage import house_of, settings_of

SATURDAY = datetime(2026, 11, 21, 19, 40, tzinfo=CHICAGO)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=CHICAGO)
KENOSHA: dict[str, Any] = {"city": "Kenosha", "phone": "+12625550142", "consent_calls": None}


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    room.now = SATURDAY
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def test_s02_the_owner_is_named_now_and_the_call_is_due_on_monday(forms: FormStage) -> None:
    room, lead = forms.room, forms.lead_of(forms.post("lp-102", **KENOSHA))
    assert (lead["queue"], lead["owner_id"], lead["reason"]) == ("next-day-intake", "neil-fontaine", "after_hours")
    task = room.row("tasks")
    assert (task["kind"], task["due_at"], task["target_queue"]) == ("call", MONDAY, "derm-new-KEN")
    assert room.rows("reservations") == []
    assert (lead["clock_started_at"], lead["due_at"]) == (SATURDAY, MONDAY)
    send, message = room.row("sends"), room.row("messages")
    said = room.db.vault.unseal(room.table("messages").c.body, str(message["id"]), message["body"])  # type: ignore[arg-type]
    assert "Monday at 8:00 AM" in said
    assert "Neil Fontaine" in said
    assert (send["purpose"], send["due_at"], send["expires_at"]) == (
        "answer",
        room.now,
        SATURDAY + timedelta(minutes=10),
    )
    assert room.row("conversations")["lead_id"] == lead["id"]


def test_s02_a_second_form_and_one_without_consent_are_sent_no_text(forms: FormStage) -> None:
    forms.post("lp-102", **KENOSHA)
    forms.room.later(minutes=3)
    forms.post("lp-103", **KENOSHA)
    forms.post("lp-102", city="Racine", phone="+12625550143", consent_texts=None, name="Ira Voss")
    assert len(forms.room.rows("sends")) == 1
    assert len(forms.room.rows("tasks", state="open")) == 3


def test_s02_thursday_is_a_holiday(forms: FormStage) -> None:
    forms.room.now = datetime(2026, 11, 25, 18, 10, tzinfo=CHICAGO)
    lead = forms.lead_of(forms.post("lp-102", **KENOSHA))
    assert lead["due_at"] == datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
