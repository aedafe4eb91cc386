"""S-21: A-40 and A-84, the owner is the one who has it, or cover is written down with a task and an end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rooms import Call, Room

CALLER = "+18135550163"


def with_cover(room: Room) -> None:
    book = room.book()
    room.desk.shelf._shelve(replace(book, policies=replace(book.policies, cover=True)))


@pytest.fixture
def lead_of_marcus(room: Room) -> str:
    """He talked to her yesterday and is on another call now."""
    room.wish("keisha-rowan", "away")
    first = room.call(contact=CALLER).talk()
    assert first.coordinator == "marcus-bell"
    other = room.call(contact="+18135550164")
    assert (other.coordinator, other.accept()) == ("marcus-bell", True)
    room.wish("keisha-rowan", "available")
    return str(first.lead["id"])


def answered_by_keisha(room: Room) -> Call:
    again = room.call(contact=CALLER)
    assert again.coordinator == "keisha-rowan"
    assert again.accept()
    return again


def owners(room: Room, lead: str) -> set[object]:
    """Everywhere that somebody is named as owner."""
    rows = room.rows("assignments", lead_id=lead)
    tasks = {row["owner_id"] for row in room.rows("tasks", lead_id=lead) if row["state"] == "open"}
    last = {row["owner_id"] for row in rows if row["until"] is None}
    return {room.row("leads", id=lead)["owner_id"]} | last | tasks


def test_s21_whoever_answers_becomes_owner_everywhere(room: Room, lead_of_marcus: str) -> None:
    answered_by_keisha(room)
    assert owners(room, lead_of_marcus) == {"keisha-rowan"}
    assert room.rows("covers") == []


def test_s21_by_policy_it_is_cover_with_a_task_of_the_owner_and_an_end(room: Room, lead_of_marcus: str) -> None:
    with_cover(room)
    answered_by_keisha(room)
    assert owners(room, lead_of_marcus) == {"marcus-bell"}
    cover = room.row("covers")
    assert (cover["owner_id"], cover["coordinator_id"]) == ("marcus-bell", "keisha-rowan")
    assert cover["until"] == room.now + timedelta(hours=24)
    task = room.row("tasks", id=cover["task_id"])
    assert (task["owner_id"], task["reason"], task["due_at"]) == ("marcus-bell", "covered", cover["until"])
    entry = room.row("audit", action="cover")
    assert (entry["before"], entry["after"]) == ("marcus-bell", "keisha-rowan")


def test_s21_nobody_covers_for_somebody_who_never_had_the_lead(room: Room) -> None:
    with_cover(room)
    call = room.call(contact=CALLER)
    missed = call.coordinator
    second = call.missed()
    assert call.accept()
    assert second != missed
    assert owners(room, str(call.lead["id"])) == {second}
    assert room.rows("covers") == []


def test_s21_the_owner_herself_covers_for_nobody(room: Room) -> None:
    with_cover(room)
    room.wish("keisha-rowan", "away")
    room.call(contact=CALLER).talk()
    room.call(contact=CALLER).talk()
    assert room.rows("covers") == []
