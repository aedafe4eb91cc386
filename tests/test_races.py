"""Many at once: one coordinator, one webhook, sixteen threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from routing import connection, desk
from routing.desk import Arrival
from routing.state.inbox import Letter
from tests.rooms import Room, listening, with_coordinator

ROUNDS, RACERS, COPIES = 20, 16, 8


def together(count: int, act: Callable[[int], bytes]) -> list[bytes]:
    start = Barrier(count)

    def one(number: int) -> bytes:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def only_free(room: Room, free: str) -> None:
    """Nobody else is there, and her cap never fills."""
    for who in room.book().coordinators:
        room.wish(who, "available" if who == free else "away")
        with_coordinator(room, who, cap=1e9)


def answered(room: Room, arrivals: Sequence[Arrival]) -> list[bytes]:
    return together(len(arrivals), lambda n: desk.receive(room.desk, arrivals[n], listening([]), room.now))


def test_of_sixteen_callers_exactly_one_gets_the_last_free_coordinator_and_the_others_keep_their_place(
    room: Room,
) -> None:
    only_free(room, "priya-nair")
    for first in range(0, ROUNDS * RACERS, RACERS):
        callers = [room.arrival(contact=f"+1{8000000000 + first + n}", payer="medicaid") for n in range(RACERS)]
        answers = answered(room, callers)
        assert answers.count(b"priya-nair") == 1
        assert sum(answer.startswith(b"promise:") for answer in answers) == RACERS - 1
        room.later(seconds=30)
        starts = {row["id"]: row["effective_start"] for row in room.rows("inquiries")}
        assert all(starts[caller.inquiry.id] == caller.inquiry.received_at for caller in callers)
        won = callers[answers.index(b"priya-nair")]
        connection.hang_up(room.desk, won.inquiry.id, Letter(f"status:{won.key}", b""), room.now)


def test_eight_copies_of_one_webhook_are_one_lead_one_claim_and_the_same_bytes(room: Room) -> None:
    only_free(room, "priya-nair")
    for number in range(ROUNDS // 4):
        caller = room.arrival(contact=f"+1{8100000000 + number}", payer="medicaid")
        assert set(answered(room, [caller] * COPIES)) == {b"priya-nair"}
        assert len(room.rows("inquiries", id=caller.inquiry.id)) == 1
        assert len(room.rows("reservations", inquiry_id=caller.inquiry.id)) == 1
        connection.hang_up(room.desk, caller.inquiry.id, Letter(f"status:{caller.key}", b""), room.now)
    assert len(room.rows("leads")) == ROUNDS // 4


def test_two_calls_of_one_person_at_once_belong_to_one_lead(room: Room) -> None:
    for number in range(ROUNDS // 4):
        calls = [room.arrival(contact=f"+1{8200000000 + number}") for _ in range(2)]
        answered(room, calls)
        assert len({room.row("inquiries", id=call.inquiry.id)["lead_id"] for call in calls}) == 1
        room.later(seconds=41)
