"""Chats through a gateway that listens: answered at once, routed by the same desk, one thread for both sides."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from httpx2 import AsyncClient
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from gateway.chat.hub import Hub
from gateway.chat.routes import SCRIPT
from gateway.chat.socket import ChatSocket, Place
from gateway.keeping.embedded import Valkey
from rehearsal.chatting import ChatDoor, NoChat, Visitor, visitor
from routing.chatting import silent_over, unanswered
from routing.rules.wording.plain import plain
from routing.state.lead.cases import Case, set_status
from routing.state.text.chat_sessions import Chatter
from tests.chat_stage import HARBOR, ORIGIN, ChatStage, Guest, chat_stage, served
from tests.rooms import NEW_YORK, opened_room

NIGHT = datetime(2026, 11, 17, 22, 30, tzinfo=NEW_YORK)
PHONE = "+18135550163"


@pytest.fixture
def chats(sqlite_room_url: str, live: redis.Redis, valkey: Valkey, tmp_path: Path) -> Iterator[ChatStage]:
    with opened_room(sqlite_room_url, live) as room, chat_stage(room, tmp_path, valkey.url) as stage:
        yield stage


def stands(state: str) -> Any:
    return lambda who: who.state.get("state") == state


def count(number: int) -> Any:
    return lambda who: len(who.lines) >= number


async def begun(chats: ChatStage, text: str = "hello there", language: str = "en") -> Guest:
    guest = await chats.visit(language)
    await guest.who.say(text)
    await guest.who.until(count(2))
    await guest.who.until(lambda who: who.state.get("state") != "new" and not who.unsent)
    return guest


async def taken(chats: ChatStage) -> tuple[Guest, str, str]:
    """A chat, its conversation and whoever has it."""
    guest = await begun(chats)
    offer, conversation = chats.offered(), str(chats.room.row("conversations")["id"])
    who = str(offer["coordinator_id"])
    status, told = await chats.api("POST", f"/chats/{offer['inquiry_id']}/accept", coordinator=who)
    assert (status, told["state"]) == (200, "live")
    await guest.who.until(stands("live"))
    return guest, conversation, who


def test_a_first_message_is_answered_at_once_and_offered_to_somebody_free(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        assert guest.who.state["state"] == "finding"
        offer, lead = chats.offered(), chats.room.row("leads")
        assert (offer["kind"], offer["coordinator_id"]) == ("chat", lead["owner_id"])
        assert chats.room.row("inquiries")["channel"] == "chat"
        assert (lead["campaign"], lead["first_response_at"]) == ("website", None)
        assert [author for author, _ in guest.who.said()] == ["you", "auto"]
        _, told = await chats.api("GET", "/chats", coordinator=str(offer["coordinator_id"]))
        assert [(each["is_offer"], each["is_there"]) for each in told["chats"]] == [(True, True)]
        await guest.gone()

    chats.play(scene)


def test_whoever_accepts_talks_with_her_in_one_thread_and_the_clock_stops_with_the_first_words(
    chats: ChatStage,
) -> None:
    async def scene() -> None:
        guest, conversation, who = await taken(chats)
        name = chats.room.book().coordinators[who].name
        assert guest.who.state["who"] == name
        assert chats.room.row("leads")["first_response_at"] is None
        await chats.api("POST", f"/conversations/{conversation}/typing", coordinator=who)
        await guest.who.until(lambda visitor: visitor.typing == [name])
        status, _ = await chats.api(
            "POST", f"/conversations/{conversation}/messages", coordinator=who, body="Hi, how are you?"
        )
        assert status == 201
        await guest.who.until(count(3))
        assert guest.who.said()[-1] == ("us", "Hi, how are you?")
        assert guest.who.lines[3]["who"] == name
        assert chats.room.row("leads")["first_response_at"] == chats.room.now
        await guest.who.tell("got", upto=3)
        await guest.who.say("better, thank you")
        await guest.who.until(count(4))
        assert chats.room.row("leads")["status"] == "contacted"
        assert chats.room.row("messages", sequence=3)["status"] == "delivered"
        status, _ = await chats.api("POST", f"/chats/{chats.room.row('inquiries')['id']}/end")
        assert status == 204
        await guest.who.until(stands("later"))
        assert chats.room.row("reservations")["state"] == "completed"
        await guest.gone()

    chats.play(scene)


def test_the_first_reply_takes_a_chat_and_somebody_elses_accept_is_refused_by_name(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        offer = chats.offered()
        who, path = str(offer["coordinator_id"]), f"/chats/{offer['inquiry_id']}"
        other = next(each for each in chats.room.book().coordinators if each != who)
        status, told = await chats.api("POST", f"{path}/accept", coordinator=other)
        assert (status, told["error"]["code"], told["error"]["owner"]) == (409, "not_offered", who)
        conversation = chats.room.row("conversations")["id"]
        await chats.api("POST", f"/conversations/{conversation}/messages", coordinator=who, body="Hello!")
        await guest.who.until(stands("live"))
        for _ in range(2):
            assert (await chats.api("POST", f"{path}/accept", coordinator=who))[0] == 200
        assert (await chats.api("POST", "/chats/iq_nobody/accept", coordinator=who))[0] == 404
        await guest.gone()

    chats.play(scene)


def test_nobody_takes_it_and_it_goes_on_until_somebody_named_owes_an_answer(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        offered = [chats.offered()["coordinator_id"]]
        status, _ = await chats.api(
            "POST", f"/chats/{chats.offered()['inquiry_id']}/decline", coordinator=str(offered[0])
        )
        assert status == 204
        for _ in range(6):
            if guest.who.state["state"] == "later":
                break
            offered.append(chats.offered()["coordinator_id"])
            chats.room.later(seconds=19)
            assert unanswered(chats.room.desk, chats.room.now) == 0
            chats.room.later(seconds=1)
            assert unanswered(chats.room.desk, chats.room.now) == 1
            if not chats.room.rows("reservations", state="pending"):
                await guest.who.until(stands("later"))
        assert len(offered) == len(set(offered)) >= 2
        task, lead = chats.room.row("tasks"), chats.room.row("leads")
        assert (task["kind"], task["owner_id"]) == ("text", lead["owner_id"])
        assert guest.who.state["who"] == chats.room.book().coordinators[str(lead["owner_id"])].name
        await guest.gone()

    chats.play(scene)


def test_a_coordinator_has_as_many_chats_as_fit_and_gets_a_place_back_at_the_end(chats: ChatStage) -> None:
    book = chats.room.book()
    for who in book.coordinators:
        if who != "marcus-bell":
            chats.room.wish(who, "away")

    async def scene() -> None:
        guests, taken_by_her = [], []
        for _ in range(book.coordinators["marcus-bell"].capacity):
            guests.append(await begun(chats))
            taken_by_her.append(f"/chats/{chats.offered()['inquiry_id']}")
            assert (await chats.api("POST", f"{taken_by_her[-1]}/accept", coordinator="marcus-bell"))[0] == 200
        full = await begun(chats)
        assert full.who.state["state"] == "later"
        assert (await chats.api("POST", f"{taken_by_her[0]}/end"))[0] == 204
        next_one = await begun(chats)
        assert next_one.who.state["state"] == "finding"
        await guests[1].who.tell("end")
        await guests[1].who.until(stands("later"))
        chats.room.later(minutes=31)
        assert silent_over(chats.room.desk, chats.room.now) == len(guests) - 2
        for each in (*guests, full, next_one):
            await each.gone()

    chats.play(scene)


def test_s07a_after_hours_she_hears_when_and_from_whom_and_leaves_a_number_to_be_texted(chats: ChatStage) -> None:
    chats.room.now = NIGHT

    async def scene() -> None:
        guest = await chats.visit()
        await guest.who.until(stands("new"))
        assert not guest.who.state["open"]
        assert guest.who.state["opens"].startswith("2026-11-18T13:00")
        await guest.who.say("do you take medicaid?")
        await guest.who.until(stands("later"))
        task, lead = chats.room.row("tasks"), chats.room.row("leads")
        owner = chats.room.book().coordinators[str(task["owner_id"])].name
        assert lead["owner_id"] == task["owner_id"]
        assert owner in guest.who.said()[1][1]
        assert "Wednesday at 8:00 AM" in guest.who.said()[1][1]
        before = guest.who.secret
        await guest.who.leave("(904) 555-0164", "text", "Ana Reyes")
        await guest.who.until(lambda who: who.secret != before and who.state.get("left") is True)
        assert chats.room.row("tasks")["kind"] == "text"
        consent = chats.room.row("consents")
        assert (consent["channel"], consent["purpose"], consent["is_granted"]) == ("text", "requested_callback", True)
        at = chats.room.row("conversations")
        assert (at["channel"], at["ours"]) == ("sms", "+19045550134")
        chats.room.now = chats.room.now.replace(day=18, hour=9)
        status, _ = await chats.api(
            "POST", f"/conversations/{at['id']}/messages", coordinator=str(task["owner_id"]), body="Yes, we do."
        )
        assert status == 201
        assert chats.room.row("sends")["state"] == "new"
        await guest.gone()
        assert await refused(chats, json.dumps({"secret": before})) == 4401

    chats.play(scene)


def test_s08_with_redis_away_a_chat_is_owned_and_answered_within_seconds_all_the_same(
    sqlite_room_url: str, live: redis.Redis, tmp_path: Path
) -> None:
    with opened_room(sqlite_room_url, live) as room, chat_stage(room, tmp_path, "redis://127.0.0.1:1/0") as chats:
        room.break_live()

        async def scene() -> None:
            guest = await begun(chats)
            assert guest.who.state["state"] == "later"
            lead, task = room.row("leads"), room.row("tasks")
            assert lead["owner_id"] == task["owner_id"]
            assert lead["clock_started_at"] == room.now
            path = f"/conversations/{room.row('conversations')['id']}/messages"
            await chats.api("POST", path, coordinator=str(lead["owner_id"]), body="Here I am.")
            await guest.who.until(lambda who: ("us", "Here I am.") in who.said())
            await guest.gone()

        chats.play(scene)


def test_what_is_answered_at_another_gateway_is_shown_at_hers(chats: ChatStage) -> None:
    async def scene(other: ChatStage) -> None:
        guest, conversation, who = await taken(chats)
        await other.api("POST", f"/conversations/{conversation}/messages", coordinator=who, body="From elsewhere.")
        await guest.who.until(lambda who: ("us", "From elsewhere.") in who.said())
        await guest.gone()

    with served(chats.house) as url:
        chats.play(lambda: scene(replace(chats, url=url)))


class Stuck:
    """A browser that takes nothing."""

    async def send_text(self, text: str) -> None:
        await asyncio.Event().wait()

    async def receive(self) -> dict[str, str]:
        await asyncio.Event().wait()
        return {}


def test_who_does_not_take_her_frames_is_dropped_and_holds_nothing(chats: ChatStage) -> None:
    async def scene() -> None:
        hub, who = Hub(chats.house), Chatter("cs_slow", HARBOR, ORIGIN, "en", None)
        socket = ChatSocket(Place(hub, HARBOR, "203.0.113.7", slow_s=0.01), who, cast(WebSocket, Stuck()), 0)
        await socket.run()
        assert socket.closing
        assert (socket.closing.code, socket.closing.why) == (1013, "slow")
        assert hub.is_empty

    chats.play(scene)


def test_words_of_a_crisis_are_answered_before_anything_else_and_page_a_person(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats, "I want to kill myself")
        assert "988" in guest.who.said()[1][1]
        assert chats.room.rows("events", topic="crisis")
        await guest.who.say("ya no quiero vivir")
        await guest.who.until(lambda who: sum("988" in words for _, words in who.said()) == 2)
        await guest.gone()

    chats.play(scene)


def test_who_wants_no_more_contact_is_taken_at_her_word_for_the_number_she_left(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        await guest.who.leave(PHONE, "text")
        await guest.who.until(lambda who: not who.unsent)
        await guest.who.say("stop contacting me")
        await guest.who.until(lambda who: not who.unsent)
        await guest.who.until(lambda who: "not get in touch" in who.said()[-1][1])
        out = {row["channel"] for row in chats.room.rows("opt_outs") if row["is_out"]}
        assert "text" in out
        await guest.gone()

    chats.play(scene)


def test_a_number_that_belongs_to_somebody_else_tells_the_chat_nothing_and_moves_nothing(chats: ChatStage) -> None:
    chats.room.call(contact=PHONE, tracking_number="+18505550131")

    async def scene() -> None:
        guest = await begun(chats)
        await guest.who.leave(PHONE, "call")
        await guest.who.until(lambda who: who.state.get("left") is True)
        numbers = chats.room.rows("person_numbers")
        assert sorted(bool(row["is_first"]) for row in numbers) == [False, True]
        assert len({row["person_id"] for row in numbers}) == 2
        assert chats.room.row("conversations")["channel"] == "chat"
        await guest.who.leave("12", "call")
        await guest.who.leave(PHONE, "call", consent=False)
        await guest.who.until(lambda who: [each["code"] for each in who.errors] == ["phone", "consent"])
        await guest.gone()

    chats.play(scene)


def test_a_closed_lead_ends_the_chat_and_nothing_more_is_written(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        set_status(
            chats.room.db,
            Case(HARBOR, str(chats.room.row("leads")["id"]), "test"),
            "closed",
            "not_eligible",
            chats.room.now,
        )
        await guest.who.until(stands("ended"))
        await guest.who.say("one more thing")
        await guest.who.until(lambda who: [each["code"] for each in who.errors] == ["ended"])
        assert len(chats.room.rows("messages")) == 2
        await guest.gone()

    chats.play(scene)


# Nothing lost, doubled or reordered


def test_over_lost_lines_nothing_is_lost_doubled_or_reordered(chats: ChatStage) -> None:
    async def scene() -> None:
        guest, conversation, who = await taken(chats)
        said = []
        for number in range(12):
            if number % 3 == 1:
                await guest.gone()
            await guest.who.say(f"message {number}")
            said.append(f"message {number}")
            await chats.api("POST", f"/conversations/{conversation}/messages", coordinator=who, body=f"answer {number}")
            if number % 3 == 1:
                await guest.again()
            if number % 4 == 2:
                # A copy, as after a line that was lost before its acknowledgement.
                await guest.who.say(said[0], key=next(iter(guest.who.lines.values()))["id"])
        await guest.who.until(lambda visitor: len(visitor.lines) == 2 + 24 and not visitor.unsent)
        assert sorted(guest.who.lines) == list(range(1, 27))
        assert (guest.who.repeated, guest.who.disordered) == (0, 0)
        assert [words for author, words in guest.who.said() if author == "you"] == ["hello there", *said]
        assert [words for author, words in guest.who.said() if author == "us"] == [f"answer {n}" for n in range(12)]
        await guest.gone()

    chats.play(scene)


def test_two_first_messages_at_once_make_one_chat(chats: ChatStage) -> None:
    async def scene() -> None:
        first = await visitor(chats.door())
        guests = [await Guest.come(first), await Guest.come(Visitor(first.door, first.secret))]
        await asyncio.gather(*(each.who.say(f"hello {place}") for place, each in enumerate(guests)))
        for each in guests:
            await each.who.until(lambda who: sum(line["from"] == "you" for line in who.lines.values()) == 2)
            assert each.who.disordered == 0
        assert len(chats.room.rows("conversations")) == len(chats.room.rows("leads")) == 1
        for each in guests:
            await each.gone()

    chats.play(scene)


# Strangers and bad input


async def refused(chats: ChatStage, first: str | bytes) -> int | None:
    """The code that closes a line which begins with this frame."""
    async with connect(chats.door().socket, origin=Origin(ORIGIN), compression=None) as line:
        with suppress(ConnectionClosed, TimeoutError):
            await line.send(first)
            async with asyncio.timeout(20):
                async for _ in line:
                    continue
        return line.close_code


def test_a_page_of_another_origin_gets_neither_a_session_nor_a_line(chats: ChatStage) -> None:
    wrong = (None, "https://evil.example", ORIGIN.replace("https", "http"), f"{ORIGIN}:8443", "null")

    async def scene() -> None:
        for origin in wrong:
            headers = {"origin": origin} if origin else {}
            async with AsyncClient() as client:
                told = await client.post(f"{chats.url}/chat/{HARBOR}/sessions", headers=headers, content=b"{}")
            assert told.status_code == 403
            assert "access-control-allow-origin" not in told.headers
            with pytest.raises(InvalidStatus) as refusal:
                await connect(chats.door().socket, origin=Origin(origin) if origin else None)
            assert refusal.value.response.status_code == 403
        with pytest.raises(NoChat):
            await visitor(ChatDoor(chats.url, "nobody", ORIGIN))
        assert chats.room.rows("chat_sessions") == []

    chats.play(scene)


def test_a_secret_opens_only_its_own_chat_of_its_own_practice_and_not_for_ever(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        secret = guest.who.secret
        chat = secret.partition(".")[0]
        assert chats.room.row("chat_sessions")["secret_hash"] != secret.encode()
        wrong = [f"{chat}.{'x' * 43}", "x" * 43 + ".y", f"cs_other.{secret.partition('.')[2]}"]
        assert [await refused(chats, json.dumps({"secret": each})) for each in wrong] == [4401] * 3
        lakeside = ChatDoor(chats.url, "lakeside-specialty", "https://www.lakeside-specialty.example")
        elsewhere = await Guest.come(Visitor(lakeside, secret))
        await elsewhere.listening
        assert elsewhere.who.close_code == 4401
        await guest.gone()
        chats.room.later(minutes=31)
        assert await refused(chats, json.dumps({"secret": secret})) == 4401

    chats.play(scene)


FIRST_FRAMES: Mapping[str | bytes, int] = {
    b"\x00\x01": 4400,
    "x{": 4400,
    "[]": 4400,
    '{"secret": 5}': 4400,
    '{"secret": "' + "s" * 30 + '", "after": -1}': 4400,
    "{" + " " * 8_192 + "}": 1009,
}
LATER_FRAMES: Mapping[str | bytes, int] = {
    '{"type": "say", "id": "12345678"}': 4400,
    '{"type": "say", "id": "12345678", "text": ""}': 4400,
    '{"type": "say", "id": "12345678", "text": "\\ud800"}': 4400,
    '{"type": "say", "id": "no spaces", "text": "x"}': 4400,
    '{"type": "say", "id": "12345678", "text": "x", "author": "marcus-bell"}': 4400,
    '{"type": "shout"}': 4400,
    "x": 4400,
    b"\xff": 4400,
    '{"type": "say", "id": "12345678", "text": "' + "y" * 8_192 + '"}': 1009,
}


def test_a_frame_that_cannot_be_read_is_named_and_ends_the_line_and_nothing_is_written(chats: ChatStage) -> None:
    async def scene() -> None:
        for frame, code in FIRST_FRAMES.items():
            assert await refused(chats, frame) == code
        guest = await begun(chats)
        for frame, code in LATER_FRAMES.items():
            await guest.who.raw(frame)
            await guest.listening
            assert guest.who.close_code == code
            if code == 4400:
                assert guest.who.errors.pop()["code"] == "malformed"
            await guest.again()
        assert len(chats.room.rows("messages")) == 2
        await guest.gone()

    chats.play(scene)


def test_a_flood_of_messages_waits_and_a_flood_of_frames_ends_the_line(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats)
        for number in range(22):
            await guest.who.say(f"again {number}")
        await guest.who.until(lambda who: any(each["code"] == "too_many" for each in who.errors))
        assert len(guest.who.unsent) >= 1
        written = len(chats.room.rows("messages", direction="inbound"))
        assert written <= 21
        for _ in range(60):
            await guest.who.tell("typing")
        await guest.listening
        assert guest.who.close_code == 4429
        assert guest.who.errors[-1]["code"] == "too_many"

    chats.play(scene)


def test_one_address_opens_only_so_many_chats_in_a_minute(chats: ChatStage) -> None:
    async def scene() -> None:
        for _ in range(10):
            await visitor(chats.door())
        with pytest.raises(NoChat, match="429"):
            await visitor(chats.door())

    chats.play(scene)


WORDS = (
    "\U0001f62d" * 400,
    "\u05e9\u05dc\u05d5\u05dd \u202e\u202dabc\u2069",
    "a\u0000b\u0007c\ufffe\u001b[31m",
    "<script>alert(1)</script>{{ practice }}",
    "x" * 2_000,
)


def test_strange_words_are_kept_safely_and_shown_as_they_are(chats: ChatStage) -> None:
    async def scene() -> None:
        guest = await begun(chats, WORDS[0])
        for words in WORDS[1:]:
            await guest.who.say(words)
        await guest.who.until(lambda who: not who.unsent)
        await guest.who.until(count(len(WORDS) + 1))
        assert [said for author, said in guest.who.said() if author == "you"] == [plain(words) for words in WORDS]
        await guest.who.say("y" * 2_001)
        await guest.who.until(lambda who: [each["code"] for each in who.errors] == ["too_long"])
        await guest.gone()

    chats.play(scene)


def test_the_script_is_small_public_and_nobody_elses(chats: ChatStage) -> None:
    async def scene() -> None:
        async with AsyncClient(base_url=chats.url) as client:
            told = await client.get(f"/chat/{HARBOR}/widget.js")
            assert told.headers["content-type"] == "text/javascript; charset=utf-8"
            assert told.headers["cross-origin-resource-policy"] == "cross-origin"
            assert told.headers["content-encoding"] == "gzip"
            assert int(told.headers["content-length"]) < 12_000
            assert (await client.get("/chat/nobody/widget.js")).status_code == 404

    chats.play(scene)


def shade(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["", "-dark"])
def test_the_shipped_colours_of_the_widget_can_be_read(scheme: str) -> None:
    found = dict(re.findall(rf"--leadline-([a-z-]+?){scheme}, (#[0-9a-f]{{3,6}})\)", SCRIPT.decode()))
    colours = {name: each if len(each) == 7 else f"#{each[1:] * 2}" for name, each in found.items()}
    pairs = [
        ("accent", "on-accent"),
        ("surface", "text"),
        ("surface", "muted"),
        ("bubble", "text"),
        ("surface", "alarm"),
    ]
    for pair in pairs:
        dark, light = sorted(shade(colours[name]) for name in pair)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, pair
