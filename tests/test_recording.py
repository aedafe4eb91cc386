"""Recordings: only after the notice and the caller's say, brought home once, sealed, heard by few, and not for ever."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.app import app
from gateway.keeping.embedded import Valkey
from gateway.tokens import mint
from rehearsal.network import CallOutcome
from rehearsal.people import HABITS, CallerHabit
from routing.links import Links
from routing.state.call import recordings
from routing.state.call.recordings import RINGS
from routing.state.practice import tokens
from routing.state.practice.tokens import Token
from tests import small_practice as small
from tests.loopback import Told
from tests.rooms import Room
from tests.stage import Stage, house_of, settings_of
from tests.strict_rest import StrictRest, strict_rest
from voice.answers import put_through
from voice.twiml import Ring
from voice.words import Words
from worker.clock import Bellringer
from worker.fetching import perform_fetch, recordings_due, recordings_expired
from worker.outbound import RECORDING_BYTES, Outbounds

HARBOR, LAKESIDE = "harbor-recovery", "lakeside-specialty"
DETOX, DISPLAY = "+18505550131", "+19045550133"
SOUND = b"ID3 an invented message"
MP3 = Told(200, SOUND, "audio/mpeg")


def recording_calls(stage: Stage) -> None:
    book = stage.room.book()
    policies = replace(book.policies, record_calls=True)
    stage.room.desk.shelf._shelve(replace(book, policies=policies))


def answers(outcome: CallOutcome) -> list[str]:
    return [line.text for line in outcome.lines if line.what == "answers"]


# Talks


def test_a_talk_is_recorded_after_the_notice_was_heard_in_full_and_she_stayed(stage: Stage) -> None:
    recording_calls(stage)
    outcome = stage.call(DETOX)
    assert outcome.failures == ()
    assert outcome.bridged == ("Marcus Bell",)
    first, second = answers(outcome)[:2]
    assert "Dial" not in first
    assert "Dial" in second
    notice = first.index("may be recorded")
    assert notice < first.index("Gather")
    consent, recording = stage.room.row("consents"), stage.room.row("recordings")
    assert (consent["is_granted"], consent["text_version"]) == (True, "recording-notice@harbor-recovery:1")
    assert (recording["kind"], recording["state"]) == ("call", "available")
    assert recording["created_at"] > consent["at"]  # type: ignore[operator]


def test_key_9_connects_without_recording(stage: Stage) -> None:
    recording_calls(stage)
    outcome = stage.call(DETOX, habit=CallerHabit(keys=("9",)))
    assert outcome.failures == ()
    assert outcome.bridged == ("Marcus Bell",)
    assert any("not recorded" in words for words in outcome.heard)
    assert stage.room.row("consents")["is_granted"] is False
    assert stage.room.rows("recordings") == []


@pytest.mark.parametrize(("keys", "count"), [(("9",), 0), ((), 1)])
def test_what_she_said_holds_for_whoever_is_asked_next(stage: Stage, keys: tuple[str, ...], count: int) -> None:
    recording_calls(stage)
    stage.habits = {"marcus-bell": HABITS["refuses"]}
    outcome = stage.call(DETOX, habit=CallerHabit(keys=keys))
    assert outcome.failures == ()
    assert outcome.bridged == ("Keisha Rowan",)
    assert len(stage.room.rows("consents")) == 1
    assert len(stage.room.rows("recordings")) == count


def test_without_the_policy_nothing_is_asked_and_nothing_recorded(stage: Stage) -> None:
    outcome = stage.call(DETOX)
    assert outcome.bridged == ("Marcus Bell",)
    assert stage.room.rows("consents") == stage.room.rows("recordings") == []


@pytest.mark.parametrize(
    ("policy", "consent", "is_recorded"),
    [(False, None, False), (False, True, False), (True, None, False), (True, False, False), (True, True, True)],
)
def test_i13_only_a_document_that_follows_her_yes_records(
    policy: bool, consent: bool | None, is_recorded: bool
) -> None:
    book = small.book(small.queue("intake", ["ann"]))
    book = replace(book, policies=replace(book.policies, record_calls=policy))
    bell = Ring("+18135550100", "https://a/w", "https://a/l", "https://a/d", "https://a/c", "https://a/r")
    document = put_through([], bell, Words(book, "en"), consent)
    assert (b"record-from-answer-dual" in document) is is_recorded
    assert (b"https://a/r" in document) is is_recorded
    assert (b"<Dial" in document) is not (policy and consent is None)
    if policy and consent is None:
        assert document.index(b"may be recorded") < document.index(b"<Gather")


@pytest.mark.parametrize("copies", [2, 8])
def test_copies_of_every_webhook_make_one_consent_and_one_recording(stage: Stage, copies: int) -> None:
    recording_calls(stage)
    stage.copies = copies
    outcome = stage.call(DETOX)
    assert outcome.failures == ()
    assert [len(stage.room.rows(table)) for table in ("consents", "recordings", "leads")] == [1, 1, 1]


# Bringing them home


@dataclass
class Archive:
    stage: Stage
    rest: StrictRest
    by: Outbounds

    @property
    def room(self) -> Room:
        return self.stage.room

    def message(self) -> str:
        """The id of a voicemail that was left in the night."""
        self.room.now = self.room.now.replace(day=22, hour=2)
        assert self.stage.call(DISPLAY).failures == ()
        return str(self.room.row("recordings")["id"])

    def fetch(self, recording: str) -> str | None:
        return perform_fetch(self.by, self.room.desk, recording, self.room.now)

    def rung(self) -> list[tuple[str, str, int]]:
        rung: list[tuple[str, str, int]] = []

        def ring(job: str, row: str, number: int) -> bool:
            rung.append((job, row, number))
            return True

        links = Links("https://leads.example.com", self.room.db.vault)
        recordings_due(Bellringer(ring, lambda *_: True, links), self.room.desk, self.room.now)
        return rung


@pytest.fixture
def archive(stage: Stage, tmp_path: Path) -> Iterator[Archive]:
    with strict_rest() as rest:
        settings = settings_of(tmp_path, LEADLINE_TWILIO_API_URL=rest.root)
        by = Outbounds(settings, stage.room.db, stage.room.desk.by.real_ms)
        yield Archive(stage, rest, by)
        by.close()


def test_a_message_is_fetched_once_kept_sealed_and_then_deleted_at_the_provider(archive: Archive) -> None:
    recording = archive.message()
    archive.rest.next.append(MP3)
    assert [archive.fetch(recording) for _ in range(5)] == ["deleted", None, None, None, None]
    asked = [(each.method, each.path.rpartition("/")[2]) for each in archive.rest.asked]
    sid = archive.room.row("recordings")["sid"]
    assert asked == [("GET", f"{sid}.mp3"), ("DELETE", f"{sid}.json")]
    row = archive.room.row("recordings")
    assert (row["state"], row["is_remote"], row["media_kind"]) == ("fetched", False, "audio/mpeg")
    assert SOUND not in bytes(row["media"])  # type: ignore[call-overload]


def test_the_bell_rings_at_once_then_less_and_less_often_until_it_is_home(archive: Archive) -> None:
    recording = archive.message()
    assert archive.rung() == [("fetch_recording", recording, 1)]
    assert archive.rung() == []
    archive.room.later(seconds=6)
    assert archive.rung() == [("fetch_recording", recording, 2)]
    archive.rest.next.append(MP3)
    archive.fetch(recording)
    archive.room.later(hours=1)
    assert archive.rung() == []


def test_what_the_provider_does_not_have_yet_is_asked_for_again(archive: Archive) -> None:
    recording = archive.message()
    archive.rest.next.append(Told(404, {"code": 20404, "message": "not found", "status": 404}))
    assert archive.fetch(recording) == "later"
    assert archive.room.row("recordings")["state"] == "available"
    archive.rest.next.append(MP3)
    assert archive.fetch(recording) == "deleted"


@pytest.mark.parametrize(
    "told",
    [Told(200, b"x" * (RECORDING_BYTES + 1), "audio/mpeg"), Told(503, {}), Told(302, b"", "text/html"), Told(cut=True)],
    ids=["too large", "down", "elsewhere", "cut"],
)
@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_nothing_is_kept_of_an_answer_that_is_no_recording(archive: Archive, told: Told) -> None:
    recording = archive.message()
    archive.rest.next.append(told)
    archive.fetch(recording)
    assert archive.room.row("recordings")["media"] is None


@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_a_page_instead_of_sound_is_not_asked_for_again(archive: Archive) -> None:
    recording = archive.message()
    archive.rest.next.append(Told(200, b"<html>", "text/html"))
    assert archive.fetch(recording) == "lost"
    assert archive.room.row("recordings")["code"] == "content_type"
    assert archive.fetch(recording) is None


@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_after_a_day_of_ringing_a_recording_is_lost_and_its_task_is_not(archive: Archive) -> None:
    recording = archive.message()
    for _ in range(RINGS):
        archive.room.later(minutes=31)
        assert archive.rung()
    archive.rest.next.append(Told(404, {"code": 20404, "message": "not found", "status": 404}))
    assert archive.fetch(recording) == "lost"
    assert archive.rung() == []
    assert archive.room.row("tasks")["state"] == "open"


def test_one_whose_report_is_lost_is_asked_for_all_the_same(archive: Archive) -> None:
    recording = archive.message()
    with archive.room.db.writing() as tx:
        table = archive.room.table("recordings")
        tx.execute(table.update().values(state="announced", due_at=archive.room.now + timedelta(seconds=30)))
    assert archive.rung() == []
    archive.room.later(seconds=31)
    assert len(archive.rung()) == 1
    archive.rest.next.append(MP3)
    assert archive.fetch(recording) == "deleted"


def test_a_recording_is_deleted_when_its_time_is_over_and_nothing_of_it_is_left(archive: Archive) -> None:
    recording = archive.message()
    archive.rest.next.append(MP3)
    archive.fetch(recording)
    archive.room.later(days=archive.room.book().policies.retention_days["recording"] - 1)
    assert recordings_expired(archive.room.desk, archive.room.now) == 0
    archive.room.later(days=1, seconds=1)
    assert recordings_expired(archive.room.desk, archive.room.now) == 1
    assert recordings_expired(archive.room.desk, archive.room.now) == 0
    row = archive.room.row("recordings")
    assert (row["state"], row["media"]) == ("deleted", None)
    assert archive.room.row("audit", subject_id=recording)["action"] == "recording_deleted"


def test_one_that_was_never_fetched_is_deleted_at_the_provider_too(archive: Archive) -> None:
    recording = archive.message()
    archive.room.later(days=91)
    assert recordings_expired(archive.room.desk, archive.room.now) == 1
    assert archive.rung() == [("fetch_recording", recording, 1)]
    assert archive.fetch(recording) == "deleted"
    assert [each.method for each in archive.rest.asked] == ["DELETE"]


# Hearing them


def listener(room: Room, tmp_path: Path, valkey: Valkey, practice: str, scope: str) -> TestClient:
    house = house_of(room, settings_of(tmp_path, LEADLINE_REDIS_URL=valkey.url))
    minted = mint(f"t{next(room.numbers):05d}")
    tokens.store(room.db, Token(minted.id, practice, minted.digest, (scope,), "test", room.now), "test")
    return TestClient(app(house), raise_server_exceptions=False, headers={"authorization": f"Bearer {minted.text}"})


def test_who_may_hears_it_and_stands_in_the_audit_log(archive: Archive, tmp_path: Path, valkey: Valkey) -> None:
    recording = archive.message()
    program = listener(archive.room, tmp_path, valkey, HARBOR, "calls")
    assert program.get(f"/api/v1/recordings/{recording}").status_code == 404
    archive.rest.next.append(MP3)
    archive.fetch(recording)
    answer = program.get(f"/api/v1/recordings/{recording}")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, SOUND, "audio/mpeg")
    assert answer.headers["cache-control"] == "no-store"
    entry = archive.room.row("audit", subject_id=recording)
    assert entry["action"] == "recording_played"
    assert str(entry["actor"]).startswith("token:")


@pytest.mark.parametrize(("practice", "scope", "status"), [(LAKESIDE, "calls", 404), (HARBOR, "leads", 403)])
@pytest.mark.parametrize("room_url", ["sqlite"], indirect=True)
def test_others_do_not_hear_it(
    archive: Archive, tmp_path: Path, valkey: Valkey, practice: str, scope: str, status: int
) -> None:
    recording = archive.message()
    archive.rest.next.append(MP3)
    archive.fetch(recording)
    program = listener(archive.room, tmp_path, valkey, practice, scope)
    assert program.get(f"/api/v1/recordings/{recording}").status_code == status
    assert archive.room.rows("audit", subject_id=recording) == []


def test_a_lead_tells_of_its_recordings(archive: Archive, tmp_path: Path, valkey: Valkey) -> None:
    recording = archive.message()
    program = listener(archive.room, tmp_path, valkey, HARBOR, "read")
    told = program.get(f"/api/v1/leads/{archive.room.row('leads')['id']}").json()
    (entry,) = [each for each in told["timeline"] if each["kind"] == "recording"]
    assert (entry["id"], entry["facts"]["kind"], entry["facts"]["duration_s"]) == (recording, "voicemail", 8)


def test_only_an_id_that_is_there_is_played(archive: Archive) -> None:
    recording = archive.message()
    archive.rest.next.append(MP3)
    archive.fetch(recording)
    assert recordings.play(archive.room.db, HARBOR, recording, "test", archive.room.now)
    assert recordings.play(archive.room.db, HARBOR, "rc_other", "test", archive.room.now) is None
