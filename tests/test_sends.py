"""Texts that go out: written by a coordinator, sent once, never after an opt-out, never blindly repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from starlette.testclient import TestClient

from gateway.app import app
from routing.replying import Replying, ReplyRefused, fit, reply
from routing.rules.texting import outranks
from routing.state.lead.cases import OptedOut
from routing.state.practice.shelf import Shelf
from routing.state.text.send_ends import Outcome
from tests.loopback import Told
from tests.opt_out_race import race
from tests.rooms import Room, opened_room
from tests.stage import house_of, settings_of
from tests.strict_rest import StrictRest, strict_rest
from tests.test_api import token
from tests.text_stage import DETOX, JAX, Said, TextStage
from worker.clock import Bellringer
from worker.jobs import counted
from worker.outbound import Outbounds
from worker.texting import perform_send, text_kinds

OUT = Told(400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400})
INVALID = Told(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400})


@dataclass
class Desk:
    texts: TextStage
    rest: StrictRest
    by: Outbounds

    @property
    def room(self) -> Room:
        return self.texts.room

    def write(self, body: str = "Hello, this is Marcus.") -> str:
        conversation = str(self.room.row("conversations")["id"])
        said = Replying(self.room.book(), conversation, "marcus-bell", fit(body))
        return reply(self.room.desk, said, self.room.now)

    def perform(self, send: str) -> Outcome | None:
        return perform_send(self.by, self.room.desk, send, self.room.now)

    def state(self, send: str) -> tuple[object, object]:
        row = self.room.row("sends", id=send)
        return row["state"], row["code"]

    def shown(self, send: str) -> tuple[object, object]:
        row = self.room.row("messages", id=send)
        return row["status"], row["code"]

    @property
    def sent(self) -> list[str]:
        return [asked.one("Body") for asked in self.rest.asked if asked.method == "POST"]


@contextmanager
def opened_desk(url: str, live: "redis.Redis", folder: Path) -> Iterator[Desk]:
    with strict_rest() as rest, opened_room(url, live) as room:
        settings = settings_of(folder, LEADLINE_TWILIO_API_URL=rest.root)
        by = Outbounds(settings, room.db, room.desk.by.real_ms)
        texts = TextStage(room, house_of(room, settings))
        texts.text("hello")
        yield Desk(texts, rest, by)
        by.close()


@pytest.fixture
def desk(sqlite_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(sqlite_url, live, tmp_path) as opened:
        yield opened


@pytest.fixture
def on_each(database_url: str, live: "redis.Redis", tmp_path: Path) -> Iterator[Desk]:
    """The same on both databases."""
    with opened_desk(database_url, live, tmp_path) as opened:
        yield opened


def test_a_coordinators_answer_is_sent_once_from_the_number_she_wrote_to_and_stops_the_clock(on_each: Desk) -> None:
    send = on_each.write()
    assert on_each.shown(send) == ("accepted", None)
    on_each.room.later(seconds=30)
    assert [on_each.perform(send) is not None for _ in range(3)] == [True, False, False]
    (asked,) = on_each.rest.asked
    assert (asked.one("To"), asked.one("From")) == ("+19045550161", "+19045550134")
    assert asked.one("StatusCallback") == on_each.room.links.text_status(send)
    assert on_each.state(send) == ("created", None)
    lead, task = on_each.room.row("leads"), on_each.room.rows("tasks")
    assert (lead["status"], lead["first_response_at"]) == ("attempted", on_each.room.now)
    assert [row["kind"] for row in task] == ["call"]
    assert on_each.texts.text("thank you") == []
    assert on_each.room.row("leads")["status"] == "contacted"


def test_a_process_of_jobs_that_has_opened_no_rulebook_yet_sends_as_well(desk: Desk) -> None:
    send = desk.write()
    fresh = replace(desk.room.desk, shelf=Shelf(desk.room.db))
    perform_send(desk.by, fresh, send, desk.room.now)
    assert desk.state(send) == ("created", None)


def bellringer(heard: bool, room: Room) -> Bellringer:
    return Bellringer(lambda *_: heard, lambda *_: True, room.links)


def test_the_clock_rings_for_what_is_due_and_sends_it_itself_when_no_bell_is_heard(desk: Desk) -> None:
    send = desk.write()
    heard = text_kinds(bellringer(True, desk.room), desk.by)["sends"]
    assert heard.settle(desk.room.desk, desk.room.now) == 1
    assert desk.sent == []
    desk.room.later(seconds=3)
    kind = text_kinds(bellringer(False, desk.room), desk.by)["sends"]
    assert kind.settle(desk.room.desk, desk.room.now) == 1
    assert desk.state(send) == ("created", None)
    assert kind.settle(desk.room.desk, desk.room.now) == 0


def test_reports_come_in_any_order_and_a_status_never_goes_back(desk: Desk) -> None:
    send = desk.write()
    desk.perform(send)
    sid = str(desk.room.row("messages", id=send)["sid"])
    said = Said("", desk.room.links.text_status(send))
    for status in ("delivered", "sent", "queued", "undelivered", "nonsense"):
        assert desk.texts.report(said, status, sid).status_code == 204
    assert desk.shown(send) == ("delivered", None)
    desk.texts.report(Said("", "/sms/status"), "read", sid)
    assert desk.shown(send) == ("read", None)
    assert outranks("undelivered", "sent")
    assert not outranks("failed", "delivered")
    assert desk.texts.report(Said("", desk.room.links.text_status(send)[:-1] + "x"), "read", sid).status_code == 403


def test_a_text_whose_answer_was_lost_is_found_by_its_report_and_never_sent_again(on_each: Desk) -> None:
    send = on_each.write()
    on_each.rest.next.append(Told(500, {"code": 20500, "message": "oops", "status": 500}))
    on_each.perform(send)
    assert on_each.state(send) == ("ambiguous", "20500")
    assert on_each.perform(send) is None
    on_each.texts.report(Said("", on_each.room.links.text_status(send)), "sent")
    assert on_each.state(send) == ("created", "reported")
    assert on_each.room.row("leads")["status"] == "attempted"
    on_each.room.later(minutes=5)
    assert on_each.perform(send) is None
    assert len(on_each.sent) == 1


@pytest.mark.parametrize("listed", [True, False])
def test_a_text_whose_answer_was_lost_is_looked_for_in_the_list(desk: Desk, listed: bool) -> None:
    send = desk.write()
    desk.rest.next.append(Told(cut=True))
    desk.perform(send)
    found = {"sid": "SM" + "e" * 32, "body": "Hello, this is Marcus.", "status": "sent"}
    for _ in range(4):
        desk.room.later(minutes=1)
        desk.rest.next.append(Told(200, {"messages": [found] if listed else [], "next_page_uri": None}))
        desk.perform(send)
    assert len(desk.sent) == 1
    assert desk.room.row("sends")["state"] == ("created" if listed else "lost")
    assert desk.shown(send) == (("queued", None) if listed else ("failed", "unknown"))


def test_a_refusal_by_the_provider_is_final_and_one_for_an_opt_out_is_an_opt_out(desk: Desk) -> None:
    send = desk.write()
    desk.rest.next.append(INVALID)
    desk.perform(send)
    assert (desk.state(send), desk.shown(send)) == (("rejected", "21211"), ("failed", "21211"))
    another = desk.write("Are you there?")
    desk.rest.next.append(OUT)
    desk.perform(another)
    assert desk.shown(another) == ("failed", "21610")
    (line,) = desk.room.rows("opt_outs")
    assert (line["channel"], line["is_out"], line["source"]) == ("text", True, another)
    with pytest.raises(OptedOut):
        desk.write("One more")
    assert desk.room.row("leads")["first_response_at"] is None


def test_a_throttled_text_waits_and_is_sent(desk: Desk) -> None:
    send = desk.write()
    desk.rest.next.append(Told(429, {"code": 20429, "message": "slow", "status": 429}))
    desk.perform(send)
    assert desk.perform(send) is None
    desk.room.later(seconds=3)
    desk.perform(send)
    assert desk.state(send) == ("created", None)


def test_what_we_start_waits_for_the_end_of_the_quiet_hours_and_an_answer_does_not(desk: Desk) -> None:
    desk.room.now = desk.room.now.replace(hour=22)
    answer = desk.write()
    assert desk.perform(answer) is not None
    desk.room.later(days=2)
    started = desk.write("Are you still looking?")
    assert desk.room.row("sends", id=started)["due_at"] == desk.room.now.replace(hour=8) + timedelta(days=1)
    assert desk.perform(started) is None


def test_a_week_after_her_last_text_only_a_consent_on_record_lets_us_start_again(desk: Desk) -> None:
    desk.room.later(days=8)
    with pytest.raises(ReplyRefused) as refused:
        desk.write()
    assert (refused.value.why, refused.value.rule) == ("not_allowed", "no_consent")


def test_a_treatment_centre_texts_nothing_that_tells_what_is_treated(desk: Desk) -> None:
    with pytest.raises(ReplyRefused) as refused:
        desk.write("A bed in detox is free tomorrow.")
    assert refused.value.why == "not_neutral"


def test_a_number_that_may_not_send_texts_sends_none(desk: Desk) -> None:
    desk.texts.text("hello", to=DETOX)
    assert desk.room.row("sends", id=desk.write())["sender"] == JAX
    with desk.room.db.writing() as tx:
        tx.execute(desk.room.table("conversations").update().values(ours=DETOX))
    with pytest.raises(ReplyRefused) as refused:
        desk.write()
    assert refused.value.why == "sender_not_allowed"


# Opt-out against send (I6, F63)


def test_after_the_commit_of_an_opt_out_nothing_not_yet_claimed_is_sent(on_each: Desk) -> None:
    wrong = [each for number in range(30) for each in race(on_each.room, number)]
    assert wrong == []
    assert on_each.sent == []


# The API


def test_the_api_shows_a_thread_and_takes_an_answer(desk: Desk) -> None:
    headers = {"authorization": f"Bearer {token(desk.room)}"}
    address = f"/api/v1/conversations/{desk.room.row('conversations')['id']}"
    with TestClient(app(desk.texts.house), headers=headers) as client:
        thread = client.get(address).json()
        assert [each["author"] for each in thread["messages"]] == ["person", "leadline"]
        assert client.get(f"{address}?after=1").json()["messages"] == thread["messages"][1:]
        made = client.post(f"{address}/messages", json={"coordinator": "marcus-bell", "body": "Hi \U0001f44b"})
        assert (made.status_code, made.json()["segments"]) == (201, 1)
        canned = {"coordinator": "marcus-bell", "template": "text-missed-you"}
        assert client.post(f"{address}/messages", json=canned).status_code == 201
        for wrong in ({}, {"body": "x", "template": "y"}, {"body": "x" * 1601}, {"template": "nope"}):
            told = client.post(f"{address}/messages", json={"coordinator": "marcus-bell", **wrong})
            assert told.status_code == 422, wrong
        assert client.post("/api/v1/conversations/cv_nobodys/messages", json=canned).status_code == 404
        lead = client.get(f"/api/v1/leads/{thread['lead']}").json()
        authors = [each["facts"]["author"] for each in lead["timeline"] if each["kind"] == "message"]
        assert sorted(authors) == ["leadline", "marcus-bell", "marcus-bell", "person"]
        desk.texts.text("stop texting me")
        refused = client.post(f"{address}/messages", json=canned)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "opted_out")
    assert "Marcus Bell" in desk.texts.thread()[3][1]
    assert {row["state"] for row in desk.room.rows("sends")} == {"withdrawn"}


def test_a_text_that_never_comes_to_its_end_is_parked_and_rung_for_no_more(desk: Desk) -> None:
    """Nor does the clock send it, where no bell is heard: whatever it is about would end the clock as well."""
    send = desk.write()

    def dies() -> None:
        raise RuntimeError

    for _ in range(3):
        with pytest.raises(RuntimeError):
            counted(desk.room.desk, ("send_text", send), desk.room.now, dies)
    kind = text_kinds(bellringer(False, desk.room), desk.by)["sends"]
    assert kind.settle(desk.room.desk, desk.room.later(seconds=2)) == 1
    assert (desk.sent, desk.state(send), desk.shown(send)) == ([], ("lost", "parked"), ("failed", "unknown"))
    assert kind.settle(desk.room.desk, desk.room.later(minutes=1)) == 0
    review = desk.room.row("tasks", kind="review")
    assert (review["reason"], review["state"]) == ("job_parked", "open")
