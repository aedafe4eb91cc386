"""Texts that were counted and came to nothing: no attempt, no response, no contact, and the owner is told once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from routing.state.lead.cases import Attempted, Case, record_attempt, set_status
from tests.loopback import Told
from tests.rooms import Room
from tests.test_follow_ups import opened as opened_follow_ups
from tests.test_sends import INVALID, Desk, opened_desk
from tests.text_stage import Said

HARBOR = "harbor-recovery"


@pytest.fixture
def desk(sqlite_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(sqlite_url, live, tmp_path) as opened:
        yield opened


@pytest.fixture
def on_each(database_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(database_url, live, tmp_path) as opened:
        yield opened


def written(desk: Desk, body: str = "Hello, this is Marcus.") -> str:
    """Sent, and counted as an attempt."""
    send = desk.write(body)
    assert desk.perform(send) is not None
    return send


def report(desk: Desk, send: str, status: str, **more: str) -> None:
    sid = str(desk.room.row("messages", id=send)["sid"] or f"SM{'d' * 32}")
    said = Said("", desk.room.links.text_status(send))
    assert desk.texts.report(said, status, sid, **more).status_code == 204


def attempt(room: Room, send: str) -> tuple[object, object]:
    row = room.row("attempts", message_id=send)
    return row["result"], row["is_human"]


def stands(room: Room) -> tuple[object, object, object]:
    lead = room.row("leads")
    return lead["status"], lead["first_response_at"], lead["contacted_at"]


def owed(room: Room) -> list[tuple[object, object, object]]:
    rows = room.rows("tasks", reason="undelivered")
    return [(row["kind"], row["owner_id"], row["due_at"]) for row in rows if row["state"] == "open"]


def test_an_undelivered_text_is_no_attempt_and_the_clock_runs_on_from_its_start(on_each: Desk) -> None:
    room = on_each.room
    before = room.row("leads")
    room.later(minutes=1)
    first = written(on_each)
    room.later(minutes=1)
    second = written(on_each, "Are you there?")
    assert stands(room) == ("attempted", room.now - timedelta(minutes=1), None)
    on_each.texts.text("who is this?")
    assert stands(room)[0] == "contacted"
    room.later(minutes=1)
    report(on_each, first, "undelivered", ErrorCode="30006")
    # The other text was before her answer, and may have been what she answered.
    assert attempt(room, first) == ("undelivered", False)
    assert stands(room) == ("contacted", room.now - timedelta(minutes=1), room.now - timedelta(minutes=1))
    report(on_each, second, "failed", ErrorCode="30008")
    lead = room.row("leads")
    assert stands(room) == ("new", None, None)
    assert (lead["clock_started_at"], lead["due_at"]) == (before["clock_started_at"], before["due_at"])
    # Her own text had ended what the owner owed; of two texts that came to nothing she hears once.
    assert owed(room) == [("call", lead["owner_id"], room.now)]
    assert [row["reason"] for row in room.rows("audit", action="withdraw_attempt")] == ["undelivered", "failed"]


def test_reports_of_a_failure_count_once_in_any_order_and_never_after_a_delivery(desk: Desk) -> None:
    room = desk.room
    for order in (("sent", "undelivered", "failed"), ("failed", "undelivered", "sent")):
        send = written(desk)
        for status in (*order, "undelivered", "delivered"):
            report(desk, send, status)
        assert attempt(room, send) == (next(each for each in order if each != "sent"), False)
    assert stands(room) == ("new", None, None)
    # A call is owed already, so this is for the owner to look at.
    assert [kind for kind, _, _ in owed(room)] == ["review"]
    send = written(desk)
    for status in ("delivered", "undelivered", "failed"):
        report(desk, send, status)
    assert attempt(room, send) == ("sent", True)
    assert stands(room)[0] == "attempted"
    assert len(room.rows("audit", action="withdraw_attempt")) == 2


def test_a_failure_that_overtakes_the_answer_to_the_request_is_never_counted(desk: Desk) -> None:
    room, send = desk.room, desk.write()
    desk.rest.next.append(Told(500, {"code": 20500, "message": "oops", "status": 500}))
    desk.perform(send)
    report(desk, send, "undelivered")
    assert room.rows("attempts", message_id=send) == []
    refused = desk.write("Are you there?")
    desk.rest.next.append(INVALID)
    desk.perform(refused)
    assert stands(room) == ("new", None, None)
    assert [kind for kind, _, _ in owed(room)] == ["review"]


def test_what_a_person_did_besides_stands(desk: Desk) -> None:
    room = desk.room
    case = Case(HARBOR, str(room.row("leads")["id"]), "test")
    send = written(desk)
    room.later(minutes=5)
    talk = Attempted(case, "marcus-bell", "call", "outbound", "answered", talk_s=60)
    record_attempt(room.db, talk, room.desk.new_id, room.now)
    report(desk, send, "undelivered")
    assert stands(room) == ("contacted", room.now - timedelta(minutes=1), room.now)
    assert [kind for kind, _, _ in owed(room)] == ["call"]


def test_a_closed_lead_stays_closed_and_owes_nothing(desk: Desk) -> None:
    room = desk.room
    send = written(desk)
    set_status(room.db, Case(HARBOR, str(room.row("leads")["id"]), "test"), "closed", "no_response", room.now)
    report(desk, send, "undelivered")
    assert (attempt(room, send), stands(room)) == (("undelivered", False), ("closed", None, None))
    assert owed(room) == []


def test_a_carrier_that_says_she_wants_no_texts_leaves_the_owner_a_call(desk: Desk) -> None:
    room = desk.room
    with room.db.writing() as tx:
        tx.execute(room.table("tasks").delete())
    send = written(desk)
    report(desk, send, "undelivered", ErrorCode="21610")
    assert attempt(room, send) == ("undelivered", False)
    assert [kind for kind, _, _ in owed(room)] == ["call"]
    assert [row["channel"] for row in room.rows("opt_outs")] == ["text"]


def test_a_question_that_never_reached_her_is_the_owners_to_ask_at_once(desk: Desk) -> None:
    room = desk.room
    asked = str(room.row("messages", purpose="question")["id"])
    room.later(minutes=1)
    for status in ("sent", "undelivered", "failed"):
        report(desk, asked, status)
    assert (room.row("messages", id=asked)["status"], room.row("questions")["state"]) == ("undelivered", "given_up")
    task = room.row("tasks")
    assert (task["kind"], task["reason"], task["due_at"]) == ("call", "undelivered", room.now)


@pytest.mark.parametrize("early", [True, False], ids=["before it was looked at", "after"])
def test_a_follow_up_that_came_to_nothing_is_left_to_the_owner(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path, early: bool
) -> None:
    with contextmanager(opened_follow_ups)(sqlite_url, live, tmp_path) as desk:
        room, task = desk.room, desk.tried()
        room.later(minutes=15)
        desk.round()
        desk.send()
        if not early:
            desk.round()
        said = Said("", room.links.text_status(str(room.row("sends")["id"])))
        for _ in range(2):
            assert desk.texts.report(said, "undelivered", str(room.row("messages")["sid"])).status_code == 204
        desk.round()
        told = [row["result"] for row in room.rows("attempts") if row["channel"] == "text"]
        assert told == ([] if early else ["undelivered"])
        reasons = [row["reason"] for row in room.rows("tasks") if row["state"] == "open"]
        assert reasons.count("undelivered") == 1
        assert desk.task(task)["state"] == ("open" if early else "done")
        assert desk.owed(task)[1] == ("undelivered" if early else None)
