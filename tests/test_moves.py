"""Moves in the rows: one call goes to one place, one worker at a time, and what a lost worker held comes free."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from routing.state import leases
from routing.state.call import moves
from routing.state.call.moves import Again, Claim, Move, Verdict
from routing.state.database import Refused
from routing.state.leases import Holder, Ring
from tests.rooms import Room
from tests.strict_rest import ACCOUNT, CALL

REAL = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
URL = "https://leads.example.com/voice/connect/iq_1/1.aaaaaaaaaaaaaaaa"


def plan(room: Room, id: str = "mv_1", sid: str = CALL, inquiry: str | None = None, after_s: float = 0) -> Ring:
    inquiry = inquiry or room.call().arrival.inquiry.id
    move = Move(id, "harbor-recovery", inquiry, sid, ACCOUNT, URL, "pull", room.now + timedelta(seconds=after_s))
    with room.db.writing() as tx:
        return moves.plan_move(tx, move, room.now)


def claim(room: Room, id: str = "mv_1", real: datetime = REAL) -> Claim | None:
    return moves.claim(room.db, id, room.now, Holder("here-7", real))


def claimed(room: Room, id: str = "mv_1", real: datetime = REAL) -> Claim:
    held = claim(room, id, real)
    assert held
    return held


def rings(room: Room, real: datetime = REAL) -> list[tuple[str, int]]:
    return [(each.row, each.ring) for each in moves.due(room.db, room.now, real, 100)]


def state(room: Room, id: str = "mv_1") -> tuple[object, object]:
    row = room.row("moves", id=id)
    return row["state"], row["code"]


def test_a_planned_move_is_claimed_once(room: Room) -> None:
    assert plan(room) == Ring("mv_1", 1)
    held = claimed(room)
    assert (held.move.call_sid, held.move.url, held.fence, held.attempts) == (CALL, URL, 1, 1)
    assert claim(room) is None
    assert claim(room, "mv_9") is None


def test_eight_workers_at_once_claim_a_move_once(room: Room) -> None:
    plan(room)
    won: list[Claim | None] = []
    start = Barrier(8)

    def take() -> None:
        start.wait()
        won.append(claim(room))

    workers = [Thread(target=take) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len([held for held in won if held]) == 1


def test_a_move_is_not_performed_before_it_is_due(room: Room) -> None:
    plan(room, after_s=5)
    assert claim(room) is None
    assert rings(room) == []
    room.later(seconds=5)
    assert rings(room) == [("mv_1", 2)]
    assert claim(room)


def test_a_lost_bell_is_rung_again_after_two_seconds_with_the_next_number(room: Room) -> None:
    plan(room)
    room.later(seconds=1)
    assert rings(room) == []
    room.later(seconds=1)
    assert rings(room) == [("mv_1", 2)]
    assert rings(room) == []
    room.later(seconds=2)
    assert rings(room) == [("mv_1", 3)]


def test_nobody_is_rung_for_what_is_in_hand_or_over(room: Room) -> None:
    plan(room)
    held = claimed(room)
    room.later(seconds=9)
    assert rings(room) == []
    assert moves.posting(room.db, held)
    assert moves.settle(room.db, Verdict("mv_1", 1, "done"), room.now)
    room.later(seconds=60)
    assert rings(room, REAL + timedelta(hours=1)) == []
    assert state(room) == ("done", None)


def test_what_a_worker_held_before_its_request_is_simply_tried_again(room: Room) -> None:
    plan(room)
    claimed(room)
    room.later(seconds=10)
    assert rings(room, REAL + timedelta(seconds=9)) == []
    assert rings(room, REAL + timedelta(seconds=10)) == [("mv_1", 2)]
    assert state(room) == ("new", None)
    assert claimed(room).fence == 2


def test_what_a_worker_held_during_its_request_is_ambiguous(room: Room) -> None:
    plan(room)
    assert moves.posting(room.db, claimed(room))
    assert claim(room, real=REAL + timedelta(minutes=1)) is None
    room.later(seconds=10)
    assert rings(room, REAL + timedelta(seconds=10)) == [("mv_1", 2)]
    assert state(room) == ("ambiguous", None)


def test_what_a_dead_worker_held_is_rung_for_at_once(room: Room) -> None:
    plan(room, "mv_1")
    plan(room, "mv_2", sid="CA" + "4" * 32, inquiry=str(room.row("moves", id="mv_1")["inquiry_id"]))
    assert moves.posting(room.db, claimed(room, "mv_1"))
    moves.claim(room.db, "mv_2", room.now, Holder("here-8", REAL))
    later = REAL + timedelta(seconds=1)
    leases.drop(room.db, Holder("here-7", later))
    assert rings(room, later) == [("mv_1", 2)]
    assert state(room, "mv_2") == ("claimed", None)


def test_a_worker_that_comes_back_late_changes_nothing(room: Room) -> None:
    plan(room)
    late = claimed(room)
    again = claimed(room, real=REAL + timedelta(seconds=10))
    assert again.fence == late.fence + 1
    assert not moves.posting(room.db, late)
    assert not moves.settle(room.db, Verdict("mv_1", late.fence, "done"), room.now)
    assert moves.posting(room.db, again)
    assert moves.settle(room.db, Verdict("mv_1", again.fence, "void", "21220"), room.now)
    assert state(room) == ("void", "21220")


def test_a_request_that_was_not_acted_on_uses_up_no_attempt(room: Room) -> None:
    plan(room)
    for _ in range(5):
        held = claimed(room)
        assert held.attempts == 1
        assert moves.posting(room.db, held)
        again = Again(room.now + timedelta(seconds=1), sent=False)
        assert moves.settle(room.db, Verdict("mv_1", held.fence, again, "20429"), room.now)
        assert claim(room) is None
        room.later(seconds=1)
        assert [name for name, _ in rings(room)] == ["mv_1"]


def test_a_move_whose_workers_die_one_after_another_is_given_up(room: Room) -> None:
    plan(room)
    real = REAL
    for _ in range(1 + moves.RESENDS):
        claimed(room, real=real)
        room.later(seconds=10)
        real += timedelta(seconds=10)
        rung = rings(room, real)
    assert rung == []
    assert state(room) == ("ambiguous", "no_answer")
    assert room.row("moves")["settled_at"] == room.now


def test_a_move_that_comes_too_late_is_void(room: Room) -> None:
    plan(room)
    room.later(seconds=60)
    assert rings(room) == []
    assert state(room) == ("void", "too_late")
    assert claim(room) is None


@pytest.mark.parametrize("stage", ["new", "claimed", "posting"])
def test_a_call_that_has_arrived_is_not_sent_again(room: Room, stage: str) -> None:
    plan(room)
    held = claimed(room) if stage != "new" else None
    if held and stage == "posting":
        assert moves.posting(room.db, held)
    with room.db.writing() as tx:
        moves.arrived(tx, CALL, room.now)
    assert claim(room) is None
    if held:
        assert not moves.posting(room.db, held)
        assert not moves.settle(room.db, Verdict("mv_1", held.fence, "refused", "21205"), room.now)
    assert state(room) == ("done", "arrived")


def test_a_caller_who_left_is_not_moved(room: Room) -> None:
    inquiry = room.call().arrival.inquiry.id
    plan(room, inquiry=inquiry)
    with room.db.writing() as tx:
        moves.withdraw(tx, inquiry, room.now)
    assert claim(room) is None
    assert state(room) == ("void", "withdrawn")


def test_the_last_move_of_a_call_takes_the_place_of_the_one_before(room: Room) -> None:
    inquiry = room.call().arrival.inquiry.id
    plan(room, "mv_1", inquiry=inquiry)
    held = claimed(room, "mv_1")
    plan(room, "mv_2", inquiry=inquiry)
    assert not moves.posting(room.db, held)
    assert state(room, "mv_1") == ("void", "replaced")
    assert claim(room, "mv_2")


def test_two_moves_of_one_call_are_never_open_together(room: Room) -> None:
    inquiry = room.call().arrival.inquiry.id
    plan(room, inquiry=inquiry)
    row = dict(room.row("moves"))
    with pytest.raises(Refused), room.db.writing() as tx:
        tx.execute(room.table("moves").insert().values({**row, "id": "mv_2"}))
    plan(room, "mv_3", sid="CA" + "4" * 32, inquiry=inquiry)


def test_four_clocks_at_once_ring_each_move_once(room: Room) -> None:
    inquiry = room.call().arrival.inquiry.id
    for number in range(20):
        plan(room, f"mv_{number}", sid=f"CA{number:032x}", inquiry=inquiry)
    room.later(seconds=2)
    rung: list[Ring] = []
    start = Barrier(4)

    def look() -> None:
        start.wait()
        rung.extend(moves.due(room.db, room.now, REAL, 100))

    clocks = [Thread(target=look) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert sorted(each.row for each in rung) == sorted(f"mv_{number}" for number in range(20))
