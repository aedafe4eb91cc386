"""Callbacks, from the key in the waiting room to the wrap-up: gateway, worker and the double of the provider's REST."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from rehearsal.people import HABITS, CoordinatorHabit
from routing.attendance import seen_now
from routing.state.callback.callbacks import Asked, Request, request
from routing.state.due import complete_wrap_ups
from routing.state.lead.cases import Case, NewTask, add_task
from routing.state.text.opt_outs import Wish, note_wish
from tests.callback_stage import CALLER, DETOX, KEISHA, MARCUS, PRIYA, Calls, Playing, Script, opened
from tests.rooms import Call
from worker.calling import callbacks_opened


@pytest.fixture
def calls(sqlite_room_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Calls]:
    with opened(sqlite_room_url, live, tmp_path) as found:
        yield found


@pytest.fixture
def on_each(room_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Calls]:
    with opened(room_url, live, tmp_path) as found:
        yield found


def everybody_busy(calls: Calls) -> list[Call]:
    """Marcus and Keisha talk to somebody, Priya is away."""
    calls.room.wish(PRIYA, "away")
    taken = [calls.room.call(contact=f"+1813555017{number}") for number in range(2)]
    assert all(each.accept() for each in taken)
    return taken


async def keeps_place(playing: Playing) -> None:
    await playing.call(wait_key="1", wait_key_after_s=3.0)


async def leaves_message(playing: Playing) -> None:
    """She is told that nobody is there, says something after the beep, and hangs up."""
    await playing.call(wait_key="2", wait_key_after_s=3.0)


def owed(calls: Calls, script: Script, until_s: float = 110) -> None:
    """She keeps her place, and Marcus comes free forty seconds after her call."""
    busy = everybody_busy(calls)

    async def whole(playing: Playing) -> None:
        await keeps_place(playing)
        await playing.at(40)
        playing.comes_free(busy[0])
        await script(playing)

    calls.play(whole, until_s)


async def nothing_more(playing: Playing) -> None:
    return


def states(calls: Calls) -> list[tuple[object, object]]:
    return [(row["state"], row["code"]) for row in calls.callbacks]


# -- the whole way


def test_key_1_in_the_line_brings_a_call_when_somebody_comes_free(on_each: Calls) -> None:
    calls = on_each
    calls.stage.copies = 2
    owed(calls, nothing_more)
    room = calls.room
    marcus, hers = room.book().coordinators[MARCUS].phone, [CALLER]
    assert calls.created == [marcus]
    assert [line.text for line in calls.lines if line.who == CALLER and line.what == "rings"] == [f"shows {DETOX}"]
    whisper = "Callback: Detox search, Pensacola, new caller, payer not known, kept the place in line. Press 1 to call."
    assert calls.said_to(MARCUS)[0] == whisper
    assert [words for who, words in calls.heard if who in hers] == []
    attempt = room.row("attempts", direction="outbound")
    assert (attempt["result"], attempt["talk_s"], attempt["is_human"]) == ("answered", 30, True)
    lead = room.row("leads", id=attempt["lead_id"])
    assert (lead["owner_id"], lead["status"], lead["first_response_at"]) == (MARCUS, "attempted", attempt["started_at"])
    assert states(calls) == [("talked", None)]
    now = room.later(seconds=125)
    assert complete_wrap_ups(room.db, now, 10) >= 1
    callbacks_opened(room.desk, now)
    assert states(calls) == [("done", "answered")]
    assert room.row("leads", id=lead["id"])["status"] == "contacted"
    assert [row["state"] for row in room.rows("tasks", lead_id=lead["id"])] == ["done"]
    receipts = [receipt["trigger"] for receipt in room.receipts(str(calls.callbacks[0]["inquiry_id"]))]
    assert receipts == ["entry", "callback"]


def test_a_kept_place_is_neither_faster_nor_slower_than_staying_on_the_line(calls: Calls) -> None:
    """Who came before her is served first, who came after her second."""
    busy, served = everybody_busy(calls), []

    async def script(playing: Playing) -> None:
        earlier = playing.begins(who="+18135550181", talk_s=5.0)
        await playing.at(5)
        await playing.call(wait_key="1", wait_key_after_s=3.0)
        later = playing.begins(who="+18135550182", talk_s=5.0)
        await playing.at(40)
        playing.comes_free(busy[0])
        await playing.at(60)
        playing.comes_free(busy[1])
        await playing.at(75)
        playing.says(MARCUS, "talked")
        for each in (earlier, later):
            served.append((await each).bridged)

    calls.play(script, 160)
    names = calls.room.book().coordinators
    assert served == [(names[MARCUS].name,), (names[MARCUS].name,)]
    assert calls.said_to(KEISHA)[0].startswith("Callback:")


def test_refused_missed_and_answered_by_a_mailbox_it_goes_on_to_the_next(calls: Calls) -> None:
    calls.stage.habits |= {MARCUS: HABITS["refuses"], KEISHA: HABITS["mailbox"], PRIYA: HABITS["accepts"]}

    async def whole(playing: Playing) -> None:
        await keeps_place(playing)
        await playing.at(40)
        for each in busy:
            playing.comes_free(each)
        calls.room.wish(PRIYA, "available")

    busy = everybody_busy(calls)
    calls.play(whole, 180)
    offers = {row["coordinator_id"]: row["state"] for row in calls.room.rows("reservations", lead_id=lead_of(calls))}
    assert (offers[MARCUS], offers[KEISHA], offers[PRIYA]) == ("rejected", "timeout", "wrapping")
    assert [row["code"] for row in calls.room.rows("dials")] == ["refused", "completed", "answered"]
    assert states(calls) == [("talked", None)]


def lead_of(calls: Calls) -> object:
    return calls.callbacks[0]["lead_id"]


@pytest.mark.parametrize(
    ("reach", "result", "outcome", "is_human"),
    [
        ("no-answer", "no_answer", "no_response", True),
        ("busy", "busy", "busy", True),
        ("failed", "failed", "no_response", False),
    ],
)
def test_where_she_is_not_reached_another_attempt_has_its_time(
    calls: Calls, reach: Any, result: str, outcome: str, is_human: bool
) -> None:
    calls.hers = CoordinatorHabit(reach)
    owed(calls, nothing_more, 130)
    attempt = calls.room.row("attempts", direction="outbound")
    assert (attempt["result"], attempt["is_human"]) == (result, is_human)
    first, second = calls.callbacks
    assert (first["state"], first["code"]) == ("tried", outcome)
    assert (second["state"], second["kind"], second["attempt"]) == ("due", "again", 2)
    wait = second["due_at"] - attempt["ended_at"]  # type: ignore[operator]
    assert timedelta(minutes=14) < wait <= timedelta(minutes=15)
    task = calls.room.row("tasks", id=second["task_id"])
    assert (task["state"], task["reason"], task["owner_id"]) == ("open", outcome, MARCUS)
    response = calls.room.row("leads", id=first["lead_id"])["first_response_at"]
    assert (response == attempt["started_at"]) is is_human


def test_a_coordinator_who_hangs_up_while_it_rings_has_made_an_attempt(calls: Calls) -> None:
    """The other order: the person's phone is still, and it is not rung again at once."""
    calls.hers = CoordinatorHabit("no-answer")

    async def hangs_up(playing: Playing) -> None:
        await playing.at(55)
        playing.leg_of(calls.room.book().coordinators[MARCUS].phone).hang_up()

    owed(calls, hangs_up, 90)
    assert [row["result"] for row in calls.room.rows("attempts", direction="outbound")] == ["canceled"]
    assert [row["state"] for row in calls.callbacks] == ["tried", "due"]
    assert len(calls.created) == 1


def test_a_coordinator_who_hangs_up_first_after_a_talk_ends_it_once(calls: Calls) -> None:
    async def hangs_up(playing: Playing) -> None:
        await playing.at(70)
        playing.leg_of(calls.room.book().coordinators[MARCUS].phone).hang_up()

    owed(calls, hangs_up, 90)
    attempt = calls.room.row("attempts", direction="outbound")
    assert (attempt["result"], attempt["talk_s"]) == ("answered", 16)
    assert states(calls) == [("talked", None)]


def test_a_message_left_on_her_mailbox_is_what_the_coordinator_says(calls: Calls) -> None:
    calls.hers = CoordinatorHabit("mailbox", answer_s=8.0, keys=(), talk_s=20.0)

    async def said(playing: Playing) -> None:
        await playing.at(95)
        playing.says(MARCUS, "voicemail_left")

    owed(calls, said, 100)
    first, second = calls.callbacks
    assert (first["code"], second["attempt"]) == ("voicemail_left", 2)
    ended = calls.room.row("attempts", direction="outbound")["ended_at"]
    assert second["due_at"] - ended == timedelta(hours=2)  # type: ignore[operator]
    texts = calls.room.row("tasks", kind="text")
    assert (texts["reason"], texts["state"]) == ("voicemail_left", "open")
    assert calls.room.row("leads", id=first["lead_id"])["status"] == "attempted"


# -- lost answers


def test_an_answer_that_was_lost_is_made_good_by_the_leg_itself(calls: Calls) -> None:
    calls.faults = ["closed-after"]
    owed(calls, nothing_more)
    assert len(calls.created) == 1
    assert states(calls) == [("talked", None)]


def test_a_request_that_never_arrived_is_made_once_more_and_not_a_third_time(calls: Calls) -> None:
    calls.faults = ["500-before"]
    owed(calls, nothing_more, 150)
    assert len(calls.created) == 2
    posted: list[Any] = [row["posted_at"] for row in calls.room.rows("dials")]
    assert timedelta(seconds=45) <= posted[1] - posted[0] <= timedelta(seconds=75)
    assert states(calls) == [("talked", None)]
    assert calls.room.row("dials", code="never_made")["coordinator_id"] == MARCUS


# -- wanted and lawful


def test_who_opts_out_while_a_phone_rings_for_her_is_not_dialled(calls: Calls) -> None:
    async def opts_out(playing: Playing) -> None:
        await playing.at(46)
        now = calls.started + timedelta(seconds=46)
        wish = Wish("harbor-recovery", CALLER, frozenset({"call"}), is_out=True, source="test", by="test")
        with calls.room.db.writing() as tx:
            note_wish(tx, calls.room.db.vault, wish, calls.room.desk.new_id, now)

    owed(calls, opts_out, 70)
    assert calls.room.rows("attempts", direction="outbound") == []
    assert [line for line in calls.lines if line.who == CALLER and line.what == "rings"] == []
    assert states(calls)[0][0] == "withdrawn"
    assert calls.said_to(MARCUS)[-1] == "This call is not made now. Thank you, goodbye."
    assert dict(seen_now(calls.room.desk, calls.room.book(), [MARCUS], calls.room.now))[MARCUS] == "free"


# -- she calls herself


def test_who_calls_in_while_her_callback_is_due_has_her_place_and_no_dial(calls: Calls) -> None:
    busy = everybody_busy(calls)

    async def script(playing: Playing) -> None:
        await keeps_place(playing)
        again = playing.begins(talk_s=40.0)
        await playing.at(40)
        playing.comes_free(busy[0])
        await again

    calls.play(script, 120)
    first, second = calls.room.rows("inquiries", lead_id=lead_of(calls))
    assert second["effective_start"] == first["effective_start"]
    assert first["resumed_by"] == second["id"]
    assert (calls.created, second["outcome"]) == ([], "answered")
    assert states(calls) == [("withdrawn", "task_closed")]
    assert [row["state"] for row in calls.room.rows("tasks", lead_id=lead_of(calls))] == ["withdrawn"]


def test_who_calls_in_and_gives_up_again_is_still_called_back(calls: Calls) -> None:
    busy = everybody_busy(calls)

    async def script(playing: Playing) -> None:
        await keeps_place(playing)
        await playing.call(patience_s=15.0)
        await playing.at(50)
        playing.comes_free(busy[0])

    calls.play(script, 110)
    assert len(calls.created) == 1
    assert states(calls) == [("talked", None)]


def test_who_calls_in_while_a_phone_rings_for_her_stops_it(calls: Calls) -> None:
    calls.stage.habits[MARCUS] = CoordinatorHabit(answer_s=12.0)
    outcomes = []

    async def calls_in(playing: Playing) -> None:
        playing.comes_free(busy[1])
        await playing.at(44)
        outcomes.append(await playing.call(talk_s=10.0))

    busy: list[Call] = []

    async def whole(playing: Playing) -> None:
        await keeps_place(playing)
        await playing.at(40)
        playing.comes_free(busy[0])
        await playing.at(42)
        await calls_in(playing)

    busy = everybody_busy(calls)
    calls.play(whole, 90)
    keisha = calls.room.book().coordinators[KEISHA].name
    assert [outcome.bridged for outcome in outcomes] == [(keisha,)]
    assert [line for line in calls.lines if line.who == CALLER and line.what == "rings"] == []
    dial = calls.room.row("dials")
    assert (dial["state"], dial["code"]) == ("over", "called_in")
    offer = calls.room.row("reservations", id=dial["reservation_id"])
    assert offer["state"] in ("canceled", "rescinded")


def test_who_calls_in_while_her_own_phone_rings_has_that_coordinator(calls: Calls) -> None:
    """S-19: the legs are joined, and nobody else is asked."""
    calls.hers = CoordinatorHabit("no-answer")
    outcomes = []

    async def calls_in(playing: Playing) -> None:
        playing.comes_free(busy[1])
        await playing.at(54)
        outcomes.append(await playing.call(talk_s=30.0))

    busy: list[Call] = []

    async def whole(playing: Playing) -> None:
        await keeps_place(playing)
        await playing.at(40)
        playing.comes_free(busy[0])
        await playing.at(52)
        await calls_in(playing)

    busy = everybody_busy(calls)
    calls.play(whole, 130)
    marcus = calls.room.book().coordinators[MARCUS].name
    assert [outcome.bridged for outcome in outcomes] == [(marcus,)]
    assert calls.said_to(MARCUS)[-1] == "The same person is calling us. You are connected."
    inquiry = calls.room.rows("inquiries", lead_id=lead_of(calls))[-1]
    assert inquiry["outcome"] == "answered"
    offers = [row["state"] for row in calls.room.rows("reservations", lead_id=lead_of(calls))]
    assert offers == ["rescinded", "wrapping"]
    assert states(calls) == [("withdrawn", "task_closed")]


def test_before_a_time_that_she_chose_the_coordinator_waits_and_her_phone_does_not_ring(calls: Calls) -> None:
    room = calls.room

    async def script(playing: Playing) -> None:
        arrival = room.arrival(channel="form", contact=CALLER, tracking_number=DETOX)
        room.receive(arrival)
        lead = str(room.row("inquiries", id=arrival.inquiry.id)["lead_id"])
        chosen = (calls.started + timedelta(seconds=50)).astimezone(UTC)
        wanted = Request(lead, arrival.inquiry.id, Asked("form", calls.started.astimezone(UTC), chosen), chosen)
        with room.db.writing() as tx:
            assert request(tx, wanted, room.desk.new_id, calls.started)

    calls.play(script, 90)
    rang = [line.at_s for line in calls.lines if line.who == CALLER and line.what == "rings"]
    assert len(rang) == 1
    assert 50 <= rang[0] <= 68
    owner = str(room.row("leads")["owner_id"])
    assert any(words.startswith("The time that was chosen is 2:00 PM.") for words in calls.said_to(owner))
    assert states(calls) == [("talked", None)]


# -- what was promised in the talk


def test_a_promise_made_in_the_talk_or_its_wrap_up_is_not_kept_by_that_talk(calls: Calls) -> None:
    """She wants to be called on Thursday: her coordinator writes it down before she says how it went."""
    thursday = calls.room.now + timedelta(days=2)

    async def writes_down(playing: Playing) -> None:
        await playing.at(90)
        case = Case("harbor-recovery", str(lead_of(calls)), MARCUS)
        calls.room.now = calls.started + timedelta(seconds=90)
        wanted = NewTask(case, "callback", "call_again", thursday)
        add_task(calls.room.db, wanted, calls.room.desk.new_id, calls.room.now)
        await playing.at(95)
        playing.says(MARCUS, "talked")

    owed(calls, writes_down, 105)
    first, second = calls.callbacks
    assert (first["state"], first["code"]) == ("done", "talked")
    assert (second["state"], second["due_at"]) == ("due", thursday)
    assert [row["state"] for row in calls.room.rows("tasks", reason="call_again")] == ["open"]
