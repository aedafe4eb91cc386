"""What a chat writes, on each database, without a browser or a line."""

from pathlib import Path

import pytest

from gateway.chat.view import view
from routing import chatting
from routing.chatting import NotOffered
from routing.replying import Replying, reply
from routing.state.tail import Tail
from routing.state.text import chat_sessions, chats
from routing.state.text.chat_sessions import Chatter, Opened, drawn, entered, open_chat
from sms.chat_left import NumberGiven, with_number
from sms.chats import ChatMessage, chatted
from sms.reception import Reception
from tests.rooms import Room
from tests.stage import house_of, settings_of
from tests.text_stage import TextStage

HARBOR, ORIGIN = "harbor-recovery", "https://www.harbor-recovery.example"


@pytest.fixture
def texts(room: Room, tmp_path: Path) -> TextStage:
    return TextStage(room, house_of(room, settings_of(tmp_path)))


def chatter(room: Room, name: str = "cs_one") -> Chatter:
    secret = drawn(name)
    open_chat(room.db, Opened(name, HARBOR, ORIGIN, "en", "/contact"), secret, room.now)
    found = entered(room.db, HARBOR, secret, room.now)
    assert found
    return found


def say(room: Room, reception: Reception, who: Chatter, words: str, key: str) -> int:
    return chatted(reception, ChatMessage(who, room.book(), key, words), room.now)


def test_a_chat_is_offered_taken_answered_shown_left_a_number_and_ended(texts: TextStage) -> None:
    room, reception = texts.room, texts.house.reception
    who = chatter(room)
    assert [say(room, reception, who, "hello", "key-0001") for _ in range(3)] == [1, 1, 1]
    offer = room.row("reservations", state="pending")
    coordinator, inquiry = str(offer["coordinator_id"]), str(offer["inquiry_id"])
    with pytest.raises(NotOffered):
        chatting.take(room.desk, HARBOR, inquiry, "joan-mercer", room.now)
    taken = chatting.take(room.desk, HARBOR, inquiry, coordinator, room.now)
    assert (taken.standing, taken.owner) == ("live", coordinator)
    chats.typed(room.db, HARBOR, taken.conversation, coordinator, room.now)
    reply(room.desk, Replying(room.book(), taken.conversation, coordinator, "Hi there"), room.now)
    shown = view(room.desk, who, 1)
    assert [(line.author, line.body) for line in shown.lines][-1] == (coordinator, "Hi there")
    assert [line.sequence for line in shown.lines] == [2, 3]
    chats.arrived(room.db, taken.conversation, 3, room.now)
    assert room.row("messages", sequence=3)["status"] == "delivered"
    with room.db.reading() as tx:
        seats = chats.seated(tx, HARBOR, coordinator, room.now)
        assert [(seat.is_offer, seat.is_there) for seat in seats] == [(False, True)]
    given = NumberGiven("key-0002", "+19045550164", "Ana", "text", "203.0.113.7")
    assert chatted(reception, with_number(reception, who, room.book(), given, room.now), room.now) == 4
    assert room.row("conversations")["channel"] == "sms"
    assert room.row("consents")["channel"] == "text"
    assert {row["kind"] for row in room.rows("tasks", state="open")} == {"text"}
    room.later(minutes=31)
    assert chatting.silent_over(room.desk, room.now) == 1
    assert not chatting.end(room.desk, inquiry, room.now)
    assert room.row("reservations")["state"] == "completed"
    assert entered(room.db, HARBOR, "cs_one.x", room.now) is None


def test_a_secret_is_replaced_only_once_the_new_one_is_confirmed(room: Room) -> None:
    old, new = drawn("cs_two"), drawn("cs_two")
    open_chat(room.db, Opened("cs_two", HARBOR, ORIGIN, "en"), old, room.now)
    chat_sessions.renew(room.db, "cs_two", new)
    assert entered(room.db, HARBOR, old, room.now)
    assert entered(room.db, HARBOR, new, room.now)
    assert not chat_sessions.confirm(room.db, "cs_two", old)
    assert chat_sessions.confirm(room.db, "cs_two", new)
    assert entered(room.db, HARBOR, old, room.now) is None
    assert entered(room.db, HARBOR, new, room.now)
    assert entered(room.db, "lakeside-specialty", new, room.now) is None
    room.later(hours=24)
    assert entered(room.db, HARBOR, new, room.now) is None


def test_s08_a_call_a_text_and_a_chat_at_once_have_named_owners_and_running_clocks(texts: TextStage) -> None:
    room = texts.room
    room.call(contact="+18135550163", tracking_number="+18505550131")
    texts.text("hello", sender="+19045550164")
    say(room, texts.house.reception, chatter(room), "hello", "key-0001")
    found = room.rows("leads")
    assert len(found) == 3
    assert all(lead["owner_id"] in room.book().coordinators for lead in found)
    assert {lead["clock_started_at"] for lead in found} == {room.now}
    assert {row["channel"] for row in room.rows("inquiries")} == {"call", "text", "chat"}
    pending = [row["coordinator_id"] for row in room.rows("reservations", state="pending")]
    assert len(pending) == len(set(pending)) == 2


def test_what_is_missing_is_asked_where_nobody_is_in_the_chat_and_the_answer_plans_it_again(texts: TextStage) -> None:
    room, reception = texts.room, texts.house.reception
    room.break_live()
    who = chatter(room)
    say(room, reception, who, "hello", "key-0001")
    assert room.row("questions")["attribute"] == "level_of_care"
    say(room, reception, who, "1", "key-0002")
    assert room.row("leads")["level_of_care"] == "detox"
    states = {row["attribute"]: row["state"] for row in room.rows("questions")}
    assert states == {"level_of_care": "answered", "payer": "open"}
    assert [author for author, _ in texts.thread()] == ["person", "leadline", "leadline", "person", "leadline"]


def test_the_tail_tells_each_event_once_also_one_that_was_committed_late(room: Room) -> None:
    tail = chats_tail(room)
    assert tail.news(room.now) == ()
    chats.typed(room.db, HARBOR, "cv_one", None, room.now)
    assert [each.subject for each in tail.news(room.now)] == ["cv_one"]
    early = room.now
    room.later(seconds=2)
    chats.typed(room.db, HARBOR, "cv_late", None, early)
    assert [each.subject for each in tail.news(room.now)] == ["cv_late"]
    room.later(seconds=10)
    assert tail.news(room.now) == ()


def chats_tail(room: Room) -> Tail:
    return Tail(room.db, ("visitor_typing",))
