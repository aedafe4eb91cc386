"""What nobody will ask for any more goes in small bites, and every record stays."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from routing import connection
from routing.state.clearing import KEPT, clear
from routing.state.inbox import REPEATED_WITHIN, Letter, note
from routing.state.lead.entries import nonce_key
from routing.state.tables import silences
from routing.state.text.chat_sessions import LONGEST, Opened, open_chat
from tests.rooms import Room

ACCOUNT = "AC" + "0" * 32
RECORDS = ("audit", "decisions", "consents", "opt_outs", "inquiries", "leads", "tasks", "reservations", "assignments")


def test_what_nobody_will_ask_for_goes_in_small_bites_and_every_record_stays(room: Room) -> None:
    call = room.call(name=f"{ACCOUNT}:incoming")
    with room.db.writing() as tx:
        asked = {"inquiry_id": call.arrival.inquiry.id, "ask_at": room.now, "ring": 1}
        tx.execute(insert(silences), asked)
    assert clear(room.db, room.now, 100) == 0
    key = f"{ACCOUNT}:status:{call.arrival.source.sid}"
    connection.hang_up(room.desk, call.arrival.inquiry.id, Letter(key, b""), room.now)
    for each in range(5):
        open_chat(room.db, Opened(f"cs_{each}", "harbor-recovery", "https://a.example", "en"), "secret", room.now)
    bound, used = f"{ACCOUNT}:conversation:CH1", nonce_key("harbor-recovery", "n1")
    for name in (bound, used):
        note(room.db, Letter(name, b""), room.now)
    records = {name: room.rows(name) for name in RECORDS}
    events = len(room.rows("events"))

    assert clear(room.db, room.now, 100) == len([asked])
    room.later(seconds=(KEPT - timedelta(hours=1)).total_seconds())
    assert clear(room.db, room.now, 100) == 0
    room.later(hours=1)
    assert clear(room.db, room.now, 100) == events
    room.later(seconds=LONGEST.total_seconds())
    assert [clear(room.db, room.now, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert room.rows("chat_sessions") == []
    room.later(seconds=REPEATED_WITHIN.total_seconds())
    assert key in {row["key"] for row in room.rows("inbox")}
    assert clear(room.db, room.now, 100) == 1
    assert {row["key"] for row in room.rows("inbox")} >= {bound, used}
    assert key not in {row["key"] for row in room.rows("inbox")}
    assert {name: room.rows(name) for name in RECORDS} == records


@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_a_chat_that_may_go_on_is_not_taken_away(room: Room) -> None:
    clear(room.db, room.now + KEPT, 100)
    expires_at = open_chat(room.db, Opened("cs_1", "harbor-recovery", "https://a.example", "en"), "secret", room.now)
    assert clear(room.db, expires_at + KEPT - timedelta(seconds=1), 100) == 0
    assert len(room.rows("chat_sessions")) == 1
