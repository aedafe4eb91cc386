"""S-6, A-80 A-54: no location; one question by text, and the reply plans the lead again; the part of the texts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
import redis

from routing.state.lead.people import OptOut, opt_out
from routing.state.sealed import Vault
from routing.state.text.questions import give_up
from tests.form_stage import FormStage
from tests.rooms import CHICAGO, SECRET, Room, opened_room
from tests.stage import house_of, settings_of
from tests.text_stage import EVANSTON, TextStage

PRACTICE = "lakeside-specialty"
TUESDAY_ELEVEN = datetime(2026, 11, 17, 11, 0, tzinfo=CHICAGO)
PERSON = "+18475550144"


@pytest.fixture
def room(request: pytest.FixtureRequest, live: "redis.Redis") -> Iterator[Room]:
    """On one database, but for what is marked with another."""
    with opened_room(str(request.getfixturevalue(getattr(request, "param", "sqlite_url"))), live) as opened:
        yield opened


@pytest.fixture
def texts(room: Room, tmp_path: Path) -> TextStage:
    """The number of a campaign that stands for no office, and nothing asked but the office."""
    room.now = TUESDAY_ELEVEN
    book = room.book(PRACTICE)
    anywhere = replace(book.tracking_numbers[EVANSTON], location=None)
    numbers = {**book.tracking_numbers, EVANSTON: anywhere}
    room.desk.shelf._shelve(replace(book, tracking_numbers=MappingProxyType(numbers)))
    return TextStage(room, house_of(room, settings_of(tmp_path)))


def asked(texts: TextStage) -> str:
    (said,) = texts.text("my shoulder hurts", to=EVANSTON, sender=PERSON)
    texts.room.later(minutes=1)
    return said.text


def test_s06_only_offices_with_the_service_are_listed_and_the_clock_runs_on(texts: TextStage) -> None:
    said = asked(texts)
    assert "Which office suits you?" in said
    assert "1 Evanston" in said
    assert "2 Naperville" in said
    assert "Kenosha" not in said
    lead, task = texts.room.row("leads"), texts.room.row("tasks")
    assert (lead["owner_id"], lead["queue"], lead["reason"]) == ("grace-liu", "general-intake", "location_missing")
    assert (task["owner_id"], lead["first_response_at"]) == ("grace-liu", None)
    assert texts.room.row("questions")["due_at"] == TUESDAY_ELEVEN + timedelta(minutes=15)


def test_s06_who_wants_no_calls_is_not_called_for_her_silence_whichever_key_indexed_her_number(
    texts: TextStage,
) -> None:
    room = texts.room
    asked(texts)
    rotated = Vault(b"another invented secret of thirty-two bytes", SECRET)
    with room.db.writing() as tx:
        tx.execute(room.table("tasks").update().values(state="done", closed_at=room.now))
        opt_out(tx, rotated, OptOut("oo_1", PRACTICE, PERSON, "call", True, "ms_1"), room.now)
    room.later(minutes=15)
    assert give_up(replace(room.db, vault=rotated), room.desk.new_id, room.now, 10) == 1
    assert [row["kind"] for row in room.rows("tasks", state="open")] == ["review"]


@pytest.mark.parametrize(
    ("words", "room"),
    [("2", "sqlite_url"), ("2", "postgres_url"), ("naperville pls", "sqlite_url"), ("Napervile", "sqlite_url")],
    indirect=["room"],
)
def test_s06_the_reply_moves_owner_queue_and_tasks_at_once_and_leaves_the_clock(texts: TextStage, words: str) -> None:
    asked(texts)
    before = texts.room.row("leads")
    texts.text(words, to=EVANSTON, sender=PERSON)
    lead = texts.room.row("leads")
    assert (lead["owner_id"], lead["queue"]) == ("rosa-lindqvist", "ortho-new-NAP")
    assert (lead["reason"], lead["location"]) == ("specialty_at_location", "NAP")
    assert lead["clock_started_at"] == before["clock_started_at"]
    open_task = texts.room.row("tasks", state="open")
    assert (open_task["owner_id"], open_task["kind"]) == ("rosa-lindqvist", "call")
    assert texts.room.row("tasks", state="withdrawn")["owner_id"] == "grace-liu"
    moved = texts.room.row("assignments", until=None)
    assert (moved["previous_owner"], moved["made_by"]) == ("grace-liu", "text")
    triggers = [receipt["trigger"] for receipt in texts.room.receipts(str(texts.room.row("inquiries")["id"]))]
    assert sorted(map(str, triggers)) == ["entry", "reply"]


def test_s06_without_a_reply_in_fifteen_minutes_the_owner_calls(texts: TextStage) -> None:
    asked(texts)
    texts.room.now = TUESDAY_ELEVEN + timedelta(minutes=14)
    assert give_up(texts.room.db, texts.room.desk.new_id, texts.room.now, 10) == 0
    texts.room.later(minutes=1)
    assert give_up(texts.room.db, texts.room.desk.new_id, texts.room.now, 10) == 1
    task = texts.room.row("tasks")
    assert (task["owner_id"], task["kind"], task["due_at"]) == ("grace-liu", "call", texts.room.now)
    assert (task["reason"], texts.room.row("questions")["state"]) == ("no_reply", "given_up")
    texts.text("naperville", to=EVANSTON, sender=PERSON)
    assert texts.room.row("leads")["owner_id"] == "grace-liu"


def test_s06_an_unreadable_reply_is_asked_about_once_more_and_then_the_owner_calls(texts: TextStage) -> None:
    asked(texts)
    (again,) = texts.text("the one near the lake", to=EVANSTON, sender=PERSON)
    assert "1 Evanston" in again.text
    assert texts.room.row("questions")["tries"] == 2
    texts.room.later(minutes=1)
    (thanks,) = texts.text("purple", to=EVANSTON, sender=PERSON)
    assert "Grace Liu" in thanks.text
    task = texts.room.row("tasks")
    assert (task["owner_id"], task["due_at"], task["reason"]) == ("grace-liu", texts.room.now, "no_reply")


def test_s06_a_crisis_or_an_opt_out_goes_before_the_question(texts: TextStage) -> None:
    asked(texts)
    (said,) = texts.text("i want to die", to=EVANSTON, sender=PERSON)
    assert "988" in said.text
    (stopped,) = texts.text("stop texting me", to=EVANSTON, sender=PERSON)
    assert "no more" in stopped.text
    assert texts.text("2", to=EVANSTON, sender=PERSON) == []
    assert texts.room.row("leads")["owner_id"] == "rosa-lindqvist"


def test_s24_a_city_elsewhere_is_not_taken_for_an_office(texts: TextStage) -> None:
    asked(texts)
    (again,) = texts.text("St. Charles", to=EVANSTON, sender=PERSON)
    assert "1 Evanston" in again.text
    texts.room.later(minutes=1)
    texts.text("aurora", to=EVANSTON, sender=PERSON)
    assert texts.room.row("leads")["owner_id"] == "rosa-lindqvist"


def test_s06_a_form_without_a_city_is_asked_by_text_and_the_reply_moves_it(room: Room, tmp_path: Path) -> None:
    room.now = TUESDAY_ELEVEN
    house = house_of(room, settings_of(tmp_path))
    forms, texts = FormStage(room, house), TextStage(room, house)
    lead = forms.lead_of(forms.post(city=None, patient=None, reason="shoulder", phone=PERSON, consent_calls=None))
    assert (lead["owner_id"], lead["queue"], lead["reason"]) == ("grace-liu", "general-intake", "location_missing")
    send, message = room.row("sends"), room.row("messages")
    said = room.db.vault.unseal(room.table("messages").c.body, str(message["id"]), message["body"])  # type: ignore[arg-type]
    assert "Which office suits you? 1 Evanston 2 Naperville" in said
    assert "Kenosha" not in said
    assert (send["purpose"], send["due_at"]) == ("question", TUESDAY_ELEVEN)
    assert (lead["first_response_at"], room.row("questions")["state"]) == (None, "open")
    room.later(minutes=2)
    texts.text("naperville pls", to=str(send["sender"]), sender=PERSON)
    moved = room.row("leads")
    assert (moved["owner_id"], moved["queue"], moved["reason"]) == (
        "rosa-lindqvist",
        "ortho-new-NAP",
        "specialty_at_location",
    )
    assert [row["owner_id"] for row in room.rows("tasks", state="open")] == ["rosa-lindqvist"]
    assert moved["clock_started_at"] == TUESDAY_ELEVEN
    assert len(room.rows("leads")) == len(room.rows("inquiries")) == 1


def test_s06_a_form_that_no_text_answers_is_called_by_its_owner(room: Room, tmp_path: Path) -> None:
    room.now = TUESDAY_ELEVEN
    forms = FormStage(room, house_of(room, settings_of(tmp_path)))
    forms.post(city=None, patient=None, phone=PERSON)
    room.later(minutes=15)
    assert give_up(room.db, room.desk.new_id, room.now, 10) == 1
    task = room.row("tasks")
    assert (task["owner_id"], task["kind"], task["due_at"], task["reason"]) == (
        "grace-liu",
        "call",
        room.now,
        "no_reply",
    )
