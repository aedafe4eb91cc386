"""Rows whose time has come are settled once, whoever looks first and however often."""

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import update

from routing.state import due
from routing.state.ledger import Promise, promise
from routing.state.tables import tasks
from tests.rooms import Call, Room


def owed(room: Room, call: Call, *ids: str, after_s: int = 60) -> None:
    with room.db.writing() as tx:
        for place, id in enumerate(ids):
            due_at = room.now + timedelta(seconds=after_s + place)
            task = Promise(id, "callback", "dana-whitlock", "test", due_at)
            promise(tx, "harbor-recovery", str(call.lead["id"]), None, task, room.now)


def test_an_offer_past_its_end_becomes_a_timeout_once(room: Room) -> None:
    call = room.call()
    assert due.expire_offers(room.db, room.later(seconds=49), 100) == ()
    (gone,) = due.expire_offers(room.db, room.later(seconds=1), 100)
    row = room.row("reservations")
    assert (gone.practice, gone.coordinator, gone.fence) == ("harbor-recovery", call.coordinator, row["fence"])
    assert (row["state"], row["settled_at"]) == ("timeout", room.now)
    assert due.expire_offers(room.db, room.later(seconds=1), 100) == ()


def test_an_accepted_offer_never_times_out(room: Room) -> None:
    assert room.call().accept()
    assert due.expire_offers(room.db, room.later(hours=1), 100) == ()


def test_a_wrap_up_is_completed_at_its_end_once(room: Room) -> None:
    room.call().talk(30, wrap_up=False)
    assert due.complete_wrap_ups(room.db, room.later(seconds=119), 100) == 0
    assert due.complete_wrap_ups(room.db, room.later(seconds=1), 100) == 1
    assert due.complete_wrap_ups(room.db, room.now, 100) == 0
    assert room.row("reservations")["state"] == "completed"


def test_a_due_task_is_rung_once_and_told_to_the_consoles(room: Room) -> None:
    owed(room, room.call(), "tk_1")
    assert due.ring_tasks(room.db, room.later(seconds=59), 100) == ()
    assert due.ring_tasks(room.db, room.later(seconds=1), 100) == ("tk_1",)
    assert due.ring_tasks(room.db, room.later(hours=1), 100) == ()
    assert (room.row("tasks")["ring"], room.row("tasks")["state"]) == (1, "open")
    assert [row["subject_id"] for row in room.rows("events", topic="task_due")] == ["tk_1"]


def test_a_task_that_is_no_longer_open_is_not_rung(room: Room) -> None:
    owed(room, room.call(), "tk_1")
    with room.db.writing() as tx:
        tx.execute(update(tasks).values(state="withdrawn", closed_at=room.now))
    assert due.ring_tasks(room.db, room.later(hours=1), 100) == ()


def test_what_is_longest_due_comes_first_when_there_is_more_than_a_handful(room: Room) -> None:
    ids = [f"tk_{number}" for number in range(5)]
    owed(room, room.call(), *ids)
    room.later(hours=1)
    rung = [set(due.ring_tasks(room.db, room.now, 2)) for _ in range(4)]
    assert rung == [{"tk_0", "tk_1"}, {"tk_2", "tk_3"}, {"tk_4"}, set()]


def test_four_clocks_at_once_ring_each_task_once(room: Room) -> None:
    owed(room, room.call(), *[f"tk_{number}" for number in range(20)])
    room.later(hours=1)
    rung: list[str] = []
    start = Barrier(4)

    def look() -> None:
        start.wait()
        while found := due.ring_tasks(room.db, room.now, 5):
            rung.extend(found)

    clocks = [Thread(target=look) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    left = due.ring_tasks(room.db, room.now, 100)
    assert len(rung) + len(left) == len({*rung, *left}) == 20
