"""S-7b and c, B-19: a high-priority call in the night; the rota rung by rung, then a callback or a message."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.network import CallOutcome
from rehearsal.people import HABITS, CallerHabit
from routing.state.lead.cases import Attempted, Case, record_attempt
from tests.form_stage import HARBOR, FormStage
from tests.rooms import NEW_YORK, Room
from tests.stage import Stage, house_of, settings_of
from worker.on_call import on_call_unattempted

DETOX, CALLER = "+18505550131", "+18505550162"
NIGHT = datetime(2026, 11, 22, 2, 20, tzinfo=NEW_YORK)
DUE = timedelta(minutes=15)
ONE_MINUTE = timedelta(minutes=1)


def call(stage: Stage, habit: CallerHabit | None = None, everybody: str = "no-answer") -> CallOutcome:
    stage.room.now = NIGHT
    outcome = stage.call(DETOX, CALLER, habit or CallerHabit(), everybody)
    assert outcome.failures == ()
    return outcome


def test_s07b_the_caller_hears_people_first_words_within_three_seconds(stage: Stage) -> None:
    outcome = call(stage)
    first = next(line for line in outcome.lines if line.what == "hears")
    assert first.at_s <= 3
    assert first.text.startswith("You have reached Harbor Recovery.")


def test_s07b_the_rota_rings_tess_for_25_seconds_then_joan(stage: Stage) -> None:
    outcome = call(stage)
    assert outcome.rang == ("Tess Adair", "Joan Mercer")
    for who in outcome.rang:
        at = {line.what: line.at_s for line in outcome.lines if line.who == who and line.what in ("rings", "ends")}
        assert at["ends"] - at["rings"] == pytest.approx(25)
    for offer in stage.room.rows("reservations"):
        assert offer["settled_at"] < offer["expires_at"]  # type: ignore[operator]


def test_s07b_who_picks_up_at_the_last_moment_still_has_the_call(stage: Stage) -> None:
    stage.habits = {"tess-adair": replace(HABITS["accepts"], answer_s=24, key_after_s=8)}
    assert call(stage).bridged == ("Tess Adair",)


def test_s07b_who_is_on_call_hears_why_and_takes_the_call_with_a_key(stage: Stage) -> None:
    stage.habits = {"tess-adair": HABITS["mailbox"], "joan-mercer": HABITS["accepts"]}
    outcome = call(stage)
    assert outcome.bridged == ("Joan Mercer",)
    whispered = [line.text for line in outcome.lines if line.what == "hears" and line.who == "Joan Mercer"]
    assert whispered[0].startswith("On call:")
    lead = stage.room.row("leads")
    assert (lead["reason"], lead["owner_id"], lead["status"]) == ("on_call", "joan-mercer", "contacted")


@pytest.mark.parametrize(
    ("habit", "reason"), [(CallerHabit(keys=("1",)), "callback_chosen"), (CallerHabit(), "voicemail_left")]
)
def test_s07b_nobody_accepts_and_tess_owes_the_call_at_twenty_five_to_three(
    stage: Stage, habit: CallerHabit, reason: str
) -> None:
    outcome = call(stage, habit)
    assert any("Tess Adair will call you back as soon as possible" in words for words in outcome.heard)
    if not habit.keys:
        assert any("as soon as possible, press 1" in words for words in outcome.heard)
    lead, task = stage.room.row("leads"), stage.room.row("tasks")
    assert (lead["reason"], lead["owner_id"]) == ("on_call", "tess-adair")
    assert (task["owner_id"], task["kind"], task["reason"], task["state"]) == ("tess-adair", "callback", reason, "open")
    assert timedelta() <= task["due_at"] - (NIGHT + DUE) < ONE_MINUTE  # type: ignore[operator]
    assert lead["due_at"] == task["due_at"]


def test_s07c_nobody_answers_and_the_caller_leaves_and_tess_still_has_the_lead_with_its_task(stage: Stage) -> None:
    call(stage, CallerHabit(patience_s=78))
    inquiry, task = stage.room.row("inquiries"), stage.room.row("tasks")
    assert stage.room.row("leads")["owner_id"] == task["owner_id"] == "tess-adair"
    assert task["state"] == "open"
    assert inquiry["outcome"] == "promised"
    assert [row["state"] for row in stage.room.rows("reservations")] == ["timeout", "timeout"]


def owners(stage: Stage) -> list[object]:
    return [row["owner_id"] for row in sorted(stage.room.rows("assignments"), key=lambda row: str(row["since"]))]


def test_s07b_at_twenty_five_to_three_without_an_attempt_the_lead_is_joans(stage: Stage) -> None:
    call(stage, CallerHabit(keys=("1",)))
    due = stage.room.row("tasks")["due_at"]
    assert isinstance(due, datetime)
    stage.room.now = due - timedelta(seconds=1)
    assert on_call_unattempted(stage.room.desk, stage.room.now) == 0
    stage.room.later(seconds=1)
    assert on_call_unattempted(stage.room.desk, stage.room.now) == 1
    assert on_call_unattempted(stage.room.desk, stage.room.now) == 0
    lead, task = stage.room.row("leads"), stage.room.row("tasks")
    assert lead["owner_id"] == task["owner_id"] == "joan-mercer"
    assert (task["state"], task["due_at"]) == ("open", stage.room.now + DUE)
    assert lead["due_at"] == due
    assert owners(stage) == ["tess-adair", "joan-mercer"]
    entry = stage.room.row("audit", action="escalated")
    assert (entry["before"], entry["after"], entry["reason"]) == ("tess-adair", "joan-mercer", "no_attempt")


def test_s07b_an_attempt_in_time_stops_the_escalation(stage: Stage) -> None:
    call(stage, CallerHabit(keys=("1",)))
    stage.room.later(minutes=10)
    case = Case("harbor-recovery", str(stage.room.row("leads")["id"]), "test")
    made = Attempted(case, "tess-adair", "call", "outbound", "no_answer")
    record_attempt(stage.room.db, made, stage.room.desk.new_id, stage.room.now)
    stage.room.later(minutes=10)
    assert on_call_unattempted(stage.room.desk, stage.room.now) == 0
    assert stage.room.row("leads")["owner_id"] == "tess-adair"


def test_s07c_the_ladder_ends_and_the_lead_is_never_without_an_owner(stage: Stage) -> None:
    call(stage, CallerHabit(patience_s=78))
    for _ in range(6):
        stage.room.later(minutes=16)
        on_call_unattempted(stage.room.desk, stage.room.now)
    book = stage.room.book()
    ladder = list(dict.fromkeys((*book.rotas["on-call"].rungs, book.manager)))
    assert owners(stage) == ladder
    assert stage.room.row("leads")["owner_id"] == stage.room.row("tasks")["owner_id"] == ladder[-1]


def test_s07_a_form_at_night_has_its_owner_now_and_its_call_when_somebody_is_there(room: Room, tmp_path: Path) -> None:
    room.now = NIGHT
    forms = FormStage(room, house_of(room, settings_of(tmp_path)))
    plain = {"city": None, "patient": None, "consent_texts": None}
    urgent = forms.lead_of(forms.post("lp-201", HARBOR, phone="+18505550162", **plain))
    assert (urgent["owner_id"], urgent["reason"]) == ("tess-adair", "on_call")
    task = room.row("tasks", lead_id=urgent["id"])
    assert (task["kind"], task["due_at"]) == ("call", room.now + timedelta(minutes=15))
    ordinary = forms.lead_of(
        forms.post("contact", HARBOR, phone="+19045550161", name="Ira Voss", level_of_care="outpatient", **plain)
    )
    assert ordinary["reason"] == "after_hours"
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=NEW_YORK)
    assert room.row("tasks", lead_id=ordinary["id"])["due_at"] == monday
    assert room.row("callbacks", lead_id=ordinary["id"])["due_at"] == monday
    assert room.rows("reservations") == room.rows("sends") == []
