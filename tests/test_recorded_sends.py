"""Campaign texts that other systems sent: recorded once, by API or by list, and joined by the replies to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from starlette.testclient import TestClient
from typer.testing import CliRunner

from gateway.app import app
from gateway.commands import app as leadline
from routing.replying import Replying, reply
from routing.rules.receipt import replay
from routing.state.lead.cases import Case, set_status
from tests.rooms import Room, opened_room
from tests.stage import house_of, settings_of
from tests.test_api import token
from tests.text_stage import DETOX, JAX, SENDER, TextStage, asks_nothing

HARBOR = "harbor-recovery"


@pytest.fixture
def texts(sqlite_room_url: str, live: redis.Redis, tmp_path: Path) -> Iterator[TextStage]:
    with staged(sqlite_room_url, live, tmp_path) as stage:
        yield stage


@contextmanager
def staged(url: str, live: redis.Redis, folder: Path) -> Iterator[TextStage]:
    with opened_room(url, live) as room:
        asks_nothing(room)
        yield TextStage(room, house_of(room, settings_of(folder)))


def sent(name: str, campaign: str, at: datetime, number: str = SENDER) -> dict[str, str]:
    return {"id": name, "number": number, "campaign": campaign, "sent_at": at.isoformat()}


def told(texts: TextStage, *sends: dict[str, str], practice: str = HARBOR, scopes: tuple[str, ...] = ("leads",)) -> Any:
    headers = {"authorization": f"Bearer {token(texts.room, practice, scopes)}"}
    with TestClient(app(texts.house), headers=headers) as client:
        return client.post("/api/v1/sends", json={"system": "mass-texts", "sends": list(sends)})


def campaigns(room: Room) -> list[object]:
    rows = sorted(room.rows("messages"), key=lambda row: int(str(row["sequence"])))
    return [row["campaign"] for row in rows]


def decided(room: Room) -> dict[str, Any]:
    """What the newest receipt says of the campaign."""
    receipts = [str(row["receipt"]) for row in room.rows("decisions")]
    newest = max(receipts, key=lambda text: str(json.loads(text)["at"]))
    assert replay(room.book(), newest) == newest
    by_layer = {each["layer"]: each for each in json.loads(newest)["plan"]["decided"]}
    return dict(by_layer.get("campaign", {}))


def test_a_reply_joins_the_campaign_of_the_last_recorded_send_whatever_number_it_reaches(texts: TextStage) -> None:
    room = texts.room
    day = timedelta(days=1)
    sends = (
        sent("1", "residential-search", room.now - 3 * day),
        sent("2", "detox-search", room.now - 2 * day, "(904) 555-0161"),
        sent("3", "website", room.now - day, "+19045550162"),
        sent("4", "display-awareness", room.now - 40 * day, "+19045550163"),
    )
    assert told(texts, *sends).json() == {"recorded": 4, "known": 0}
    (said,) = texts.text("yes please, still interested", to=JAX)
    lead = room.row("leads")
    assert (lead["campaign"], lead["level_of_care"], lead["location"]) == ("detox-search", "detox", "PNS")
    assert decided(room) == {"layer": "campaign", "reason": "recorded_send", "value": "detox-search"}
    assert campaigns(room) == ["detox-search", "detox-search"]
    assert room.book().coordinators[str(lead["owner_id"])].name in said.text
    conversation = str(room.row("conversations")["id"])
    reply(room.desk, Replying(room.book(), conversation, "marcus-bell", "Good morning"), room.now)
    assert campaigns(room) == ["detox-search"] * 3
    for sender, campaign in (("+19045550162", "website"), ("+19045550163", "jax-search")):
        texts.text("hello", to=JAX, sender=sender)
        (newest,) = (row for row in room.rows("leads") if row["campaign"] == campaign)
        assert newest["location"] == "JAX"


def test_after_the_window_a_reply_joins_our_own_last_text_and_then_the_number(texts: TextStage) -> None:
    room = texts.room
    told(texts, sent("1", "detox-search", room.now - timedelta(days=29)))
    texts.text("hello")
    close(room)
    room.later(days=2)
    texts.text("hello again")
    assert decided(room) == {"layer": "campaign", "reason": "our_send", "value": "detox-search"}
    room.later(minutes=1)
    texts.text("hello", to=DETOX, sender="+19045550170")
    assert decided(room) == {}
    # What is recorded after she wrote is nothing she answered; another system's clock may be a little ahead.
    texts.text("hello", sender="+19045550171")
    told(texts, sent("2", "detox-search", room.now, "+19045550171"))
    told(texts, sent("3", "residential-search", room.now + timedelta(minutes=4), "+19045550172"))
    texts.text("hello", sender="+19045550172")
    assert {row["campaign"] for row in room.rows("leads")} == {"detox-search", "jax-search", "residential-search"}


def close(room: Room) -> None:
    case = Case(HARBOR, str(room.row("leads")["id"]), "test")
    set_status(room.db, case, "closed", "not_eligible", room.now)


def test_a_send_in_an_open_thread_marks_what_she_says_and_moves_no_lead(texts: TextStage) -> None:
    room = texts.room
    texts.text("hello")
    before = room.row("leads")
    room.later(days=1)
    told(texts, sent("1", "detox-search", room.now - timedelta(minutes=5)))
    texts.text("is that still on?")
    assert campaigns(room) == ["jax-search", "jax-search", "detox-search"]
    assert room.row("leads") == before


def test_what_is_told_again_changes_nothing_and_of_a_faulty_request_nothing_is_written(
    database_url: str, live: redis.Redis, tmp_path: Path
) -> None:
    with staged(database_url, live, tmp_path) as texts:
        room = texts.room
        now = room.now
        one, two = sent("1", "detox-search", now), sent("2", "website", now)
        assert told(texts, one, one, two).json() == {"recorded": 2, "known": 1}
        assert told(texts, {**one, "campaign": "website"}, two).json() == {"recorded": 0, "known": 2}
        assert {row["reference"]: row["campaign"] for row in room.rows("recorded_sends")} == {
            "1": "detox-search",
            "2": "website",
        }
        faulty = (
            sent("3", "website", now),
            sent("4", "nobodys", now + timedelta(minutes=6)),
            sent("5", "website", now, "anonymous"),
            sent("6\0", "website", now),
            {**sent("7", "website", now), "sent_at": "0001-01-01T00:00:00+14:00"},
        )
        refused = told(texts, *faulty)
        assert (refused.status_code, refused.json()["error"]["fields"]) == (
            422,
            {
                "sends.1.campaign": "unknown",
                "sends.1.sent_at": "in_the_future",
                "sends.2.number": "not_a_number",
                "sends.3.id": "malformed",
                "sends.4.sent_at": "too_long_ago",
            },
        )
        assert len(room.rows("recorded_sends")) == 2
        assert told(texts, {**one, "sent_at": "2026-11-16T10:00:00"}).status_code == 422
        assert told(texts, *(sent(str(at), "website", now) for at in range(301))).status_code == 422
        assert told(texts, one, scopes=("read",)).status_code == 403
        # Another practice knows neither the campaign nor the send.
        assert told(texts, one, practice="lakeside-specialty").status_code == 422
        assert [row["after"] for row in room.rows("audit") if row["action"] == "record_sends"] == ["mass-texts:2"]
        assert SENDER not in str(room.rows("recorded_sends"))


LIST = """id,number,campaign,sent_at,first name
1,(904) 555-0161,detox-search,2026-11-16T10:00:00-05:00,Ana
1,(904) 555-0161,detox-search,2026-11-16T10:00:00-05:00,Ana
2,+19045550162,website,2026-11-16T15:00:00Z,Otto
3,+19045550163,nobodys,2026-11-16T15:00:00Z,Uwe
4,,website,2026-11-16T15:00:00Z,Ute
5,+19045550165,website,2026-11-16 15:00,Ida
6,+19045550166,website,2031-11-16T15:00:00Z,Ada,surplus
7,+19045550167,website,2031-11-16T15:00:00Z,Eva
8\0,+19045550168,website,2026-11-16T15:00:00Z,Una
9,+19045550169,website,0001-01-01T00:00:00+14:00,Lea
"""


def test_a_list_of_sends_is_tried_recorded_and_recorded_again(
    sqlite_room_url: str, live: redis.Redis, commands: None, tmp_path: Path
) -> None:
    file = tmp_path / "sends.csv"
    file.write_text(LIST, encoding="utf-8")

    def run(*more: str) -> tuple[int, str]:
        words = ["leads", "sends", str(file), "--practice", HARBOR, *more]
        done = CliRunner().invoke(leadline, words, catch_exceptions=False)
        return done.exit_code, done.stdout

    with staged(sqlite_room_url, live, tmp_path) as texts:
        code, said = run("--dry-run")
        assert (code, texts.room.rows("recorded_sends")) == (1, [])
        assert run("--system", "two words")[0] == 2
        assert said.splitlines() == [
            "10 lines: 2 would be recorded, 1 there already, 7 refused",
            "  detox-search: 1",
            "  website: 1",
            "line 5: campaign unknown",
            "line 6: number required",
            "line 7: sent_at not_an_instant",
            "line 8: * too_many_cells",
            "line 9: sent_at in_the_future",
            "line 10: id malformed",
            "line 11: sent_at too_long_ago",
        ]
        assert run()[1].startswith("10 lines: 2 recorded, 1 there already, 7 refused")
        assert run()[1].startswith("10 lines: 0 recorded, 3 there already, 7 refused")
        assert run("--system", "crm")[1].startswith("10 lines: 2 recorded, 1 there already")
        assert len(texts.room.rows("recorded_sends")) == 4
        texts.text("yes")
        assert texts.room.row("leads")["campaign"] == "detox-search"
