"""The simulated waiting room and the recorder: every way in and out of a queue, and what a message becomes."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
from starlette.responses import Response

from rehearsal.exchange import Carrier, Exchange
from rehearsal.legs import Leg, Move
from rehearsal.network import CallOutcome, carry, new_call
from rehearsal.outbound import CallOrder, order_call
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import HABITS, Caller, CallerHabit
from tests.stand_in import (
    CALLER,
    MARCUS,
    PUBLIC,
    TRACKED,
    Fields,
    Staging,
    StandIn,
    Told,
    client_of,
    codes,
    exchange_to,
    keys_of,
    play,
    say,
)

ENQUEUE = '<Enqueue action="/voice/left" waitUrl="/voice/wait">waiting</Enqueue>'
MUSIC = Response(b"\xff\xfb", media_type="audio/mpeg")
WAIT = "<Say>You are next.</Say><Play>/music.mp3</Play>"
QUEUED: Mapping[str, Told] = {
    "/voice/incoming": say("Welcome.") + ENQUEUE,
    "/voice/wait": WAIT,
    "/music.mp3": MUSIC,
    "/voice/left": say("Goodbye."),
    "/voice/moved": say("Here is somebody.") + "<Hangup/>",
}
WAITS = CallerHabit(patience_s=60)
TAKES: Mapping[str, Told] = dict(QUEUED) | {
    "/voice/leg": '<Dial action="/voice/taken" timeout="10"><Queue url="/voice/about">waiting</Queue></Dial>',
    "/voice/about": say("You are connected now."),
    "/voice/taken": "<Hangup/>",
}
Later = Callable[[Exchange, Leg], None]


def play_with(
    told: Mapping[str, Told], later: Mapping[float, Later], staging: Staging | None = None
) -> tuple[CallOutcome, StandIn, Exchange]:
    """One call, and what happens to it so many seconds after it began."""
    staged, gateway = staging or Staging(), StandIn(told)

    async def scene(pace: VirtualPace) -> tuple[CallOutcome, Exchange]:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, staged, client, pace)
            leg = new_call(exchange, Caller(staged.number, staged.caller), TRACKED)

            async def act(at_s: float, what: Later) -> None:
                await pace.sleep(at_s)
                what(exchange, leg)

            acts = [asyncio.ensure_future(act(at_s, what)) for at_s, what in later.items()]
            outcome = await carry(exchange, leg)
            await asyncio.gather(*acts)
            await exchange.registry.quiet()
            return outcome, exchange

    outcome, exchange = run_virtual(scene)
    return outcome, gateway, exchange


def move(exchange: Exchange, leg: Leg) -> None:
    leg.take_away(Move(f"{PUBLIC}/voice/moved"))


def ring_marcus(exchange: Exchange, leg: Leg) -> None:
    order_call(exchange, CallOrder(MARCUS, TRACKED, Move(f"{PUBLIC}/voice/leg")), 0.0)


def result_of(gateway: StandIn) -> dict[str, str]:
    (left,) = gateway.fields_of("/voice/left")
    return left


# --- waiting ----------------------------------------------------------------------------------------------------


def test_the_wait_document_is_fetched_again_whenever_its_verbs_have_run_out() -> None:
    outcome, gateway, _ = play(QUEUED, Staging(WAITS))
    waits = gateway.fields_of("/voice/wait")
    assert set(waits[0]) == keys_of("enqueue_wait_url.json")
    assert [wait["QueueTime"] for wait in waits] == ["0", "11", "22", "33", "44", "55"]
    assert {wait["QueuePosition"] for wait in waits} == {"1"}
    assert (waits[0]["CurrentQueueSize"], waits[0]["MaxQueueSize"]) == ("1", "1000")
    assert len(gateway.fields_of("/music.mp3")) == 1
    assert outcome.failures == ()


def test_a_caller_who_hangs_up_in_the_queue_is_told_to_the_action() -> None:
    outcome, gateway, _ = play(QUEUED, Staging(WAITS))
    left = result_of(gateway)
    assert set(left) == keys_of("enqueue_action_hangup.json")
    assert (left["QueueResult"], left["CallStatus"], left["QueueTime"]) == ("hangup", "completed", "59")
    assert "Goodbye." not in outcome.heard


def test_a_wait_document_may_leave_the_queue() -> None:
    told = dict(QUEUED) | {"/voice/wait": say("One moment.") + "<Leave/>"}
    outcome, gateway, _ = play(told)
    assert set(result_of(gateway)) == keys_of("enqueue_action_leave.json")
    assert result_of(gateway)["QueueResult"] == "leave"
    assert outcome.heard[-1] == "Goodbye."
    assert outcome.failures == ()


def test_without_action_the_document_goes_on_after_the_queue() -> None:
    told = dict(QUEUED) | {
        "/voice/incoming": '<Enqueue waitUrl="/voice/wait">waiting</Enqueue>' + say("We will call you back."),
        "/voice/wait": "<Leave/>",
    }
    outcome, _, _ = play(told)
    assert outcome.heard == ("We will call you back.",)


def test_without_a_wait_url_the_providers_own_music_plays() -> None:
    told = dict(QUEUED) | {"/voice/incoming": '<Enqueue action="/voice/left">waiting</Enqueue>'}
    outcome, _, _ = play(told, Staging(WAITS))
    assert outcome.heard == ("plays the provider's own music",) * 2


KEYED = '<Gather action="/voice/waitkey" numDigits="1" timeout="1"><Say>Press 1.</Say><Play>/music.mp3</Play></Gather>'


def test_a_key_in_the_waiting_room_replaces_the_wait_document() -> None:
    def pressed(fields: Fields) -> str:
        return say(f"You pressed {fields['Digits']}.") + "<Leave/>"

    told = dict(QUEUED) | {"/voice/wait": KEYED, "/voice/waitkey": pressed}
    outcome, gateway, _ = play(told, Staging(CallerHabit(wait_key="1", wait_key_after_s=30)))
    assert result_of(gateway)["QueueResult"] == "leave"
    assert "You pressed 1." in outcome.heard
    assert gateway.fields_of("/voice/waitkey")[0]["Digits"] == "1"
    assert result_of(gateway)["QueueTime"] == "31"
    assert outcome.failures == ()


def test_after_a_key_that_changes_nothing_the_wait_goes_on() -> None:
    told = dict(QUEUED) | {"/voice/wait": KEYED, "/voice/waitkey": say("Please keep waiting.")}
    outcome, gateway, _ = play(told, Staging(CallerHabit(patience_s=60, wait_key="7", wait_key_after_s=5)))
    assert len(gateway.fields_of("/voice/waitkey")) == 1
    assert outcome.heard[3:5] == ("Please keep waiting.", "Press 1.")


def test_a_wait_document_may_lead_to_another_and_may_end_the_call() -> None:
    told = dict(QUEUED) | {
        "/voice/wait": "<Redirect>/voice/other</Redirect>",
        "/voice/other": say("Bye.") + "<Hangup/>",
    }
    outcome, gateway, _ = play(told)
    assert set(gateway.fields_of("/voice/other")[0]) == keys_of("enqueue_wait_url.json")
    assert result_of(gateway)["QueueResult"] == "hangup"
    assert outcome.status == "completed"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (Response(status_code=500), "11200"),
        ("<Dial>+13125550142</Dial>", "12200"),
        ("<Enqueue>other</Enqueue>", "12200"),
        ("", "I1"),
        ('<Pause length="10"/>', "I1"),
        ('<Play loop="0">/music.mp3</Play><Say>Never.</Say>', "12200"),
    ],
)
def test_a_bad_wait_document_is_an_error_of_the_queue(document: str | Response, code: str) -> None:
    outcome, gateway, _ = play(dict(QUEUED) | {"/voice/wait": document})
    assert set(result_of(gateway)) == keys_of("enqueue_action_error.json")
    assert result_of(gateway)["QueueResult"] == "error"
    assert codes(outcome) == [code]
    assert outcome.heard[-1] == "Goodbye."


def test_nobody_leaves_a_queue_she_is_not_in() -> None:
    outcome, _, _ = play(
        {"/voice/incoming": say("Hello.") + "<Leave/>", "/voice/fallback": say("Goodbye.") + "<Hangup/>"}
    )
    assert codes(outcome) == ["12200"]


@pytest.mark.parametrize("sound", [Response(status_code=404), say("no sound")])
def test_music_that_is_not_there_is_a_failure_and_the_call_goes_on(sound: str | Response) -> None:
    outcome, gateway, _ = play(dict(QUEUED) | {"/music.mp3": sound}, Staging(WAITS))
    assert len(codes(outcome)) == 1
    assert result_of(gateway)["QueueResult"] == "hangup"


def test_a_long_wait_is_no_circle() -> None:
    outcome, gateway, _ = play(QUEUED, Staging(CallerHabit(patience_s=3600)))
    assert len(gateway.fields_of("/voice/wait")) > 300
    assert outcome.failures == ()


def test_a_wait_document_that_takes_no_time_is_stopped() -> None:
    told = dict(QUEUED) | {"/voice/wait": "<Redirect>/voice/wait</Redirect>"}
    outcome, gateway, _ = play(told)
    assert codes(outcome) == ["loop"]
    assert result_of(gateway)["QueueResult"] == "error"


# --- several callers --------------------------------------------------------------------------------------------


def test_callers_have_places_and_move_up() -> None:
    gateway = StandIn(QUEUED)

    async def scene(pace: VirtualPace) -> Exchange:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(), client, pace)
            first = new_call(exchange, Caller(CALLER, CallerHabit(patience_s=15)), TRACKED)
            second = new_call(exchange, Caller("+14155550101", CallerHabit(patience_s=40)), TRACKED)
            await asyncio.gather(carry(exchange, first), carry(exchange, second))
            return exchange

    exchange = run_virtual(scene)
    waits = [wait for wait in gateway.fields_of("/voice/wait") if wait["From"] == "+14155550101"]
    assert [wait["QueuePosition"] for wait in waits] == ["2", "2", "1", "1"]
    assert [wait["CurrentQueueSize"] for wait in waits] == ["2", "2", "1", "1"]
    assert waits[-1]["AvgQueueTime"] == "14"
    assert exchange.registry.queues["waiting"].members == []


def test_a_full_queue_takes_nobody() -> None:
    told = dict(QUEUED) | {
        "/voice/incoming": '<Enqueue action="/voice/left" waitUrl="/voice/wait" maxQueueSize="1">waiting</Enqueue>'
    }
    gateway = StandIn(told)

    async def scene(pace: VirtualPace) -> None:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(), client, pace)
            calls = [new_call(exchange, Caller(f"+1415555010{place}", WAITS), TRACKED) for place in (1, 2)]
            await asyncio.gather(*(carry(exchange, call) for call in calls))

    run_virtual(scene)
    full, left = gateway.fields_of("/voice/left")
    assert set(full) == keys_of("enqueue_action_queue-full.json")
    assert (full["QueueResult"], left["QueueResult"]) == ("queue-full", "hangup")


def test_an_enqueue_that_fails_is_a_system_error() -> None:
    outcome, gateway, _ = play(QUEUED, Staging(carrier=Carrier(queue_breaks=True)))
    assert set(result_of(gateway)) == keys_of("enqueue_action_system-error.json")
    assert result_of(gateway)["QueueResult"] == "system-error"
    assert outcome.heard == ("Welcome.", "Goodbye.")


# --- taken out of the queue -------------------------------------------------------------------------------------


def test_rest_moves_a_waiting_call_and_the_answer_to_its_action_is_not_carried_out() -> None:
    outcome, gateway, _ = play_with(QUEUED, {20: move})
    assert set(result_of(gateway)) == keys_of("enqueue_action_redirected.json")
    assert (result_of(gateway)["QueueResult"], result_of(gateway)["QueueTime"]) == ("redirected", "19")
    asked = [path for path, _ in gateway.asked if path not in ("/voice/wait", "/music.mp3")]
    assert asked == ["/voice/incoming", "/voice/left", "/voice/moved", "/voice/status"]
    assert outcome.heard[-1] == "Here is somebody."
    assert "Goodbye." not in outcome.heard
    assert outcome.failures == ()


def test_a_dial_of_the_queue_bridges_the_one_who_waits() -> None:
    outcome, gateway, exchange = play_with(TAKES, {20: ring_marcus}, Staging(CallerHabit(talk_s=42)))
    assert outcome.bridged == ("Marcus",)
    assert outcome.heard[-1] == "You are connected now."
    left = result_of(gateway)
    assert set(left) == keys_of("enqueue_action_bridged.json")
    assert (left["QueueResult"], left["CallStatus"]) == ("bridged", "completed")
    (about,) = gateway.fields_of("/voice/about")
    assert set(about) == keys_of("dial_queue_url.json")
    (taken,) = gateway.fields_of("/voice/taken")
    assert (taken["DialCallStatus"], taken["DialBridged"], taken["DialCallDuration"]) == ("completed", "true", "42")
    assert taken["QueueSid"] == left["QueueSid"]
    assert about["DequeingCallSid"] == taken["CallSid"]
    (bridge,) = exchange.transcript.bridges
    assert (bridge.caller, bridge.coordinator) == (CALLER, MARCUS)
    assert exchange.phones.phone(MARCUS).engaged == set()
    assert outcome.failures == ()


def test_when_the_coordinator_hangs_up_the_callers_action_goes_on() -> None:
    staging = Staging(CallerHabit(talk_s=None), {MARCUS: HABITS["accepts"].__class__(talk_s=10)})
    outcome, gateway, _ = play_with(TAKES, {20: ring_marcus}, staging)
    assert (result_of(gateway)["QueueResult"], result_of(gateway)["CallStatus"]) == ("bridged", "in-progress")
    assert outcome.heard[-1] == "Goodbye."


def test_rest_may_take_the_caller_out_of_the_bridge() -> None:
    outcome, gateway, exchange = play_with(TAKES, {20: ring_marcus, 40: move}, Staging(CallerHabit(talk_s=100)))
    assert set(result_of(gateway)) == keys_of("enqueue_action_redirected-from-bridged.json")
    assert result_of(gateway)["QueueResult"] == "redirected-from-bridged"
    assert outcome.heard[-1] == "Here is somebody."
    assert exchange.transcript.live(MARCUS) == []


def test_a_bridge_may_never_be_confirmed() -> None:
    told = dict(TAKES) | {"/voice/left": '<Pause length="30"/>' + say("We will call you back.")}
    staging = Staging(carrier=Carrier(bridge_unconfirmed=True))
    outcome, gateway, _ = play_with(told, {20: ring_marcus}, staging)
    assert set(result_of(gateway)) == keys_of("enqueue_action_bridging-in-process.json")
    assert result_of(gateway)["QueueResult"] == "bridging-in-process"
    assert outcome.heard[-1] == "We will call you back."
    assert (outcome.bridged, outcome.failures) == ((), ())


def test_a_mailbox_that_takes_a_caller_out_is_a_failure() -> None:
    _, _, exchange = play_with(TAKES, {20: ring_marcus}, Staging(phones={MARCUS: HABITS["mailbox"]}))
    assert [failure.code for failure in exchange.transcript.failures] == ["mailbox"]


def test_an_empty_queue_is_waited_at_and_an_unknown_one_is_an_error() -> None:
    told = dict(TAKES) | {"/voice/incoming": say("Welcome.") + '<Pause length="3"/>' * 20}
    _, gateway, _ = play_with(told, {5: ring_marcus})
    assert gateway.fields_of("/voice/taken")[0]["DialCallStatus"] == "failed"

    def leave_queue(fields: Fields) -> str:
        return "<Leave/>"

    told = dict(TAKES) | {"/voice/wait": leave_queue, "/voice/left": say("Bye.") + '<Pause length="3"/>' * 20}
    _, gateway, _ = play_with(told, {5: ring_marcus})
    taken = gateway.fields_of("/voice/taken")[0]
    assert (taken["DialCallStatus"], taken["DialBridged"]) == ("no-answer", "false")


# --- recording --------------------------------------------------------------------------------------------------

RECORDED: Mapping[str, Told] = {
    "/voice/incoming": say("Please leave a message.")
    + '<Record action="/voice/voicemail" maxLength="120" timeout="4" finishOnKey="#"'
    ' recordingStatusCallback="/voice/recording"/>' + say("We did not hear you."),
    "/voice/voicemail": say("Thank you.") + "<Hangup/>",
}


def test_a_message_ended_by_a_key_is_told_with_its_recording() -> None:
    outcome, gateway, exchange = play(RECORDED)
    (told,) = gateway.fields_of("/voice/voicemail")
    assert set(told) == keys_of("record_action.json")
    assert (told["RecordingDuration"], told["Digits"]) == ("8", "#")
    assert told["RecordingUrl"].endswith(f"/Recordings/{told['RecordingSid']}")
    assert outcome.heard == ("Please leave a message.", "a beep", "Thank you.")
    (ready,) = gateway.fields_of("/voice/recording")
    assert set(ready) == keys_of("recording_status_completed.json")
    assert (ready["RecordingSource"], ready["RecordingStatus"], ready["RecordingDuration"]) == (
        "RecordVerb",
        "completed",
        "8",
    )
    assert told["RecordingSid"] in exchange.registry.recordings
    assert outcome.failures == ()


@pytest.mark.parametrize(
    ("habit", "digits", "seconds"),
    [
        (CallerHabit(message_end="hangup"), "hangup", "8"),
        (CallerHabit(message_end=""), "", "8"),
        (CallerHabit(message_end="9"), "", "8"),
        (CallerHabit(message_s=500), "", "120"),
        (CallerHabit(patience_s=6), "hangup", "4"),
    ],
)
def test_a_message_may_end_in_other_ways(habit: CallerHabit, digits: str, seconds: str) -> None:
    outcome, gateway, _ = play(RECORDED, Staging(habit))
    (told,) = gateway.fields_of("/voice/voicemail")
    assert (told["Digits"], told["RecordingDuration"]) == (digits, seconds)
    assert told["CallStatus"] == ("completed" if digits == "hangup" else "in-progress")
    assert ("Thank you." in outcome.heard) == (digits != "hangup")
    assert len(gateway.fields_of("/voice/recording")) == 1
    assert outcome.failures == ()


def test_nothing_said_is_no_recording() -> None:
    outcome, gateway, exchange = play(RECORDED, Staging(CallerHabit(message_s=0)))
    assert gateway.fields_of("/voice/voicemail") == []
    assert outcome.heard[-1] == "We did not hear you."
    assert exchange.registry.recordings == {}


def test_a_recorded_bridge_is_told_to_the_action_of_its_dial() -> None:
    recorded = (
        '<Dial action="/voice/result" record="record-from-answer-dual" recordingStatusCallback="/voice/recording">'
    )
    told = {"/voice/incoming": f"{recorded}{MARCUS}</Dial>", "/voice/result": "<Hangup/>"}
    _, gateway, _ = play(told, Staging(CallerHabit(talk_s=20)))
    assert set(gateway.fields_of("/voice/result")[0]) == keys_of("dial_action_completed.json")
    (ready,) = gateway.fields_of("/voice/recording")
    assert (ready["RecordingSource"], ready["RecordingChannels"]) == ("DialVerb", "2")


# --- calls in a bridge that REST moves --------------------------------------------------------------------------

BRIDGED: Mapping[str, Told] = {
    "/voice/incoming": f'<Dial action="/voice/result">{MARCUS}</Dial>',
    "/voice/result": say("One moment, please.") + "<Hangup/>",
    "/voice/moved": say("You are on your own.") + "<Hangup/>",
}


def move_child(exchange: Exchange, leg: Leg) -> None:
    leg.children[0].take_away(Move(f"{PUBLIC}/voice/moved"))


def test_a_dialled_leg_that_rest_takes_elsewhere_lives_on_while_the_dial_ends() -> None:
    outcome, gateway, exchange = play_with(BRIDGED, {20: move_child}, Staging(CallerHabit(talk_s=None)))
    (result,) = gateway.fields_of("/voice/result")
    assert (result["DialCallStatus"], result["DialBridged"], result["CallStatus"]) == (
        "completed",
        "true",
        "in-progress",
    )
    assert "DialCallDuration" not in result
    moved = gateway.fields_of("/voice/moved")[0]
    assert moved["ParentCallSid"] == result["CallSid"]
    assert outcome.heard[-1] == "One moment, please."
    assert [line.text for line in outcome.lines if line.who == "Marcus" and line.what == "hears"] == [
        "You are on your own."
    ]
    assert exchange.phones.phone(MARCUS).engaged == set()
    assert outcome.failures == ()


def test_when_rest_takes_the_caller_out_of_a_bridge_the_dialled_leg_ends() -> None:
    outcome, gateway, exchange = play_with(BRIDGED, {20: move}, Staging(CallerHabit(talk_s=None)))
    assert gateway.fields_of("/voice/result") == []
    assert outcome.heard[-1] == "You are on your own."
    assert exchange.transcript.live(MARCUS) == []
    assert exchange.phones.phone(MARCUS).engaged == set()
