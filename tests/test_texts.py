"""Texts that come in: one thread for each person, one answer, a lead with an owner, and nothing lost in an outage."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from gateway.provider.outage import emptied
from routing.rules.wording.plain import plain
from routing.state.lead.cases import Case, set_status
from tests.rooms import Room, opened_room
from tests.stage import house_of, settings_of
from tests.text_stage import DETOX, JAX, SENDER, TextStage, asks_nothing


@pytest.fixture
def room(sqlite_url: str, live: "redis.Redis") -> Iterator[Room]:
    """On one database: what is asked here does not depend on which."""
    with opened_room(sqlite_url, live) as opened:
        yield opened


@pytest.fixture
def texts(room: Room, tmp_path: Path) -> TextStage:
    asks_nothing(room)
    return TextStage(room, house_of(room, settings_of(tmp_path)))


@pytest.fixture
def on_each(database_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[TextStage]:
    """The same on both databases."""
    with opened_room(database_url, live) as opened:
        asks_nothing(opened)
        yield TextStage(opened, house_of(opened, settings_of(tmp_path)))


def test_a_first_text_is_an_owned_lead_and_is_answered_once(texts: TextStage) -> None:
    (said,) = texts.text("looking for outpatient info")
    lead, task = texts.room.row("leads"), texts.room.row("tasks")
    assert lead["owner_id"] == task["owner_id"]
    assert texts.room.book().coordinators[str(lead["owner_id"])].name in said.text
    assert texts.thread() == [("person", "looking for outpatient info"), ("leadline", said.text)]
    assert texts.room.row("conversations")["lead_id"] == lead["id"]
    assert texts.room.row("inquiries")["channel"] == "text"
    assert lead["first_response_at"] is None


def test_the_first_two_texts_at_once_make_one_conversation_and_one_lead(on_each: TextStage) -> None:
    fields = [on_each.fields(f"hello {at}") for at in range(4)]
    answers = on_each.post_all([*fields, fields[0]])
    assert all(one.status_code == 200 for one in answers)
    assert answers[0].content == answers[-1].content
    assert len(on_each.room.rows("conversations")) == len(on_each.room.rows("leads")) == 1
    sequences = sorted(row["sequence"] for row in on_each.room.rows("messages"))  # type: ignore[type-var]
    assert sequences == list(range(1, len(sequences) + 1))
    said = [words for author, words in on_each.thread() if author == "person"]
    assert sorted(said) == [f"hello {at}" for at in range(4)]
    assert sum(author == "leadline" for author, _ in on_each.thread()) == 1


def test_a_repeated_webhook_gets_the_bytes_of_its_first_answer_and_writes_nothing(texts: TextStage) -> None:
    fields = texts.fields("hello")
    first, again = texts.post(fields), texts.post(fields)
    assert first.content == again.content
    assert len(texts.room.rows("messages")) == 2


def test_the_next_text_joins_the_thread_and_waits_for_its_owner(texts: TextStage) -> None:
    texts.text("hello")
    texts.room.later(minutes=2)
    assert texts.text("are you there?") == []
    assert [author for author, _ in texts.thread()] == ["person", "leadline", "person"]
    assert len(texts.room.rows("inquiries")) == 1
    assert texts.room.row("conversations")["last_inbound_at"] == texts.room.now
    assert {row["channel"] for row in texts.room.rows("attempts")} == {"text"}
    assert texts.room.row("leads")["status"] == "new"


def test_a_text_after_the_lead_was_closed_opens_another_in_the_same_thread(texts: TextStage) -> None:
    texts.text("hello")
    first = texts.room.row("leads")
    case = Case("harbor-recovery", str(first["id"]), "test")
    set_status(texts.room.db, case, "closed", "not_eligible", texts.room.now)
    texts.room.later(days=3)
    assert len(texts.text("hello again")) == 1
    conversation = texts.room.row("conversations")
    assert conversation["lead_id"] != first["id"]
    assert len(texts.room.rows("messages")) == 4


def test_a_number_that_may_not_send_texts_sends_none_but_the_lead_is_there(texts: TextStage) -> None:
    assert texts.text("hello", to=DETOX) == []
    assert texts.room.row("leads")["campaign"] == "detox-search"
    assert texts.thread() == [("person", "hello")]
    (said,) = texts.text("I want to kill myself", to=DETOX)
    assert "988" in said.text


HOSTILE = (
    "x" * 1_601,
    "\U0001f62d" * 400,
    "\u05e9\u05dc\u05d5\u05dd \u202e\u202dabc\u2069",
    "a\x00b\x07c\ufffe\x1b[31m",
    "",
    "&lt;Response&gt;<Message>'\"{{ practice }}",
)


def test_hostile_words_are_kept_safely_and_answered(texts: TextStage) -> None:
    for number, body in enumerate(HOSTILE):
        assert len(texts.text(body, sender=f"+1904555017{number}")) == 1
    kept = [words for author, words in texts.thread() if author == "person"]
    assert sorted(kept) == sorted(map(plain, HOSTILE))
    assert not set("".join(kept)) & set("\x00\x07\x1b\u202e\u2069\ufffe")


def test_pictures_are_kept_as_sealed_references_and_nothing_is_fetched_from_them(texts: TextStage) -> None:
    stranger = "https://evil.example/10-megabytes.jpg"
    told = {"NumMedia": "2", "MediaUrl0": stranger, "MediaContentType0": "image/jpeg", "MediaUrl1": "x" * 9_000}
    assert len(texts.text("", MediaContentType1="<script>", **told)) == 1
    row = next(row for row in texts.room.rows("messages") if row["author"] == "person")
    column = texts.room.table("messages").c.media
    kept = json.loads(texts.room.db.vault.unseal(column, str(row["id"]), row["media"]))  # type: ignore[arg-type]
    assert kept[0] == {"url": stranger, "kind": "image/jpeg"}
    assert (kept[1]["kind"], len(kept[1]["url"])) == ("unknown", 500)


def test_whatsapp_and_sms_of_one_person_are_one_thread(texts: TextStage) -> None:
    texts.text("hello")
    assert texts.text("on whatsapp now", to=f"whatsapp:{JAX}", sender=f"whatsapp:{SENDER}") == []
    assert texts.room.row("conversations")["channel"] == "whatsapp"
    assert [row["channel"] for row in texts.room.rows("messages", direction="inbound")] == ["sms", "whatsapp"]


def test_who_cannot_be_answered_is_not(texts: TextStage) -> None:
    assert texts.text("your code is 1234", sender="729725") == []
    assert texts.text("hello", sender="messenger:12345") == []
    assert texts.room.rows("leads") == texts.room.rows("messages") == []


def test_a_text_of_another_account_and_a_malformed_one_are_refused(texts: TextStage) -> None:
    assert texts.post({**texts.fields("hello"), "MessageSid": "nonsense"}).content.endswith(b"<Response/>")
    assert texts.post({**texts.fields("x" * 20_001)}).content.endswith(b"<Response/>")
    assert texts.room.rows("messages") == []


# Outages


def test_while_the_rows_are_away_a_text_is_promised_an_answer_and_written_later(texts: TextStage) -> None:
    with away(texts):
        (said,) = texts.text("hello")
        assert "get back to you" in said.text
        (crisis,) = texts.text("I want to kill myself", sender="+19045550162")
        assert "988" in crisis.text
        assert "911" in crisis.text
        (stopped,) = texts.text("STOP", sender="+19045550163")
        assert "no more texts" in stopped.text
    came = texts.room.now
    texts.room.later(minutes=9)
    assert emptied(texts.house).done == 3
    assert texts.room.rows("messages", author="person")[0]["created_at"] == came
    assert ("leadline", said.text) in texts.thread()
    assert ("leadline", crisis.text) in texts.thread()
    assert len(texts.room.rows("leads")) == 2
    assert texts.room.row("audit", action="crisis")["reason"] == "suicide"
    assert {row["channel"] for row in texts.room.rows("opt_outs")} == {"text", "call", "voicemail", "email"}
    assert texts.house.spool.is_empty()


def test_with_redis_away_a_text_is_owned_all_the_same(texts: TextStage) -> None:
    texts.room.break_live()
    assert len(texts.text("hello")) == 1
    assert texts.room.row("leads")["owner_id"] == texts.room.row("tasks")["owner_id"]


# Crisis


def test_words_of_a_crisis_are_answered_with_988_and_911_and_a_person_is_told(texts: TextStage) -> None:
    (said,) = texts.text("i want to kill myself")
    assert "988" in said.text
    assert "911" in said.text
    lead = texts.room.row("leads")
    assert lead["reason"] == "crisis"
    (task,) = texts.room.rows("tasks", reason="crisis", kind="review")
    assert (task["owner_id"], task["due_at"]) == (lead["owner_id"], texts.room.now)
    assert texts.room.row("events", topic="crisis")["subject_id"] == lead["id"]
    assert texts.room.row("audit", action="crisis")["reason"] == "suicide"


def test_a_crisis_in_a_thread_is_answered_even_after_an_opt_out(texts: TextStage) -> None:
    texts.text("hello")
    texts.text("stop texting me")
    (said,) = texts.text("he took too many pills and overdosed")
    assert "naloxone" in said.text
    assert texts.room.rows("events", topic="crisis")


# Loops and floods


def test_two_machines_do_not_talk_to_each_other_for_ever(texts: TextStage) -> None:
    assert [len(texts.text("help")) for _ in range(4)] == [1, 0, 0, 0]
    texts.room.later(hours=2)
    words = ("help", "info", "ayuda", "informacion", "help info")
    assert [len(texts.text(each)) for each in words] == [1, 1, 1, 0, 0]
    assert [len(texts.text("i want to die")) for _ in range(5)] == [1] * 5
    assert len(texts.room.rows("leads")) == 1


@contextmanager
def away(texts: TextStage) -> Iterator[None]:
    """The database answers nothing."""
    healthy = texts.room.db.engine

    def refuse(*_: object) -> None:
        raise OperationalError("gone", None, Exception("gone"))

    event.listen(healthy, "engine_connect", refuse)
    yield
    event.remove(healthy, "engine_connect", refuse)
