"""Twilio Conversations: what is written on a phone goes the way of texts, what is written on a page that of chats."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from gateway.provider.outage import emptied
from routing.replying import Replying, ReplyRefused, reply
from routing.state.lead.cases import Case, set_status
from tests.rooms import opened_room
from tests.stage import ACCOUNT, house_of, settings_of
from tests.test_texts import away
from tests.text_stage import JAX, SENDER, TextStage

PAYLOADS = Path(__file__).parent / "payloads"
EVENTS = "/conversations/events"
BY_ONE_PRACTICE = json.dumps(
    [
        {"sid": ACCOUNT, "auth_token": "an-invented-auth-token", "practices": ["harbor-recovery"]},
        {"sid": "AC" + "9" * 32, "auth_token": "another", "practices": ["lakeside-specialty"]},
    ]
)


@pytest.fixture
def texts(sqlite_room_url: str, live: redis.Redis, tmp_path: Path) -> Iterator[TextStage]:
    accounts = tmp_path / "accounts.json"
    accounts.write_text(BY_ONE_PRACTICE)
    own = settings_of(tmp_path, LEADLINE_TWILIO_ACCOUNTS_FILE=str(accounts))
    with opened_room(sqlite_room_url, live) as room:
        yield TextStage(room, house_of(room, own))


def told(texts: TextStage, sample: str, **changes: str) -> int:
    fields = {**json.loads((PAYLOADS / f"conversations_{sample}.json").read_text()), "AccountSid": ACCOUNT, **changes}
    answer = texts.post(fields, EVENTS)
    assert answer.status_code != 200 or answer.json() == {}
    return answer.status_code


def test_a_text_by_conversations_is_a_text_and_its_answer_goes_out_once(texts: TextStage) -> None:
    assert told(texts, "onParticipantAdded", **{"MessagingBinding.ProxyAddress": JAX}) == 200
    for _ in range(2):
        assert told(texts, "onMessageAdded_post_sms", Author=SENDER, Body="looking for outpatient info") == 200
    assert [author for author, _ in texts.thread()] == ["person", "leadline"]
    at, send = texts.room.row("conversations"), texts.room.row("sends")
    assert (at["channel"], at["ours"]) == ("sms", JAX)
    assert (send["sender"], send["state"], send["purpose"]) == (JAX, "new", "answer")
    assert texts.room.row("leads")["owner_id"]


def test_what_is_to_be_published_and_what_else_happens_there_changes_nothing(texts: TextStage) -> None:
    assert told(texts, "onMessageAdd_pre") == 200
    assert told(texts, "onMessageAdded_post_sms", EventType="onMessageRemoved") == 200
    assert told(texts, "onMessageAdded_post_sms", Author="marcus-bell", Source="SDK") == 200
    assert texts.room.rows("messages") == []
    assert told(texts, "onMessageAdded_post_sms", ConversationSid="x") == 422


def test_a_chat_of_a_page_of_its_own_is_owned_and_answered_where_it_is(texts: TextStage) -> None:
    for place, words in enumerate(("hello", "anybody there?")):
        sid = "IM" + f"{place:032x}"
        assert (
            told(texts, "onMessageAdded_post_sms", Author="visitor-7", Source="SDK", Body=words, MessageSid=sid) == 200
        )
    assert [words for author, words in texts.thread() if author == "person"] == ["hello", "anybody there?"]
    at, lead = texts.room.row("conversations"), texts.room.row("leads")
    assert (at["channel"], lead["owner_id"] in texts.room.book().coordinators) == ("chat", True)
    with pytest.raises(ReplyRefused, match="no_address"):
        reply(texts.room.desk, Replying(texts.room.book(), str(at["id"]), str(lead["owner_id"]), "Hi"), texts.room.now)
    set_status(
        texts.room.db, Case("harbor-recovery", str(lead["id"]), "test"), "closed", "not_eligible", texts.room.now
    )
    sid = "IM" + "f" * 32
    assert told(texts, "onMessageAdded_post_sms", Author="visitor-7", Source="SDK", Body="again", MessageSid=sid) == 200
    assert len(texts.room.rows("leads")) == 2


def test_what_is_written_there_while_the_database_is_away_is_made_good(texts: TextStage) -> None:
    with away(texts):
        assert told(texts, "onMessageAdded_post_sms", Author=SENDER, Body="hello") == 200
    assert texts.room.rows("leads") == []
    assert emptied(texts.house).done == 1
    assert texts.thread()[0] == ("person", "hello")
    assert texts.room.row("sends")["state"] == "new"
