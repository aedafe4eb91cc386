"""S-15: A-20 A-21 A-57 A-58 B-2, nothing fits or nobody is there; the plan part, at the desk."""

from datetime import timedelta

import pytest

from rehearsal.people import CallerHabit
from tests.rooms import Room
from tests.stage import Stage

LONGEST = timedelta(minutes=15)


def test_s15_a_service_nobody_has_goes_to_general_intake_with_owner_and_deadline(room: Room) -> None:
    reply = room.receive(
        room.arrival(practice="lakeside-specialty", channel="form", contact="+18475550170", category="dental")
    )
    last = reply.plan.steps[-1]
    assert (reply.plan.queue, reply.plan.reason, reply.owner) == ("general-intake", "general_intake", "grace-liu")
    assert last.due_at is not None
    assert last.due_at - room.now <= LONGEST
    assert last.until_s is None


@pytest.mark.parametrize("practice", ["harbor-recovery", "lakeside-specialty"])
def test_s15_with_everybody_away_a_caller_is_still_owned_with_a_task(room: Room, practice: str) -> None:
    for who in room.book(practice).coordinators:
        room.wish(who, "away", practice)
    call = room.call(practice=practice, contact="+18475550171", category="orthopaedics", location="EVN")
    assert call.coordinator is None
    assert call.lead["owner_id"] in room.book(practice).coordinators
    (task,) = room.rows("tasks", lead_id=call.lead["id"])
    assert (task["kind"], task["owner_id"]) == ("callback", call.lead["owner_id"])
    assert task["due_at"] - room.now <= LONGEST


def test_s15_a_caller_who_withholds_her_number_is_reviewed_by_somebody_named(room: Room) -> None:
    for who in room.book().coordinators:
        room.wish(who, "away")
    call = room.call(contact=None)
    (task,) = room.rows("tasks", lead_id=call.lead["id"])
    assert task["kind"] == "review"


@pytest.mark.parametrize(
    ("habit", "reason"), [(CallerHabit(keys=("1",)), "callback_chosen"), (CallerHabit(), "voicemail_left")]
)
def test_s15_a_caller_whom_nobody_is_there_for_chooses_and_is_owed_a_call(
    stage: Stage, habit: CallerHabit, reason: str
) -> None:
    room = stage.room
    for who in room.book().coordinators:
        room.wish(who, "away")
    outcome = stage.call("+18505550131", habit=habit)
    assert outcome.failures == ()
    assert outcome.rang == ()
    lead, task = room.row("leads"), room.row("tasks")
    assert any(room.book().coordinators[str(lead["owner_id"])].name in words for words in outcome.heard)
    assert (task["kind"], task["reason"], task["owner_id"]) == ("callback", reason, lead["owner_id"])
    assert task["due_at"] - lead["clock_started_at"] <= LONGEST  # type: ignore[operator]
