"""S-1, A-76: a form goes by service line, closest office, new or established, and has a named owner at once."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.form_stage import FormStage
from tests.rooms import CHICAGO, Room
from tests.stage import house_of, settings_of

FIVE_PAST_TEN = datetime(2026, 11, 17, 10, 5, tzinfo=CHICAGO)


@pytest.fixture
def forms(room: Room, tmp_path: Path) -> FormStage:
    room.now = FIVE_PAST_TEN
    return FormStage(room, house_of(room, settings_of(tmp_path)))


def test_s01_a_form_has_its_owner_task_clock_and_reasons_at_once(forms: FormStage) -> None:
    room, answer = forms.room, forms.post()
    lead = forms.lead_of(answer)
    assert (lead["owner_id"], lead["queue"], lead["reason"]) == (
        "hana-kowalski",
        "ortho-new-EVN",
        "specialty_at_location",
    )
    assert (lead["category"], lead["location"], lead["campaign"]) == ("orthopaedics", "EVN", "ortho-search")
    assert (lead["clock_started_at"], lead["first_response_at"]) == (FIVE_PAST_TEN, None)
    task = room.row("tasks")
    assert (task["kind"], task["owner_id"], task["due_at"]) == (
        "call",
        "hana-kowalski",
        FIVE_PAST_TEN + timedelta(minutes=15),
    )
    assert {row["subject_id"] for row in room.rows("events", topic="lead")} == {lead["id"]}
    (receipt,) = room.receipts(answer.json()["id"])
    layers = [each["layer"] for each in receipt["plan"]["decided"]]
    assert [each for each in layers if each in ("service_line", "location", "patient", "queue")] == [
        "service_line",
        "location",
        "queue",
    ]
    assert receipt["plan"]["facts"]["patient"] == "new"
    assert room.rows("sends") == []


@pytest.mark.parametrize(
    ("page", "city", "patient", "queue", "reason"),
    [
        ("lp-101", "Aurora", "established", "ortho-est-NAP", "specialty_at_location"),
        ("lp-102", "Racine", "new", "derm-new-KEN", "specialty_at_location"),
        ("lp-102", "Naperville", "new", "derm-new-EVN", "specialty_nearest"),
        ("lp-103", "Kenosha", "established", "imaging-est", "specialty_at_location"),
    ],
)
def test_s01_the_same_form_elsewhere(
    forms: FormStage, page: str, city: str, patient: str, queue: str, reason: str
) -> None:
    lead = forms.lead_of(forms.post(page, city=city, patient=patient))
    assert (lead["queue"], lead["reason"]) == (queue, reason)
    if city == "Kenosha":
        assert (lead["location"], lead["owner_id"]) == ("KEN", "paul-renner")
