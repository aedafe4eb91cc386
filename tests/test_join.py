"""A third party in a talk: who comes in accepts by key, whoever leaves, the other two go on, and nobody sits alone."""

from pathlib import Path
from typing import Any

import pytest

from rehearsal.people import HABITS
from tests.conference_stage import (
    CALLER,
    HOLD,
    MARCUS,
    MEDICAID,
    OUTSIDE,
    PRIYA,
    THIRD,
    Talk,
    ask,
    begun,
    caller_leaves,
    leaves,
    look,
    seats,
)
from tests.stage import Stage

NUMBER = "+13525550142"


@pytest.fixture
def talk(stage: Stage, tmp_path: Path) -> Talk:
    return begun(stage, tmp_path)


def test_a_colleague_hears_why_presses_1_and_is_in_while_the_two_talk_on(talk: Talk) -> None:
    seen: list[Any] = []
    sat: list[Any] = []
    outcome = talk.call(
        (30, ask("join", THIRD)),
        (32, look(seen)),
        (33, ask("join", OUTSIDE, 409, "under_way")),
        (34, ask("transfer", MEDICAID, 409, "under_way")),
        (60, seats(sat)),
        (61, look(seen)),
        (70, caller_leaves),
    )
    whispered = "Marcus Bell asks you into a call: Detox search, Pensacola, Detox, interpreter. Press 1 to join."
    assert whispered in talk.words(PRIYA)
    assert set(sat[0]) == {CALLER, MARCUS, PRIYA}
    assert [guest["state"] for guest in seen[1]["guests"]] == ["in"]
    assert "bringing in" not in " ".join(outcome.heard)
    assert talk.room.row("leads")["owner_id"] == "marcus-bell"
    assert {row["coordinator_id"]: row["state"] for row in talk.room.rows("reservations")} == {
        "marcus-bell": "wrapping",
        "priya-nair": "wrapping",
    }
    assert {row["action"] for row in talk.room.rows("audit")} >= {"join_asked", "join"}


def test_the_first_leaves_and_the_other_two_go_on_with_the_owner_as_she_was(talk: Talk) -> None:
    seen: list[Any] = []
    sat: list[Any] = []
    talk.call(
        (30, ask("join", THIRD)),
        (60, leaves(MARCUS)),
        (70, look(seen)),
        (71, seats(sat)),
        (72, ask("hold", {"coordinator": "priya-nair"})),
        (80, look(seen)),
        (82, ask("resume", {"coordinator": "priya-nair"})),
        (110, caller_leaves),
    )
    assert (seen[0]["state"], seen[0]["coordinator"]) == ("connected", "priya-nair")
    assert set(sat[0]) == {CALLER, PRIYA}
    assert seen[1]["hold"]["state"] == "held"
    assert talk.room.row("leads")["owner_id"] == "marcus-bell"
    assert talk.attempt("priya-nair")["talk_s"] > 40
    assert talk.room.row("inquiries")["outcome"] == "answered"


def test_the_third_leaves_and_the_other_two_go_on(talk: Talk) -> None:
    sat: list[Any] = []
    talk.call((30, ask("join", THIRD)), (60, leaves(PRIYA)), (70, seats(sat)), (90, caller_leaves))
    assert set(sat[0]) == {CALLER, MARCUS}
    assert talk.attempt("marcus-bell")["talk_s"] > 60
    assert talk.room.row("guests")["state"] == "left"


def test_somebody_outside_is_told_nothing_of_the_caller_and_may_be_left_with_her(talk: Talk) -> None:
    sat: list[Any] = []
    talk.call(
        (30, ask("join", OUTSIDE)),
        (60, leaves(MARCUS)),
        (75, seats(sat)),
        (76, ask("hold", HOLD, 409, "not_live")),
        (90, caller_leaves),
    )
    assert talk.words(NUMBER).startswith("Harbor Recovery asks you into a call. Press 1 to join.")
    assert "Detox" not in talk.words(NUMBER)
    assert set(sat[0]) == {CALLER, NUMBER}
    assert talk.room.row("inquiries")["outcome"] == "answered"
    assert {row["state"] for row in talk.room.rows("reservations")} == {"wrapping"}


def test_who_refuses_leaves_the_talk_as_it_was(talk: Talk) -> None:
    talk.stage.habits["priya-nair"] = HABITS["refuses"]
    seen: list[Any] = []
    sat: list[Any] = []
    talk.call((30, ask("join", THIRD)), (75, look(seen)), (76, seats(sat)), (78, caller_leaves))
    assert [guest["state"] for guest in seen[0]["guests"]] == ["failed"]
    assert set(sat[0]) == {CALLER, MARCUS}
    states = {row["coordinator_id"]: row["state"] for row in talk.room.rows("reservations")}
    assert states["priya-nair"] == "rejected"


def test_a_caller_who_leaves_while_the_third_is_rung_ends_it_for_all(talk: Talk) -> None:
    talk.call((30, ask("join", THIRD)), (33, caller_leaves))
    assert talk.room.row("guests")["state"] == "failed"
    assert {row["state"] for row in talk.room.rows("reservations")} == {"wrapping", "canceled"}
