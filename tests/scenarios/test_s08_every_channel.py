"""S-8: B-1 B-3 B-4 B-11 B-16, every channel has an owner in seconds; the part of the calls and texts."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.form_stage import FormStage
from tests.rooms import Room
from tests.stage import Stage, house_of, settings_of
from tests.text_stage import TextStage

DETOX, ORTHO_EVN = "+18505550131", "+18475550121"
WITHIN = timedelta(seconds=5)


@pytest.mark.parametrize("number", [DETOX, ORTHO_EVN], ids=["without a menu", "with a menu"])
def test_s08_a_call_has_a_named_owner_and_a_running_clock_within_seconds(stage: Stage, number: str) -> None:
    arrived = stage.room.now
    assert stage.call(number).failures == ()
    lead = stage.room.row("leads")
    first = min(stage.room.rows("assignments"), key=lambda row: str(row["since"]))
    assert lead["owner_id"] in stage.room.desk.shelf.by_number(number).coordinators  # type: ignore[union-attr]
    assert lead["clock_started_at"] == arrived
    assert arrived <= first["since"] <= arrived + WITHIN  # type: ignore[operator]


def test_s08_calls_that_arrive_together_ring_different_people(room: Room) -> None:
    calls = [room.call(contact=f"+1813555{number}", tracking_number=DETOX) for number in ("0163", "0164", "0165")]
    offered = [call.coordinator for call in calls if call.coordinator]
    assert len(set(offered)) == len(offered) >= 2
    assert all(call.lead["owner_id"] in room.book().coordinators for call in calls)


@pytest.mark.parametrize("number", [DETOX, ORTHO_EVN], ids=["without a menu", "with a menu"])
def test_s08_with_redis_away_a_call_is_owned_all_the_same(stage: Stage, number: str) -> None:
    stage.room.break_live()
    outcome = stage.call(number)
    assert outcome.failures == ()
    lead, task = stage.room.row("leads"), stage.room.row("tasks")
    assert task["owner_id"] == lead["owner_id"]
    assert outcome.rang != ()


@pytest.mark.parametrize("redis", ["there", "away"])
def test_s08_a_text_has_a_named_owner_a_running_clock_and_somebody_told_at_once(
    room: Room, tmp_path: Path, redis: str
) -> None:
    if redis == "away":
        room.break_live()
    texts = TextStage(room, house_of(room, settings_of(tmp_path)))
    texts.text("looking for outpatient info", sender="+19045550164")
    lead, task = room.row("leads"), room.row("tasks")
    assert lead["owner_id"] == task["owner_id"] in room.book().coordinators
    assert (lead["clock_started_at"], lead["first_response_at"]) == (room.now, None)
    assert {row["subject_id"] for row in room.rows("events", topic="lead")} == {lead["id"]}


@pytest.mark.parametrize("redis", ["there", "away"])
def test_s08_a_form_has_a_named_owner_and_a_running_clock_at_once(room: Room, tmp_path: Path, redis: str) -> None:
    if redis == "away":
        room.break_live()
    forms = FormStage(room, house_of(room, settings_of(tmp_path)))
    lead = forms.lead_of(forms.post("lp-201", "harbor-recovery", phone="+18505550165", city=None, patient=None))
    assert lead["owner_id"] == room.row("tasks")["owner_id"] in room.book().coordinators
    assert (lead["clock_started_at"], lead["first_response_at"]) == (room.now, None)
    assert {row["subject_id"] for row in room.rows("events", topic="lead")} == {lead["id"]}
