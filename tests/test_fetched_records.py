"""Sources whose webhook only names a record: it is fetched, brought to the desk once, and waited for by nobody."""

import base64
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from gateway.sources.meta import to_fetch
from routing.rulebook.check_sources import FETCHED
from routing.rules.questions import LeadSource
from routing.settings.places import Places
from routing.sources.entry import reported
from routing.sources.mapping import event
from routing.sources.records import RECORDS, asked_for
from routing.sourcing import report, settle_due
from routing.state import strikes
from routing.state.lead import fetches, refused_tokens
from routing.state.lead.refused_tokens import PROBE_EVERY
from tests.form_stage import HARBOR, FormStage
from tests.loopback import Told
from tests.record_keeper import TOKEN, RecordKeeper, record_keeper
from tests.rooms import NEW_YORK, Room
from tests.stage import house_of, settings_of
from worker.record_wire import RECORD_BYTES, Denied, Question, ask, is_allowed
from worker.records import PAUSES_S, perform_fetch

SECRET = "an-invented-app-secret"
MORNING = datetime(2026, 11, 17, 10, 30, tzinfo=NEW_YORK)
LEAD, NUMBER = "123123123123", "+18135550141"
META = LeadSource(
    "meta",
    secret="env:APP_SECRET",
    verify="env:WORD",
    campaign="website",
    fields=MappingProxyType({"how_would_it_be_paid": "payer"}),
    values=MappingProxyType({"payer": {"private_insurance": "commercial"}}),
    token="env:TOKEN",
    api_url="env:API",
)
HUBSPOT = replace(META, id="hubspot", fields=MappingProxyType({"insurance_kind": "payer"}))
ONE_DB = pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)


def answer(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "values": list(values)}


JANE = {
    "id": LEAD,
    "created_time": "2026-11-17T15:29:00+0000",
    "field_data": [
        answer("full_name", "Jane Doe"),
        answer("email", "jane@example.com"),
        answer("phone_number", NUMBER),
        answer("how_would_it_be_paid", "private_insurance"),
        answer("what_happened", "words of hers"),
        answer("best_time_to_call", "after 14:00"),
    ],
}


@dataclass
class Fetching:
    """The practice, its source, and the vendor that keeps the records."""

    stage: FormStage
    keeper: RecordKeeper
    places: Places

    @property
    def room(self) -> Room:
        return self.stage.room

    def webhook(self, lead: str = LEAD) -> str:
        """Meta names a lead; the id of our row."""
        stamp = int(self.room.now.timestamp())
        change = {"field": "leadgen", "value": self.value(lead)}
        self.post("meta", {"object": "page", "entry": [{"id": 1, "time": stamp, "changes": [change]}]})
        return self.newest()

    def named(self, lead: str) -> str:
        """The same, already past the door."""
        book = self.room.book(HARBOR)
        told = reported(book, event(to_fetch(self.value(lead)), META, self.room.now), self.room.now)
        report(self.room.desk, book, told, self.room.now)
        return self.newest()

    def value(self, lead: str) -> dict[str, int]:
        return {"leadgen_id": int(lead), "form_id": 7, "created_time": int(self.room.now.timestamp())}

    def newest(self) -> str:
        return max(str(row["id"]) for row in self.room.rows("source_events"))

    def post(self, source: str, document: object) -> None:
        body = json.dumps(document).encode()
        stamp = f"{int(self.room.now.timestamp())}000"
        url = f"{self.stage.house.settings.public_url}/sources/{HARBOR}/{source}"
        over = b"POST" + url.encode() + body + stamp.encode()
        headers = {
            "content-type": "application/json",
            "x-hub-signature-256": "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex(),
            "x-hubspot-request-timestamp": stamp,
            "x-hubspot-signature-v3": b64(hmac.digest(SECRET.encode(), over, "sha256")),
        }
        told = self.stage.ask("POST", f"/sources/{HARBOR}/{source}", body, headers)
        assert (told.status_code, told.json()) == (200, {"events": 1}), told.text

    def fetch(self, event: str) -> str | None:
        return perform_fetch(self.places, self.room.desk, event, self.room.now)

    def row(self, name: str) -> Mapping[str, Any]:
        return self.room.row("source_events", id=name)

    def number_of(self, lead: Mapping[str, object]) -> str:
        row = self.room.row("person_numbers", person_id=lead["person_id"])
        column = self.room.table("person_numbers").c.number
        return self.room.db.vault.unseal(column, str(row["person_id"]), row["number"])  # type: ignore[arg-type]


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.fixture
def fetching(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetching]:
    monkeypatch.setenv("APP_SECRET", SECRET)
    monkeypatch.setenv("WORD", "an-invented-word")
    room.now = MORNING
    book = room.book(HARBOR)
    sources = {**book.sources, "meta": META, "hubspot": HUBSPOT}
    room.desk.shelf._shelve(replace(book, sources=MappingProxyType(sources)))
    with record_keeper() as keeper:
        keeper.records[f"/{LEAD}"] = JANE
        places = Places({"TOKEN": TOKEN, "API": keeper.root}, tmp_path)
        yield Fetching(FormStage(room, house_of(room, settings_of(tmp_path))), keeper, places)


def test_what_meta_keeps_is_fetched_once_and_becomes_one_lead_however_often_the_job_runs(
    fetching: Fetching, caplog: pytest.LogCaptureFixture
) -> None:
    room = fetching.room
    event = fetching.webhook()
    with caplog.at_level(logging.DEBUG):
        (ring,) = fetches.due(room.db, room.now, 10)
        assert (ring.event, ring.number) == (event, 1)
        # A bell is a hint: until somebody has taken the row, it is rung again, but not every second.
        assert fetches.due(room.db, room.later(seconds=1), 10) == ()
        assert [each.number for each in fetches.due(room.db, room.later(seconds=15), 10)] == [2]
        assert [fetching.fetch(event) for _ in range(5)] == ["brought", None, None, None, None]
    lead, inquiry, task = room.row("leads"), room.row("inquiries"), room.row("tasks")
    assert (lead["campaign"], lead["payer"], task["kind"]) == ("website", "commercial", "call")
    assert lead["clock_started_at"] == MORNING
    assert fetching.number_of(lead) == NUMBER
    assert room.row("callbacks")["due_at"] == MORNING.replace(hour=14, minute=0)
    told = fetching.row(event)
    assert (told["state"], told["lead_id"], told["inquiry_id"]) == ("told", lead["id"], inquiry["id"])
    assert (told["fetch_at"], told["fetch_code"], told["fetch_tries"]) == (None, "fetched", 1)
    assert fetching.keeper.asked == [f"/{LEAD}"]
    settle_due(room.desk, room.later(hours=1))
    assert len(room.rows("leads")) == len(room.rows("inquiries")) == 1
    for personal in ("Jane", NUMBER[2:], "jane@", "words of hers", TOKEN):
        assert personal not in caplog.text


@ONE_DB
def test_a_worker_that_dies_with_a_record_in_its_hands_or_half_way_through_costs_nothing(fetching: Fetching) -> None:
    room = fetching.room
    event = fetching.named(LEAD)
    assert fetches.claim(room.db, event, room.now)
    assert fetching.fetch(event) is None
    room.later(minutes=1)
    assert fetching.fetch(event) == "brought"
    # Dead between the desk and its own row: fetched again, and folded into the same lead.
    with room.db.writing() as tx:
        tx.exec_driver_sql("UPDATE source_events SET fetch_at = received_at")
    assert fetching.fetch(event) == "brought"
    assert len(room.rows("leads")) == len(room.rows("inquiries")) == len(room.rows("tasks")) == 1
    # What never comes to its end is parked, and becomes a lead in its time.
    other = fetching.named("777")
    for _ in range(3):
        assert strikes.begin(room.db, "fetch_record", other, room.desk.new_id, room.now) is True
    assert strikes.begin(room.db, "fetch_record", other, room.desk.new_id, room.now) is False
    assert (fetching.row(other)["fetch_at"], fetching.row(other)["fetch_code"]) == (None, "parked")
    settle_due(room.desk, room.later(minutes=10))
    assert room.row("tasks", lead_id=fetching.row(other)["lead_id"])["kind"] == "review"


@ONE_DB
def test_what_hubspot_keeps_is_asked_for_by_the_practices_own_fields(fetching: Fetching) -> None:
    room, keeper = fetching.room, fetching.keeper
    known = "phone,mobilephone,email,firstname,lastname,zip,city,state,hs_google_click_id,hs_facebook_click_id"
    keeper.query = {"properties": f"{known},insurance_kind"}
    said = {
        "phone": None,
        "mobilephone": "(813) 555-0141",
        "firstname": "Jane",
        "lastname": "Doe",
        "insurance_kind": "Private_Insurance",
        "hs_object_id": "123",
    }
    keeper.records["/crm/v3/objects/contacts/123"] = {"id": "123", "properties": said, "archived": False}
    created = {"eventId": 1, "portalId": 62515, "objectId": 123, "subscriptionType": "contact.creation"}
    for _ in range(2):
        fetching.post("hubspot", [{**created, "occurredAt": int(room.now.timestamp() * 1000)}])
    (event,) = room.rows("source_events")
    assert (event["dedupe_key"], event["reports"]) == ("hubspot:62515-123", 2)
    assert fetching.fetch(str(event["id"])) == "brought"
    lead = room.row("leads")
    assert (lead["payer"], fetching.number_of(lead)) == ("commercial", NUMBER)
    assert keeper.asked == ["/crm/v3/objects/contacts/123"]


@ONE_DB
@pytest.mark.parametrize("is_known", [False, True])
def test_a_number_that_is_entered_later_reaches_the_lead_that_had_none(fetching: Fetching, is_known: bool) -> None:
    room = fetching.room
    if is_known:
        fetching.stage.post("contact", HARBOR, phone=NUMBER, name="Jane Doe", city=None, patient=None)
    event = {"eventId": 1, "portalId": 62515, "objectId": 123, "occurredAt": int(room.now.timestamp() * 1000)}
    fetching.keeper.query = fetching.keeper.query | {"properties": ",".join(asked_for(HUBSPOT))}
    fetching.keeper.records["/crm/v3/objects/contacts/123"] = {"id": "123", "properties": {"phone": None}}
    fetching.post("hubspot", [{**event, "subscriptionType": "contact.creation"}])
    assert fetching.fetch(fetching.newest()) == "looked_up"
    told = {"subscriptionType": "contact.propertyChange", "propertyName": "phone", "propertyValue": "813 555 0141"}
    for _ in range(2):
        fetching.post("hubspot", [{**event, **told}])
    (lead,) = room.rows("leads", closed_at=None)
    assert fetching.number_of(lead) == NUMBER
    assert {row["kind"] for row in room.rows("tasks", state="open")} == {"call"}
    assert len(room.rows("source_events")) == 1


LOGIN, LOOKED_UP = "denied", "looked_up"
REFUSALS = {
    # what the vendor answers, what becomes of it, and the code that is kept
    "gone": (Told(404, {"error": {"code": 100}}), LOOKED_UP, "404_100"),
    "a bad request": (Told(400, {"error": "no"}), LOOKED_UP, "400"),
    "a redirect": (Told(302, {}, headers={"location": "https://elsewhere.example/"}), LOOKED_UP, "302"),
    "no JSON": (Told(200, b"<html>"), LOOKED_UP, "unreadable"),
    "another record": (Told(200, {**JANE, "id": "456"}), LOOKED_UP, "unreadable"),
    "no end": (Told(200, b" " * (RECORD_BYTES + 1)), LOOKED_UP, "too_large"),
    "packed": (Told(200, b"\x1f\x8b", headers={"content-encoding": "gzip"}), LOOKED_UP, "encoded"),
    "nobody": (Told(200, {**JANE, "field_data": []}), LOOKED_UP, "nobody"),
    "a wrong token": (Told(401, {}), LOGIN, "login_401"),
    "no permission": (Told(403, {"error": {"code": 200}}), LOGIN, "login_403_200"),
    "a token that is over": (Told(400, {"error": {"code": 190}}), LOGIN, "login_400_190"),
    "too many": (Told(429, {}, headers={"retry-after": "900"}), "later", "429"),
    "too many, said otherwise": (Told(400, {"error": {"code": 80005}}), "later", "400_80005"),
    "down": (Told(503, b"<html>"), "later", "503"),
    "a cut line": (Told(cut=True), "later", "RemoteProtocolError"),
}


@ONE_DB
def test_each_refusal_has_its_consequence_and_the_code_is_kept(fetching: Fetching) -> None:
    room, keeper = fetching.room, fetching.keeper
    for at, (name, (told, what, code)) in enumerate(REFUSALS.items()):
        room.later(minutes=30)
        keeper.next = [replace(told, body={**told.body, "id": f"9{at}"}) if name == "nobody" else told]
        event = fetching.named(f"9{at}")
        with room.db.writing() as tx:
            tx.execute(room.table("refused_tokens").delete())
        assert fetching.fetch(event) == what, name
        row = fetching.row(event)
        assert row["fetch_code"] == code, name
        if what == LOOKED_UP:
            task = room.row("tasks", lead_id=row["lead_id"], state="open")
            assert (row["state"], row["fetch_at"]) == ("told", None), name
            assert (task["kind"], task["reason"]) == ("review", "not_fetched"), name
        else:
            wait = row["fetch_at"] - room.now
            least = {"429": 900, LOGIN: 300}.get(code if code == "429" else what, 27)
            assert (row["state"], timedelta(seconds=least) <= wait <= timedelta(seconds=least * 1.25)) == (
                "waiting",
                True,
            ), (name, wait)
        if what == LOGIN:
            with room.db.reading() as tx:
                assert refused_tokens.refused(tx, HARBOR) == ("meta",), name


@ONE_DB
def test_a_refused_token_is_told_once_and_the_source_is_left_alone_until_it_is_good_again(
    fetching: Fetching, caplog: pytest.LogCaptureFixture
) -> None:
    room, keeper = fetching.room, fetching.keeper
    keeper.token = "another"
    first, second = fetching.named(LEAD), fetching.named("456")
    assert [fetching.fetch(event) for event in (first, second)] == ["denied", "later"]
    room.later(seconds=PROBE_EVERY.total_seconds() + 1)
    fetching.fetch(second)
    assert keeper.asked == [f"/{LEAD}", "/456"]
    assert caplog.text.count("source_refuses_our_token_meta") == 1
    metrics = fetching.stage.ask("GET", "/metrics")
    keeper.token = TOKEN
    keeper.records["/456"] = {**JANE, "id": "456", "field_data": [answer("phone_number", "+18135550142")]}
    room.later(seconds=PROBE_EVERY.total_seconds() + 60)
    assert fetching.fetch(first) == "brought"
    # The other need not wait for its pause to be over.
    assert fetching.fetch(second) == "brought"
    assert "source_accepts_our_token_again_meta" in caplog.text
    assert room.rows("refused_tokens") == []
    assert len(room.rows("leads")) == 2
    assert 'leadline_source_refused{practice="harbor-recovery",source="meta"} 1.0' in metrics.text


@ONE_DB
def test_a_refused_token_stays_an_alarm_until_it_is_tried_and_is_none_where_nobody_asks_any_more(
    fetching: Fetching,
) -> None:
    room = fetching.room
    fetching.keeper.token = "another"
    assert fetching.fetch(fetching.named(LEAD)) == "denied"
    room.later(seconds=PROBE_EVERY.total_seconds() + 1)
    book, value = room.book(HARBOR), {**fetching.value(LEAD), "leadgen_id": "../me"}
    report(room.desk, book, reported(book, event(to_fetch(value), META, room.now), room.now), room.now)
    assert fetching.fetch(fetching.newest()) == "looked_up"
    assert len(fetching.keeper.asked) == 1
    assert room.row("refused_tokens")["probe_at"] <= room.now  # type: ignore[operator]
    assert "leadline_source_refused{" in fetching.stage.ask("GET", "/metrics").text
    bare = replace(META, token=None, api_url=None)
    room.desk.shelf._shelve(replace(book, sources=MappingProxyType({**book.sources, "meta": bare})))
    assert "leadline_source_refused{" not in fetching.stage.ask("GET", "/metrics").text


@ONE_DB
def test_a_record_without_a_way_to_reach_her_is_looked_up_with_all_that_it_says(fetching: Fetching) -> None:
    room = fetching.room
    said = [answer("full_name", "Jane Doe"), answer("how_would_it_be_paid", "private_insurance")]
    fetching.keeper.records[f"/{LEAD}"] = {**JANE, "field_data": said}
    assert fetching.fetch(fetching.named(LEAD)) == "looked_up"
    lead, task = room.row("leads"), room.row("tasks")
    assert (lead["payer"], task["kind"], task["reason"]) == ("commercial", "review", "not_fetched")
    assert room.row("people")["name"] is not None


@ONE_DB
def test_while_the_vendor_is_down_the_lead_has_an_owner_and_the_pauses_grow_until_a_day_is_over(
    fetching: Fetching,
) -> None:
    room, keeper = fetching.room, fetching.keeper
    event = fetching.named(LEAD)
    waits = []
    while fetching.row(event)["fetch_at"]:
        room.now = fetching.row(event)["fetch_at"].astimezone(NEW_YORK)
        settle_due(room.desk, room.now)
        keeper.next = [Told(500, {})]
        fetching.fetch(event)
        until = fetching.row(event)["fetch_at"]
        waits += [(until - room.now).total_seconds()] if until else []
    lead, task = room.row("leads"), room.row("tasks")
    # A person knows of it after ten minutes, and why it stays nameless at the end.
    assert lead["created_at"] <= MORNING + timedelta(minutes=20)  # type: ignore[operator]
    assert (task["kind"], task["owner_id"], task["reason"]) == ("review", lead["owner_id"], "not_fetched")
    assert all(0.9 * pause <= wait <= 1.1 * pause for pause, wait in zip(PAUSES_S, waits, strict=False))
    assert timedelta(hours=22) < room.now - MORNING <= timedelta(hours=24)
    assert (len(keeper.asked), fetching.row(event)["fetch_code"]) == (len(waits) + 1, "500")
    assert fetches.due(room.db, room.later(days=1), 10) == ()


@ONE_DB
def test_what_is_fetched_late_fills_in_the_lead_or_joins_it_to_whoever_it_turns_out_to_be(fetching: Fetching) -> None:
    room, keeper = fetching.room, fetching.keeper
    keeper.next = [Told(500, {})]
    stranger = fetching.named(LEAD)
    fetching.fetch(stranger)
    settle_due(room.desk, room.later(minutes=11))
    assert room.row("tasks")["kind"] == "review"
    assert fetching.fetch(stranger) == "brought"
    lead, task = room.row("leads"), room.row("tasks")
    assert (fetching.number_of(lead), task["kind"], lead["campaign"]) == (NUMBER, "call", "website")
    # The same person again, and again it takes long: her one open lead has it, and one call is owed.
    keeper.next = [Told(500, {})]
    keeper.records["/456"] = {**JANE, "id": "456"}
    again = fetching.named("456")
    fetching.fetch(again)
    settle_due(room.desk, room.later(minutes=11))
    assert len(room.rows("leads", closed_at=None)) == 2
    assert fetching.fetch(again) == "brought"
    assert [row["id"] for row in room.rows("leads", closed_at=None)] == [lead["id"]]
    assert fetching.row(again)["lead_id"] == lead["id"]
    assert [row["kind"] for row in room.rows("tasks", state="open")] == ["call"]
    assert {row["person_id"] for row in room.rows("inquiries")} == {lead["person_id"]}


@ONE_DB
def test_a_source_without_a_token_stands_as_before_and_an_empty_place_is_an_alarm(fetching: Fetching) -> None:
    room = fetching.room
    empty = Places({"API": fetching.keeper.root}, fetching.places.folder)
    event = fetching.named(LEAD)
    assert perform_fetch(empty, room.desk, event, room.now) == "denied"
    assert fetching.row(event)["fetch_code"] == "login_unset"
    book = room.book(HARBOR)
    bare = replace(META, token=None, api_url=None)
    room.desk.shelf._shelve(replace(book, sources=MappingProxyType({**book.sources, "meta": bare})))
    other = fetching.named("456")
    assert fetching.fetch(other) == "none"
    settle_due(room.desk, room.later(minutes=10))
    assert {row["kind"] for row in room.rows("tasks")} == {"review"}
    assert fetching.keeper.asked == []


def test_a_token_goes_to_the_vendor_alone_or_to_a_test_on_this_machine() -> None:
    assert set(RECORDS) == set(FETCHED)
    assert all(is_allowed(record.root) for record in RECORDS.values())
    assert is_allowed("http://127.0.0.1:8099")
    assert is_allowed("http://[::1]:8099")
    for root in (
        "http://graph.facebook.com",
        "http://localhost.example",
        "https://x@graph.facebook.com",
        "https://graph.facebook.com/v1",
        "https://graph.facebook.com?a=b",
        "ftp://127.0.0.1",
        "//graph.facebook.com",
        "https://[::1",
        "",
    ):
        assert ask(Question(root, "/1", {}, TOKEN), {}) == Denied("address"), root
