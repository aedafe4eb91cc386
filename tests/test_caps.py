"""A cap holds however many forms come at once: nobody is silently overloaded, and nothing is lost."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from routing import desk
from routing.callbacks import open_owed
from routing.state.live.loads import loads
from tests.rooms import NEW_YORK, Room, with_coordinator

TEAM = ("marcus-bell", "keisha-rowan", "priya-nair")
RACERS = 16


def posted_at_once(room: Room) -> Counter[str]:
    """Sixteen strangers' forms; how many each owner got."""
    forms = [
        room.arrival(channel="form", contact=f"+1813555{number:04d}", category="dental") for number in range(RACERS)
    ]
    start = Barrier(RACERS)

    def post(number: int) -> bytes:
        start.wait()
        return desk.receive(room.desk, forms[number], lambda reply: reply.owner.encode(), room.now)

    with ThreadPoolExecutor(RACERS) as pool:
        told = Counter(answer.decode() for answer in pool.map(post, range(RACERS)))
    assert told == Counter(str(lead["owner_id"]) for lead in room.rows("leads"))
    return told


def test_sixteen_forms_at_once_never_push_anybody_over_the_cap(room: Room) -> None:
    for who in TEAM:
        with_coordinator(room, who, cap=3.0)
    assert posted_at_once(room) == {**dict.fromkeys(TEAM, 3), "joan-mercer": RACERS - 9}


def test_a_cap_that_is_reached_leaves_everything_to_the_named_owner(room: Room) -> None:
    for who in TEAM:
        with_coordinator(room, who, cap=0.0)
    assert posted_at_once(room) == {"joan-mercer": RACERS}


def test_a_cap_holds_at_night_too_when_loads_are_those_of_the_next_opening(room: Room) -> None:
    room.now = datetime(2026, 11, 18, 3, 0, tzinfo=NEW_YORK)
    for who in room.book().coordinators:
        with_coordinator(room, who, cap=2.0)
    told = posted_at_once(room)
    assert sum(told.values()) == RACERS
    last = room.book().queues[room.book().after_hours].owner
    with room.db.reading() as tx:
        load = loads(tx, "harbor-recovery", room.now)
    assert all(load[who] <= 2.0 for who in told if who not in (last, "joan-mercer", "tess-adair"))


def test_who_is_to_be_called_back_from_the_line_fills_nobodys_cap_for_live_calls(room: Room) -> None:
    """Else everybody who gave up waiting would keep those who are free from the next caller."""
    with_coordinator(room, "marcus-bell", cap=2.0)
    for who in TEAM[1:]:
        room.wish(who, "away")
    first = room.call(contact="+18135550150")
    first.accept()
    for number in range(4):
        gone = room.call(contact=f"+1813555016{number}")
        room.later(seconds=20)
        gone.hang_up()
    room.end(first)
    with room.db.reading() as tx:
        assert loads(tx, "harbor-recovery", room.now)["marcus-bell"] >= 2.0
    owed = open_owed(room.desk, room.now, 10)
    room.later(minutes=3)
    following = room.call(contact="+18135550170")
    assert (owed, following.reply.offer and following.reply.offer.coordinator) == (4, "marcus-bell")
