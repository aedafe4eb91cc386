"""S-22: A-47 A-48, an opt-out in any wording, and the way the person chose; the part of the texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from routing.state.lead.people import OptOut, opt_out
from tests.rooms import Room, opened_room
from tests.stage import house_of, settings_of
from tests.text_stage import JAX, Said, TextStage

PERSON = "+18135550166"


@pytest.fixture
def room(sqlite_url: str, live: "redis.Redis") -> Iterator[Room]:
    """On one database: what is asked here does not depend on which."""
    with opened_room(sqlite_url, live) as opened:
        yield opened


@pytest.fixture
def texts(room: Room, tmp_path: Path) -> TextStage:
    return TextStage(room, house_of(room, settings_of(tmp_path)))


def no_calls(texts: TextStage) -> None:
    with texts.room.db.writing() as tx:
        line = OptOut("oo_crm", "harbor-recovery", PERSON, "call", is_out=True, source="crm")
        opt_out(tx, texts.room.db.vault, line, texts.room.now)


def ways_out(texts: TextStage) -> set[object]:
    return {row["channel"] for row in texts.room.rows("opt_outs") if row["is_out"]}


def email_of(texts: TextStage) -> None:
    person = texts.room.row("people")
    column = texts.room.table("people").c.email
    sealed = texts.room.db.vault.seal(column, str(person["id"]), "ana@example.com")
    with texts.room.db.writing() as tx:
        tx.execute(texts.room.table("people").update().values(email=sealed))


def test_s22_who_opted_out_of_calls_gets_a_text_task_and_then_wants_no_texts_either(texts: TextStage) -> None:
    no_calls(texts)
    (said,) = texts.text("please write to me", sender=PERSON)
    assert "will be in touch" in said.text
    lead, task = texts.room.row("leads"), texts.room.row("tasks")
    assert (lead["reason"], task["kind"]) == ("opted_out_of_calls", "text")
    texts.room.later(minutes=1)
    (stopped,) = texts.text("stop texting me", sender=PERSON)
    assert stopped.text == "You will get no more texts from us."
    assert ways_out(texts) == {"call", "text"}
    lead, task = texts.room.row("leads"), texts.room.row("tasks")
    assert (lead["status"], lead["close_cause"], task["state"]) == ("closed", "consent_blocked", "withdrawn")
    consent = texts.room.row("consents")
    assert (consent["channel"], consent["is_granted"]) == ("text", False)
    assert texts.text("stop texting me!!", sender=PERSON) == []


def test_s22_with_an_address_the_task_goes_on_by_e_mail(texts: TextStage) -> None:
    no_calls(texts)
    texts.text("please write to me", sender=PERSON)
    email_of(texts)
    texts.text("stop texting me", sender=PERSON)
    lead, task = texts.room.row("leads"), texts.room.row("tasks")
    assert (lead["closed_at"], task["kind"], task["state"], task["reason"]) == (None, "email", "open", "opted_out")


def test_s22_an_opt_out_of_texts_leaves_the_call_that_is_owed(texts: TextStage) -> None:
    texts.text("hello", sender=PERSON)
    texts.text("quit texting this number please", sender=PERSON)
    assert (texts.room.row("tasks")["kind"], texts.room.row("leads")["closed_at"]) == ("call", None)
    assert texts.text("and what now?", sender=PERSON) == []


def test_s22_a_bare_stop_ends_every_way_unless_the_practice_says_otherwise(texts: TextStage) -> None:
    (said,) = texts.text("STOP", sender=PERSON)
    assert said.text == "You will get no more texts from us."
    assert ways_out(texts) == {"text", "call", "voicemail", "email"}
    assert texts.room.rows("leads") == texts.room.rows("messages") == []
    assert texts.text("Stop.", sender=PERSON) == []


def test_s22_unclear_words_are_an_opt_out_that_a_person_looks_at(texts: TextStage) -> None:
    (said,) = texts.text("stop sending me to voicemail", sender=PERSON)
    assert "no more" in said.text
    assert ways_out(texts) == {"text"}
    assert texts.room.row("leads")["closed_at"] is None
    assert texts.room.row("tasks", kind="review")["reason"] == "opt_out_unclear"
    assert texts.room.row("audit", action="opt_out")["reason"] == "unclear"


def test_s22_only_start_lifts_it(texts: TextStage) -> None:
    texts.text("hello", sender=PERSON)
    texts.text("stop texting me", sender=PERSON)
    texts.room.later(hours=2)
    for words in ("yes", "ok text me", "hello again"):
        texts.text(words, sender=PERSON)
    assert texts.room.rows("opt_outs", is_out=False) == []
    texts.room.later(hours=2)
    (said,) = texts.text("START", sender=PERSON)
    assert "again" in said.text
    assert texts.room.row("opt_outs", is_out=False)["channel"] == "text"


def test_s22_the_providers_own_opt_out_is_one_and_is_not_confirmed_twice(texts: TextStage) -> None:
    texts.text("hello", sender=PERSON)
    assert texts.text("ENOUGH", sender=PERSON, OptOutType="STOP") == []
    assert "text" in ways_out(texts)
    assert texts.text("begin", sender=PERSON, OptOutType="START") == []
    assert len(texts.room.rows("opt_outs", is_out=False)) == 1
    assert texts.text("who is this", sender=PERSON, OptOutType="HELP") == []


def test_s22_a_carriers_refusal_of_an_automatic_answer_is_an_opt_out(texts: TextStage) -> None:
    (said,) = texts.text("hello", sender=PERSON)
    assert texts.report(said, "failed", ErrorCode="21610").status_code == 204
    assert ways_out(texts) == {"text"}
    assert texts.report(Said("", said.report), "failed", ErrorCode="21610").status_code == 204
    assert len(texts.room.rows("opt_outs")) == 1


def test_s22_an_opt_out_in_one_practice_says_nothing_of_another(texts: TextStage) -> None:
    texts.text("stop texting me", sender=PERSON, to=JAX)
    assert len(texts.text("hello", sender=PERSON, to="+18475550121")) == 1
