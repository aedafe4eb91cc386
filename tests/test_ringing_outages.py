"""Several phones ring for a caller, and the database goes away, or two requests overtake each other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from gateway.provider.outage import emptied
from routing.rules.asking import milliseconds
from routing.state.call import moves
from routing.state.leases import Holder
from tests.ringing_stage import EVERYBODY, put_in_force
from tests.test_clock import effective
from tests.test_conference_outages import LEG_SID, clock, leg
from tests.test_door import eventually
from tests.test_outages import Line, line_to, opened_line, sqlite_locked


@pytest.fixture
def lines(sqlite_room_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[tuple[Line, Line]]:
    """A patient gateway and one with the budget of the call path, over one database; three phones ring for a caller."""
    with opened_line(sqlite_room_url, live, tmp_path) as line:
        put_in_force(line.room, tmp_path, "simultaneous", EVERYBODY)
        line.room.desk.by.live.set_followed("harbor-recovery", milliseconds(line.room.now))
        calm = line_to(line.room, tmp_path)
        assert b"<Enqueue" in calm.rings().content
        clock(line)
        assert len(line.room.rows("reservations", state="pending")) == 3
        yield line, calm


def taken(calm: Line) -> int:
    """The step of whoever pressed the key first."""
    step = min(int(str(row["step"])) for row in calm.room.rows("reservations"))
    assert b"<Conference" in leg(calm, "take", step=step, Digits="1", CallSid=LEG_SID).content
    return step


def test_when_the_caller_hangs_up_everybody_whose_phone_rang_is_free_at_once(lines: tuple[Line, Line]) -> None:
    line, calm = lines
    assert {effective(line.room, who) for who in EVERYBODY} == {"offered"}
    calm.over()
    assert {row["state"] for row in line.room.rows("reservations")} == {"canceled"}
    assert {effective(line.room, who) for who in EVERYBODY} == {"free"}


@pytest.mark.parametrize(("what", "result"), [("offer", ""), ("queued", "leave")])
def test_a_caller_with_the_static_words_is_not_fetched_from_whom_they_dialled(
    lines: tuple[Line, Line], sqlite_room_url: str, what: str, result: str
) -> None:
    line, calm = lines
    step = taken(calm)
    line.room.later(seconds=15)
    with sqlite_locked(sqlite_room_url):
        assert b"<Dial" in leg(line, what, step=step, QueueResult=result).content
    assert eventually(lambda: bool(emptied(line.house)) or line.house.spool.is_empty())
    assert leg(calm, "rung", step=step, CallStatus="completed", CallSid=LEG_SID).status_code == 204
    for _ in range(4):
        line.room.later(seconds=4)
        clock(line)

    assert [row for row in line.room.rows("moves") if row["call_sid"] != LEG_SID and row["settled_at"] is None] == []
    assert line.room.row("inquiries")["state"] == "promised"
    (owed,) = line.room.rows("tasks", state="open")
    assert owed["kind"] == "callback"
    assert (line.room.row("leads")["status"], line.room.row("attempts")["talk_s"]) == ("attempted", 0)
    calm.over()
    assert line.room.row("inquiries")["state"] == "ended"


def test_a_caller_who_waits_in_the_rows_only_is_offered_to_nobody_after_an_outage(
    lines: tuple[Line, Line], sqlite_room_url: str
) -> None:
    line, _ = lines
    with sqlite_locked(sqlite_room_url):
        assert b"<Dial" in line.rings(2).content
    assert eventually(lambda: bool(emptied(line.house)) or line.house.spool.is_empty())
    assert sorted(str(row["state"]) for row in line.room.rows("inquiries")) == ["promised", "waiting"]


def test_a_request_under_way_when_the_caller_comes_by_herself_cuts_nobody_off(lines: tuple[Line, Line]) -> None:
    line, calm = lines
    step = taken(calm)
    (meeting,) = line.room.rows("moves", kind="taken")
    held = moves.claim(line.room.db, str(meeting["id"]), line.room.now, Holder("test", datetime.now(UTC)))
    assert held
    assert moves.posting(line.room.db, held)
    first = leg(calm, "queued", step=step, QueueResult="leave").content
    assert b"<Conference" in first
    assert b'endConferenceOnExit="true"' not in first
    assert b'endConferenceOnExit="true"' in leg(calm, "offer", step=step).content


def test_a_caller_whose_request_is_over_ends_the_talk_by_hanging_up(lines: tuple[Line, Line]) -> None:
    _, calm = lines
    step = taken(calm)
    assert b'endConferenceOnExit="true"' in leg(calm, "queued", step=step, QueueResult="leave").content
