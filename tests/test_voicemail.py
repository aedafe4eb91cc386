"""Callers whom nobody can take: a callback or a message, by key or by staying, and somebody named owes it."""

from dataclasses import replace

import pytest

from rehearsal.network import CallOutcome
from rehearsal.people import HABITS, CallerHabit
from tests.rooms import Room
from tests.stage import Stage

DETOX, DISPLAY = "+18505550131", "+19045550133"
CALLBACK, MESSAGE, SILENT = CallerHabit(keys=("1",)), CallerHabit(keys=("2",)), CallerHabit(message_s=0)
HANGS_UP = CallerHabit(message_end="hangup")


def at_night(stage: Stage) -> None:
    stage.room.now = stage.room.now.replace(day=22, hour=2, minute=20)


def ends(room: Room) -> tuple[object, ...]:
    """Kind, state and reason of the one task, and how the one inquiry ended."""
    task, inquiry = room.row("tasks"), room.row("inquiries")
    assert room.row("leads")["owner_id"] == task["owner_id"]
    return task["kind"], task["state"], task["reason"], inquiry["state"], inquiry["outcome"]


def heard(outcome: CallOutcome, words: str) -> bool:
    return any(words in line for line in outcome.heard)


def test_after_hours_the_caller_hears_who_calls_and_when_and_what_she_may_choose(stage: Stage) -> None:
    at_night(stage)
    outcome = stage.call(DISPLAY)
    assert outcome.failures == ()
    owner = stage.room.book().coordinators[str(stage.room.row("leads")["owner_id"])].name
    assert heard(outcome, f"{owner} will call you back on Monday at 8:00 AM")
    assert heard(outcome, "To be called back, press 1. To leave a message, press 2 or stay on the line.")


def test_key_1_after_hours_is_a_callback_that_somebody_owes_at_the_next_opening(stage: Stage) -> None:
    at_night(stage)
    outcome = stage.call(DISPLAY, habit=CALLBACK)
    assert outcome.failures == ()
    assert heard(outcome, "will call you at this number")
    assert ends(stage.room) == ("callback", "open", "callback_chosen", "ended", "callback_chosen")
    assert stage.room.rows("recordings") == []


@pytest.mark.parametrize("habit", [MESSAGE, CallerHabit(), HANGS_UP], ids=["key 2", "stays", "hangs up"])
def test_a_message_is_recorded_after_the_notice_and_somebody_owes_a_call(stage: Stage, habit: CallerHabit) -> None:
    at_night(stage)
    outcome = stage.call(DISPLAY, habit=habit)
    assert outcome.failures == ()
    assert ends(stage.room) == ("callback", "open", "voicemail_left", "ended", "voicemail_left")
    recording, consent = stage.room.row("recordings"), stage.room.row("consents")
    assert (recording["kind"], recording["state"], recording["duration_s"]) == ("voicemail", "available", 8)
    assert (consent["purpose"], consent["is_granted"]) == ("recording", True)
    assert consent["text_version"] == "voicemail-notice@harbor-recovery:1"
    spoken = [line.text for line in outcome.lines if line.what == "hears"]
    assert next(at for at, words in enumerate(spoken) if "is recorded" in words) < spoken.index("a beep")


def test_who_stays_and_says_nothing_is_owed_the_call_all_the_same(stage: Stage) -> None:
    at_night(stage)
    outcome = stage.call(DISPLAY, habit=SILENT)
    assert outcome.failures == ()
    assert heard(outcome, "We did not hear a message")
    assert ends(stage.room) == ("callback", "open", "after_hours", "ended", "promised")
    assert stage.room.rows("consents") == []


def test_a_caller_who_hangs_up_while_choosing_is_owed_the_call(stage: Stage) -> None:
    at_night(stage)
    outcome = stage.call(DISPLAY, habit=CallerHabit(patience_s=6))
    assert outcome.failures == ()
    assert ends(stage.room) == ("callback", "open", "after_hours", "ended", "promised")


def test_a_withheld_number_is_asked_for_and_the_message_is_to_be_listened_to(stage: Stage) -> None:
    at_night(stage)
    outcome = stage.call(DISPLAY, caller="anonymous")
    assert outcome.failures == ()
    assert heard(outcome, "the number where we can reach you")
    assert not heard(outcome, "press 1")
    assert ends(stage.room) == ("review", "open", "voicemail_left", "ended", "voicemail_left")
    assert stage.room.row("consents")["text_version"] == "voicemail-number@harbor-recovery:1"


def test_when_nobody_of_the_plan_answers_she_chooses_too(stage: Stage) -> None:
    outcome = stage.call(DETOX, habit=CALLBACK, everybody="no-answer")
    assert outcome.failures == ()
    assert ends(stage.room)[:3] == ("callback", "open", "callback_chosen")


def test_key_2_in_the_waiting_room_leads_straight_to_the_recorder(stage: Stage) -> None:
    for who in ("marcus-bell", "keisha-rowan", "priya-nair", "joan-mercer"):
        occupied(stage.room, who)
    outcome = stage.call(DETOX, caller="+18135550181", habit=CallerHabit(wait_key="2", wait_key_after_s=12))
    assert outcome.failures == ()
    assert heard(outcome, "Press 2 to leave a message instead.")
    inquiry = stage.room.row("inquiries", sid=outcome.call)
    (task,) = stage.room.rows("tasks", inquiry_id=inquiry["id"])
    assert (inquiry["state"], inquiry["outcome"]) == ("ended", "voicemail_left")
    assert (task["kind"], task["reason"], task["state"]) == ("callback", "voicemail_left", "open")
    assert stage.room.row("recordings")["inquiry_id"] == inquiry["id"]


def occupied(room: Room, who: str) -> None:
    """On a call with somebody else, or not there."""
    for _ in range(8):
        call = room.call(tracking_number=DETOX, contact=f"+1813555{next(room.numbers):04d}")
        if call.coordinator is None:
            return
        call.accept()
        if call.coordinator == who:
            return


@pytest.mark.parametrize("copies", [2, 8])
def test_copies_of_every_webhook_leave_one_message_one_consent_and_one_task(stage: Stage, copies: int) -> None:
    at_night(stage)
    stage.copies = copies
    outcome = stage.call(DISPLAY, habit=MESSAGE)
    assert outcome.failures == ()
    counts = [len(stage.room.rows(table)) for table in ("recordings", "consents", "tasks", "leads", "inquiries")]
    assert counts == [1, 1, 1, 1, 1]


def test_a_choice_made_eight_times_at_once_is_made_once(stage: Stage) -> None:
    at_night(stage)
    stage.copies = 8
    outcome = stage.call(DISPLAY, habit=CALLBACK)
    assert outcome.failures == ()
    assert ends(stage.room)[:3] == ("callback", "open", "callback_chosen")


def test_in_spanish_the_choices_are_spanish(stage: Stage) -> None:
    at_night(stage)
    book = stage.room.book()
    numbers = {**book.tracking_numbers}
    numbers[DISPLAY] = replace(numbers[DISPLAY], attributes={**numbers[DISPLAY].attributes, "language": "es"})
    stage.room.desk.shelf._shelve(replace(book, tracking_numbers=numbers))
    stage.habits = dict.fromkeys(book.coordinators, HABITS["no-answer"])
    outcome = stage.call(DISPLAY, habit=SILENT)
    assert heard(outcome, "Para que le llamemos, oprima 1.")
    assert heard(outcome, "El mensaje se graba")
