"""S-25, A-83: an office closed by hand from 13:00 to 17:30; its calls and forms go to the one that stands in."""

from datetime import datetime, timedelta

import pytest

from routing.state.practice import closures
from routing.state.practice.closures import Closure
from tests.rooms import CHICAGO, Room
from tests.stage import Stage

LAKESIDE, ORTHO_NAP = "lakeside-specialty", "+16305550122"
ONE, HALF_PAST_FIVE = datetime(2026, 11, 17, 13, 0, tzinfo=CHICAGO), datetime(2026, 11, 17, 17, 30, tzinfo=CHICAGO)


def burst_pipe(room: Room) -> None:
    made = Closure("cl_1", LAKESIDE, "location", "NAP", "burst_pipe", "neil-fontaine", ONE, HALF_PAST_FIVE)
    closures.close(room.db, made, ONE)
    room.desk.shelf.refresh()


def form(room: Room) -> tuple[str, str]:
    arrival = room.arrival(
        practice=LAKESIDE, channel="form", contact="+16305550170", category="orthopaedics", city="Aurora", patient="new"
    )
    reply = room.receive(arrival)
    return reply.plan.queue, reply.plan.reason


def test_s25_a_form_for_the_closed_office_goes_to_the_one_that_stands_in(room: Room) -> None:
    room.now = ONE + timedelta(minutes=20)
    burst_pipe(room)
    assert form(room) == ("ortho-new-EVN", "fallback_office")
    (lead,) = room.rows("leads")
    assert (lead["queue"], lead["reason"], lead["location"]) == ("ortho-new-EVN", "fallback_office", "EVN")


def test_s25_a_caller_of_the_closed_office_is_connected_and_hears_no_closed(stage: Stage) -> None:
    stage.room.now = ONE + timedelta(minutes=20)
    burst_pipe(stage.room)
    outcome = stage.call(ORTHO_NAP)
    assert outcome.failures == ()
    members = {member.coordinator for member in stage.room.book(LAKESIDE).queues["ortho-new-EVN"].members}
    names = {stage.room.book(LAKESIDE).coordinators[each].name for each in members}
    assert set(outcome.bridged) <= names
    assert outcome.bridged
    assert not any("closed" in words for words in outcome.heard)
    whispered = [line.text for line in outcome.lines if line.what == "hears" and line.who in names]
    assert "standing in for another office" in whispered[0]
    assert stage.room.row("leads")["reason"] == "fallback_office"


@pytest.mark.parametrize("minutes", [-1, 271])
def test_s25_before_and_after_the_closure_the_office_takes_its_own(room: Room, minutes: int) -> None:
    burst_pipe(room)
    room.now = ONE + timedelta(minutes=minutes)
    queue, reason = form(room)
    assert reason in ("specialty_at_location", "after_hours")
    assert room.row("leads")["location"] == "NAP"
    assert queue != "ortho-new-EVN"


def test_s25_at_half_past_five_the_closure_ends_by_itself(room: Room) -> None:
    burst_pipe(room)
    room.now = HALF_PAST_FIVE - timedelta(seconds=1)
    assert form(room)[1] in ("fallback_office", "after_hours")
    assert room.row("leads")["location"] == "EVN"
