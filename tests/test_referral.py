"""A caller is handed to an affiliate outside: held until a key is pressed there, and the practice keeps the lead."""

from pathlib import Path
from typing import Any

import pytest

from rehearsal.people import HABITS
from tests.conference_stage import (
    CALLER,
    MARCUS,
    REFERRAL,
    RIVER,
    Talk,
    ask,
    begun,
    caller_leaves,
    leaves,
    look,
    seats,
)
from tests.stage import Stage


@pytest.fixture
def talk(stage: Stage, tmp_path: Path) -> Talk:
    return begun(stage, tmp_path)


def test_the_affiliate_has_the_caller_and_the_practice_the_lead_with_a_task(talk: Talk) -> None:
    sat: list[Any] = []
    outcome = talk.call((30, ask("transfer", REFERRAL)), (35, seats(sat)), (70, seats(sat)), (80, caller_leaves))
    assert sat[0][CALLER] == (False, True, "")
    assert set(sat[1]) == {CALLER, RIVER}
    assert "River House is not part of us." in outcome.heard
    assert talk.words(RIVER).startswith("Harbor Recovery has a caller to refer to you. The caller speaks English.")
    assert "Detox" not in talk.words(RIVER)
    assert "River House has the caller" in talk.words(MARCUS)
    assert talk.room.row("leads")["owner_id"] == "marcus-bell"
    (task,) = [row for row in talk.room.rows("tasks") if row["state"] == "open"]
    assert (task["owner_id"], task["reason"], task["kind"]) == ("joan-mercer", "no_bed", "review")
    assert talk.room.row("outcomes")["code"] == "referred"
    assert talk.attempt("marcus-bell")["result"] == "referred"
    entry = talk.room.row("audit", action="referral", reason="no_bed")
    assert (entry["before"], entry["after"]) == ("marcus-bell", "affiliate:river-house")
    guest = talk.room.row("guests")
    assert (guest["contract"], guest["disclosure"]) == ("C-17", "disclosed")


def test_in_a_warm_one_the_three_talk_until_the_first_leaves(talk: Talk) -> None:
    sat: list[Any] = []
    talk.call(
        (30, ask("transfer", {**REFERRAL, "mode": "warm"})),
        (70, seats(sat)),
        (75, leaves(MARCUS)),
        (85, seats(sat)),
        (100, caller_leaves),
    )
    assert {who: on_hold for who, (_, on_hold, _) in sat[0].items()} == {CALLER: False, MARCUS: False, RIVER: False}
    assert set(sat[1]) == {CALLER, RIVER}


def test_who_does_not_take_her_leaves_her_with_the_one_she_had(talk: Talk) -> None:
    talk.outside[RIVER] = HABITS["no-answer"]
    sat: list[Any] = []
    seen: list[Any] = []
    talk.call((30, ask("transfer", REFERRAL)), (75, seats(sat)), (76, look(seen)), (78, caller_leaves))
    assert {who: on_hold for who, (_, on_hold, _) in sat[0].items()} == {CALLER: False, MARCUS: False}
    assert seen[0]["guests"][0]["state"] == "failed"
    assert talk.room.rows("outcomes") == []
    assert talk.room.row("inquiries")["outcome"] == "answered"
