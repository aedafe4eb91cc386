"""S-13: B-9 B-10 B-13 B-21 A-25, at the desk."""

from tests.rooms import Room


def test_s13a_round_robin_gives_an_absent_coordinator_one_turn_and_no_burst(room: Room) -> None:
    taken = []
    for inquiry in range(1, 7):
        room.wish("keisha-rowan", "away" if inquiry in (2, 3) else "available")
        call = room.call(contact=f"+1813555{inquiry:04d}", category="dental")
        assert call.reply.plan.queue == "general-intake"
        taken.append(call.talk().coordinator)
    assert taken == ["marcus-bell", "priya-nair", "marcus-bell", "keisha-rowan", "priya-nair", "marcus-bell"]
