"""What becomes of talks in a conference, as rules; and what the API refuses before anything is written."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routing.conferences import holding, joining, listening
from routing.conferences.joining import Invitation
from routing.conferences.listening import Ear
from routing.conferences.opening import Asker
from routing.rules.conferring import (
    Conferred,
    GuestStep,
    Holding,
    HoldStep,
    Invited,
    WhatNow,
    of_conference,
    of_guest,
    of_hold,
)
from routing.rules.transfer_targets import TransferRefused
from routing.state.live.connection import LiveStateDown
from routing.transfers import UnknownCall
from tests.conference_stage import HOLD, LISTEN, REFERRAL, THIRD, Talk, ask, caller_leaves, in_force
from tests.rooms import Room
from tests.stage import Stage


@pytest.mark.parametrize(
    ("at", "way"),
    [
        (Conferred(), "nothing"),
        (Conferred(is_live=False), "over"),
        (Conferred(is_elsewhere=True, caller_in=True), "over"),
        (Conferred(is_unmade=True), "stay"),
        (Conferred(is_lost=True), "stay"),
        (Conferred(is_late=True), "nothing"),
        (Conferred(caller_in=True), "nothing"),
        (Conferred(caller_in=True, is_late=True), "to_line"),
        (Conferred(caller_in=True, coordinator_in=True, is_late=True), "nothing"),
        (Conferred(caller_in=True, coordinator_in=True, is_deserted=True), "to_line"),
    ],
)
def test_a_caller_is_with_somebody_or_goes_to_the_line(at: Conferred, way: WhatNow) -> None:
    assert of_conference(at) == way


@pytest.mark.parametrize(
    ("at", "way"),
    [
        (Holding("asked"), "nothing"),
        (Holding("asked", is_ready=True), "hold"),
        (Holding("holding", move="open"), "nothing"),
        (Holding("holding", move="done"), "held"),
        (Holding("holding", move="refused"), "failed"),
        (Holding("holding", move="gone"), "failed"),
        (Holding("holding", move="ambiguous"), "resume"),
        (Holding("held", move="done"), "nothing"),
        (Holding("held", move="done", is_reminding=True), "remind"),
        (Holding("held", move="done", is_reminding=True, is_longest=True), "resume"),
        (Holding("resuming", move="open", is_longest=True), "nothing"),
        (Holding("resuming", move="done"), "over"),
        (Holding("resuming", move="gone"), "over"),
        (Holding("resuming", move="refused"), "resume"),
        (Holding("resuming", move="ambiguous"), "resume"),
    ],
)
def test_a_hold_always_ends(at: Holding, way: HoldStep) -> None:
    assert of_hold(at) == way


@pytest.mark.parametrize(
    ("at", "way"),
    [
        (Invited("asked", "third"), "nothing"),
        (Invited("asked", "third", is_ready=True), "ring"),
        (Invited("asked", "handover", is_ready=True, hold="holding"), "nothing"),
        (Invited("asked", "handover", is_ready=True, hold="held"), "ring"),
        (Invited("asked", "handover", is_ready=True), "not_held"),
        (Invited("ringing", "handover", is_ready=True, hold="held"), "nothing"),
        (Invited("ringing", "third", is_late=True), "late"),
        (Invited("posting", "supervisor", offer_lost=True), "late"),
        (Invited("in", "third", is_late=True), "nothing"),
    ],
)
def test_a_guest_is_rung_once_the_talk_is_there(at: Invited, way: GuestStep) -> None:
    assert of_guest(at) == way


def to(**target: str) -> dict[str, Any]:
    return {**HOLD, "to": target, "reason": "interpreter"}


def test_bad_input_is_refused_with_its_code_and_nothing_is_written(stage: Stage, tmp_path: Path) -> None:
    stage.room.wish("keisha-rowan", "away")
    in_force(stage.room)
    talk = Talk(stage, tmp_path)
    talk.call(
        (5, ask("hold", HOLD, 409, "not_live")),
        (25, ask("hold", {"coordinator": "priya-nair"}, 409, "not_yours")),
        (25, ask("hold", {"coordinator": "nobody"}, 422, "invalid")),
        (25, ask("resume", HOLD, 409, "not_on_hold")),
        (25, ask("join", to(number="+19005550142"), 422)),
        (25, ask("join", to(number="+18505550131"), 422)),
        (25, ask("join", to(number="112"), 422)),
        (25, ask("join", to(affiliate="nobody"), 422)),
        (25, ask("join", to(coordinator="marcus-bell"), 422)),
        (25, ask("join", to(coordinator="keisha-rowan"), 409, "nobody_free")),
        (25, ask("join", to(), 422)),
        (25, ask("join", {**THIRD, "coordinator": "priya-nair"}, 409, "not_yours")),
        (25, ask("listen", LISTEN, 409, "not_monitored")),
        (25, ask("listen", {**LISTEN, "supervisor": "priya-nair"}, 422, "invalid")),
        (25, ask("listen", {**LISTEN, "mode": "record"}, 422, "invalid")),
        (25, ask("transfer", {**REFERRAL, "to": {"affiliate": "nobody"}}, 422, "invalid")),
        (25, ask("transfer", {**REFERRAL, "sets": {"payer": "medicaid"}}, 422, "invalid")),
        (30, caller_leaves),
        (33, ask("hold", HOLD, 409, "not_live")),
    )
    assert talk.room.rows("conferences") == talk.room.rows("holds") == talk.room.rows("guests") == []
    assert len(talk.room.rows("reservations")) == 1


def test_another_practice_has_no_such_call_and_without_live_state_nobody_is_rung(room: Room) -> None:
    in_force(room, monitoring=True)
    call = room.call(tracking_number="+18505550131")
    assert call.accept()
    who, inquiry = str(call.coordinator), call.arrival.inquiry.id
    asker = Asker(room.desk, room.links, room.book(), "test", room.later(seconds=20))
    with pytest.raises(UnknownCall):
        holding.hold(replace(asker, book=room.book("lakeside-specialty")), inquiry, who)
    room.break_live()
    for act in (
        lambda: joining.join(asker, Invitation(inquiry, "coordinator", "priya-nair", "interpreter"), who),
        lambda: listening.listen(asker, Ear(inquiry, "joan-mercer", "listen")),
    ):
        with pytest.raises(LiveStateDown):
            act()
    assert room.rows("guests") == room.rows("conferences") == []
    assert holding.hold(asker, inquiry, who).state == "asked"
    with pytest.raises(TransferRefused) as refused:
        holding.hold(asker, inquiry, who)
    assert refused.value.why == "on_hold"
