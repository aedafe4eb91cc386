"""The simulated phone network drives a small stand-in gateway exactly as Twilio would, and keeps the truth."""

import asyncio
import json
from collections.abc import Mapping

import pytest
from httpx2 import AsyncClient
from starlette.requests import Request
from starlette.responses import Response

from rehearsal.delivery import Door, Webhook, WebhookFailed
from rehearsal.exchange import Carrier
from rehearsal.legs import Leg
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import VirtualPace, run_virtual, wait_first
from rehearsal.people import HABITS, Caller, CallerHabit, CoordinatorHabit
from rehearsal.signing import SigningKey, signature, signed_headers, voice_url
from rehearsal.transcript import Bridge, Line, Transcript, written
from tests.stand_in import (
    CALLER,
    KEISHA,
    MARCUS,
    OFFER,
    PAYLOADS,
    PRIYA,
    PUBLIC,
    TOKEN,
    TRACKED,
    WHISPER,
    WHISPERED,
    Fields,
    Staging,
    StandIn,
    Told,
    after_dial,
    client_of,
    codes,
    dial,
    exchange_to,
    keys_of,
    number,
    play,
    say,
    twiml,
)

# --- signing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vector", json.loads((PAYLOADS / "signature_vectors.json").read_text("utf-8")), ids=lambda vector: vector["name"]
)
def test_the_network_signs_as_the_published_vectors_do(vector: dict[str, object]) -> None:
    shared = "webhooks_sharedkey_1" if vector["algorithm"] == "HMAC_SHA256" else None
    key = SigningKey(str(vector["auth_token"]), shared)
    params = vector["params"] if vector["body"] is None else {}
    assert isinstance(params, dict)
    assert signature(key, str(vector["url_signed"]), params.items()) == vector["signature"]


def test_a_shared_key_names_itself_and_its_algorithm_in_a_header() -> None:
    headers = signed_headers(SigningKey("secret", "webhooks_sharedkey_1"), PUBLIC, {}, "t")
    assert headers["X-Twilio-Webhooks-Signature-Settings"] == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    assert "X-Twilio-Webhooks-Signature-Settings" not in signed_headers(SigningKey("secret"), PUBLIC, {}, "t")


@pytest.mark.parametrize(
    ("asked", "signed"),
    [
        ("https://gw.example.com:8443/v?a=1#rc=2", "https://gw.example.com/v?a=1"),
        ("http://gw.example.com:8080/v", "http://gw.example.com:8080/v"),
        ("https://user:pass@gw.example.com/v", "https://gw.example.com/v"),
    ],
)
def test_a_voice_webhook_signs_without_user_part_fragment_and_https_port(asked: str, signed: str) -> None:
    assert voice_url(asked) == signed


def test_a_key_keeps_its_secret_to_itself() -> None:
    assert "hidden" not in repr(SigningKey("hidden"))


# --- a call that is taken ---------------------------------------------------------------------------------------


def test_a_coordinator_who_presses_1_is_bridged_and_the_call_is_told_in_order() -> None:
    outcome, gateway, exchange = play(OFFER)
    assert (outcome.rang, outcome.bridged, outcome.failures) == (("Marcus",), ("Marcus",), ())
    assert outcome.heard == ("Welcome.", "ringing")
    assert outcome.status == "completed"
    asked = [path for path, _ in gateway.asked if path != "/voice/leg"]
    assert asked == ["/voice/incoming", "/voice/whisper", "/voice/key", "/voice/result", "/voice/status"]
    assert exchange.transcript.live(MARCUS) == []


def test_every_webhook_carries_exactly_the_fields_of_the_samples() -> None:
    _, gateway, _ = play(OFFER)
    assert set(gateway.fields_of("/voice/incoming")[0]) == keys_of("voice_incoming.json")
    assert set(gateway.fields_of("/voice/whisper")[0]) == keys_of("number_whisper.json")
    assert set(gateway.fields_of("/voice/key")[0]) == keys_of("number_whisper_gather.json")
    recording = {"RecordingUrl", "RecordingSid", "RecordingDuration"}
    assert set(gateway.fields_of("/voice/result")[0]) == keys_of("dial_action_completed.json") - recording
    assert [set(fields) for fields in gateway.fields_of("/voice/leg")] == [
        keys_of("number_status_0_initiated.json"),
        keys_of("number_status_1_ringing.json"),
        keys_of("number_status_2_in-progress.json"),
        keys_of("number_status_3_completed.json"),
    ]
    ended = keys_of("dial_action_no_answer.json") - {"DialCallStatus", "DialCallSid", "DialBridged"}
    assert set(gateway.fields_of("/voice/status")[0]) == ended | {"CallDuration"}


def test_status_callbacks_count_up_and_end_with_the_talk() -> None:
    _, gateway, _ = play(OFFER, Staging(CallerHabit(talk_s=42)))
    steps = gateway.fields_of("/voice/leg")
    assert [step["CallStatus"] for step in steps] == ["initiated", "ringing", "in-progress", "completed"]
    assert [step["SequenceNumber"] for step in steps] == ["0", "1", "2", "3"]
    assert {step["ParentCallSid"] for step in steps} == {gateway.fields_of("/voice/incoming")[0]["CallSid"]}
    assert steps[0]["Timestamp"] == "Tue, 17 Nov 2026 19:00:01 +0000"
    assert (steps[3]["CallDuration"], steps[3]["Duration"]) == ("45", "1")


def test_steps_that_were_not_asked_for_still_count() -> None:
    only_the_end = number(MARCUS, statusCallback="/voice/leg")
    _, gateway, _ = play({"/voice/incoming": dial(only_the_end), "/voice/result": "<Hangup/>"})
    assert [step["SequenceNumber"] for step in gateway.fields_of("/voice/leg")] == ["3"]


def test_the_bridge_lasts_as_long_as_they_talk() -> None:
    _, _, exchange = play(OFFER, Staging(CallerHabit(talk_s=42)))
    (bridge,) = exchange.transcript.bridges
    assert (bridge.caller, bridge.coordinator) == (CALLER, MARCUS)
    assert bridge.ended_s is not None
    assert bridge.ended_s - bridge.began_s == 42


def test_when_the_coordinator_hangs_up_the_caller_hears_what_the_action_answers() -> None:
    told = dict(OFFER) | {"/voice/result": say("Goodbye.")}
    staging = Staging(CallerHabit(talk_s=None), {MARCUS: CoordinatorHabit(talk_s=30)})
    outcome, gateway, _ = play(told, staging)
    assert outcome.heard[-1] == "Goodbye."
    (result,) = gateway.fields_of("/voice/result")
    assert (result["CallStatus"], result["DialCallStatus"]) == ("in-progress", "completed")
    assert (result["DialBridged"], result["DialCallDuration"]) == ("true", "33")


def test_when_the_caller_hangs_up_the_action_is_told_and_its_answer_reaches_nobody() -> None:
    outcome, gateway, _ = play(dict(OFFER) | {"/voice/result": say("Nobody hears this.")})
    (result,) = gateway.fields_of("/voice/result")
    assert (result["CallStatus"], result["DialCallStatus"], result["DialBridged"]) == ("completed", "completed", "true")
    assert "Nobody hears this." not in outcome.heard


def test_a_time_limit_ends_the_bridge() -> None:
    told = dict(OFFER) | {"/voice/incoming": say("Welcome.") + dial(WHISPERED, timeLimit="20")}
    _, _, exchange = play(told, Staging(CallerHabit(talk_s=None)))
    assert exchange.transcript.bridges[0].ended_s == exchange.transcript.bridges[0].began_s + 20


def test_an_unanswered_call_with_answer_on_bridge_is_answered_by_the_bridge() -> None:
    told = dict(OFFER) | {"/voice/incoming": dial(WHISPERED, answerOnBridge="true")}
    _, gateway, _ = play(told, Staging(CallerHabit(talk_s=10)))
    (status,) = gateway.fields_of("/voice/status")
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", "10")


def test_a_withheld_number_comes_without_geography_and_token() -> None:
    _, gateway, _ = play(OFFER, Staging(number="anonymous"))
    assert set(gateway.fields_of("/voice/incoming")[0]) == keys_of("voice_incoming_anonymous.json")


def test_two_plays_of_one_scene_are_the_same() -> None:
    first, _, _ = play(OFFER)
    second, _, _ = play(OFFER)
    assert first == second
    assert "bridged" in written(list(first.lines))


# --- a call that is not taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("habit", "status", "sip", "lasted_s"),
    [
        ("refuses", "completed", "200", 8),
        ("mailbox", "completed", "200", None),
        ("hangs-up", "completed", "200", None),
        ("no-answer", "no-answer", "487", 21),
        ("busy", "busy", "486", 2),
        ("failed", "failed", "404", 1),
    ],
)
def test_a_coordinator_who_does_not_take_the_call_is_never_bridged(
    habit: str, status: str, sip: str, lasted_s: int | None
) -> None:
    outcome, gateway, exchange = play(OFFER, Staging(phones={MARCUS: HABITS[habit]}))
    assert outcome.bridged == ()
    assert outcome.failures == ()
    assert outcome.heard == ("Welcome.", "ringing", "We will call you back.")
    (result,) = gateway.fields_of("/voice/result")
    assert (result["DialCallStatus"], result["DialBridged"]) == (status, "false")
    ended = gateway.fields_of("/voice/leg")[-1]
    assert (ended["CallStatus"], ended["SipResponseCode"]) == (status, sip)
    rang_s = [line.at_s for line in outcome.lines if line.what == "asks" and line.text.endswith("/voice/result")]
    if lasted_s is not None:
        assert rang_s == [1 + lasted_s]
    assert exchange.phones.phone(MARCUS).engaged == set()


def test_an_unanswered_dial_has_the_fields_of_the_samples() -> None:
    for habit, sample in (("no-answer", "dial_action_no_answer.json"), ("busy", "dial_action_busy.json")):
        _, gateway, _ = play(OFFER, Staging(phones={MARCUS: HABITS[habit]}))
        assert set(gateway.fields_of("/voice/result")[0]) == keys_of(sample)


def test_a_whisper_that_was_refused_may_be_reported_as_no_answer() -> None:
    staging = Staging(phones={MARCUS: HABITS["refuses"]}, carrier=Carrier(refused_status="no-answer"))
    _, gateway, _ = play(OFFER, staging)
    assert gateway.fields_of("/voice/result")[0]["DialCallStatus"] == "no-answer"


def test_without_action_the_document_goes_on_after_the_dial() -> None:
    told = {"/voice/incoming": dial(number(MARCUS), action="") + say("We will call you back.")}
    outcome, _, _ = play(told, Staging(phones={MARCUS: HABITS["busy"]}))
    assert outcome.heard == ("ringing", "We will call you back.")


def test_a_plain_number_in_a_dial_is_dialled() -> None:
    outcome, _, _ = play({"/voice/incoming": dial(MARCUS), "/voice/result": "<Hangup/>"})
    assert outcome.bridged == ("Marcus",)


def test_the_next_of_the_plan_is_rung_when_the_first_is_busy() -> None:
    def next_one(fields: Fields) -> str:
        return dial(number(KEISHA), action="/voice/last")

    told = dict(OFFER) | {"/voice/result": next_one, "/voice/last": "<Hangup/>"}
    outcome, _, _ = play(told, Staging(phones={MARCUS: HABITS["no-answer"]}))
    assert (outcome.rang, outcome.bridged) == (("Marcus", "Keisha"), ("Keisha",))


def test_a_caller_connected_with_a_mailbox_is_a_failure() -> None:
    told = {"/voice/incoming": dial(number(MARCUS)), "/voice/result": "<Hangup/>"}
    outcome, _, _ = play(told, Staging(phones={MARCUS: HABITS["mailbox"]}))
    assert codes(outcome) == ["mailbox"]


def test_a_whisper_longer_than_its_reservation_allows_is_a_failure() -> None:
    long = WHISPER.replace('timeout="5"', 'timeout="13"')
    outcome, _, _ = play(dict(OFFER) | {"/voice/whisper": long}, Staging(phones={MARCUS: HABITS["mailbox"]}))
    assert codes(outcome) == ["whisper"]


# --- several phones ---------------------------------------------------------------------------------------------


def test_of_several_numbers_the_first_to_pick_up_cancels_the_others() -> None:
    three = number(MARCUS, statusCallback="/voice/leg") + number(KEISHA, statusCallback="/voice/leg") + number(PRIYA)
    staging = Staging(phones={MARCUS: CoordinatorHabit(answer_s=9), KEISHA: HABITS["mailbox"], PRIYA: HABITS["busy"]})
    outcome, gateway, _ = play({"/voice/incoming": dial(three), "/voice/result": "<Hangup/>"}, staging)
    assert outcome.rang == ("Marcus", "Keisha")
    assert outcome.bridged == ("Marcus",)
    assert [step["CallStatus"] for step in gateway.fields_of("/voice/leg")] == ["canceled", "completed"]


def test_two_who_pick_up_at_once_are_not_both_bridged() -> None:
    told = {"/voice/incoming": dial(number(MARCUS) + number(KEISHA)), "/voice/result": "<Hangup/>"}
    outcome, _, exchange = play(told)
    assert outcome.bridged == ("Marcus",)
    assert exchange.phones.phone(KEISHA).engaged == set()


def test_a_sequential_dial_rings_one_after_another() -> None:
    told = {
        "/voice/incoming": dial(number(MARCUS) + number(KEISHA), sequential="true"),
        "/voice/result": "<Hangup/>",
    }
    outcome, _, _ = play(told, Staging(phones={MARCUS: HABITS["no-answer"]}))
    rings = [line.at_s for line in outcome.lines if line.what == "rings"]
    assert rings == [1, 22]
    assert outcome.bridged == ("Keisha",)


def test_a_coordinator_offered_two_calls_at_once_is_reported() -> None:
    gateway = StandIn({"/voice/incoming": dial(number(MARCUS)), "/voice/result": after_dial})

    async def two_calls(pace: VirtualPace) -> list[CallOutcome]:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(), client, pace)
            calls = [place_call(exchange, Caller(f"+1415555010{place}"), TRACKED) for place in (1, 2)]
            return await asyncio.gather(*calls)

    first, second = run_virtual(two_calls)
    assert codes(first) + codes(second) == ["I3"]
    assert first.bridged + second.bridged == ("Marcus",)


def test_a_second_live_bridge_of_one_phone_is_a_failure_of_the_truth() -> None:
    truth = Transcript()
    truth.bridge(Bridge("CA1", CALLER, MARCUS, 0.0))
    truth.bridge(Bridge("CA2", CALLER, MARCUS, 1.0), lines=2)
    assert truth.failures == []
    truth.bridge(Bridge("CA3", CALLER, MARCUS, 2.0))
    assert [failure.code for failure in truth.failures] == ["I3"]


# --- a caller who goes ------------------------------------------------------------------------------------------


def test_a_caller_who_leaves_while_it_rings_cancels_the_ring() -> None:
    outcome, gateway, exchange = play(OFFER, Staging(CallerHabit(patience_s=4), {MARCUS: HABITS["no-answer"]}))
    (result,) = gateway.fields_of("/voice/result")
    assert set(result) == keys_of("dial_action_caller_hung_up.json")
    assert (result["CallStatus"], result["DialCallStatus"]) == ("completed", "canceled")
    assert gateway.fields_of("/voice/leg")[-1]["CallStatus"] == "canceled"
    assert gateway.fields_of("/voice/status")[0]["CallDuration"] == "4"
    assert outcome.status == "completed"
    assert exchange.phones.phone(MARCUS).engaged == set()


def test_a_caller_who_leaves_during_the_whisper_is_not_bridged() -> None:
    slow = CoordinatorHabit(key_after_s=6.0)
    outcome, gateway, _ = play(OFFER, Staging(CallerHabit(patience_s=8), {MARCUS: slow}))
    assert outcome.bridged == ()
    assert gateway.fields_of("/voice/result")[0]["DialCallStatus"] == "canceled"
    assert gateway.fields_of("/voice/key") == []


def test_a_caller_who_leaves_during_the_greeting_rings_nobody() -> None:
    outcome, gateway, _ = play(OFFER, Staging(CallerHabit(patience_s=0.5)))
    assert outcome.rang == ()
    assert [path for path, _ in gateway.asked] == ["/voice/incoming", "/voice/status"]


# --- other verbs ------------------------------------------------------------------------------------------------

MENU = '<Gather action="/voice/menu" numDigits="1" timeout="5"><Say>Press 1 for detox.</Say></Gather>'


def chosen(fields: Fields) -> str:
    return say(f"You pressed {fields['Digits']}.")


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        (("1",), ("Press 1 for detox.", "You pressed 1.")),
        ((), ("Press 1 for detox.", "A person will help.")),
        (("",), ("Press 1 for detox.", "A person will help.")),
        (("12",), ("Press 1 for detox.", "You pressed 1.")),
        (("#",), ("Press 1 for detox.", "A person will help.")),
    ],
)
def test_a_gather_takes_the_key_or_falls_through(keys: tuple[str, ...], heard: tuple[str, ...]) -> None:
    told: Mapping[str, Told] = {"/voice/incoming": MENU + say("A person will help."), "/voice/menu": chosen}
    outcome, gateway, _ = play(told, Staging(CallerHabit(keys=keys)))
    assert outcome.heard == heard
    assert all(set(fields) == keys_of("gather_digits.json") for fields in gateway.fields_of("/voice/menu"))


def test_a_key_after_the_time_out_comes_too_late() -> None:
    told: Mapping[str, Told] = {"/voice/incoming": MENU + say("A person will help."), "/voice/menu": chosen}
    outcome, _, _ = play(told, Staging(CallerHabit(keys=("1",), key_after_s=7)))
    assert outcome.heard[-1] == "A person will help."


def test_a_gather_may_take_many_keys_up_to_the_finishing_one() -> None:
    many = '<Gather action="/voice/menu" finishOnKey="*"><Say>Your ZIP code?</Say></Gather>' + say("No ZIP.")
    outcome, _, _ = play({"/voice/incoming": many, "/voice/menu": chosen}, Staging(CallerHabit(keys=("32501*9",))))
    assert outcome.heard[-1] == "You pressed 32501."


def test_a_gather_may_ask_its_action_even_when_nothing_is_pressed() -> None:
    asking = MENU.replace("numDigits", 'actionOnEmptyResult="true" numDigits')
    outcome, gateway, _ = play({"/voice/incoming": asking, "/voice/menu": chosen})
    assert gateway.fields_of("/voice/menu")[0]["Digits"] == ""
    assert outcome.failures == ()


def test_redirects_pauses_music_and_get_requests_are_followed() -> None:
    told = {
        "/voice/incoming": '<Pause length="2"/><Play>/music.mp3</Play>'
        '<Redirect method="GET">/voice/next?a=1</Redirect>',
        "/voice/next": say("Here you are.") + "<Hangup/>",
    }
    outcome, gateway, _ = play(told)
    assert outcome.heard == (f"plays {PUBLIC}/music.mp3", "Here you are.")
    assert gateway.fields_of("/voice/next")[0]["a"] == "1"
    assert gateway.fields_of("/voice/next")[0]["CallStatus"] == "in-progress"
    assert gateway.fields_of("/voice/status")[0]["CallDuration"] == "11"


def test_a_rejected_call_is_never_answered() -> None:
    outcome, gateway, _ = play({"/voice/incoming": '<Reject reason="busy"/>'})
    assert (outcome.status, outcome.heard) == ("busy", ())
    assert gateway.fields_of("/voice/status")[0]["CallDuration"] == "0"


def test_documents_that_send_the_caller_in_a_circle_are_stopped() -> None:
    outcome, _, _ = play({"/voice/incoming": "<Redirect>/voice/incoming</Redirect>"})
    assert codes(outcome)[0] == "loop"


def test_a_verb_the_network_does_not_carry_out_is_said_so() -> None:
    outcome, _, _ = play({"/voice/incoming": dial("<Client>front-desk</Client>"), "/voice/fallback": say("Goodbye.")})
    assert codes(outcome) == ["unsupported", "I1"]


def test_a_caller_id_of_somebody_else_is_refused() -> None:
    foreign, _, _ = play({"/voice/incoming": dial(number(MARCUS), callerId=KEISHA)})
    own, _, _ = play({"/voice/incoming": dial(number(MARCUS), callerId=TRACKED), "/voice/result": "<Hangup/>"})
    assert codes(foreign) == ["13214", "I1"]
    assert own.bridged == ("Marcus",)


# --- webhooks that fail -----------------------------------------------------------------------------------------

BROKEN: Mapping[str, Told] = {
    "12300": Response("{}", media_type="application/json"),
    "11200": Response(status_code=500),
    "12100": Response('<?xml version="1.0" encoding="UTF-8"?><Response>', media_type="text/xml"),
    "I1": "",
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_first_answer_is_reported_and_the_fallback_is_asked(code: str) -> None:
    told = {
        "/voice/incoming": BROKEN[code],
        "/voice/fallback": say("Please hold.") + dial(MARCUS, action="") + say("Bye."),
    }
    outcome, gateway, _ = play(told)
    assert codes(outcome) == [code]
    assert outcome.bridged == ("Marcus",)
    (asked,) = gateway.fields_of("/voice/fallback")
    assert set(asked) == keys_of("voice_fallback.json")
    told_code = code if code.isdigit() else "12200"
    assert (asked["ErrorCode"], asked["ErrorUrl"]) == (told_code, f"{PUBLIC}/voice/incoming")


def test_a_redirect_by_http_is_not_followed() -> None:
    moved = Response(status_code=302, headers={"Location": "/voice/next"})
    outcome, _, _ = play({"/voice/incoming": moved, "/voice/fallback": say("Please call again.")})
    assert codes(outcome) == ["11200"]


def test_without_a_fallback_the_caller_hears_the_providers_error_voice() -> None:
    broken = Response(status_code=500)
    outcome, _, _ = play({"/voice/incoming": broken, "/voice/fallback": broken})
    assert codes(outcome) == ["11200", "11200", "I1"]
    assert outcome.status == "failed"


def test_a_broken_dial_result_is_reported_and_the_fallback_is_asked() -> None:
    told = dict(OFFER) | {"/voice/result": Response(status_code=503), "/voice/fallback": say("We will call you back.")}
    outcome, _, _ = play(told, Staging(phones={MARCUS: HABITS["busy"]}))
    assert codes(outcome) == ["11200"]
    assert outcome.heard[-1] == "We will call you back."


def test_a_broken_whisper_bridges_nobody() -> None:
    outcome, gateway, _ = play(dict(OFFER) | {"/voice/whisper": say("You have a call.")})
    assert codes(outcome) == ["mailbox"]
    assert outcome.bridged == ()
    assert gateway.fields_of("/voice/result")[0]["DialBridged"] == "false"


@pytest.mark.parametrize("status", [201, 302, 403, 500])
def test_a_status_callback_wants_200_or_204(status: int) -> None:
    outcome, _, _ = play(dict(OFFER) | {"/voice/leg": Response(status_code=status)})
    assert set(codes(outcome)) == {"15003"}
    assert outcome.bridged == ("Marcus",)


def test_a_gateway_that_does_not_answer_in_time_is_a_failed_webhook() -> None:
    class Stuck(StandIn):
        async def answer(self, request: Request) -> Response:
            await asyncio.Event().wait()
            raise AssertionError

    gateway = Stuck({})

    async def ask(pace: VirtualPace) -> str:
        async with client_of(gateway) as client:
            exchange = exchange_to(gateway, Staging(limit_s=0.01), client, pace)
            with pytest.raises(WebhookFailed) as failed:
                await exchange.door.deliver(Webhook("POST", f"{PUBLIC}/voice/incoming", {}, "token"))
            return failed.value.code

    assert run_virtual(ask) == "11205"


def test_a_gateway_that_is_not_there_is_a_failed_webhook() -> None:
    async def ask(pace: VirtualPace) -> str:
        async with AsyncClient(trust_env=False) as client:
            door = Door(client, PUBLIC, "http://127.0.0.1:1", SigningKey(TOKEN), pace)
            with pytest.raises(WebhookFailed) as failed:
                await door.deliver(Webhook("POST", f"{PUBLIC}/voice/incoming", {}, "token"))
            return failed.value.code

    assert run_virtual(ask) == "11205"


def test_connection_overrides_are_obeyed_and_not_sent() -> None:
    answers = iter([Response(status_code=503), Response(status_code=503), twiml(say("At last."))])
    told: Mapping[str, Told] = {
        "/voice/incoming": say("One moment.") + "<Redirect>/voice/next#rc=2&amp;rp=5xx</Redirect>",
        "/voice/next": lambda fields: next(answers),
    }
    outcome, gateway, _ = play(told)
    assert outcome.heard[-1] == "At last."
    assert outcome.failures == ()
    assert len(gateway.fields_of("/voice/next")) == 3
    assert len(set(gateway.tokens[1:4])) == 1


# --- copies -----------------------------------------------------------------------------------------------------


def test_copies_of_a_webhook_carry_one_token_and_equal_answers_are_fine() -> None:
    outcome, gateway, _ = play(OFFER, Staging(copies=3))
    assert outcome.failures == ()
    assert len(gateway.fields_of("/voice/incoming")) == 3
    assert len(set(gateway.tokens[:3])) == 1


def test_copies_answered_differently_are_reported() -> None:
    count = iter(range(100))
    told = dict(OFFER) | {"/voice/incoming": lambda fields: say(f"Caller {next(count)}.") + dial(WHISPERED)}
    outcome, _, _ = play(told, Staging(copies=2))
    assert codes(outcome) == ["I10"]


def test_a_copy_that_fails_is_a_different_answer() -> None:
    count = iter(range(100))

    def once(fields: Fields) -> str | Response:
        return say("Hello.") if next(count) == 0 else Response(status_code=500)

    outcome, _, _ = play({"/voice/incoming": once}, Staging(copies=2))
    assert codes(outcome) == ["I10"]


# --- time -------------------------------------------------------------------------------------------------------


def test_virtual_time_waits_for_work_outside_before_it_jumps() -> None:
    async def scene(pace: VirtualPace) -> tuple[float, float]:
        began = asyncio.Event()

        async def work() -> float:
            with pace.outside():
                began.set()
                await asyncio.to_thread(lambda: None)
                return pace.now()

        working = asyncio.ensure_future(work())
        await began.wait()
        await pace.sleep(100)
        return await working, pace.now()

    assert run_virtual(scene) == (0.0, 100.0)


def test_an_event_beats_the_timer_and_a_timer_beats_nothing() -> None:
    async def scene(pace: VirtualPace) -> tuple[bool, bool, float]:
        rung = asyncio.Event()

        async def ring() -> None:
            await pace.sleep(3)
            rung.set()

        ringing = asyncio.ensure_future(ring())
        early = await wait_first(pace, [rung], 2)
        late = await wait_first(pace, [rung], 2)
        await ringing
        return early, late, pace.now()

    assert run_virtual(scene) == (False, True, 3.0)


def test_a_transcript_is_readable_text() -> None:
    lines = [Line(5.0, "CA1", "caller", "dials", TRACKED), Line(6.5, "CA1", "Marcus", "rings", "")]
    assert written(lines).splitlines()[1].split() == ["1.5", "s", "Marcus", "rings"]


def test_a_leg_that_never_was_answered_has_no_seconds() -> None:
    async def scene(pace: VirtualPace) -> int:
        return Leg("CA1", CALLER, TRACKED, CallerHabit(), 0.0, "caller").seconds(10.0)

    assert run_virtual(scene) == 0
