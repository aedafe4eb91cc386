"""Who writes to a person and who hears from her wait for each other in one order, on PostgreSQL."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from sqlalchemy import select, text

from routing.state.database import DatabaseDown
from routing.state.text import send_ends, sends
from routing.state.text.opt_outs import TEXTS, Wish, hold_contact, note_wish
from routing.state.text.reporting import Report, Told, note_report
from tests.rooms import Room
from tests.test_sends import Desk, opened_desk
from tests.text_stage import SENDER
from worker.holding import holder

HARBOR, OTHER = "harbor-recovery", "+19045550162"


@pytest.fixture
def desk(postgres_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(postgres_url, live, tmp_path) as opened:
        yield opened


def begun(does: Callable[[], object]) -> threading.Thread:
    """It may give up after a while."""

    def done() -> None:
        with suppress(DatabaseDown):
            does()

    other = threading.Thread(target=done)
    other.start()
    return other


def waits(room: Room, other: threading.Thread) -> bool:
    """For a lock of ours; False once it has ended without."""
    locked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while other.is_alive():
        with room.db.reading() as tx:
            if tx.execute(text(locked)).scalar_one():
                return True
        time.sleep(0.002)
    return False


def test_an_opt_out_by_one_of_her_numbers_waits_for_what_is_claimed_to_another(desk: Desk) -> None:
    room, vault = desk.room, desk.room.db.vault
    numbers = room.table("person_numbers")
    first = dict(room.row("person_numbers"))
    with room.db.writing() as tx:
        tx.execute(numbers.insert(), {**first, "number_index": vault.index(HARBOR, OTHER)})

    def opts_out() -> None:
        wish = Wish(HARBOR, OTHER, TEXTS, is_out=True, source="ms_1", by="test")
        with room.db.writing() as tx:
            note_wish(tx, vault, wish, room.desk.new_id, room.now)

    with room.db.writing() as tx:
        assert hold_contact(tx, HARBOR, vault.indexes(HARBOR, SENDER)) == (first["person_id"],)
        other = begun(opts_out)
        assert waits(room, other)
    other.join()


def test_a_report_and_the_answer_to_its_request_are_written_one_after_the_other(desk: Desk) -> None:
    room, send = desk.room, desk.write()
    held = sends.claim(room.db, send, room.now, holder(room.desk, 1), lambda *_: None)
    assert held is not None
    assert sends.posting(room.db, held, room.now)
    told = Told(Report(send, held.account, "SM" + "e" * 32, "delivered", None), opted_out=False)
    with room.db.writing() as tx:
        assert send_ends.over(tx, held, "created", None, room.now)
        other = begun(lambda: note_report(room.db, told, room.desk.new_id, room.now))
        assert waits(room, other)
        # Nobody who waits for the send holds its message.
        message = room.table("messages")
        assert tx.execute(select(message.c.id).where(message.c.id == send).with_for_update(nowait=True)).scalar_one()
    other.join()
    assert room.row("sends", id=send)["state"] == "created"
