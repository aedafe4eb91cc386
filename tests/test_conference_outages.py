"""The database goes away in the middle of a transfer or a conference: music, or a sentence and a way on, never less."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from httpx2 import Response

from gateway.provider.outage import emptied
from routing import transfers
from routing.conferences import holding
from routing.conferences.opening import Asker
from routing.links import What
from routing.rules.transfer_targets import Wish
from routing.state.spool import Lost
from tests.stage import PUBLIC
from tests.test_door import eventually, incoming
from tests.test_outages import Line, line_to, opened_line, sqlite_locked
from voice.lateness import made_good
from voice.legs import LEGS, Blind
from voice.switchboard import Leg
from voice.webhooks import DialEnded
from worker.clock import Bellringer, due_kinds, tick

TO_COORDINATORS = ("conference", "room", "invite", "guest", "released", "handed", "join", "enter", "guestleft")
LEG_SID = "CA" + "9" * 32


@pytest.fixture
def lines(sqlite_room_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[tuple[Line, Line, str]]:
    """A patient gateway and one with the budget of the call path, over one database; Marcus has a caller."""
    with opened_line(sqlite_room_url, live, tmp_path) as line:
        calm = line_to(line.room, tmp_path)
        line.room.wish("keisha-rowan", "away")
        calm.rings()
        leg(calm, "accept", Digits="1", CallSid=LEG_SID)
        line.room.later(seconds=30)
        yield line, calm, str(line.room.row("inquiries")["id"])


def leg(line: Line, what: str, step: int = 0, **changes: str) -> Response:
    """Of a leg of ours; ``CallSid`` of the caller's where none is given."""
    call = incoming(**{"CallSid": f"CA{1:032x}", **changes})
    inquiry = line.room.db.vault.name("iq", call["AccountSid"], f"CA{1:032x}")
    url = line.room.links.to(what, inquiry, step)  # type: ignore[arg-type]
    return line.twilio.post(url.removeprefix(PUBLIC), call)


def asked(line: Line, call: str) -> None:
    wish = Wish(call, "queue", "admissions-medicaid", "cold", "payer_changed", "test")
    transfers.ask(line.room.desk, line.room.links, line.room.book(), wish, line.room.now)


def clock(line: Line) -> None:
    kinds = due_kinds(Bellringer(lambda *_: True, lambda *_: True, line.room.links))
    tick(line.room.desk, line.room.now, lambda kind, error: pytest.fail(f"{kind}: {error!r}"), kinds)


def test_every_leg_of_a_conference_hears_music_or_a_sentence_and_nobody_of_ours_is_dialled_elsewhere(
    lines: tuple[Line, Line, str], sqlite_room_url: str
) -> None:
    line, _, _ = lines
    with sqlite_locked(sqlite_room_url):
        for what in TO_COORDINATORS:
            answer = leg(line, what, Direction="outbound-api", Digits="1", CallSid=LEG_SID)
            assert answer.status_code == 200
            assert b"<Say" in answer.content
            assert b"<Dial" not in answer.content
        for what in ("held", "onhold"):
            music = leg(line, what).content
            assert b"<Play" in music
            assert b"<Gather" not in music
        for what in ("invited", "guestleg"):
            assert leg(line, what, CallStatus="completed").status_code == 204
        assert b"<Say" not in leg(line, "reminder").content


@pytest.mark.parametrize("what", ["conferred", "left"])
def test_a_left_seat_leads_a_caller_to_the_static_numbers_and_a_coordinator_nowhere(
    lines: tuple[Line, Line, str], what: What
) -> None:
    line, _, call = lines

    def blind(direction: str) -> bytes:
        posted = DialEnded.model_validate(incoming(Direction=direction))
        return LEGS[what].blind(Blind(line.room.links, Leg(call, 0), posted, ("+17275550174",))) or b""

    assert b"+17275550174" in blind("inbound")
    assert b"<Dial" not in blind("outbound-dial")


def test_a_leg_that_is_to_be_seated_asks_again_and_is_seated_when_the_rows_are_back(
    lines: tuple[Line, Line, str], sqlite_room_url: str
) -> None:
    line, calm, call = lines
    holding.hold(Asker(line.room.desk, line.room.links, line.room.book(), "test", line.room.now), call, "marcus-bell")
    with sqlite_locked(sqlite_room_url):
        answer = leg(line, "room", Direction="outbound-dial", CallSid=LEG_SID)
        assert b"<Redirect" in answer.content
        assert b"/voice/room/" in answer.content
    assert b"<Conference" in leg(calm, "room", Direction="outbound-dial", CallSid=LEG_SID).content
    assert b"<Conference" in leg(calm, "dialled", DialCallStatus="completed").content


def test_a_caller_whose_transfer_met_an_outage_is_dialled_through_and_nobody_is_rung_for_her_afterwards(
    lines: tuple[Line, Line, str], sqlite_room_url: str
) -> None:
    line, calm, call = lines
    asked(line, call)
    with sqlite_locked(sqlite_room_url):
        assert b"<Dial" in leg(line, "dialled", DialCallStatus="completed").content
    assert eventually(lambda: bool(emptied(line.house)) or line.house.spool.is_empty())
    clock(line)
    assert line.room.row("transfers")["state"] == "failed"
    assert {row["state"] for row in line.room.rows("reservations")} == {"wrapping", "canceled"}
    calm.over()
    assert line.room.row("inquiries")["state"] == "ended"


def test_a_seat_left_during_an_outage_ends_the_talk_afterwards(
    lines: tuple[Line, Line, str], sqlite_room_url: str
) -> None:
    line, calm, call = lines
    asked(line, call)
    assert b"<Conference" in leg(calm, "dialled", DialCallStatus="completed").content
    step = int(str(line.room.row("transfers")["target_step"]))
    with sqlite_locked(sqlite_room_url):
        assert b"<Dial" in leg(line, "conferred", step=step, DialCallStatus="answered", Direction="inbound").content
        assert leg(line, "invited", step=step, CallStatus="no-answer").status_code == 204
    assert eventually(lambda: bool(emptied(line.house)) or line.house.spool.is_empty())
    line.room.later(seconds=130)
    emptied(line.house)
    leg(calm, "leg", CallStatus="completed", CallSid=LEG_SID)
    clock(line)
    assert line.room.row("transfers")["settled_at"] is not None
    assert {row["state"] for row in line.room.rows("reservations")} <= {"wrapping", "canceled", "timeout", "completed"}
    assert line.room.row("inquiries")["state"] in ("ended", "promised")


def test_a_coordinator_who_leaves_during_an_outage_takes_no_place_in_the_line_from_her_caller(
    lines: tuple[Line, Line, str],
) -> None:
    """She hears goodbye, he goes to the line: only his own leg could have been given the static words."""
    line, calm, call = lines
    holding.hold(Asker(line.room.desk, line.room.links, line.room.book(), "test", line.room.now), call, "marcus-bell")
    leg(calm, "room", Direction="outbound-dial", CallSid=LEG_SID)
    assert b"<Conference" in leg(calm, "dialled", DialCallStatus="completed").content
    goodbye = incoming(CallSid=LEG_SID, Direction="outbound-dial", DialCallStatus="answered")
    leg(calm, "leg", CallStatus="completed", CallSid=LEG_SID)
    line.room.later(seconds=40)
    clock(line)
    (sent,) = line.room.rows("moves", kind="to_line")
    assert (sent["settled_at"], line.room.row("inquiries")["state"]) == (None, "waiting")
    assert made_good(line.house.board, Lost("left", call, 0, line.room.now, goodbye, b""), line.room.now) == "done"
    assert line.room.row("moves", id=sent["id"])["settled_at"] is None
    assert line.room.row("inquiries")["state"] == "waiting"
