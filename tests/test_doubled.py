"""A third, a supervisor, a hold and a referral in one call, with every webhook delivered twice at the same time."""

from pathlib import Path
from typing import Any

from tests.conference_stage import (
    CALLER,
    JOAN,
    LISTEN,
    MARCUS,
    PRIYA,
    REFERRAL,
    RIVER,
    THIRD,
    Talk,
    ask,
    caller_leaves,
    in_force,
    leaves,
    seats,
)
from tests.stage import Stage

ON_EACH_DATABASE = True


def test_a_talk_that_goes_through_all_of_it_is_told_once_however_often_it_is_reported(
    stage: Stage, tmp_path: Path
) -> None:
    stage.room.wish("keisha-rowan", "away")
    stage.copies = 2
    in_force(stage.room, monitoring=True)
    talk, sat = Talk(stage, tmp_path), list[Any]()
    talk.call(
        (30, ask("join", THIRD)),
        (31, ask("listen", {**LISTEN, "mode": "whisper"})),
        (58, seats(sat)),
        (60, leaves(MARCUS)),
        (70, seats(sat)),
        (72, ask("hold", {"coordinator": "priya-nair"})),
        (82, ask("resume", {"coordinator": "priya-nair"})),
        (86, ask("transfer", REFERRAL)),
        (130, seats(sat)),
        (140, caller_leaves),
    )
    assert [set(each) for each in sat] == [{CALLER, MARCUS, PRIYA, JOAN}, {CALLER, PRIYA}, {CALLER, RIVER}]
    assert sorted(row["coordinator_id"] for row in talk.room.rows("attempts")) == ["marcus-bell", "priya-nair"]
    assert sorted(row["state"] for row in talk.room.rows("guests")) == ["heir", "left", "left"]
    assert len(talk.room.rows("outcomes")) == 1
    assert talk.room.row("inquiries")["outcome"] == "answered"
    assert talk.room.row("leads")["owner_id"] == "marcus-bell"
