"""Simulated conferences: joining, starting, holding, coaching, announcing, leaving, by TwiML and by REST."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.responses import Response
from twilio.rest import Client

from rehearsal.exchange import Exchange
from rehearsal.legs import Leg, Move
from rehearsal.network import carry, new_call
from rehearsal.outbound import CallOrder, order_call
from rehearsal.people import HABITS, Caller, CallerHabit, CoordinatorHabit
from tests.rest_stage import Stage, code_of, on_stage
from tests.stand_in import CALLER, KEISHA, MARCUS, PUBLIC, TRACKED, Fields, Staging, StandIn, Told, keys_of, play, say

EVENTS = "start end join leave mute hold modify announcement"


def room(**more: str) -> str:
    settings = {"statusCallback": "/voice/conference", "statusCallbackEvent": EVENTS} | more
    attributes = "".join(f' {name}="{value}"' for name, value in settings.items() if value)
    return f'<Dial action="/voice/after"><Conference{attributes}>cf_1</Conference></Dial>'


CALLER_SEAT = room(
    startConferenceOnEnter="false", endConferenceOnExit="true", waitUrl="/voice/hold", participantLabel="customer"
)
TOLD: Mapping[str, Told] = {
    "/voice/incoming": say("Welcome.") + CALLER_SEAT,
    "/voice/hold": say("One moment.") + "<Play>/music.mp3</Play>",
    "/music.mp3": Response(b"\xff\xfb", media_type="audio/mpeg"),
    "/voice/after": lambda fields: say("Goodbye.") + "<Hangup/>",
    "/voice/seat": say("You are connected.") + room(participantLabel="marcus"),
    "/voice/moved": say("Here is somebody.") + "<Hangup/>",
    "/voice/news": say("This is an announcement."),
}


def seat(exchange: Exchange, number: str, path: str = "/voice/seat") -> Leg:
    return order_call(exchange, CallOrder(number, TRACKED, Move(f"{PUBLIC}{path}")), 0.0)


def calling(stage: Stage, talk_s: float | None = 30.0) -> tuple[Leg, "asyncio.Task[Any]"]:
    leg = new_call(stage.exchange, Caller(CALLER, CallerHabit(talk_s=talk_s)), TRACKED)
    return leg, asyncio.ensure_future(carry(stage.exchange, leg))


def events(gateway: StandIn) -> list[str]:
    return [fields["StatusCallbackEvent"] for fields in gateway.fields_of("/voice/conference")]


async def quiet(stage: Stage, going: "asyncio.Task[Any]") -> Any:
    outcome = await going
    await stage.exchange.registry.quiet()
    return outcome


# --- by TwiML ---------------------------------------------------------------------------------------------------


def test_a_conference_starts_with_the_second_participant_and_ends_with_the_caller() -> None:
    async def scene(stage: Stage) -> Any:
        _, going = calling(stage)
        await stage.sleep(20)
        seat(stage.exchange, MARCUS)
        return await quiet(stage, going), stage.exchange

    (outcome, exchange), gateway = on_stage(scene, TOLD)
    assert outcome.bridged == ("Marcus",)
    assert events(gateway) == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-leave",
        "conference-end",
        "participant-leave",
    ]
    news = gateway.fields_of("/voice/conference")
    assert [one["SequenceNumber"] for one in news] == ["1", "2", "3", "4", "5", "6"]
    assert set(news[0]) == keys_of("conference_participant_join.json")
    assert set(news[2]) == keys_of("conference_start.json")
    assert set(news[3]) == keys_of("conference_participant_leave.json")
    assert set(news[4]) == keys_of("conference_end.json")
    assert news[4]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert [one["ReasonParticipantLeft"] for one in (news[3], news[5])] == [
        "participant_hung_up",
        "moderator_ended_conference",
    ]
    first, second = gateway.fields_of("/voice/after")
    assert set(first) == keys_of("dial_action_conference.json")
    assert (first["DialCallStatus"], second["CallStatus"]) == ("answered", "in-progress")
    assert "One moment." in outcome.heard
    (bridge,) = exchange.transcript.bridges
    assert bridge.ended_s is not None
    assert bridge.ended_s - bridge.began_s == pytest.approx(30)
    assert exchange.phones.phone(MARCUS).engaged == set()
    assert outcome.failures == ()


def test_the_first_participants_callback_counts_and_only_for_the_events_asked_for() -> None:
    told = dict(TOLD) | {
        "/voice/incoming": room(statusCallbackEvent="start end"),
        "/voice/seat": room(statusCallback="/voice/other"),
    }

    async def scene(stage: Stage) -> Any:
        _, going = calling(stage)
        await stage.sleep(5)
        seat(stage.exchange, MARCUS)
        return await quiet(stage, going)

    _, gateway = on_stage(scene, told)
    assert events(gateway) == ["conference-start", "conference-end"]
    assert gateway.fields_of("/voice/other") == []
    assert gateway.fields_of("/voice/conference")[1]["ReasonConferenceEnded"] == "last-participant-left"


def test_nobody_starts_a_conference_whose_participants_all_wait() -> None:
    told = dict(TOLD) | {"/voice/seat": room(startConferenceOnEnter="false")}

    async def scene(stage: Stage) -> Any:
        leg, going = calling(stage, talk_s=None)
        seat(stage.exchange, MARCUS)
        await stage.sleep(60)
        leg.hang_up()
        return await quiet(stage, going)

    outcome, gateway = on_stage(scene, told)
    assert "conference-start" not in events(gateway)
    assert outcome.bridged == ()


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"participantLabel": "customer"}, "16025"),
        ({"coach": "CA" + "0" * 32}, "13240"),
        ({"maxParticipants": "2"}, "13237"),
    ],
)
def test_a_seat_that_cannot_be_taken_is_refused(attributes: Mapping[str, str], code: str) -> None:
    told = dict(TOLD) | {"/voice/second": say("Hello.") + room(**attributes)}

    async def scene(stage: Stage) -> Any:
        _, going = calling(stage)
        seat(stage.exchange, MARCUS)
        await stage.sleep(10)
        seat(stage.exchange, KEISHA, "/voice/second")
        await quiet(stage, going)
        return [failure.code for failure in stage.exchange.transcript.failures]

    failures, _ = on_stage(scene, told)
    assert failures == [code]


def test_without_others_after_the_talk_a_caller_hears_nothing_and_that_is_a_failure() -> None:
    told = dict(TOLD) | {"/voice/incoming": room(), "/voice/after": "<Hangup/>"}

    async def scene(stage: Stage) -> Any:
        _, going = calling(stage, talk_s=None)
        seat(stage.exchange, MARCUS)
        return await quiet(stage, going)

    outcome, gateway = on_stage(scene, told, Staging(phones={MARCUS: CoordinatorHabit(talk_s=20)}))
    assert [failure.code for failure in outcome.failures] == ["I1"]
    assert events(gateway)[-1] == "conference-end"


def test_a_bad_wait_document_keeps_the_caller_in_silence() -> None:
    outcome, _, _ = play(dict(TOLD) | {"/voice/hold": Response(status_code=500)})
    assert [failure.code for failure in outcome.failures] == ["11200"]


def test_a_mailbox_in_a_conference_is_a_failure() -> None:
    async def scene(stage: Stage) -> Any:
        _, going = calling(stage)
        seat(stage.exchange, MARCUS)
        await quiet(stage, going)
        return [failure.code for failure in stage.exchange.transcript.failures]

    assert on_stage(scene, TOLD, Staging(phones={MARCUS: HABITS["mailbox"]}))[0] == ["mailbox"]


def test_a_bridge_becomes_a_conference_by_moving_the_dialled_leg() -> None:
    def after_dial(fields: Fields) -> str:
        return CALLER_SEAT

    told = dict(TOLD) | {
        "/voice/incoming": f'<Dial action="/voice/result">{MARCUS}</Dial>',
        "/voice/result": after_dial,
    }

    async def scene(stage: Stage) -> Any:
        leg, going = calling(stage)
        await stage.sleep(20)
        child = leg.children[0].sid
        await stage.ask(lambda client: client.calls(child).update(url=f"{PUBLIC}/voice/seat"))
        await stage.sleep(5)
        seat(stage.exchange, KEISHA)
        return await quiet(stage, going), stage.exchange

    (outcome, exchange), gateway = on_stage(scene, dict(told) | {"/voice/seat": room()})
    assert outcome.bridged == ("Marcus", "Marcus", "Keisha")
    assert {name for name in exchange.phones.phones if exchange.phones.phone(name).engaged} == set()
    assert all(bridge.ended_s is not None for bridge in exchange.transcript.bridges)
    assert outcome.failures == ()
    assert events(gateway).count("participant-join") == 3


# --- by REST ----------------------------------------------------------------------------------------------------


def test_rest_calls_somebody_into_a_conference() -> None:
    async def scene(stage: Stage) -> Any:
        leg, going = calling(stage)
        await stage.sleep(5)

        def add(client: Client) -> Any:
            return client.conferences("cf_1").participants.create(
                to=MARCUS,
                from_=TRACKED,
                label="marcus",
                end_conference_on_exit=False,
                coaching=True,
                call_sid_to_coach=leg.sid,
                status_callback=f"{PUBLIC}/voice/leg",
                status_callback_event=["initiated", "completed"],
            )

        added = await stage.ask(add)
        await stage.sleep(10)
        people = await stage.ask(lambda client: client.conferences(added.conference_sid).participants.list())
        found = await stage.ask(lambda client: client.conferences.list(friendly_name="cf_1", status="in-progress"))
        return await quiet(stage, going), added, people, found

    (outcome, added, people, found), gateway = on_stage(scene, TOLD)
    assert outcome.bridged == ("Marcus",)
    assert (added.label, added.status, added.coaching) == ("marcus", "queued", True)
    assert [(one.label, one.status) for one in people] == [("customer", "connected"), ("marcus", "connected")]
    assert [one.sid for one in found] == [added.conference_sid]
    joined = gateway.fields_of("/voice/conference")[1]
    assert (joined["ParticipantLabel"], joined["Coaching"]) == ("marcus", "true")
    assert [step["CallStatus"] for step in gateway.fields_of("/voice/leg")] == ["initiated", "completed"]


def test_a_coach_wants_somebody_of_the_conference_to_be_heard_by() -> None:
    async def scene(stage: Stage) -> Any:
        leg, going = calling(stage)
        await stage.sleep(5)
        own = {"Coaching": "true", "CallSidToCoach": leg.sid}
        told = [
            await stage.post(f"/Conferences/cf_1/Participants/{leg.sid}.json", given)
            for given in ({"Coaching": "true"}, own, {**own, "CallSidToCoach": "CA" + "0" * 32})
        ]
        leg.hang_up()
        return await quiet(stage, going), told

    (_, told), _ = on_stage(scene, TOLD)
    assert [(answer.status_code, answer.json()["code"]) for answer in told] == [(400, 20001)] * 3


def test_a_participants_and_a_conferences_answers_have_the_published_shapes() -> None:
    async def scene(stage: Stage) -> Any:
        _, going = calling(stage)
        await stage.sleep(5)
        given = {"To": MARCUS, "From": TRACKED}
        created = await stage.post("/Conferences/cf_1/Participants.json", given)
        fetched = await stage.get(f"/Conferences/{created.json()['conference_sid']}.json")
        await quiet(stage, going)
        return created, fetched

    (created, fetched), _ = on_stage(scene, TOLD)
    assert created.status_code == 201
    assert set(created.json()) == keys_of("rest_participants_create_201.json")
    assert set(fetched.json()) == keys_of("rest_conference_fetch_200.json")


def test_a_held_caller_hears_the_hold_document_until_she_is_resumed() -> None:
    async def scene(stage: Stage) -> Any:
        leg, going = calling(stage)
        seat(stage.exchange, MARCUS)
        await stage.sleep(20)
        sid = stage.exchange.registry.live_room("cf_1").sid  # type: ignore[union-attr]
        caller = lambda client: client.conferences(sid).participants(leg.sid)  # noqa: E731
        held = await stage.ask(lambda client: caller(client).update(hold=True, hold_url=f"{PUBLIC}/voice/hold"))
        again = await stage.ask(lambda client: caller(client).update(hold=True))
        await stage.sleep(5)
        resumed = await stage.ask(lambda client: caller(client).update(hold=False))
        await stage.ask(lambda client: caller(client).update(muted=True))
        return await quiet(stage, going), held.hold, again.hold, resumed.hold

    (outcome, *holds), gateway = on_stage(scene, TOLD)
    assert holds == [True, True, False]
    assert [one for one in events(gateway) if "hold" in one or "mute" in one] == [
        "participant-hold",
        "participant-unhold",
        "participant-mute",
    ]
    held = next(
        one for one in gateway.fields_of("/voice/conference") if one["StatusCallbackEvent"] == "participant-hold"
    )
    assert set(held) == keys_of("conference_participant_hold.json")
    assert outcome.heard[-2:] == ("One moment.", f"plays {PUBLIC}/music.mp3")
    assert outcome.failures == ()


def test_a_removed_participant_goes_on_with_her_own_document() -> None:
    async def scene(stage: Stage) -> Any:
        _, going = calling(stage, talk_s=60)
        marcus = seat(stage.exchange, MARCUS)
        await stage.sleep(20)
        keisha = seat(stage.exchange, KEISHA, "/voice/second")
        await stage.sleep(20)
        sid = stage.exchange.registry.live_room("cf_1").sid  # type: ignore[union-attr]
        await stage.ask(lambda client: client.conferences(sid).participants("marcus").delete())
        missing = await code_of(lambda client: client.conferences(sid).participants(marcus.sid).fetch())(stage)
        return await quiet(stage, going), missing, keisha

    (outcome, missing, _), gateway = on_stage(scene, dict(TOLD) | {"/voice/second": say("Hello.") + room()})
    assert missing == (404, 20404)
    left = [
        one["ReasonParticipantLeft"] for one in gateway.fields_of("/voice/conference") if "ReasonParticipantLeft" in one
    ]
    assert left[0] == "participant_updated_via_api"
    assert outcome.bridged == ("Marcus", "Keisha")


def test_rest_announces_and_ends_a_conference() -> None:
    async def scene(stage: Stage) -> Any:
        _, going = calling(stage, talk_s=None)
        seat(stage.exchange, MARCUS)
        await stage.sleep(20)
        sid = stage.exchange.registry.live_room("cf_1").sid  # type: ignore[union-attr]
        await stage.ask(lambda client: client.conferences(sid).update(announce_url=f"{PUBLIC}/voice/news"))
        await stage.sleep(10)
        ended = await stage.ask(lambda client: client.conferences(sid).update(status="completed"))
        return await quiet(stage, going), ended.status

    (outcome, status), gateway = on_stage(scene, TOLD)
    assert status == "completed"
    assert "This is an announcement." in outcome.heard
    assert events(gateway).count("announcement-end") == 2
    ended = next(
        one for one in gateway.fields_of("/voice/conference") if one["StatusCallbackEvent"] == "conference-end"
    )
    assert ended["ReasonConferenceEnded"] == "conference-ended-via-api"
    assert outcome.heard[-1] == "Goodbye."


def test_rest_moves_a_participant_out_and_no_action_is_told() -> None:
    async def scene(stage: Stage) -> Any:
        leg, going = calling(stage, talk_s=None)
        seat(stage.exchange, MARCUS)
        await stage.sleep(20)
        await stage.ask(lambda client: client.calls(leg.sid).update(url=f"{PUBLIC}/voice/moved"))
        return await quiet(stage, going)

    outcome, gateway = on_stage(scene, TOLD)
    assert outcome.heard[-1] == "Here is somebody."
    assert {fields["CallSid"] for fields in gateway.fields_of("/voice/after")} != {outcome.call}


@pytest.mark.parametrize(
    ("path", "given", "status", "code"),
    [
        ("/Conferences/CF" + "0" * 32 + "/Participants.json", {"To": MARCUS, "From": TRACKED}, 404, 20404),
        ("/Conferences/cf_9/Participants.json", {"To": MARCUS, "From": TRACKED, "Lable": "x"}, 400, 20001),
        ("/Conferences/cf_9/Participants.json", {"To": MARCUS}, 400, 21213),
        ("/Conferences/cf_9.json", {"Status": "completed"}, 404, 20404),
        ("/Conferences/cf_9/Participants/customer.json", {"Hold": "true"}, 404, 20404),
    ],
)
def test_a_wrong_request_about_a_conference_is_refused(
    path: str, given: Mapping[str, str], status: int, code: int
) -> None:
    async def scene(stage: Stage) -> Any:
        return await stage.post(path, given)

    response, _ = on_stage(scene, TOLD)
    assert (response.status_code, response.json()["code"]) == (status, code)
