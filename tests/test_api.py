"""The API for programs, through the whole door: tokens, leads, availability, the board and its own description."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import delete
from starlette.testclient import TestClient

from gateway.api.asking import Operation
from gateway.api.table import OPERATIONS
from gateway.app import app
from gateway.keeping.embedded import Valkey
from gateway.tokens import mint
from routing import connection
from routing.attendance import Wish, attendants, follow_row, wish
from routing.conferences.holding import hold
from routing.conferences.opening import Asker
from routing.rules.candidates import Desired
from routing.rules.entered import Entered
from routing.rules.identity import Who
from routing.state.inbox import Letter
from routing.state.lead.entries import Entry
from routing.state.lead.quarantine import Suspect, set_aside
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker
from routing.state.live.roster import desired_of
from routing.state.practice import closures, tokens
from routing.state.practice.closures import Closure
from routing.state.practice.tokens import Token
from routing.state.tables import desired_statuses
from routing.state.text.chat_sessions import Chatter, Opened, open_chat
from sms.chats import ChatMessage, chatted
from sms.reception import Reception
from tests.conference_stage import in_force
from tests.rooms import TUESDAY, Call, Room, opened_room
from tests.stage import house_of, settings_of

HARBOR, LAKESIDE = "harbor-recovery", "lakeside-specialty"
ALL = ("read", "availability", "leads", "calls", "reports", "admin")
BODIES: dict[str, dict[str, object]] = {
    "setAvailability": {"status": "away"},
    "finishTalk": {"code": "talked", "note": "Wants to think about it"},
    "takeLead": {"coordinator": "joan-mercer", "version": 1},
    "setStatus": {"status": "not_interested"},
    "recordAttempt": {"coordinator": "joan-mercer", "channel": "call", "result": "busy"},
    "closeByHand": {
        "scope": "practice",
        "reason": "burst_pipe",
        "ends_at": (TUESDAY + timedelta(hours=3)).isoformat(),
    },
    "transferCall": {"to": {"queue": "admissions-medicaid"}, "reason": "payer_changed", "sets": {"payer": "medicaid"}},
    "noteOptOut": {"ways": ["text"]},
    "joinCall": {"to": {"coordinator": "priya-nair"}, "reason": "interpreter"},
    "listenToCall": {"supervisor": "joan-mercer", "mode": "listen"},
    "sayTyping": {"coordinator": "marcus-bell"},
    "writeMessage": {"coordinator": "marcus-bell", "body": "Good morning"},
    "addTask": {"kind": "review", "due_at": (TUESDAY + timedelta(hours=1)).isoformat()},
    "recordScrubs": {
        "scrubs": [
            {"number": "+18135550150", "kind": "national_dnc", "listed": False, "checked_at": TUESDAY.isoformat()}
        ]
    },
    "recordSends": {
        "system": "mass-texts",
        "sends": [
            {
                "id": "1",
                "number": "+18135550150",
                "campaign": "detox-search",
                "sent_at": (TUESDAY - timedelta(hours=1)).isoformat(),
            }
        ],
    },
}


class Program:
    """A client with a token, which answers in JSON."""

    def __init__(self, client: TestClient, token: str | None) -> None:
        self.client = client
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: object = None, expect: int | None = None, **query: object) -> Any:
        answer = self.client.request(
            method,
            f"/api/v1{path}",
            json=body,
            headers=self.headers,
            params=query,  # type: ignore[arg-type]
        )
        if expect is not None:
            assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    def get(self, path: str, **query: object) -> Any:
        return self.ask("GET", path, expect=200, **query)

    def refused(self, expect: int, method: str, path: str, body: object = None, **query: object) -> Any:
        return self.ask(method, path, body, expect, **query)["error"]


def token(room: Room, practice: str = HARBOR, scopes: tuple[str, ...] = ALL, **more: Any) -> str:
    minted = mint(f"t{next(room.numbers):05d}")
    tokens.store(room.db, Token(minted.id, practice, minted.digest, scopes, "test", room.now, **more), "test")
    return minted.text


@pytest.fixture
def client(room: Room, tmp_path: Path, valkey: Valkey) -> Iterator[TestClient]:
    house = house_of(room, settings_of(tmp_path, LEADLINE_REDIS_URL=valkey.url))
    with TestClient(app(house), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def harbor(client: TestClient, room: Room) -> Program:
    return Program(client, token(room))


@pytest.fixture
def lakeside(client: TestClient, room: Room) -> Program:
    return Program(client, token(room, LAKESIDE))


def form(room: Room, contact: str = "+18505550165", **said: str) -> str:
    arrival = room.arrival(channel="form", contact=contact, **said)
    room.receive(arrival)
    return str(room.row("inquiries", id=arrival.inquiry.id)["lead_id"])


def several(room: Room, number: int) -> list[str]:
    """Newest first; two of them at the same instant."""
    made = []
    for place in range(number):
        if place != 1:
            room.later(seconds=1)
        made.append(form(room, f"+1850555{place:04d}"))
    found = sorted(room.rows("leads"), key=lambda row: (row["created_at"], row["id"]), reverse=True)
    assert {row["id"] for row in found} == set(made)
    return [str(row["id"]) for row in found]


def address(operation: Operation[Any], room: Room) -> str:
    """Where the operation has something to do."""
    if operation.name == "finishTalk":
        known = str(after_a_talk(room).coordinator)
    elif operation.path.startswith("/closures"):
        known = closed(room)
    elif operation.name == "listChats":
        return str(operation.path)
    elif operation.path.startswith(("/chats", "/conversations")):
        known = in_a_chat(room)["inquiries" if operation.path.startswith("/chats") else "conversations"]
    elif operation.path.startswith("/calls"):
        in_force(room, monitoring=True)
        known = on_the_line(room)
    elif operation.path.startswith("/quarantine"):
        known = quarantined(room)
    elif operation.name == "splitLead":
        known = form(room)
        form(room)
    else:
        known = "marcus-bell" if operation.path.startswith("/coordinators") else form(room)
    return operation.path.replace("{id}", known)


def on_the_line(room: Room) -> str:
    """A call that a coordinator has just taken; nobody else is on one."""
    all_hang_up(room)
    call = room.call(contact="+18505550171", tracking_number="+18505550131")
    assert call.accept()
    return call.arrival.inquiry.id


def all_hang_up(room: Room) -> None:
    for row in room.rows("inquiries", state="connected", channel="call"):
        connection.hang_up(room.desk, str(row["id"]), Letter(f"over:{row['id']}", b""), room.now)
        room.later(seconds=121)


def who_talks(room: Room, call: str) -> str:
    return str(room.row("reservations", inquiry_id=call, state="accepted")["coordinator_id"])


def in_a_chat(room: Room) -> dict[str, str]:
    """A chat that somebody is offered: ids of its rows, by table."""
    all_hang_up(room)
    if not room.rows("reservations", state="pending", kind="chat"):
        who = Chatter(f"cs_{next(room.numbers)}", HARBOR, "https://www.harbor-recovery.example", "en", None)
        open_chat(room.db, Opened(who.id, HARBOR, who.origin, "en"), who.id, room.now)
        chatted(Reception(room.desk, room.links, {}), ChatMessage(who, room.book(), "key-0001", "hello"), room.now)
    offer = room.row("reservations", state="pending", kind="chat")
    inquiry = room.row("inquiries", id=offer["inquiry_id"])
    thread = room.row("conversations", person_id=inquiry["person_id"])
    return {"inquiries": str(inquiry["id"]), "conversations": str(thread["id"])}


def quarantined(room: Room) -> str:
    """A form that was set aside."""
    number = next(room.numbers)
    entered = Entered("form:contact", Who(f"+1850555{number:04d}"), {}, room.now, (f"form:{number}",))
    set_aside(room.db, room.book(), Suspect(f"qr_{number}", Entry(entered, b""), ("honeypot",)), room.now)
    return f"qr_{number}"


def body_of(operation: Operation[Any], room: Room, path: str) -> dict[str, Any] | None:
    """What the operation is told, where it depends on what there is."""
    if operation.name == "mergeLead":
        return {"lead": form(room, "+18505550177")}
    if operation.name == "splitLead":
        lead = path.split("/")[2]
        return {"inquiries": [sorted(str(row["id"]) for row in room.rows("inquiries", lead_id=lead))[0]]}
    if operation.name in ("acceptChat", "declineChat"):
        chat = path.split("/")[2]
        return {"coordinator": room.row("reservations", state="pending", inquiry_id=chat)["coordinator_id"]}
    if operation.name in ("holdCall", "resumeCall", "joinCall"):
        call = path.split("/")[2]
        who = who_talks(room, call)
        if operation.name == "resumeCall":
            hold(Asker(room.desk, room.links, room.book(), "test", room.now), call, who)
        return {**BODIES.get(operation.name, {}), "coordinator": who}
    return BODIES.get(operation.name)


def closed(room: Room) -> str:
    later = (room.now + timedelta(hours=1), room.now + timedelta(hours=2))
    made = Closure(f"cl_{next(room.numbers)}", HARBOR, "practice", HARBOR, "storm", "test", *later)
    closures.close(room.db, made, room.now)
    return made.id


def after_a_talk(room: Room) -> Call:
    """Its coordinator is wrapping up."""
    return room.call(tracking_number="+18135550132", payer="commercial").talk(60, wrap_up=False)


def changes(room: Room) -> tuple[int, ...]:
    return tuple(len(room.rows(table)) for table in ("audit", "events", "assignments", "attempts", "tasks"))


ON_SQLITE = pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
"""For what is decided before the database is asked."""
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=[each.name for each in OPERATIONS])


def spoiled(room: Room) -> dict[str, dict[str, Any]]:
    """Requests that show no valid token, each in its own way."""
    good, other = token(room), token(room)
    assert tokens.revoke(room.db, HARBOR, other.split("_")[1], "test", room.now)
    texts = {
        "malformed": "Bearer leadline",
        "unknown": f"Bearer {mint('nobody').text}",
        "wrong": f"Bearer {mint(good.split('_')[1]).text}",
        "expired": f"Bearer {token(room, expires_at=room.now)}",
        "revoked": f"Bearer {other}",
        "basic": f"Basic {good}",
    }
    return {
        "missing": {},
        "in the query": {"params": {"token": good}},
        "twice": {"headers": [("authorization", f"Bearer {good}")] * 2},
        **{name: {"headers": [("authorization", text)]} for name, text in texts.items()},
    }


@EVERY
@ON_SQLITE
def test_every_operation_refuses_whoever_shows_no_valid_token(
    client: TestClient, room: Room, operation: Operation[Any]
) -> None:
    path, asked = address(operation, room), spoiled(room)
    body, before = body_of(operation, room, path), changes(room)
    for name, how in asked.items():
        answer = client.request(operation.method, f"/api/v1{path}", json=body, **how)
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"] == "Bearer"
    assert changes(room) == before


@EVERY
@ON_SQLITE
def test_every_operation_refuses_a_token_without_its_scope(
    client: TestClient, room: Room, operation: Operation[Any]
) -> None:
    others = tuple(scope for scope in ALL if scope not in (operation.scope, "admin"))
    path = address(operation, room)
    poor = Program(client, token(room, scopes=others))
    body = body_of(operation, room, path)
    before = changes(room)
    assert poor.refused(403, operation.method, path, body)["code"] == "forbidden"
    assert changes(room) == before


@EVERY
@ON_SQLITE
def test_every_operation_answers_the_token_that_has_just_its_scope(
    client: TestClient, room: Room, operation: Operation[Any]
) -> None:
    path = address(operation, room)
    program = Program(client, token(room, scopes=(operation.scope,)))
    program.ask(operation.method, path, body_of(operation, room, path), expect=operation.status)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "{id}" in each.path], ids=lambda each: each.name)
@ON_SQLITE
def test_ids_of_another_practice_are_not_there(room: Room, lakeside: Program, operation: Operation[Any]) -> None:
    path = address(operation, room)
    body = {**(body_of(operation, room, path) or {})}
    people = room.book(LAKESIDE).coordinators
    if "coordinator" in body:
        body["coordinator"] = next(iter(people))
    if "supervisor" in body:
        body["supervisor"] = next(who.id for who in people.values() if who.role in ("supervisor", "admin"))
    before = changes(room)
    assert lakeside.refused(404, operation.method, path, body or None)["code"] == "not_found"
    assert changes(room) == before


def test_lists_and_figures_show_nothing_of_another_practice(room: Room, harbor: Program, lakeside: Program) -> None:
    lead = form(room)
    assert [each["id"] for each in harbor.get("/leads")["leads"]] == [lead]
    assert lakeside.get("/leads") == {"leads": [], "next": None}
    assert sum(lakeside.get("/board")["without_attempt"].values()) == 0
    shown = {each["id"] for each in lakeside.get("/coordinators")["coordinators"]}
    assert shown == set(room.book(LAKESIDE).coordinators)
    assert lakeside.get("/rulebook")["practice"] == LAKESIDE


@ON_SQLITE
def test_the_use_of_a_token_is_noted_once_a_minute(room: Room, client: TestClient) -> None:
    text = token(room)
    program, token_id = Program(client, text), text.split("_")[1]
    program.get("/rulebook")
    first = room.now
    room.later(seconds=59)
    program.get("/rulebook")
    assert room.row("tokens", id=token_id)["last_used_at"] == first
    program.get("/rulebook") if room.later(seconds=1) else None
    assert room.row("tokens", id=token_id)["last_used_at"] == room.now


@ON_SQLITE
def test_only_the_hash_of_a_token_is_stored(room: Room) -> None:
    text = token(room)
    row = room.row("tokens", id=text.split("_")[1])
    assert text[-20:] not in repr(dict(row))
    assert len(bytes(row["hash"])) == 32  # type: ignore[call-overload]


def test_who_steps_away_is_away_in_the_row_and_in_live_state(room: Room, harbor: Program) -> None:
    told = harbor.ask("PUT", "/coordinators/marcus-bell/availability", {"status": "away"}, expect=200)
    assert told == {"id": "marcus-bell", "desired": "away", "effective": "away"}
    assert room.row("desired_statuses", coordinator_id="marcus-bell")["status"] == "away"
    assert room.row("audit", subject_id="marcus-bell", after="away")["actor"].startswith("token:")  # type: ignore[attr-defined]
    back = harbor.ask("PUT", "/coordinators/marcus-bell/availability", {"status": "available"}, expect=200)
    assert back["effective"] == "free"


def test_who_steps_away_while_an_offer_stands_has_rejected_it_and_the_next_one_is_asked(
    room: Room, harbor: Program
) -> None:
    call = room.call(tracking_number="+18135550132", payer="commercial")
    first = call.coordinator
    told = harbor.ask("PUT", f"/coordinators/{first}/availability", {"status": "away"}, expect=200)
    assert told["effective"] == "away"
    assert room.row("reservations", inquiry_id=call.arrival.inquiry.id)["state"] == "rejected"
    assert not call.accept()
    assert call.missed() not in (first, None)


def test_of_first_wishes_at_once_none_fails_and_row_and_live_state_end_up_the_same(room: Room) -> None:
    statuses: tuple[Desired, ...] = ("available", "away", "offline", "available", "away", "offline")
    for who in room.book().coordinators:
        with room.db.writing() as tx:
            tx.execute(delete(desired_statuses).where(desired_statuses.c.coordinator_id == who))
        with ThreadPoolExecutor(len(statuses)) as pool:
            asked = [Wish(who, status, f"test:{place}") for place, status in enumerate(statuses)]
            list(pool.map(lambda each: wish(room.desk, room.book(), each, room.now), asked))
        with room.db.reading() as tx:
            desired = desired_of(tx, HARBOR, [who])[who]
        assert effective(room, who) == ("free" if desired == "available" else desired)


def test_whoever_reaches_live_state_last_follows_the_row(room: Room) -> None:
    room.wish("marcus-bell", "available")
    follow_row(room.desk, room.book(), Wish("marcus-bell", "away", "test"), room.now)
    assert effective(room, "marcus-bell") == "free"


def effective(room: Room, who: str) -> str:
    (shown,) = attendants(room.desk, room.book(), [who], room.now)
    return shown.effective


def test_a_talk_goes_on_when_its_coordinator_steps_away(room: Room, harbor: Program) -> None:
    call = room.call(tracking_number="+18135550132", payer="commercial")
    assert call.accept()
    told = harbor.ask("PUT", f"/coordinators/{call.coordinator}/availability", {"status": "offline"}, expect=200)
    assert told == {"id": call.coordinator, "desired": "offline", "effective": "busy"}
    assert room.row("reservations", inquiry_id=call.arrival.inquiry.id)["state"] == "accepted"


def test_availability_is_written_again_when_live_state_was_lost(room: Room, harbor: Program) -> None:
    room.live.flushall()
    told = harbor.ask("PUT", "/coordinators/marcus-bell/availability", {"status": "away"}, expect=200)
    assert told["effective"] == "away"
    everybody = {each["id"]: each["effective"] for each in harbor.get("/coordinators")["coordinators"]}
    assert everybody.pop("marcus-bell") == "away"
    assert set(everybody.values()) == {"free"}


def test_while_live_state_is_down_the_row_is_written_and_nobody_knows_what_holds(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    nobody = redis.Redis(unix_socket_path=str(tmp_path / "nobody.sock"), retry=Retry(NoBackoff(), 0))
    with opened_room(sqlite_url, live) as room:
        down = Availability(nobody, Breaker(lambda: 0.0))
        room.desk = replace(room.desk, by=replace(room.desk.by, live=down))
        with TestClient(app(house_of(room, settings_of(tmp_path))), raise_server_exceptions=False) as client:
            harbor = Program(client, token(room))
            told = harbor.ask("PUT", "/coordinators/marcus-bell/availability", {"status": "away"}, expect=200)
            assert told == {"id": "marcus-bell", "desired": "away", "effective": "unknown"}
            shown = {each["id"]: each for each in harbor.get("/coordinators")["coordinators"]}
            assert (shown["marcus-bell"]["desired"], shown["marcus-bell"]["effective"]) == ("away", "unknown")
            assert harbor.refused(503, "POST", "/coordinators/marcus-bell/heartbeat")["code"] == "live_state_down"
    nobody.close()


def test_who_says_how_the_talk_ended_is_free_again_and_says_it_once(room: Room, harbor: Program) -> None:
    coordinator = after_a_talk(room).coordinator
    path = f"/coordinators/{coordinator}/outcome"
    harbor.ask("POST", path, BODIES["finishTalk"], expect=204)
    shown = {each["id"]: each["effective"] for each in harbor.get("/coordinators")["coordinators"]}
    assert shown[str(coordinator)] == "free"
    harbor.refused(409, "POST", path, BODIES["finishTalk"])


@ON_SQLITE
def test_a_console_that_beats_is_free_and_a_silent_one_is_away(room: Room, harbor: Program) -> None:
    people = room.book().coordinators
    book = replace(
        room.book(), coordinators={**people, "marcus-bell": replace(people["marcus-bell"], presence="console")}
    )
    room.desk.shelf._shelve(book)

    assert effective(room, "marcus-bell") == "away"
    assert harbor.ask("POST", "/coordinators/marcus-bell/heartbeat", expect=204) is None
    assert effective(room, "marcus-bell") == "free"


def test_coordinators_come_in_pages_with_what_they_have_on(room: Room, harbor: Program) -> None:
    lead = room.row("leads", id=form(room))
    first = harbor.get("/coordinators", limit=3)
    rest = harbor.get("/coordinators", after=first["next"])
    everybody = first["coordinators"] + rest["coordinators"]
    assert [each["id"] for each in everybody] == sorted(room.book().coordinators)
    assert rest["next"] is None
    assert {each["id"]: each["load"] for each in everybody}[lead["owner_id"]] == 1.0
    assert all(each["on_shift"] and each["cap"] == 12.0 for each in everybody)


def test_the_list_is_newest_first_and_its_pages_neither_repeat_nor_skip(room: Room, harbor: Program) -> None:
    made = several(room, 5)
    seen: list[str] = []
    page = harbor.get("/leads", limit=2)
    while True:
        seen += [each["id"] for each in page["leads"]]
        if page["next"] is None:
            break
        form(room, f"+1850556{len(seen):04d}")
        page = harbor.get("/leads", limit=2, after=page["next"])
    assert seen == made


def test_the_list_takes_filters_and_shows_closed_leads_only_when_asked(room: Room, harbor: Program) -> None:
    ours = form(room, "+18505550101", payer="commercial", level_of_care="detox")
    other = form(room, "+18505550102", payer="medicaid", level_of_care="iop")
    row = room.row("leads", id=ours)
    for name, column in (("owner", "owner_id"), ("queue", "queue"), ("category", "category"), ("location", "location")):
        assert [each["id"] for each in harbor.get("/leads", **{name: row[column]})["leads"]] == [ours], name
    harbor.ask("POST", f"/leads/{other}/status", {"status": "closed", "cause": "spam"}, expect=200)
    assert [each["id"] for each in harbor.get("/leads")["leads"]] == [ours]
    assert [each["id"] for each in harbor.get("/leads", which="closed", status="closed")["leads"]] == [other]
    assert {each["id"] for each in harbor.get("/leads", which="all")["leads"]} == {ours, other}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"after": "ld_1"},
        {"after": "99999999999999999.ld_1"},
        {"status": "lost"},
        {"owner": "a\x00b"},
        {"owner": "a' or 1=1"},
        {"colour": "red"},
        {"limit": ["1", "2"]},
    ],
)
@ON_SQLITE
def test_a_query_that_does_not_fit_is_named_field_by_field(harbor: Program, query: dict[str, object]) -> None:
    assert harbor.refused(422, "GET", "/leads", **query)["fields"]


@ON_SQLITE
def test_a_list_names_nobody(room: Room, harbor: Program) -> None:
    form(room, "+18505550165")
    assert "5550165" not in json.dumps(harbor.get("/leads"))


def test_one_lead_shows_its_person_owner_clock_receipts_and_everything_that_happened(
    room: Room, harbor: Program
) -> None:
    call = room.call(contact="+18505550165", tracking_number="+18135550132", payer="commercial")
    room.later(seconds=10)
    assert call.accept()
    lead = str(call.lead["id"])
    told = harbor.get(f"/leads/{lead}")
    assert told["person"]["numbers"] == ["+18505550165"]
    assert told["owner"] == call.coordinator
    assert (told["clock"]["state"], told["clock"]["human_s"]) == ("met", 10)
    assert [each["kind"] for each in told["timeline"]] == [
        "inquiry",
        "assignment",
        "decision",
        "reservation",
        "assignment",
        "attempt",
    ]
    assert [each["at"] for each in told["timeline"]] == sorted(each["at"] for each in told["timeline"])
    (receipt,) = told["receipts"]
    assert receipt["receipt"] == room.receipts(call.arrival.inquiry.id)[0]
    (attempt,) = told["attempts"]
    assert (attempt["coordinator"], attempt["is_human"]) == (call.coordinator, True)


def test_a_form_at_night_waits_without_being_lawfully_answerable_until_she_may_be_called(
    room: Room, harbor: Program
) -> None:
    """Harbor's clock too: neither breached nor forgotten. Tampa, 23:40."""
    room.now = room.now.replace(hour=23, minute=40)
    lead = form(room, "+18135550165", payer="commercial")
    room.later(hours=8)
    clock = harbor.get(f"/leads/{lead}")["clock"]
    assert (clock["state"], clock["human_s"], clock["lawful_s"]) == ("running", 8 * 3600, 0)
    room.later(minutes=30)
    assert harbor.get(f"/leads/{lead}")["clock"]["lawful_s"] == 10 * 60


def test_who_is_on_the_line_waits_lawfully_and_whoever_left_nothing_to_call_does_not(
    room: Room, harbor: Program
) -> None:
    room.now = room.now.replace(hour=23, minute=40)
    known, withheld = (room.call(contact=each, tracking_number="+18135550132") for each in ("+18135550165", None))
    room.later(seconds=20)
    known.hang_up()
    withheld.hang_up()
    room.later(hours=9)
    lawful = [harbor.get(f"/leads/{each.lead['id']}")["clock"]["lawful_s"] for each in (known, withheld)]
    assert lawful == [20 + 40 * 60 + 20, 20]


def test_a_lead_whose_caller_withheld_the_number_has_a_person_without_one(room: Room, harbor: Program) -> None:
    call = room.call(contact=None, tracking_number="+18135550132")
    person = harbor.get(f"/leads/{call.lead['id']}")["person"]
    assert (person["numbers"], person["name"]) == ([], None)


def test_who_comes_second_is_told_who_owns_the_lead(room: Room, harbor: Program) -> None:
    """S-13d."""
    lead = form(room, payer="commercial", level_of_care="residential")
    version = harbor.get(f"/leads/{lead}")["version"]
    won = harbor.ask("POST", f"/leads/{lead}/owner", {"coordinator": "joan-mercer", "version": version}, expect=200)
    assert won["owner"] == "joan-mercer"
    lost = harbor.refused(409, "POST", f"/leads/{lead}/owner", {"coordinator": "luis-ortega", "version": version})
    assert (lost["code"], lost["owner"], lost["version"]) == ("owned", "joan-mercer", won["version"])


def test_an_open_lead_is_not_closed_without_a_cause(room: Room, harbor: Program) -> None:
    """S-14."""
    path = f"/leads/{form(room)}/status"
    assert harbor.refused(422, "POST", path, {"status": "closed"})["fields"] == {"cause": "cause_wanted"}
    untrue = harbor.refused(422, "POST", path, {"status": "closed", "cause": "no_response"})
    assert untrue["fields"] == {"cause": "cause_unfounded"}


def test_a_move_the_lead_is_not_ready_for_names_those_that_may_follow(room: Room, harbor: Program) -> None:
    refused = harbor.refused(409, "POST", f"/leads/{form(room)}/status", {"status": "showed_up"})
    assert (refused["code"], refused["allowed"]) == ("illegal_move", ["closed", "not_interested"])


def test_a_recorded_attempt_stops_the_clock_and_lightens_the_owners_load(room: Room, harbor: Program) -> None:
    lead = form(room)
    room.later(minutes=2)
    owner = str(room.row("leads", id=lead)["owner_id"])
    body = {"coordinator": owner, "channel": "call", "result": "no_answer"}
    made = harbor.ask("POST", f"/leads/{lead}/attempts", body, expect=201)
    assert (made["lead"]["status"], made["lead"]["clock"]["state"]) == ("attempted", "met")
    assert harbor.get(f"/leads/{lead}")["attempts"][0]["id"] == made["id"]
    shown = {each["id"]: each["load"] for each in harbor.get("/coordinators")["coordinators"]}
    assert shown[owner] == 0.6


def test_a_closed_lead_takes_nothing_more(room: Room, harbor: Program) -> None:
    lead = form(room)
    harbor.ask("POST", f"/leads/{lead}/status", {"status": "closed", "cause": "spam"}, expect=200)
    for path, body in (
        ("owner", BODIES["takeLead"]),
        ("attempts", BODIES["recordAttempt"]),
        ("tasks", BODIES["addTask"]),
    ):
        assert harbor.refused(409, "POST", f"/leads/{lead}/{path}", body)["code"] == "closed"


def test_a_task_is_promised_for_later_within_a_year(room: Room, harbor: Program) -> None:
    path = f"/leads/{form(room)}/tasks"
    made = harbor.ask("POST", path, {**BODIES["addTask"], "note": "Ask for the plan's name"}, expect=201)
    tasks = harbor.get(path.removesuffix("/tasks"))["tasks"]
    assert next(each["note"] for each in tasks if each["id"] == made["id"]) == "Ask for the plan's name"
    for due in (room.now, room.now + timedelta(days=367), "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        wrong = {"kind": "call", "due_at": due.isoformat() if isinstance(due, datetime) else due}
        assert harbor.refused(422, "POST", path, wrong)["fields"] == {"due_at": "not_within_a_year"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"coordinator", "channel", "result"}),
        ({"coordinator": "nobody-here", "channel": "call", "result": "busy"}, {"coordinator"}),
        ({"coordinator": "joan-mercer", "channel": "chat", "result": "busy"}, {"result"}),
        ({"coordinator": "joan-mercer", "channel": "call", "result": "busy", "task": "tk_none"}, {"task"}),
        ({"coordinator": "joan-mercer", "channel": "call", "result": "busy", "talk_s": -1}, {"talk_s"}),
        ({"coordinator": "joan-mercer", "channel": "call", "result": "busy", "talk_s": 10**30}, {"talk_s"}),
        ({"coordinator": "joan-mercer", "channel": "call", "result": "busy", "talk_s": "9"}, {"talk_s"}),
        ({"coordinator": "joan-mercer", "channel": "call", "result": "busy", "is_human": True}, {"*"}),
        ({"coordinator": "a\x00b", "channel": "call", "result": "busy"}, {"coordinator"}),
        ([], {"*"}),
        ("text", {"*"}),
    ],
)
@ON_SQLITE
def test_a_body_that_does_not_fit_is_named_field_by_field(
    room: Room, harbor: Program, body: object, fields: set[str]
) -> None:
    lead = form(room)
    before = changes(room)
    assert set(harbor.refused(422, "POST", f"/leads/{lead}/attempts", body)["fields"]) == fields
    assert changes(room) == before


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b'{"status": "\xff"}', "application/json", 422),
        (b'{"status": "\\ud800"}', "application/json", 422),
        (b"[" * 20_000, "application/json", 422),
        (b"status=away", "application/x-www-form-urlencoded", 415),
        (b'{"status": "away"}', "text/plain", 415),
        (b'{"status": "away"}', "application/json; charset=utf-8", 200),
    ],
)
@ON_SQLITE
def test_bytes_that_are_no_json_are_refused_and_never_break_anything(
    client: TestClient, harbor: Program, content: bytes, kind: str, status: int
) -> None:
    answer = client.put(
        "/api/v1/coordinators/marcus-bell/availability",
        content=content,
        headers={**harbor.headers, "content-type": kind},
    )
    assert answer.status_code == status


@pytest.mark.parametrize("lead", ["nope", "%00", "a%20b", "..%2f..", "x" * 65, "%ED%A0%80"])
def test_an_id_that_is_none_is_not_there(client: TestClient, harbor: Program, lead: str) -> None:
    assert client.get(f"/api/v1/leads/{lead}", headers=harbor.headers).status_code == 404


@ON_SQLITE
def test_a_method_or_an_address_that_is_not_in_the_table_is_not_answered(client: TestClient, harbor: Program) -> None:
    assert client.delete("/api/v1/leads/ld_1", headers=harbor.headers).status_code == 405
    assert client.get("/api/v1/everything", headers=harbor.headers).status_code == 404


def test_the_board_counts_what_waits_and_what_was_done(room: Room, harbor: Program) -> None:
    old = form(room, "+18505550101")
    room.later(minutes=30)
    fresh = form(room, "+18505550102")
    rings = room.call(contact="+18505550103", tracking_number="+18135550132", payer="commercial")
    talks = room.call(contact="+18505550104", tracking_number="+18135550132", payer="medicaid")
    assert talks.accept()
    told = harbor.get("/board")
    ages = {name: number for name, number in told["without_attempt"].items() if number}
    assert ages == {"under_5_min": 2, "15_to_60_min": 1}
    assert (told["calls"]["offered"], told["calls"]["waiting"], told["calls"]["connected"]) == (1, 0, 1)
    assert told["tasks_overdue"] == len([row for row in room.rows("tasks") if row["due_at"] < room.now])  # type: ignore[operator]
    assert told["time_to_owner"] == {"leads": 4, "median_s": 0.0, "p95_s": 0.0, "worst_s": 0.0}
    deepest = told["owners"][0]
    assert (deepest["owner"], deepest["overdue"]) == (room.row("leads", id=old)["owner_id"], 1)
    assert {each["owner"] for each in told["owners"]} == set(room.book().coordinators)
    harbor.ask("POST", f"/leads/{fresh}/owner", {"coordinator": "joan-mercer", "version": 1}, expect=200)
    assert harbor.get("/board")["moves"] == {"taken": 1}
    assert rings.coordinator


def test_a_caller_whose_offer_ran_out_is_waiting(room: Room, harbor: Program) -> None:
    room.call(tracking_number="+18135550132", payer="commercial")
    room.later(seconds=51)
    assert harbor.get("/board")["calls"] == {"offered": 0, "waiting": 1, "connected": 0}


@ON_SQLITE
def test_the_rulebook_in_force_is_named_by_version_and_digest(room: Room, harbor: Program) -> None:
    book = room.book()
    assert harbor.get("/rulebook") == {
        "practice": HARBOR,
        "name": book.name,
        "version": book.version,
        "digest": book.digest,
    }


def test_while_the_database_is_busy_the_answer_is_come_again(
    sqlite_url: str, live: "redis.Redis", tmp_path: Path
) -> None:
    with opened_room(sqlite_url, live, wait_s=0.05) as room:
        lead = form(room)
        with TestClient(app(house_of(room, settings_of(tmp_path))), raise_server_exceptions=False) as client:
            harbor = Program(client, token(room))
            room.db.lock.acquire()
            answer = client.post(f"/api/v1/leads/{lead}/owner", json=BODIES["takeLead"], headers=harbor.headers)
            room.db.lock.release()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["code"] == "database_down"


@ON_SQLITE
def test_the_description_needs_no_token_and_holds_every_operation(client: TestClient) -> None:
    told = client.get("/api/v1/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, item in told["paths"].items() for method in item}
    assert described == {(each.method, each.path) for each in OPERATIONS}
    assert told["security"] == [{"token": []}]


@ON_SQLITE
def test_every_reference_in_the_description_leads_somewhere(client: TestClient) -> None:
    text = client.get("/api/v1/openapi.json").text
    schemas = json.loads(text)["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named
    assert named <= set(schemas)
    assert '"#/$defs/' not in text


def test_what_is_answered_is_what_the_description_promises(room: Room, client: TestClient) -> None:
    told = client.get("/api/v1/openapi.json").json()
    program = Program(client, token(room))
    for operation in OPERATIONS:
        promised = told["paths"][operation.path][operation.method.lower()]["responses"][str(operation.status)]
        path = address(operation, room)
        answer = program.ask(operation.method, path, body_of(operation, room, path))
        if "content" not in promised:
            assert answer is None
            continue
        name = promised["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = told["components"]["schemas"][name]
        assert set(answer) == set(schema["properties"]), operation.name
        assert set(schema["required"]) <= set(answer)
