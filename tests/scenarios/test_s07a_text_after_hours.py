"""S-7a, B-19: an ordinary text in the night; one neutral answer that says who will call and when, and nothing more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis

from tests.rooms import NEW_YORK, Room, opened_room
from tests.stage import house_of, settings_of
from tests.text_stage import JAX, TextStage

NIGHT = datetime(2026, 11, 22, 2, 14, tzinfo=NEW_YORK)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=NEW_YORK)


@pytest.fixture
def room(sqlite_url: str, live: "redis.Redis") -> Iterator[Room]:
    """On one database: what is asked here does not depend on which."""
    with opened_room(sqlite_url, live) as opened:
        yield opened


@pytest.fixture
def night(room: Room, tmp_path: Path) -> TextStage:
    room.now = NIGHT
    return TextStage(room, house_of(room, settings_of(tmp_path)))


def test_s07a_a_text_in_the_night_has_an_owner_at_once_and_a_callback_on_monday_at_eight(night: TextStage) -> None:
    (said,) = night.text("looking for outpatient info", to=JAX, sender="+19045550161")
    lead, task = night.room.row("leads"), night.room.row("tasks")
    assert (lead["owner_id"], lead["reason"], lead["due_at"]) == ("marcus-bell", "after_hours", MONDAY)
    assert (task["owner_id"], task["kind"], task["due_at"]) == ("marcus-bell", "call", MONDAY)
    assert said.text.startswith("Thank you for your message. Marcus Bell will call you on Monday at 8:00 AM.")
    for word in ("Harbor", "Recovery", "detox", "outpatient", "treatment"):
        assert word.lower() not in said.text.lower()


def test_s07a_nothing_else_is_sent_before_eight(night: TextStage) -> None:
    night.text("looking for outpatient info", to=JAX)
    for hour in range(6):
        night.room.now = NIGHT + timedelta(hours=hour)
        assert night.text(f"are you there? {hour}", to=JAX) == []
    assert [row["purpose"] for row in night.room.rows("messages", direction="outbound")] == ["answer"]
    assert night.room.rows("sends") == []


def test_s07a_she_is_answered_in_her_language_once_it_is_known(night: TextStage) -> None:
    night.text("hola", to=JAX)
    with night.room.db.writing() as tx:
        tx.execute(night.room.table("people").update().values(language="es"))
    (stopped,) = night.text("no me escriba mas", to=JAX)
    assert stopped.text == "No recibirá más mensajes nuestros."
