"""S-20: A-31 to A-34 and A-49, an attended transfer: the target hears why before accepting, and nobody is dropped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.network import CallOutcome
from rehearsal.people import HABITS, CallerHabit
from rehearsal.rest.double import RestDouble
from rehearsal.rest.switches import Fault
from tests.rooms import Room
from tests.stage import Stage
from tests.transfer_stage import MEDICAID, Playing, Scene, Script, play

DETOX = "+18505550131"
STAYS = CallerHabit(talk_s=None)
FIRST, TARGET = "Marcus Bell", "Priya Nair"
ASKED_S = 30.0
Act = Callable[[Playing], None]


def caller_leaves(playing: Playing) -> None:
    next(iter(playing.exchange.registry.legs.values())).hang_up()


def first_leaves(playing: Playing) -> None:
    playing.leg_of(FIRST).hang_up()


def script(*acts: tuple[float, Act], mode: str = "cold") -> Script:
    """The transfer is asked for 30 s after dialling; then these things happen."""

    async def run(playing: Playing, scene: Scene) -> None:
        await playing.at(ASKED_S)
        scene.told.append(await playing.transfer({**MEDICAID, "mode": mode}))
        for second, act in acts:
            await playing.at(second)
            act(playing)

    return run


class Desk:
    """Marcus takes the call; Keisha is away, so that she stays out of it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder, self.faults = stage, folder, list[Fault]()
        self.heard: list[tuple[str, str]] = []

    @property
    def room(self) -> Room:
        return self.stage.room

    def call(self, acting: Script, expect: int = 202) -> CallOutcome:
        def switched(double: RestDouble) -> None:
            double.switches.faults.extend(self.faults)

        outcome, scene = play(self.stage, self.folder, acting, DETOX, STAYS, switched)
        assert [told.status_code for told in scene.told] == [expect], scene.told[0].text
        assert scene.faults == []
        self.heard = scene.heard
        return outcome

    @property
    def transfer(self) -> Any:
        return self.room.row("transfers")

    @property
    def lead(self) -> Any:
        return self.room.row("leads")


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Desk:
    stage.room.wish("keisha-rowan", "away")
    return Desk(stage, tmp_path)


@pytest.fixture
def target_does(desk: Desk) -> Callable[[str], None]:
    def does(habit: str) -> None:
        desk.stage.habits["priya-nair"] = HABITS[habit]

    return does


def test_s20_the_target_becomes_owner_with_category_payer_task_and_audit_in_one_go(desk: Desk) -> None:
    desk.call(script((90, caller_leaves)))
    assert desk.transfer["state"] == "accepted"
    lead, room = desk.lead, desk.room
    told = (lead["owner_id"], lead["category"], lead["payer"], lead["queue"])
    assert told == ("priya-nair", "medicaid", "medicaid", "admissions-medicaid")
    (task,) = [row for row in room.rows("tasks") if row["state"] == "open"]
    assert (task["owner_id"], task["reason"]) == ("priya-nair", "payer_changed")
    entry = room.row("audit", action="transfer")
    assert (entry["before"], entry["after"], entry["reason"]) == ("marcus-bell", "priya-nair", "payer_changed")
    given = [row for row in room.rows("assignments") if row["until"] is None]
    assert [(row["owner_id"], row["previous_owner"], row["reason"]) for row in given] == [
        ("priya-nair", "marcus-bell", "payer_changed")
    ]
    results = {row["coordinator_id"]: row["result"] for row in room.rows("attempts")}
    assert results == {"marcus-bell": "transferred", "priya-nair": "answered"}


def test_s20_the_target_hears_campaign_answers_and_reason_before_any_key(desk: Desk) -> None:
    desk.call(script((90, caller_leaves)))
    whispered = next(words for who, words in desk.heard if who == TARGET)
    told = "Transfer from Marcus Bell: Detox search, Pensacola, Detox, medicaid, payer changed. Press 1 to accept."
    assert whispered == told


def test_s20_the_caller_keeps_her_place_and_hears_music_until_somebody_comes(desk: Desk) -> None:
    outcome = desk.call(script((90, caller_leaves)))
    assert any("bringing in a colleague" in words for words in outcome.heard)
    assert any("hold.wav" in words for words in outcome.heard)
    call = desk.room.row("inquiries")
    assert call["effective_start"] == call["received_at"]
    assert outcome.bridged == (FIRST, FIRST, TARGET)


def test_s20_in_a_warm_transfer_the_first_stays_until_she_leaves(desk: Desk) -> None:
    desk.call(script((60, first_leaves), (90, caller_leaves), mode="warm"))
    talks: dict[Any, Any] = {row["coordinator_id"]: row["talk_s"] for row in desk.room.rows("attempts")}
    assert talks["marcus-bell"] > 40
    assert talks["priya-nair"] > 45
    assert desk.lead["owner_id"] == "priya-nair"


@pytest.mark.parametrize("habit", ["refuses", "no-answer", "mailbox", "hangs-up", "busy", "failed"])
def test_s20_whoever_does_not_take_it_leaves_the_caller_with_the_one_she_had(
    desk: Desk, target_does: Callable[[str], None], habit: str
) -> None:
    target_does(habit)
    outcome = desk.call(script((80, caller_leaves)))
    assert desk.transfer["state"] == "returned"
    back = next(line.at_s for line in outcome.lines if line.who == FIRST and "again" in line.text)
    assert back - ASKED_S <= 25
    assert outcome.bridged[-1] == FIRST
    assert (desk.lead["owner_id"], desk.lead["category"]) == ("marcus-bell", "detox")
    (target,) = desk.room.rows("reservations", coordinator_id="priya-nair")
    assert target["state"] in ("timeout", "rejected", "canceled")
    assert desk.room.row("inquiries")["outcome"] == "answered"


def test_s20_a_caller_who_leaves_while_she_is_held_is_called_back(
    desk: Desk, target_does: Callable[[str], None]
) -> None:
    target_does("no-answer")
    desk.call(script((40, caller_leaves)))
    assert (desk.transfer["state"], desk.transfer["code"]) == ("failed", "caller_left")
    assert {row["state"] for row in desk.room.rows("reservations")} <= {"canceled", "wrapping", "completed"}
    (task,) = [row for row in desk.room.rows("tasks") if row["state"] == "open"]
    assert (task["kind"], task["owner_id"], task["reason"]) == ("callback", "marcus-bell", "left_in_transfer")


def test_s20_the_first_may_leave_while_the_target_rings(desk: Desk) -> None:
    outcome = desk.call(script((37, first_leaves), (90, caller_leaves)))
    assert desk.transfer["state"] == "accepted"
    assert outcome.bridged[-1] == TARGET
    assert desk.lead["owner_id"] == "priya-nair"


def test_s20_a_caller_whom_nobody_has_any_more_goes_to_the_line_with_her_old_key(
    desk: Desk, target_does: Callable[[str], None]
) -> None:
    target_does("no-answer")
    before = desk.room.now
    desk.call(script((37, first_leaves), (75, caller_leaves)))
    call: Any = desk.room.row("inquiries")
    assert call["waiting_key"] <= int(before.timestamp() * 1000)
    assert desk.transfer["state"] == "failed"
    assert call["step"] >= 1
    assert any(row["kind"] == "to_line" and row["state"] == "done" for row in desk.room.rows("moves"))


def test_s20_rest_that_refuses_leaves_the_bridge_as_it_was(desk: Desk) -> None:
    desk.faults = ["401"] * 200
    outcome = desk.call(script((110, caller_leaves)))
    assert outcome.bridged == (FIRST,)
    assert desk.lead["owner_id"] == "marcus-bell"
    assert desk.transfer["state"] == "failed"


@pytest.mark.parametrize("fault", ["429", "500-before", "closed-after"])
def test_s20_requests_that_go_wrong_once_do_no_harm(desk: Desk, fault: Fault) -> None:
    desk.faults = [fault]
    outcome = desk.call(script((90, caller_leaves)))
    assert outcome.bridged[-1] == TARGET
    assert desk.transfer["state"] == "accepted"


def test_s20_webhooks_that_come_twice_change_nothing(desk: Desk) -> None:
    desk.stage.copies = 2
    desk.call(script((90, caller_leaves)))
    assert desk.transfer["state"] == "accepted"
    assert len(desk.room.rows("attempts")) == 2
    assert len([row for row in desk.room.rows("audit") if row["action"] == "transfer"]) == 1
