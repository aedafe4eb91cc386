"""The waiting room: who waits, in which order, how they are served, and every way out of the line."""

from dataclasses import replace
from datetime import timedelta

from rehearsal.people import CallerHabit
from routing import connection
from routing.rules.asking import milliseconds
from routing.state.call.talks import Talk
from routing.state.inbox import Letter
from routing.waiting import in_line, leave_line, serve
from tests.rooms import Call, Room
from tests.stage import Stage

DETOX, DISPLAY, ORTHO_EVN = "+18505550131", "+19045550133", "+18475550121"


def occupy(room: Room, *coordinators: str) -> dict[str, Call]:
    """Everybody of the plan is on a call; the others are away."""
    for who in room.book().coordinators:
        room.wish(who, "available" if who in coordinators else "away")
    calls = {}
    for number in range(len(coordinators)):
        call = room.call(contact=f"+1850555{number:04d}", tracking_number=DETOX)
        assert call.accept()
        calls[str(call.coordinator)] = call
    assert set(calls) == set(coordinators)
    return calls


def free(room: Room, call: Call) -> None:
    """The talk ends, the outcome is said at once."""
    room.end(call)


def served(room: Room) -> list[str]:
    """Ids of the inquiries that are offered to somebody now."""
    serve(room.desk, room.links, room.book(), room.now)
    return [str(row["id"]) for row in room.rows("inquiries", state="offered")]


def test_a_caller_whose_coordinators_are_all_at_work_waits_with_an_owner(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    assert call.reply.waits
    assert call.coordinator is None
    assert room.row("inquiries", id=call.arrival.inquiry.id)["state"] == "waiting"
    assert call.lead["owner_id"] in room.book().coordinators
    assert room.rows("tasks") == []


def test_a_stop_has_its_time_before_the_next_of_the_plan_is_asked(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    room.wish("priya-nair", "available")
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    assert call.reply.waits
    room.later(seconds=59)
    assert served(room) == []
    room.later(seconds=1)
    assert served(room) == [call.arrival.inquiry.id]
    assert room.row("reservations", inquiry_id=call.arrival.inquiry.id)["coordinator_id"] == "priya-nair"


def test_where_a_whole_stop_is_away_who_is_only_at_work_at_the_next_has_her_as_soon_as_she_is_free(room: Room) -> None:
    for who in ("marcus-bell", "keisha-rowan"):
        room.wish(who, "away")
    first = room.call(contact="+18505550100", tracking_number=DETOX)
    assert first.accept()
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    assert call.reply.waits
    room.later(seconds=20)
    assert served(room) == []
    free(room, first)
    assert served(room) == [call.arrival.inquiry.id]


def test_a_stop_whose_last_goes_away_while_she_waits_is_not_waited_for(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    room.wish("priya-nair", "available")
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    assert call.reply.waits
    assert served(room) == []
    for who, talk in talks.items():
        room.wish(who, "away")
        free(room, talk)
    assert served(room) == [call.arrival.inquiry.id]
    assert room.row("reservations", inquiry_id=call.arrival.inquiry.id)["coordinator_id"] == "priya-nair"


def test_a_caller_for_whom_everybody_is_away_does_not_wait_for_nothing(room: Room) -> None:
    for who in room.book().coordinators:
        room.wish(who, "away")
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    assert not call.reply.waits
    assert room.row("tasks")["kind"] == "callback"


def test_whoever_comes_free_is_offered_the_caller_who_waits(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    assert served(room) == []
    free(room, talks["keisha-rowan"])
    assert served(room) == [call.arrival.inquiry.id]
    offer = room.row("reservations", inquiry_id=call.arrival.inquiry.id)
    assert (offer["coordinator_id"], offer["state"]) == ("keisha-rowan", "pending")
    move = room.row("moves", inquiry_id=call.arrival.inquiry.id)
    assert move["call_sid"] == call.arrival.source.sid
    assert [receipt["trigger"] for receipt in room.receipts(call.arrival.inquiry.id)] == ["entry", "came_free"]


def test_s12_intent_comes_before_a_display_inquiry_but_never_starves_it(room: Room) -> None:
    """Display since 10:00:00, detox since 10:06:00 and residential since 10:10:30, both with 600 s of head start."""
    room.now = room.now.replace(hour=9, minute=50)
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    began = room.now = room.now.replace(hour=10, minute=0)
    display = room.call(contact="+18135550181", tracking_number=DISPLAY)
    room.now = began + timedelta(minutes=6)
    detox = room.call(contact="+18135550182", tracking_number=DETOX)
    room.now = began + timedelta(minutes=10, seconds=30)
    residential = room.call(contact="+18135550183", tracking_number="+18135550132")
    room.now = began + timedelta(minutes=11)
    order = []
    talk = talks["marcus-bell"]
    for _ in range(3):
        free(room, talk)
        (now_offered,) = served(room)
        order.append(now_offered)
        talk = next(call for call in (display, detox, residential) if call.arrival.inquiry.id == now_offered)
        talk.take_up()
    assert order == [call.arrival.inquiry.id for call in (detox, display, residential)]


def test_a_missed_offer_goes_back_to_the_old_place(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    first = room.call(contact="+18135550180", tracking_number=DETOX)
    room.later(seconds=20)
    room.call(contact="+18135550181", tracking_number=DETOX)
    free(room, talks["marcus-bell"])
    assert served(room) == [first.arrival.inquiry.id]
    first.take_up(accept=False)
    room.later(seconds=20)
    assert first.missed() is None
    assert first.reply.waits
    place = in_line(room.desk, first.arrival.inquiry.id, room.now)
    assert place is not None
    assert place.hold.position == 1


def test_the_place_and_an_honest_estimate_are_told(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    calls = []
    for number in range(4):
        calls.append(room.call(contact=f"+181355502{number:02d}", tracking_number=DISPLAY))
        room.later(seconds=1)
    told = [in_line(room.desk, call.arrival.inquiry.id, room.now) for call in calls]
    assert [at.hold.position for at in told if at] == [1, 2, 3, 4]
    assert [at.hold.minutes for at in told if at] == [2, 4, 6, 8]


def test_choosing_a_callback_keeps_the_place_and_is_owed_by_name(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    call = room.call(contact="+18135550180", tracking_number=DETOX)
    inquiry = call.arrival.inquiry.id
    assert leave_line(room.desk, inquiry, "callback_chosen", Letter("key 1", b""), room.now)
    assert not leave_line(room.desk, inquiry, "callback_chosen", Letter("key 1 again", b""), room.now)
    task = room.row("tasks")
    assert (task["kind"], task["reason"], task["owner_id"]) == ("callback", "callback_chosen", call.lead["owner_id"])
    row = room.row("inquiries", id=inquiry)
    assert (row["state"], row["outcome"], row["effective_start"]) == ("promised", "callback_chosen", row["received_at"])


def test_two_who_come_free_at_once_take_two_callers(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    calls = []
    for number in range(3):
        calls.append(room.call(contact=f"+181355502{number:02d}", tracking_number=DETOX))
        room.later(seconds=1)
    for talk in talks.values():
        free(room, talk)
    assert served(room) == [call.arrival.inquiry.id for call in calls[:2]]


# -- through the door


def busy(stage: Stage, *coordinators: str) -> dict[str, Call]:
    return occupy(stage.room, *coordinators)


def test_a_waiting_caller_hears_her_place_and_music_and_leaves_with_key_1(stage: Stage) -> None:
    busy(stage, "marcus-bell", "keisha-rowan")
    outcome = stage.call(DETOX, caller="+18135550180", habit=CallerHabit(keys=("", "1")))
    assert outcome.failures == ()
    assert stage.faults == []
    assert any("You are number 1 in line" in words for words in outcome.heard)
    assert any("Press 1 at any time" in words for words in outcome.heard)
    assert any("keep your place" in words.lower() and "call you back" in words for words in outcome.heard)
    task = stage.room.row("tasks")
    assert task["reason"] == "callback_chosen"
    assert stage.room.row("inquiries", sid=outcome.call)["outcome"] == "callback_chosen"


def test_a_caller_from_a_withheld_number_is_promised_no_callback_while_she_waits(stage: Stage) -> None:
    busy(stage, "marcus-bell", "keisha-rowan")
    outcome = stage.call(DETOX, caller="anonymous", habit=CallerHabit(patience_s=75))
    assert any("You are number 1 in line" in words for words in outcome.heard)
    assert any("Press 2 to leave a message" in words for words in outcome.heard)
    promised = [words for words in outcome.heard if "ress 1" in words or "called back" in words]
    assert promised == []


def test_a_caller_who_hangs_up_while_waiting_is_an_owned_lead_with_a_callback(stage: Stage) -> None:
    busy(stage, "marcus-bell", "keisha-rowan")
    outcome = stage.call(DETOX, caller="+18135550180", habit=CallerHabit(patience_s=45))
    assert outcome.failures == ()
    inquiry = stage.room.row("inquiries", sid=outcome.call)
    assert (inquiry["state"], inquiry["outcome"]) == ("ended", "abandoned")
    assert stage.room.row("tasks")["reason"] == "abandoned"


def test_nobody_waits_longer_than_the_practice_allows(stage: Stage) -> None:
    busy(stage, "marcus-bell", "keisha-rowan")
    outcome = stage.call(DETOX, caller="+18135550180")
    assert outcome.failures == ()
    inquiry = stage.room.row("inquiries", sid=outcome.call)
    assert inquiry["outcome"] == "longest_wait"
    waited = max(line.at_s for line in outcome.lines)
    policies = stage.room.book().policies
    assert policies.longest_wait_s <= waited <= policies.longest_wait_s + 60
    offers = [line.at_s for line in outcome.lines if "Thank you for waiting. Press 1" in line.text]
    assert policies.callback_offer_s <= min(offers)
    assert max(offers) <= policies.callback_offer_s + 20


def test_who_comes_free_during_the_wait_rings_and_talks_even_while_rest_fails(stage: Stage) -> None:
    talks = busy(stage, "marcus-bell", "keisha-rowan")
    hung_up = talks["marcus-bell"]
    connection.talk_over(stage.room.desk, Talk(hung_up.arrival.inquiry.id, hung_up.step, 60, "gone"), stage.room.now)
    outcome = stage.call(DETOX, caller="+18135550180")
    assert outcome.failures == ()
    assert outcome.bridged == ("Marcus Bell",)


def test_a_queue_that_fails_leaves_a_promise_and_no_silence(stage: Stage) -> None:
    busy(stage, "marcus-bell", "keisha-rowan")
    stage.carrier = replace(stage.carrier, queue_breaks=True)
    outcome = stage.call(DETOX, caller="+18135550180")
    assert outcome.failures == ()
    assert any("call you back" in words for words in outcome.heard)
    assert stage.room.row("inquiries", sid=outcome.call)["outcome"] == "failed"


# -- abandon and resume


def test_who_calls_again_has_her_old_place_and_the_callback_is_not_owed_any_more(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    first = room.call(contact="+18135550180", tracking_number=DETOX, payer="medicaid")
    began = first.arrival.inquiry.received_at
    room.later(minutes=2)
    first.hang_up()
    assert room.row("tasks")["state"] == "open"
    room.later(minutes=3)
    again = room.call(contact="+18135550180", tracking_number=DETOX)
    row = room.row("inquiries", id=again.arrival.inquiry.id)
    assert row["effective_start"] == began
    assert again.reply.plan.facts["payer"] == "medicaid"
    assert again.lead["id"] == first.lead["id"]
    assert [task["state"] for task in room.rows("tasks", reason="abandoned")] == ["withdrawn"]


def test_an_abandon_is_resumed_once_and_not_after_ten_minutes(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    first = room.call(contact="+18135550180", tracking_number=DETOX)
    room.later(minutes=1)
    first.hang_up()
    second, third = (room.call(contact="+18135550180", tracking_number=DETOX) for _ in range(2))
    starts = {row["id"]: row["effective_start"] for row in room.rows("inquiries")}
    assert starts[second.arrival.inquiry.id] == first.arrival.inquiry.received_at
    assert starts[third.arrival.inquiry.id] == third.arrival.inquiry.received_at
    third.hang_up()
    room.later(minutes=11)
    late = room.call(contact="+18135550180", tracking_number=DETOX)
    assert room.row("inquiries", id=late.arrival.inquiry.id)["effective_start"] == late.arrival.inquiry.received_at


def test_another_number_is_another_plan_with_the_old_start(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    first = room.call(contact="+18135550180", tracking_number=DETOX, payer="medicaid")
    room.later(minutes=1)
    first.hang_up()
    again = room.call(contact="+18135550180", tracking_number=DISPLAY)
    assert again.reply.plan.effective_start == first.arrival.inquiry.received_at
    assert "payer" not in again.reply.plan.facts


def test_strangers_who_withhold_their_number_never_inherit_a_place(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    first = room.call(contact=None, tracking_number=DETOX)
    room.later(minutes=1)
    first.hang_up()
    other = room.call(contact=None, tracking_number=DETOX)
    assert room.row("inquiries", id=other.arrival.inquiry.id)["effective_start"] == other.arrival.inquiry.received_at


def test_callers_on_hold_fill_nobodys_cap_so_that_the_line_moves_on(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    calls = []
    for number in range(30):
        calls.append(room.call(contact=f"+181355503{number:02d}", tracking_number=DETOX))
        room.later(seconds=1)
    assert all(call.reply.waits for call in calls)
    free(room, talks["marcus-bell"])
    assert served(room) == [calls[0].arrival.inquiry.id]


# -- who comes later


def followed(room: Room) -> None:
    """A second later; a worker's clock goes."""
    room.later(seconds=1)
    room.desk.by.live.set_followed("harbor-recovery", milliseconds(room.now))


def test_whom_the_line_is_about_to_get_is_nobodys_who_rings_later(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    first = room.call(contact="+18135550180", tracking_number=DETOX)
    free(room, talks["keisha-rowan"])
    followed(room)
    second = room.call(contact="+18135550181", tracking_number=DETOX)
    assert second.reply.waits
    (entry,) = room.receipts(second.arrival.inquiry.id)
    assert entry["looks"][0]["asked"]["excluded"] == {"keisha-rowan": "spoken_for"}
    assert served(room) == [first.arrival.inquiry.id]
    free(room, talks["marcus-bell"])
    assert set(served(room)) == {first.arrival.inquiry.id, second.arrival.inquiry.id}


def test_where_more_are_free_than_callers_are_ahead_who_rings_is_connected_at_once(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    room.call(contact="+18135550180", tracking_number=DETOX)
    for talk in talks.values():
        free(room, talk)
    followed(room)
    assert room.call(contact="+18135550181", tracking_number=DETOX).coordinator
    room.later(seconds=1)
    assert room.call(contact="+18135550182", tracking_number=DETOX).reply.waits


def test_who_is_ahead_for_somebody_else_holds_nobody_up(room: Room) -> None:
    occupy(room, "marcus-bell", "keisha-rowan")
    room.call(contact="+18135550180", tracking_number=DETOX)
    room.wish("priya-nair", "available")
    followed(room)
    assert room.call(contact="+18135550181", payer="medicaid").coordinator == "priya-nair"


def test_without_a_clock_that_serves_the_line_who_rings_is_connected_at_once(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    room.call(contact="+18135550180", tracking_number=DETOX)
    free(room, talks["keisha-rowan"])
    assert room.call(contact="+18135550181", tracking_number=DETOX).coordinator == "keisha-rowan"


def test_who_was_missed_is_not_handed_on_past_callers_ahead(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    ahead = room.call(contact="+18135550180", tracking_number=DETOX)
    room.later(seconds=5)
    free(room, talks["marcus-bell"])
    later = room.call(contact="+18135550181", tracking_number=DETOX)
    assert later.coordinator == "marcus-bell"
    free(room, talks["keisha-rowan"])
    followed(room)
    assert later.missed() is None
    assert later.reply.waits
    assert served(room) == [ahead.arrival.inquiry.id]


def test_an_urgent_caller_with_a_head_start_is_ahead_of_the_line(room: Room) -> None:
    talks = occupy(room, "marcus-bell", "keisha-rowan")
    room.call(contact="+18135550181", tracking_number=DISPLAY)
    free(room, talks["keisha-rowan"])
    followed(room)
    assert room.call(contact="+18135550182", tracking_number=DETOX).coordinator == "keisha-rowan"
