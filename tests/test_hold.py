"""Hold and resume: the caller hears music and words, nobody sits in silence, and hold is no talk."""

from pathlib import Path
from typing import Any

import pytest

from tests.conference_stage import (
    CALLER,
    HOLD,
    MARCUS,
    MEDICAID,
    Talk,
    ask,
    begun,
    caller_leaves,
    in_force,
    leaves,
    look,
    seats,
)
from tests.stage import Stage


@pytest.fixture
def talk(stage: Stage, tmp_path: Path) -> Talk:
    return begun(stage, tmp_path)


def test_a_caller_on_hold_hears_music_and_is_back_with_the_one_she_had(talk: Talk) -> None:
    seen: list[Any] = []
    sat: list[Any] = []
    outcome = talk.call(
        (30, ask("hold", HOLD)),
        (31, ask("hold", HOLD, 409, "on_hold")),
        (40, look(seen)),
        (41, seats(sat)),
        (60, ask("resume", HOLD)),
        (70, look(seen)),
        (71, seats(sat)),
        (72, ask("resume", HOLD, 409, "not_on_hold")),
        (73, ask("hold", HOLD)),
        (80, ask("resume", HOLD)),
        (90, caller_leaves),
    )
    assert len(talk.room.rows("conferences")) == 1
    assert (seen[0]["hold"]["state"], seen[0]["conference"]["state"]) == ("held", "open")
    assert seen[1]["hold"]["state"] == "over"
    assert {who: on_hold for who, (_, on_hold, _) in sat[0].items()} == {CALLER: True, MARCUS: False}
    assert {who: on_hold for who, (_, on_hold, _) in sat[1].items()} == {CALLER: False, MARCUS: False}
    assert any("Thank you for holding" in words for words in outcome.heard)
    attempt = talk.attempt("marcus-bell")
    assert 30 <= attempt["hold_s"] <= 40
    assert 32 <= attempt["talk_s"] <= 45
    assert talk.room.row("leads")["owner_id"] == "marcus-bell"


def test_a_hold_ends_by_itself_and_the_coordinator_is_reminded(talk: Talk) -> None:
    in_force(talk.room, longest_hold_s=65)
    seen: list[Any] = []
    talk.call((30, ask("hold", HOLD)), (100, look(seen)), (102, caller_leaves))
    assert (seen[0]["hold"]["state"], seen[0]["hold"]["code"]) == ("over", "longest")
    assert "still on hold" in talk.words(MARCUS)
    assert 60 <= talk.attempt("marcus-bell")["hold_s"] <= 70


@pytest.mark.parametrize("who", ["caller", MARCUS])
def test_whoever_hangs_up_during_a_hold_ends_the_call_like_any_other(talk: Talk, who: str) -> None:
    talk.call((30, ask("hold", HOLD)), (60, caller_leaves if who == "caller" else leaves(MARCUS)))
    assert talk.room.row("inquiries")["outcome"] == "answered"
    assert talk.room.row("holds")["state"] == "over"
    assert 24 <= talk.attempt("marcus-bell")["hold_s"] <= 31
    assert talk.attempt("marcus-bell")["result"] == "answered"


def test_a_caller_on_hold_may_be_transferred_and_put_on_hold_by_the_next(talk: Talk) -> None:
    seen: list[Any] = []
    outcome = talk.call(
        (30, ask("hold", HOLD)),
        (40, ask("transfer", MEDICAID)),
        (41, ask("hold", HOLD, 409, "under_way")),
        (70, ask("hold", {"coordinator": "priya-nair"})),
        (80, look(seen)),
        (85, ask("resume", {"coordinator": "priya-nair"})),
        (110, caller_leaves),
    )
    assert (seen[0]["coordinator"], seen[0]["hold"]["state"]) == ("priya-nair", "held")
    assert outcome.bridged[-1] == "Priya Nair"
    assert talk.attempt("priya-nair")["hold_s"] >= 10


def test_while_rest_is_refused_the_bridge_stays_and_the_call_says_so(talk: Talk) -> None:
    seen: list[Any] = []
    talk.call((29, talk.break_rest("401")), (30, ask("hold", HOLD)), (75, look(seen)), (78, caller_leaves))
    assert (seen[0]["conference"]["state"], seen[0]["hold"]["state"]) == ("failed", "failed")
    assert seen[0]["state"] == "connected"
    assert talk.attempt("marcus-bell")["hold_s"] == 0


def test_a_resume_whose_answers_are_lost_is_asked_for_until_the_caller_is_back(talk: Talk) -> None:
    sat: list[Any] = []
    talk.call(
        (30, ask("hold", HOLD)),
        (45, talk.break_rest("500", "429", "500")),
        (46, ask("resume", HOLD)),
        (75, seats(sat)),
        (90, caller_leaves),
    )
    assert not any(on_hold for _, on_hold, _ in sat[0].values())
    assert talk.room.row("holds")["state"] == "over"
