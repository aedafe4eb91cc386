"""S-13: B-9 B-10 B-13 B-21 A-25, at the desk."""

from routing.rules.orderings import why_nobody
from tests.rooms import Room, with_coordinator, with_queue


def test_s13a_round_robin_gives_an_absent_coordinator_one_turn_and_no_burst(room: Room) -> None:
    taken = []
    for inquiry in range(1, 7):
        room.wish("keisha-rowan", "away" if inquiry in (2, 3) else "available")
        call = room.call(contact=f"+1813555{inquiry:04d}", category="dental")
        assert call.reply.plan.queue == "general-intake"
        taken.append(call.talk().coordinator)
    assert taken == ["marcus-bell", "priya-nair", "marcus-bell", "keisha-rowan", "priya-nair", "marcus-bell"]


def test_s13b_the_least_loaded_takes_it_and_nobody_is_silently_overloaded(room: Room) -> None:
    with_queue(room, "general-intake", live_ordering="least_loaded")
    book = room.book()
    now_ms = int(room.now.timestamp() * 1000)
    for who, load in {"marcus-bell": 11.0, "keisha-rowan": 6.4, "priya-nair": 9.2}.items():
        room.desk.by.live.set_load(book.practice, who, load, 0, now_ms)
    assert room.call(contact="+18135550101", category="dental").talk().coordinator == "keisha-rowan"
    for who, load in {"marcus-bell": 11.0, "keisha-rowan": 6.4, "priya-nair": 9.2}.items():
        room.desk.by.live.set_load(book.practice, who, load, 0, now_ms)
    with_coordinator(room, "keisha-rowan", cap=6.0)
    assert room.call(contact="+18135550102", category="dental").talk().coordinator == "priya-nair"
    for who in ("marcus-bell", "keisha-rowan", "priya-nair"):
        with_coordinator(room, who, cap=0.0)
    call = room.call(contact="+18135550103", category="dental")
    assert call.coordinator is None
    assert call.lead["owner_id"] == "joan-mercer"
    (receipt,) = room.receipts(call.arrival.inquiry.id)
    failing = receipt["looks"][0]["failing"]
    assert why_nobody(failing) == "all_at_capacity"


def test_s13c_a_shared_queue_gives_three_each_and_not_nine_to_one_office(room: Room) -> None:
    owners = [
        room.receive(
            room.arrival(
                practice="lakeside-specialty",
                channel="form",
                contact=f"+1847555{number:04d}",
                category="imaging",
                patient="established",
            )
        ).owner
        for number in range(9)
    ]
    assert {who: owners.count(who) for who in owners} == {"ines-duarte": 3, "paul-renner": 3, "mei-tanaka": 3}


def test_s13c_calls_go_to_whoever_is_free_next(room: Room) -> None:
    taken = [
        room.call(
            practice="lakeside-specialty", contact=f"+1847555{number:04d}", category="imaging", patient="established"
        )
        .talk()
        .coordinator
        for number in range(9)
    ]
    assert sorted(taken) == sorted(["ines-duarte", "paul-renner", "mei-tanaka"] * 3)
