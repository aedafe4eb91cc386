"""The double of the provider's REST, asked by Twilio's own client and by hand."""

import asyncio
import inspect
import io
import json
import wave
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallContext, CallList
from twilio.rest.api.v2010.account.conference import ConferenceContext
from twilio.rest.api.v2010.account.conference.participant import ParticipantContext, ParticipantList
from twilio.rest.api.v2010.account.queue.member import MemberContext

from rehearsal.network import carry, new_call
from rehearsal.people import HABITS, Caller, CallerHabit
from rehearsal.rest.double import RESOURCES
from rehearsal.rest.properties import (
    CALL_CREATE,
    CALL_UPDATE,
    CONFERENCE_UPDATE,
    MEMBER_UPDATE,
    PARTICIPANT_CREATE,
    PARTICIPANT_UPDATE,
)
from rehearsal.rest.switches import FAULTS, Fault
from tests.rest_stage import Stage, code_of
from tests.rest_stage import on_stage as on_any_stage
from tests.stand_in import (
    ACCOUNT,
    CALLER,
    KEISHA,
    MARCUS,
    PAYLOADS,
    PUBLIC,
    STARTED,
    TOKEN,
    TRACKED,
    Staging,
    StandIn,
    Told,
    keys_of,
    say,
)

WHISPER = '<Gather action="/voice/key" numDigits="1" timeout="5"><Say>Detox search, press 1.</Say></Gather><Hangup/>'
TOLD: Mapping[str, Told] = {
    "/voice/queued/1": WHISPER,
    "/voice/key": '<Dial action="/voice/taken"><Queue>waiting</Queue></Dial>',
    "/voice/taken": "<Hangup/>",
    "/voice/incoming": '<Enqueue action="/voice/left" waitUrl="/voice/wait">waiting</Enqueue>',
    "/voice/wait": say("You are next.") + '<Pause length="3"/>',
    "/voice/left": say("Goodbye."),
    "/voice/moved": say("Here is somebody.") + "<Hangup/>",
}
URL = f"{PUBLIC}/voice/queued/1"
EVENTS = ["initiated", "ringing", "answered", "completed"]


def rung(client: Client, to: str = MARCUS, **more: Any) -> Any:
    given = {"url": URL, "status_callback": f"{PUBLIC}/voice/leg", "status_callback_event": EVENTS} | more
    return client.calls.create(to=to, from_=TRACKED, **given)


def on_stage(
    play: Callable[[Stage], Any], told: Mapping[str, Told] = TOLD, staging: Staging | None = None
) -> tuple[Any, StandIn]:
    return on_any_stage(play, told, staging)


# --- calls ------------------------------------------------------------------------------------------------------


def test_a_created_call_rings_the_phone_and_tells_its_steps() -> None:
    async def play(stage: Stage) -> Any:
        call = await stage.ask(rung)
        await stage.exchange.registry.quiet()
        return call, stage.exchange

    (call, exchange), gateway = on_stage(play)
    assert (call.status, call.direction, call.to, call.queue_time) == ("queued", "outbound-api", MARCUS, "0")
    steps = gateway.fields_of("/voice/leg")
    assert [step["CallStatus"] for step in steps] == ["initiated", "ringing", "in-progress", "completed"]
    assert [step["SequenceNumber"] for step in steps] == ["0", "1", "2", "3"]
    assert {step["CallSid"] for step in steps} == {call.sid}
    samples = ("0_initiated", "1_ringing", "2_in-progress")
    stir = {"StirStatus"}
    for step, sample in zip(steps, samples, strict=False):
        assert set(step) == keys_of(f"call_status_{sample}.json") - stir
    recording = {"RecordingUrl", "RecordingSid", "RecordingDuration"}
    assert set(steps[3]) == keys_of("call_status_3_completed.json") - recording
    asked = gateway.fields_of("/voice/queued/1")[0]
    assert (asked["Direction"], asked["From"], asked["To"]) == ("outbound-api", TRACKED, MARCUS)
    assert "ParentCallSid" not in asked
    assert exchange.phones.phone(MARCUS).engaged == set()


@pytest.mark.parametrize(
    ("habit", "status", "sip"),
    [("busy", "busy", "486"), ("no-answer", "no-answer", "487"), ("failed", "failed", "404")],
)
def test_a_created_call_that_is_not_answered_ends_with_its_reason(habit: str, status: str, sip: str) -> None:
    async def play(stage: Stage) -> Any:
        call = await stage.ask(lambda client: rung(client, timeout=15))
        await stage.exchange.registry.quiet()
        return (await stage.ask(lambda client: client.calls(call.sid).fetch())).status

    found, gateway = on_stage(play, staging=Staging(phones={MARCUS: HABITS[habit]}))
    ended = gateway.fields_of("/voice/leg")[-1]
    assert (found, ended["CallStatus"], ended["SipResponseCode"]) == (status, status, sip)
    assert set(ended) == keys_of(f"call_status_{habit}.json")
    assert gateway.fields_of("/voice/queued/1") == []


def test_the_answer_has_twilios_published_shape() -> None:
    async def play(stage: Stage) -> Any:
        response = await stage.post("/Calls.json", {"To": MARCUS, "From": TRACKED, "Url": URL})
        await stage.exchange.registry.quiet()
        return response

    response, _ = on_stage(play)
    assert response.status_code == 201
    assert set(response.json()) == keys_of("rest_calls_create_201.json")
    assert set(response.json()["subresource_uris"]) == set(
        json.loads((PAYLOADS / "rest_calls_create_201.json").read_text("utf-8"))["subresource_uris"]
    )


def test_one_call_a_second_leaves_and_the_others_queue() -> None:
    async def play(stage: Stage) -> Any:
        calls = [await stage.ask(lambda client, to=to: rung(client, to)) for to in (MARCUS, KEISHA)]
        await stage.exchange.registry.quiet()
        return [call.queue_time for call in calls]

    queued, gateway = on_stage(play)
    assert queued == ["0", "1000"]
    begun = [step["Timestamp"] for step in gateway.fields_of("/voice/leg") if step["CallStatus"] == "initiated"]
    assert begun == ["Tue, 17 Nov 2026 19:00:00 +0000", "Tue, 17 Nov 2026 19:00:01 +0000"]


def test_a_queue_of_more_than_a_day_and_too_many_calls_are_refused() -> None:
    async def play(stage: Stage) -> Any:
        stage.double.switches.longest_queue_s = 0.5
        first = await stage.ask(rung)
        refusals = [await code_of(lambda client: rung(client, KEISHA))(stage)]
        stage.double.switches.most_live_calls = 1
        refusals.append(await code_of(lambda client: rung(client, KEISHA))(stage))
        await stage.ask(lambda client: client.calls(first.sid).update(status="canceled"))
        await stage.exchange.registry.quiet()
        return refusals

    assert on_stage(play)[0] == [(400, 22005), (400, 10004)]


def test_a_call_cancelled_while_queued_tells_nobody() -> None:
    async def play(stage: Stage) -> Any:
        await stage.ask(rung)
        second = await stage.ask(lambda client: rung(client, KEISHA))
        await stage.ask(lambda client: client.calls(second.sid).update(status="canceled"))
        await stage.exchange.registry.quiet()
        return second.sid, stage.exchange.registry.legs[second.sid].status

    (sid, status), gateway = on_stage(play)
    assert status == "canceled"
    assert all(step["CallSid"] != sid for step in gateway.fields_of("/voice/leg"))


def test_a_ringing_call_can_be_cancelled_and_a_talk_be_ended_but_once() -> None:
    async def play(stage: Stage) -> Any:
        ringing = await stage.ask(rung)
        await stage.sleep(2)
        await stage.ask(lambda client: client.calls(ringing.sid).update(status="canceled"))
        await stage.exchange.registry.quiet()
        refused = await code_of(lambda client: client.calls(ringing.sid).update(status="completed"))(stage)
        talking = await stage.ask(rung)
        await stage.sleep(7)
        too_late = await code_of(lambda client: client.calls(talking.sid).update(status="canceled"))(stage)
        await stage.ask(lambda client: client.calls(talking.sid).update(status="completed"))
        await stage.exchange.registry.quiet()
        return refused, too_late

    answers, gateway = on_stage(play)
    assert answers == ((400, 21220), (400, 21220))
    ends = [
        step["CallStatus"]
        for step in gateway.fields_of("/voice/leg")
        if step["CallStatus"] in ("canceled", "completed")
    ]
    assert ends == ["canceled", "completed"]


def test_a_waiting_caller_is_redirected_by_rest() -> None:
    async def play(stage: Stage) -> Any:
        leg = new_call(stage.exchange, Caller(CALLER, CallerHabit()), TRACKED)
        going = asyncio.ensure_future(carry(stage.exchange, leg))
        await stage.sleep(10)
        moved = await stage.ask(lambda client: client.calls(leg.sid).update(url=f"{PUBLIC}/voice/moved"))
        outcome = await going
        again = await code_of(lambda client: client.calls(leg.sid).update(url=f"{PUBLIC}/voice/moved"))(stage)
        return moved, outcome, again

    (moved, outcome, again), gateway = on_stage(play)
    assert (moved.status, moved.direction) == ("in-progress", "inbound")
    assert gateway.fields_of("/voice/left")[0]["QueueResult"] == "redirected"
    assert outcome.heard[-1] == "Here is somebody."
    assert again == (400, 21220)


def test_a_coordinator_whom_rest_called_takes_the_waiting_caller_with_her_key() -> None:
    async def play(stage: Stage) -> Any:
        leg = new_call(stage.exchange, Caller(CALLER, CallerHabit(talk_s=30)), TRACKED)
        going = asyncio.ensure_future(carry(stage.exchange, leg))
        await stage.sleep(5)
        await stage.ask(rung)
        outcome = await going
        await stage.exchange.registry.quiet()
        return outcome

    outcome, gateway = on_stage(play)
    assert outcome.bridged == ("Marcus",)
    assert gateway.fields_of("/voice/left")[0]["QueueResult"] == "bridged"
    assert gateway.fields_of("/voice/taken")[0]["DialCallDuration"] == "30"


def test_a_document_may_be_given_in_words() -> None:
    async def play(stage: Stage) -> Any:
        words = f"<Response><Say>Hello.</Say><Redirect>{PUBLIC}/voice/moved</Redirect></Response>"
        await stage.ask(lambda client: client.calls.create(to=MARCUS, from_=TRACKED, twiml=words))
        await stage.exchange.registry.quiet()
        heard = [line.text for line in stage.exchange.transcript.lines if line.what == "hears"]
        relative = "<Response><Say>Hello.</Say><Redirect>/voice/moved</Redirect></Response>"
        await stage.ask(lambda client: client.calls.create(to=MARCUS, from_=TRACKED, twiml=relative))
        await stage.exchange.registry.quiet()
        return heard, [failure.code for failure in stage.exchange.transcript.failures]

    (heard, failures), _ = on_stage(play)
    assert heard == ["Hello.", "Here is somebody."]
    assert failures == ["11100"]


@pytest.mark.parametrize(("habit", "answered_by"), [("accepts", "human"), ("mailbox", "machine_start")])
def test_the_first_request_says_who_answered(habit: str, answered_by: str) -> None:
    async def play(stage: Stage) -> Any:
        await stage.ask(lambda client: rung(client, machine_detection="Enable"))
        await stage.exchange.registry.quiet()

    _, gateway = on_stage(play, staging=Staging(phones={MARCUS: HABITS[habit]}))
    assert gateway.fields_of("/voice/queued/1")[0]["AnsweredBy"] == answered_by


def test_an_asynchronous_detection_is_told_beside_the_call() -> None:
    async def play(stage: Stage) -> Any:
        url = f"{PUBLIC}/voice/detected"
        await stage.ask(
            lambda client: rung(client, machine_detection="Enable", async_amd="true", async_amd_status_callback=url)
        )
        await stage.exchange.registry.quiet()

    _, gateway = on_stage(play)
    assert "AnsweredBy" not in gateway.fields_of("/voice/queued/1")[0]
    assert set(gateway.fields_of("/voice/detected")[0]) == keys_of("amd_async_callback.json")


# --- lists and recordings ---------------------------------------------------------------------------------------


def test_the_list_lags_and_filters() -> None:
    async def play(stage: Stage) -> Any:
        await stage.ask(rung)
        at_once = await stage.ask(lambda client: client.calls.list(to=MARCUS))
        await stage.sleep(6)
        found = [
            await stage.ask(lambda client, given=given: client.calls.list(**given))
            for given in (
                {"to": MARCUS, "start_time_after": STARTED},
                {"to": KEISHA},
                {"start_time_after": STARTED + timedelta(hours=1)},
                {"start_time_before": STARTED + timedelta(hours=1), "status": "in-progress"},
            )
        ]
        await stage.exchange.registry.quiet()
        return len(at_once), [len(each) for each in found]

    assert on_stage(play)[0] == (0, [1, 0, 0, 1])


def test_the_list_comes_in_pages() -> None:
    async def play(stage: Stage) -> Any:
        stage.double.switches.list_lag_s = 0
        stage.double.switches.call_every_s = 0
        numbers = [f"+1312555015{place}" for place in range(5)]
        for to in numbers:
            await stage.ask(lambda client, to=to: rung(client, to))
        found = await stage.ask(lambda client: client.calls.list(page_size=2))
        await stage.exchange.registry.quiet()
        return sorted(call.to for call in found) == numbers

    assert on_stage(play)[0]


def test_a_recording_is_fetched_described_and_deleted() -> None:
    async def play(stage: Stage) -> Any:
        leg = new_call(stage.exchange, Caller(CALLER, CallerHabit()), TRACKED)
        sid = stage.exchange.record(leg, 2, "RecordVerb")
        sounds = [await stage.get(f"/Recordings/{sid}{form}") for form in ("", ".wav", ".mp3", ".json", ".ogg")]
        gone = await stage.ask(lambda client: client.recordings(sid).delete())
        return sounds, gone, (await stage.get(f"/Recordings/{sid}.mp3")).json()["code"]

    (sounds, gone, after), _ = on_stage(play)
    assert [sound.status_code for sound in sounds] == [200, 200, 200, 200, 404]
    assert [sound.headers["content-type"] for sound in sounds[:3]] == ["audio/x-wav", "audio/x-wav", "audio/mpeg"]
    with wave.open(io.BytesIO(sounds[0].content)) as file:
        assert file.getnframes() == 16_000
    assert set(sounds[3].json()) == keys_of("rest_call_recording_create_201.json")
    assert (gone, after) == (True, 20404)


def test_a_waiting_member_is_listed_and_taken_out() -> None:
    async def play(stage: Stage) -> Any:
        leg = new_call(stage.exchange, Caller(CALLER, CallerHabit()), TRACKED)
        going = asyncio.ensure_future(carry(stage.exchange, leg))
        await stage.sleep(10)
        queue = (await stage.ask(lambda client: client.queues.list()))[0]
        listed = await stage.ask(lambda client: client.queues(queue.sid).members.list())
        moved = await stage.ask(
            lambda client: client.queues(queue.sid).members("Front").update(f"{PUBLIC}/voice/moved")
        )
        await going
        empty = await code_of(lambda client: client.queues(queue.sid).members("Front").update(URL))(stage)
        return queue.current_size, [member.call_sid for member in listed] == [leg.sid], moved.wait_time, empty

    (size, listed, waited, empty), gateway = on_stage(play)
    assert (size, listed, waited, empty) == (1, True, 10, (404, 20404))
    assert gateway.fields_of("/voice/left")[0]["QueueResult"] == "redirected"


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"To": "5550131", "From": TRACKED, "Url": URL}, 21211),
        ({"To": MARCUS, "From": "x", "Url": URL}, 21212),
        ({"From": TRACKED, "Url": URL}, 21201),
        ({"To": MARCUS, "Url": URL}, 21213),
        ({"To": MARCUS, "From": KEISHA, "Url": URL}, 21210),
        ({"To": MARCUS, "From": TRACKED}, 21205),
        ({"To": MARCUS, "From": TRACKED, "Url": "/voice/queued/1"}, 21205),
        ({"To": MARCUS, "From": TRACKED, "Url": "https://elsewhere.example.com/voice"}, 21205),
        ({"To": MARCUS, "From": TRACKED, "Url": f"{PUBLIC}/voice/queued/+13125550142"}, 21205),
        ({"To": MARCUS, "From": TRACKED, "Url": URL, "Timout": "15"}, 20001),
        ({"To": MARCUS, "From": TRACKED, "Url": URL, "Timeout": "0"}, 20001),
        ({"To": MARCUS, "From": TRACKED, "Url": URL, "StatusCallbackEvent": "initiated ringing"}, 20001),
        ({"To": [MARCUS, KEISHA], "From": TRACKED, "Url": URL}, 20001),
        ({"To": MARCUS, "From": TRACKED, "Twiml": "x" * 4001}, 20001),
    ],
)
def test_a_wrong_request_is_refused_with_twilios_code(given: Mapping[str, object], code: int) -> None:
    async def play(stage: Stage) -> Any:
        return await stage.post("/Calls.json", given), len(stage.exchange.registry.legs)

    (response, calls), _ = on_stage(play)
    assert (response.status_code, response.json()["code"], calls) == (400, code, 0)
    assert set(response.json()) == {"code", "message", "more_info", "status"}
    assert response.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


def test_what_is_not_there_is_not_found() -> None:
    missing = "CA" + "0" * 32
    assert on_stage(code_of(lambda client: client.calls(missing).fetch()))[0] == (404, 20404)
    assert on_stage(code_of(lambda client: client.calls(missing).update(status="completed")))[0] == (404, 20404)
    assert on_stage(lambda stage: stage.get("/Addresses.json"))[0].json()["code"] == 20404


@pytest.mark.parametrize("login", [(ACCOUNT, "wrong"), ("SKaa", TOKEN), ("AC" + "0" * 32, TOKEN), None])
def test_a_wrong_login_is_refused(login: tuple[str, str] | None) -> None:
    async def play(stage: Stage) -> Any:
        given = {"To": MARCUS, "From": TRACKED, "Url": URL}
        return await stage.post("/Calls.json", given, auth=login), stage.double.switches.asked

    (response, asked), _ = on_stage(play)
    assert (response.status_code, response.json()["code"], asked) == (401, 20003, [])


def test_an_api_key_may_log_in() -> None:
    async def play(stage: Stage) -> Any:
        response = await stage.post(
            "/Calls.json", {"To": MARCUS, "From": TRACKED, "Url": URL}, auth=("SKaa", "key-secret")
        )
        await stage.exchange.registry.quiet()
        return response.status_code

    assert on_stage(play)[0] == 201


def test_every_resource_has_an_address_of_its_own() -> None:
    assert len({(resource.method, resource.path) for resource in RESOURCES}) == len(RESOURCES)


# --- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_before_acceptance_creates_no_call_and_one_after_it_does(fault: Fault) -> None:
    async def play(stage: Stage) -> Any:
        stage.double.switches.faults.append(fault)
        stage.double.switches.hang_s = 5
        failed: Exception | None = None
        try:
            await stage.ask(rung)
        except (TwilioRestException, requests.RequestException) as error:
            failed = error
        calls = len(stage.exchange.registry.legs)
        second = await stage.ask(lambda client: rung(client, KEISHA))
        await stage.exchange.registry.quiet()
        return failed, calls, second.status

    (failed, calls, second), _ = on_stage(play)
    assert calls == (1 if fault.endswith("after") else 0)
    assert second == "queued"
    if isinstance(failed, TwilioRestException):
        expected = {"429": (429, 20429), "401": (401, 20003)}.get(fault, (500, 20500))
        assert (failed.status, failed.code) == expected
    elif fault == "closed-after":
        assert isinstance(failed, requests.ConnectionError)
    else:
        assert isinstance(failed, requests.ReadTimeout)


def test_faults_may_be_drawn_by_rate_and_the_same_seed_draws_the_same() -> None:
    async def play(stage: Stage) -> Any:
        stage.double.switches.rates = {"429": 0.5}
        stage.double.switches.call_every_s = 0
        given = {"To": MARCUS, "From": TRACKED, "Url": URL}
        statuses = [(await stage.post("/Calls.json", given)).status_code for _ in range(12)]
        for leg in stage.exchange.registry.live_legs():
            leg.hang_up()
        await stage.exchange.registry.quiet()
        return statuses

    first, again = on_stage(play)[0], on_stage(play)[0]
    assert first == again
    assert set(first) == {201, 429}


# --- the tables of properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("documented", "known"),
    [
        (CallList.create, CALL_CREATE),
        (CallContext.update, CALL_UPDATE),
        (ParticipantList.create, PARTICIPANT_CREATE),
        (ParticipantContext.update, PARTICIPANT_UPDATE),
        (ConferenceContext.update, CONFERENCE_UPDATE),
        (MemberContext.update, MEMBER_UPDATE),
    ],
    ids=lambda given: getattr(given, "__qualname__", ""),
)
def test_the_known_properties_are_those_that_twilios_client_sends(
    documented: Callable[..., object], known: Mapping[str, object]
) -> None:
    parameters = inspect.signature(documented).parameters.keys() - {"self"}
    assert {"".join(word.capitalize() for word in name.split("_")) for name in parameters} == set(known)
