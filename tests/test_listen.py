"""A supervisor in a talk: only where callers are told, heard by them only as barge, and always audited."""

from pathlib import Path
from typing import Any

import pytest

from rehearsal.people import HABITS
from tests.conference_stage import CALLER, JOAN, LISTEN, MARCUS, Talk, ask, begun, caller_leaves, leaves, look, seats
from tests.stage import Stage


@pytest.fixture
def talk(stage: Stage, tmp_path: Path) -> Talk:
    return begun(stage, tmp_path, monitoring=True)


def test_a_supervisor_listens_whispers_and_barges_and_only_then_is_heard_by_the_caller(talk: Talk) -> None:
    sat: list[Any] = []
    seen: list[Any] = []
    outcome = talk.call(
        (30, ask("listen", LISTEN)),
        (60, seats(sat)),
        (61, ask("listen", {**LISTEN, "mode": "whisper"})),
        (66, seats(sat)),
        (67, ask("listen", {**LISTEN, "mode": "barge"})),
        (72, seats(sat)),
        (73, ask("listen", LISTEN)),
        (78, seats(sat)),
        (79, look(seen)),
        (80, caller_leaves),
    )
    assert "A supervisor may listen to this call." in outcome.heard
    assert [each[JOAN] for each in sat] == [
        (True, False, ""),
        (False, False, MARCUS),
        (False, False, ""),
        (True, False, ""),
    ]
    assert all(set(each) == {CALLER, MARCUS, JOAN} for each in sat)
    assert "Marcus Bell is in a call. You will hear both and be heard by nobody. Press 1." in talk.words(JOAN)
    ((guest,)) = [guest for guest in seen[0]["guests"]]
    assert (guest["role"], guest["mode"], guest["state"]) == ("supervisor", "listen", "in")
    told = [
        (row["action"], row["before"], row["after"]) for row in talk.room.rows("audit") if "listen" in row["action"]
    ]
    assert told == [
        ("listen_asked", "marcus-bell", "joan-mercer listen"),
        ("listen", None, "joan-mercer listen"),
        ("listen_mode", "joan-mercer listen", "joan-mercer whisper"),
        ("listen_mode", "joan-mercer whisper", "joan-mercer barge"),
        ("listen_mode", "joan-mercer barge", "joan-mercer listen"),
        ("listen_ended", "joan-mercer listen", None),
    ]
    reservations = {row["coordinator_id"]: row["state"] for row in talk.room.rows("reservations")}
    assert reservations == {"marcus-bell": "wrapping", "joan-mercer": "completed"}
    assert [row["coordinator_id"] for row in talk.room.rows("attempts")] == ["marcus-bell"]


def test_a_coach_who_is_rung_as_one_is_never_heard_by_the_caller(talk: Talk) -> None:
    sat: list[Any] = []
    talk.call(
        (30, ask("listen", {**LISTEN, "mode": "whisper"})), (60, seats(sat)), (70, leaves(MARCUS)), (75, seats(sat))
    )
    assert sat[0][JOAN] == (False, False, MARCUS)
    assert sat[1] == {}
    assert talk.room.row("guests")["state"] == "left"


def test_a_supervisor_who_does_not_pick_up_has_changed_nothing(talk: Talk) -> None:
    talk.stage.habits["joan-mercer"] = HABITS["mailbox"]
    sat: list[Any] = []
    talk.call((30, ask("listen", LISTEN)), (75, seats(sat)), (78, caller_leaves))
    assert set(sat[0]) == {CALLER, MARCUS}
    assert talk.room.row("guests")["state"] == "failed"
