"""Twilio's door with bad input: refused, or answered with spoken words; never a 500, never silence, never a change."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import sleep
from urllib.parse import urlencode

import pytest
from defusedxml.ElementTree import fromstring
from httpx2 import Response
from sqlalchemy import text
from starlette.testclient import TestClient

from gateway.app import app
from rehearsal.signing import SigningKey, signed_headers
from routing.state.database import Database
from tests.stage import ACCOUNT, PATIENT_S, PUBLIC, TOKEN, Stage

PAYLOADS = Path(__file__).parent / "payloads"
DETOX = "+18505550131"


def incoming(**changes: str) -> dict[str, str]:
    sample = json.loads((PAYLOADS / "voice_incoming.json").read_text())
    return {**sample, "AccountSid": ACCOUNT, "To": DETOX, "Called": DETOX, **changes}


class Twilio:
    """Posts as Twilio does, or nearly."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, path: str, fields: Mapping[str, str], token: str = TOKEN, body: bytes | None = None) -> Response:
        sent = urlencode(fields).encode() if body is None else body
        headers = signed_headers(SigningKey(token), f"{PUBLIC}{path}", fields, "delivery-1")
        return self.bare(path, sent, headers)

    def bare(self, path: str, body: bytes, headers: Mapping[str, str | bytes]) -> Response:
        form = {"content-type": "application/x-www-form-urlencoded"}
        return self.client.post(path, content=body, headers={**form, **headers})


@pytest.fixture
def call_budget_s() -> float:
    return PATIENT_S


@pytest.fixture
def twilio(stage: Stage, call_budget_s: float) -> Iterator[Twilio]:
    house = replace(stage.house, call_budget_s=call_budget_s)
    with TestClient(app(house), base_url=PUBLIC, raise_server_exceptions=False) as client:
        yield Twilio(client)


def spoken(answer: Response) -> str:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    document = fromstring(answer.content)
    assert document.tag == "Response"
    words = " ".join(element.text or "" for element in document.iter("Say"))
    assert words
    return words


def test_a_signed_call_is_answered_and_repeated_with_the_same_bytes(twilio: Twilio, stage: Stage) -> None:
    first = twilio.post("/voice/incoming", incoming())
    assert "Harbor Recovery" in spoken(first)
    assert [twilio.post("/voice/incoming", incoming()).content for _ in range(3)] == [first.content] * 3
    assert len(stage.room.rows("leads")) == 1


@pytest.mark.parametrize("path", ["/voice/incoming", "/voice/fallback", "/voice/status"])
def test_an_unsigned_or_wrongly_signed_request_changes_nothing(twilio: Twilio, stage: Stage, path: str) -> None:
    body = urlencode(incoming()).encode()
    assert twilio.bare(path, body, {}).status_code == 403
    assert twilio.bare(path, body, {"X-Twilio-Signature": "\u00e9".encode()}).status_code == 403
    assert twilio.post(path, incoming(), token="another token").status_code == 403
    signed = signed_headers(SigningKey(TOKEN), f"{PUBLIC}{path}", incoming(), "delivery-1")
    moved = urlencode(incoming(To="+18135550132")).encode()
    assert twilio.bare(path, moved, signed).status_code == 403
    assert stage.room.rows("inbox") == []


def test_bytes_that_are_no_text_are_refused_and_not_a_fault(twilio: Twilio) -> None:
    signed = signed_headers(SigningKey(TOKEN), f"{PUBLIC}/voice/incoming", {}, "delivery-1")
    assert twilio.bare("/voice/incoming", b"CallSid=\xff\xfe&From=%ff%fe", signed).status_code == 403


def test_a_request_too_large_to_read_still_speaks_to_a_caller(twilio: Twilio, stage: Stage) -> None:
    answer = twilio.bare("/voice/incoming", b"a=" + b"b" * 70_000, {})
    assert "call you back" in spoken(answer)
    assert stage.room.rows("inbox") == []


def test_an_account_that_is_not_ours_is_refused(twilio: Twilio) -> None:
    assert twilio.post("/voice/incoming", incoming(AccountSid="AC" + "f" * 32)).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [{"CallSid": "CA1"}, {"CallSid": ""}, {"AccountSid": ACCOUNT, "From": "x" * 300}],
    ids=["short sid", "no sid", "endless caller"],
)
def test_fields_no_call_has_are_answered_with_words_and_change_nothing(
    twilio: Twilio, stage: Stage, changes: dict[str, str]
) -> None:
    assert spoken(twilio.post("/voice/incoming", incoming(**changes)))
    assert stage.room.rows("leads") == []


def test_the_moved_boundary_of_a_signature_is_caught_by_the_shape_of_the_sid(twilio: Twilio, stage: Stage) -> None:
    fields = incoming()
    moved = {**fields, "CallSid": fields["CallSid"] + "CallStatus" + fields["CallStatus"]}
    del moved["CallStatus"]
    assert spoken(twilio.post("/voice/incoming", moved))
    assert stage.room.rows("leads") == []


def test_a_number_nobody_published_is_answered_with_words_and_the_fallback_number(twilio: Twilio) -> None:
    answer = twilio.post("/voice/incoming", incoming(To="+18135550100", Called="+18135550100"))
    assert spoken(answer)
    assert b"+18135550199" in answer.content


@pytest.mark.parametrize(
    "caller", ["anonymous", "", "+266696687", "client:web_17", "sip:a@example.com", "not a number", "+1", "Restricted"]
)
def test_any_caller_id_is_connected_and_never_stored_as_a_number_that_it_is_not(
    twilio: Twilio, stage: Stage, caller: str
) -> None:
    answer = twilio.post("/voice/incoming", incoming(From=caller, Caller=caller))
    assert b"<Dial" in answer.content
    assert stage.room.rows("person_numbers") == []


def test_control_characters_and_markup_in_any_field_leave_the_answer_whole(twilio: Twilio) -> None:
    hostile = "\x00\x0b\x1b<Say>&\"'﷐￾" + "\U0001f600"
    answer = twilio.post("/voice/incoming", incoming(CallerName=hostile, FromCity=hostile, NewField=hostile))
    assert spoken(answer)


def test_unknown_fields_are_kept_sealed(twilio: Twilio, stage: Stage) -> None:
    twilio.post("/voice/incoming", incoming(BrandNewField="kept for later"))
    (row,) = stage.room.rows("inquiries")
    table = stage.room.table("inquiries")
    assert b"kept for later" not in bytes(row["extras"])
    assert "kept for later" in stage.room.db.vault.unseal(table.c.extras, row["id"], row["extras"])


def test_a_url_of_ours_with_another_tag_opens_nothing(twilio: Twilio) -> None:
    for what in ("whisper", "accept", "dialled", "leg"):
        answer = twilio.post(f"/voice/{what}/iq_000000000000000000000000/0.0123456789abcdef", incoming())
        assert answer.status_code == 403


def test_only_post_is_taken(twilio: Twilio) -> None:
    assert twilio.client.get("/voice/incoming").status_code == 405


def test_the_fallback_speaks_without_redis_or_database(twilio: Twilio, stage: Stage) -> None:
    stage.room.db.engine.dispose()
    answer = twilio.post("/voice/fallback", incoming(ErrorCode="11205", ErrorUrl=f"{PUBLIC}/voice/incoming"))
    assert spoken(answer)
    fallback = stage.room.book().policies.fallback_numbers[0]
    assert fallback.encode() in answer.content


def test_with_redis_gone_the_caller_is_owned_promised_a_call_and_dialled_through(twilio: Twilio, stage: Stage) -> None:
    stage.room.break_live()
    answer = twilio.post("/voice/incoming", incoming())
    assert stage.room.book().policies.fallback_numbers[0].encode() in answer.content
    assert "call you back" in spoken(answer)
    (lead,), (task,) = stage.room.rows("leads"), stage.room.rows("tasks")
    assert task["owner_id"] == lead["owner_id"]
    (inquiry,) = stage.room.rows("inquiries")
    (receipt,) = stage.room.receipts(str(inquiry["id"]))
    assert receipt["trigger"] == "degraded"


@contextmanager
def locked(db: Database) -> Iterator[None]:
    """Nobody else can write."""
    if db.engine.dialect.name == "sqlite":
        with db.writing():
            yield
        return
    with db.engine.begin() as held:
        held.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize("call_budget_s", [0.3])
def test_with_the_database_locked_the_caller_hears_the_static_words(twilio: Twilio, stage: Stage) -> None:
    with locked(stage.room.db):
        answer = twilio.post("/voice/incoming", incoming())
    assert spoken(answer)
    assert b"<Dial" in answer.content
    assert eventually(lambda: len(stage.room.rows("leads")) == 1)


def eventually(holds: Callable[[], bool], tries: int = 200) -> bool:
    """The thread that came too late for the answer still writes the lead."""
    for _ in range(tries):
        if holds():
            return True
        sleep(0.05)
    return False
