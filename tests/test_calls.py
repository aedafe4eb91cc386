"""Whole calls through Twilio's door: what callers and coordinators hear, and what stands in the rows afterwards."""

from dataclasses import replace

import pytest

from rehearsal.exchange import Carrier
from rehearsal.people import HABITS, CallerHabit
from routing import connection
from routing.state.call.talks import Talk
from routing.state.live.standing import Look
from tests.stage import Stage

DETOX, RESIDENTIAL, DISPLAY, JAX = "+18505550131", "+18135550132", "+19045550133", "+19045550134"
ORTHO_EVN, ORTHO_NAP, DERM_KEN = "+18475550121", "+16305550122", "+12625550123"


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (DETOX, {"Marcus Bell", "Keisha Rowan"}),
        (RESIDENTIAL, {"Marcus Bell", "Keisha Rowan"}),
        (DISPLAY, {"Marcus Bell", "Keisha Rowan"}),
        (JAX, {"Marcus Bell", "Keisha Rowan"}),
        (ORTHO_EVN, {"Hana Kowalski"}),
        (ORTHO_NAP, {"Rosa Lindqvist"}),
        (DERM_KEN, {"Omar Haddad"}),
    ],
)
def test_a_call_to_a_tracked_number_reaches_the_coordinator_the_practice_names(
    stage: Stage, number: str, names: set[str]
) -> None:
    outcome = stage.call(number)
    assert outcome.failures == ()
    assert len(outcome.bridged) == 1
    assert set(outcome.bridged) <= names
    (lead,) = stage.room.rows("leads")
    assert stage.room.desk.shelf.by_number(number).coordinators[lead["owner_id"]].name == outcome.bridged[0]
    assert lead["first_response_at"] is not None
    assert lead["status"] == "contacted"


def test_the_whisper_names_campaign_location_new_caller_and_reason(stage: Stage) -> None:
    outcome = stage.call(ORTHO_EVN)
    whispered = [line.text for line in outcome.lines if line.what == "hears" and line.who == "Hana Kowalski"]
    assert whispered[0] == "Ortho search, Evanston, new caller, this office. Press 1 to accept."


def test_a_second_call_is_whispered_as_known_and_goes_to_the_owner_first(stage: Stage) -> None:
    first = stage.call(DETOX).bridged
    stage.room.later(minutes=5)
    again = stage.call(RESIDENTIAL)
    assert again.bridged == first
    assert any("known caller" in line.text for line in again.lines if line.what == "hears")


def test_the_caller_hears_who_we_are_and_the_recording_notice_before_any_ring(stage: Stage) -> None:
    outcome = stage.call(DETOX)
    assert outcome.heard[0].startswith("You have reached Harbor Recovery.")
    assert "recorded" in outcome.heard[1]


@pytest.mark.parametrize("habit", ["refuses", "no-answer", "mailbox", "hangs-up", "busy", "failed"])
@pytest.mark.parametrize("carrier", [Carrier(), Carrier(refused_status="no-answer")], ids=["completed", "no-answer"])
def test_who_does_not_take_the_call_passes_it_on_without_losing_the_caller(
    stage: Stage, habit: str, carrier: Carrier
) -> None:
    stage.carrier = carrier
    stage.habits = {"marcus-bell": HABITS[habit]}
    outcome = stage.call(DETOX)
    assert outcome.failures == ()
    assert outcome.rang == (("Marcus Bell",) if habit not in ("busy", "failed") else ()) + ("Keisha Rowan",)
    assert outcome.bridged == ("Keisha Rowan",)
    first, second = stage.room.rows("reservations")
    assert first["state"] == {"refuses": "rejected", "failed": "canceled"}.get(habit, "timeout")
    assert second["state"] == "wrapping"


def test_after_the_last_of_the_plan_a_callback_is_promised_by_name_and_owed(stage: Stage) -> None:
    outcome = stage.call(DETOX, everybody="no-answer")
    assert outcome.failures == ()
    assert outcome.rang == ("Marcus Bell", "Keisha Rowan", "Priya Nair")
    (lead,), (task,) = stage.room.rows("leads"), stage.room.rows("tasks")
    owner = stage.room.book().coordinators[lead["owner_id"]].name
    assert any(owner in words and "call you back" in words for words in outcome.heard)
    assert (task["kind"], task["state"], task["owner_id"]) == ("callback", "open", lead["owner_id"])


def test_a_caller_who_gives_up_is_an_owned_lead_with_a_callback(stage: Stage) -> None:
    outcome = stage.call(DETOX, habit=CallerHabit(patience_s=15), everybody="no-answer")
    assert outcome.failures == ()
    (inquiry,), (task,) = stage.room.rows("inquiries"), stage.room.rows("tasks")
    (offer,) = stage.room.rows("reservations")
    assert (inquiry["state"], inquiry["outcome"]) == ("ended", "abandoned")
    assert (task["kind"], task["reason"]) == ("callback", "abandoned")
    assert offer["state"] == "canceled"
    assert stage.call(ORTHO_EVN).bridged == ("Hana Kowalski",)


def test_a_caller_who_withholds_her_number_is_connected_all_the_same(stage: Stage) -> None:
    outcome = stage.call(DETOX, caller="anonymous")
    assert outcome.failures == ()
    assert len(outcome.bridged) == 1
    assert stage.room.rows("person_numbers") == []


@pytest.mark.parametrize("copies", [2, 8])
def test_copies_of_every_webhook_change_nothing(stage: Stage, copies: int) -> None:
    stage.copies = copies
    stage.habits = {"marcus-bell": HABITS["refuses"]}
    outcome = stage.call(DETOX)
    assert outcome.failures == ()
    assert outcome.bridged == ("Keisha Rowan",)
    assert [len(stage.room.rows(table)) for table in ("leads", "inquiries", "attempts", "reservations")] == [1, 1, 1, 2]


def test_closed_hours_promise_the_next_opening_by_day_and_time(stage: Stage) -> None:
    stage.room.now = stage.room.now.replace(day=22, hour=2)
    outcome = stage.call(DISPLAY)
    assert outcome.failures == ()
    assert outcome.rang == ()
    assert any("Monday at 8:00 AM" in words for words in outcome.heard)
    (lead,) = stage.room.rows("leads")
    assert lead["reason"] == "after_hours"


def test_a_high_priority_call_at_night_rings_the_rota_rung_by_rung(stage: Stage) -> None:
    stage.room.now = stage.room.now.replace(day=22, hour=2, minute=20)
    stage.habits = {"tess-adair": HABITS["no-answer"]}
    outcome = stage.call(DETOX)
    assert outcome.failures == ()
    assert outcome.rang == ("Tess Adair", "Joan Mercer")
    (lead,) = stage.room.rows("leads")
    assert (lead["reason"], lead["owner_id"]) == ("on_call", "joan-mercer")


def test_a_coordinator_who_hangs_up_at_once_does_not_lose_the_caller(stage: Stage) -> None:
    stage.habits = {"marcus-bell": replace(HABITS["accepts"], talk_s=4)}
    outcome = stage.call(DETOX)
    assert outcome.failures == ()
    assert outcome.bridged == ("Marcus Bell", "Keisha Rowan")


def test_a_coordinator_whose_talk_was_cut_short_keeps_her_wrap_up_while_the_caller_goes_on(stage: Stage) -> None:
    room = stage.room
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    first = str(call.coordinator)
    assert call.accept()
    room.later(seconds=4)
    connection.talk_over(room.desk, Talk(call.arrival.inquiry.id, call.step, 4, "waits"), room.now)
    assert call.missed("canceled") not in (None, first)
    now_ms = int(room.now.timestamp() * 1000)
    (seen,) = room.desk.by.live.snapshot_of(room.book(), [first], Look(now_ms, now_ms, lambda _: True)).candidates
    assert seen.effective == "wrapping"
