"""S-5: A-79, as S-4, but nobody of dermatology comes free within the step: general intake, with a note."""

from datetime import timedelta

from rehearsal.people import CallerHabit
from tests.rooms import CHICAGO
from tests.stage import Stage

ORTHO_NAP, DERM_EVN, CALLER = "+16305550122", "derm-new-EVN", "+16305550143"
NOTE = "caller requested dermatology, dialled orthopaedics NAP"
LAKESIDE = "lakeside-specialty"


def engaged(stage: Stage) -> None:
    """Ben talks to somebody else all the while."""
    call = stage.room.call(practice=LAKESIDE, contact="+18475550149", category="dermatology", location="EVN")
    assert call.coordinator == "ben-achebe"
    assert call.accept()


def test_s05_after_the_step_general_intake_takes_the_call_and_knows_why(stage: Stage) -> None:
    stage.room.now = stage.room.now.astimezone(CHICAGO).replace(hour=10, minute=30)
    engaged(stage)
    started = stage.room.now
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("a mole check",)))
    assert outcome.failures == ()
    assert outcome.bridged == ("Grace Liu",)
    lead = stage.room.row("leads", campaign="ortho-search")
    assert (lead["owner_id"], lead["category"], lead["note"]) == ("grace-liu", "dermatology", NOTE)
    offer = stage.room.row("reservations", lead_id=lead["id"])
    assert offer["queue"] == "general-intake"
    assert started + timedelta(seconds=60) <= offer["created_at"]  # type: ignore[operator]


def test_s05_the_note_is_on_the_lead_before_grace_answers(stage: Stage) -> None:
    engaged(stage)
    stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("a mole check",), patience_s=40))
    lead = stage.room.row("leads", campaign="ortho-search")
    assert lead["note"] == NOTE
    assert stage.room.rows("reservations", lead_id=lead["id"]) == []


def test_s05_after_the_talk_the_dermatology_owner_has_a_follow_up(stage: Stage) -> None:
    engaged(stage)
    stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("a mole check",)))
    lead = stage.room.row("leads", campaign="ortho-search")
    (task,) = stage.room.rows("tasks", lead_id=lead["id"])
    assert (task["owner_id"], task["state"], task["target_queue"]) == ("ben-achebe", "open", DERM_EVN)
    assert (task["kind"], task["reason"]) == ("callback", "specialty_mismatch")


def test_s05_with_dermatology_away_nobody_waits_for_nothing(stage: Stage) -> None:
    stage.room.wish("ben-achebe", "away", LAKESIDE)
    outcome = stage.call(ORTHO_NAP, CALLER, CallerHabit(says=("a mole check",)))
    assert outcome.failures == ()
    assert outcome.rang == ("Grace Liu",)
    assert stage.room.row("leads")["note"] == NOTE
