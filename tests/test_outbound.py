"""Requests to the phone provider: their wire form, and what each way of failing means."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx2
import pytest

from routing.settings import TwilioAccount
from routing.state.database import Database, open_database
from routing.state.practice.provider_accounts import resting
from routing.state.sealed import Vault
from tests.loopback import Told
from tests.rooms import SECRET
from tests.stage import settings_of
from tests.strict_rest import ACCOUNT, CALL, LOGIN, StrictRest, strict_rest
from worker.answers import Ambiguous, Answer, Calls, CallSeen, Done, Gone, Media, NotProcessed, Refused
from worker.outbound import Change, Leg, Malformed, Outbound, Outbounds, Seat
from worker.pacing import PROBE_EVERY_MS, SPACING_MS, Gate
from worker.provider_codes import CODES, meaning
from worker.wire import NEVER_SENT, Wire

URL = "https://leads.example.com/voice/connect/iq_1/1.aaaaaaaaaaaaaaaa"
HEARD = "https://leads.example.com/voice/leg/rs_1.bbbbbbbbbbbbbbbb"
LEG = Leg("+18135550163", "+18135550100", HEARD, URL)
ROOM = "CF" + "5" * 32
RECORDING = "RE" + "6" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}"
LOGIN_REFUSED = Told(401, {"code": 20003, "message": "Authenticate", "status": 401})


@dataclass
class Line:
    """One account over the stand-in; real time moves only when a test moves it."""

    rest: StrictRest
    db: Database
    real_ms: int = 1_000_000

    def __post_init__(self) -> None:
        self.outbound = self.worker()

    def worker(self, account: TwilioAccount | None = None, root: str | None = None) -> Outbound:
        """As another process opens it."""
        gate = Gate(self.db, ACCOUNT, lambda: self.real_ms)
        wire = Wire(root or self.rest.root, timeout_s=0.3 if root is None else 0.5)
        return Outbound(account or TwilioAccount(ACCOUNT, (LOGIN[1],)), wire, gate)

    def tell(self, *answers: Told) -> None:
        self.rest.next.extend(answers)


@pytest.fixture
def line(database_url: str) -> Iterator[Line]:
    db = open_database(database_url, Vault(SECRET), wait_s=5, statement_s=10)
    with strict_rest() as rest:
        opened = Line(rest, db)
        yield opened
        opened.outbound.wire.close()
    db.engine.dispose()


@pytest.fixture
def plain(sqlite_url: str) -> Iterator[Line]:
    """Where the database does not matter."""
    db = open_database(sqlite_url, Vault(SECRET), wait_s=5, statement_s=10)
    with strict_rest() as rest:
        opened = Line(rest, db)
        yield opened
        opened.outbound.wire.close()
    db.engine.dispose()


# -- the wire form of each verb


VERBS: dict[str, tuple[Callable[[Outbound], Answer], str, dict[str, list[str]], Done]] = {
    "redirect": (
        lambda out: out.redirect(CALL, URL),
        f"POST {PATH}/Calls/{CALL}.json",
        {"Url": [URL], "Method": ["POST"]},
        Done(CALL),
    ),
    "ring": (
        lambda out: out.ring(LEG),
        f"POST {PATH}/Calls.json",
        {
            "To": [LEG.to],
            "From": [LEG.from_],
            "Url": [URL],
            "Method": ["POST"],
            "Timeout": ["20"],
            "StatusCallback": [HEARD],
            "StatusCallbackMethod": ["POST"],
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        },
        Done("CA" + "2" * 32),
    ),
    "cancel": (
        lambda out: out.cancel(CALL),
        f"POST {PATH}/Calls/{CALL}.json",
        {"Status": ["canceled"]},
        Done(CALL),
    ),
    "hang_up": (
        lambda out: out.hang_up(CALL),
        f"POST {PATH}/Calls/{CALL}.json",
        {"Status": ["completed"]},
        Done(CALL),
    ),
    "add_participant": (
        lambda out: out.add_participant("iq_1", LEG, Seat("target", ends=True)),
        f"POST {PATH}/Conferences/iq_1/Participants.json",
        {
            "To": [LEG.to],
            "From": [LEG.from_],
            "Label": ["target"],
            "Timeout": ["20"],
            "Muted": ["false"],
            "StartConferenceOnEnter": ["true"],
            "EndConferenceOnExit": ["true"],
            "StatusCallback": [HEARD],
            "StatusCallbackMethod": ["POST"],
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        },
        Done("CA" + "3" * 32),
    ),
    "change_participant": (
        lambda out: out.change_participant(ROOM, CALL, Change(hold=True)),
        f"POST {PATH}/Conferences/{ROOM}/Participants/{CALL}.json",
        {"Hold": ["true"]},
        Done(CALL),
    ),
    "remove_participant": (
        lambda out: out.remove_participant(ROOM, CALL),
        f"DELETE {PATH}/Conferences/{ROOM}/Participants/{CALL}.json",
        {},
        Done(CALL),
    ),
    "end_conference": (
        lambda out: out.end_conference(ROOM),
        f"POST {PATH}/Conferences/{ROOM}.json",
        {"Status": ["completed"]},
        Done(ROOM),
    ),
    "delete_recording": (
        lambda out: out.delete_recording(RECORDING),
        f"DELETE {PATH}/Recordings/{RECORDING}.json",
        {},
        Done(RECORDING),
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_asks_for_exactly_what_it_says(plain: Line, verb: str) -> None:
    ask, request, fields, expected = VERBS[verb]
    assert ask(plain.outbound) == expected
    (asked,) = plain.rest.asked
    assert (f"{asked.method} {asked.path}", dict(asked.fields)) == (request, fields)


def test_a_coach_is_heard_by_one_call_only(plain: Line) -> None:
    plain.outbound.add_participant("iq_1", LEG, Seat("supervisor", muted=True, coaches=CALL))
    (asked,) = plain.rest.asked
    assert (asked.one("Coaching"), asked.one("CallSidToCoach"), asked.one("Muted")) == ("true", CALL, "true")


def test_the_calls_to_a_number_are_listed_from_an_instant_on(plain: Line) -> None:
    listed = {"sid": CALL, "to": LEG.to, "status": "ringing", "start_time": "Tue, 17 Nov 2026 19:00:05 +0000"}
    plain.tell(Told(200, {"calls": [listed], "page": 0, "next_page_uri": None}))
    since = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)
    assert plain.outbound.calls_to(LEG.to, since) == Calls(
        (CallSeen(CALL, LEG.to, "ringing", datetime(2026, 11, 17, 19, 0, 5, tzinfo=UTC)),)
    )
    (asked,) = plain.rest.asked
    assert (asked.path, asked.one("To")) == (f"{PATH}/Calls.json", LEG.to)
    assert asked.one("StartTime>").startswith("2026-11-17")


def test_a_call_is_looked_up_by_its_sid(plain: Line) -> None:
    plain.tell(Told(200, {"sid": CALL, "to": LEG.to, "status": "in-progress"}))
    assert plain.outbound.call(CALL) == CallSeen(CALL, LEG.to, "in-progress", None)


def test_an_api_key_logs_in_for_the_account_if_there_is_one(plain: Line) -> None:
    plain.rest.login = ("SK" + "7" * 32, "an-invented-api-secret")
    keyed = plain.worker(TwilioAccount(ACCOUNT, (LOGIN[1],), frozenset(), *plain.rest.login))
    assert keyed.redirect(CALL, URL) == Done(CALL)
    assert plain.rest.asked[0].path.startswith(PATH)
    assert isinstance(plain.outbound.redirect(CALL, URL), NotProcessed)


def test_the_sdk_is_deaf_to_its_own_environment(plain: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"REGION": "ie1", "EDGE": "dublin", "ACCOUNT_SID": "AC" + "9" * 32, "AUTH_TOKEN": "x"}.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)
    client = plain.worker().client
    assert client.get_hostname("https://api.twilio.com/x") == "https://api.twilio.com/x"
    assert (client.username, client.account_sid) == (ACCOUNT, ACCOUNT)


def test_every_host_of_the_provider_is_the_one_of_the_settings(plain: Line) -> None:
    wire = plain.outbound.wire
    for host in ("api", "lookups", "conversations.dublin.ie1"):
        assert wire.at_root(f"https://{host}.twilio.com/v2/x?Fields=a") == f"{plain.rest.root}/v2/x?Fields=a"


# -- what a failure means


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Told(400, {"code": 21220, "message": "not in progress", "status": 400}), Gone("21220")),
        (Told(404, {"code": 20404, "message": "not found", "status": 404}), Gone("20404")),
        (Told(429, {"code": 20429, "message": "slow down", "status": 429}), NotProcessed("20429")),
        (Told(429, b"", "text/plain"), NotProcessed("429")),
        (Told(400, {"code": 10004, "message": "too many calls", "status": 400}), NotProcessed("10004")),
        (Told(400, {"code": 21205, "message": "bad url", "status": 400}), Refused("21205", True)),
        (Told(400, {"message": "no code", "status": 400}), Refused("400", True)),
        (Told(500, {"code": 20500, "message": "oh", "status": 500}), Ambiguous("20500")),
        (Told(503, b"<html>busy</html>", "text/html"), Ambiguous("503")),
        (Told(502, {"code": 20404, "message": "odd", "status": 502}), Ambiguous("20404")),
        (Told(200, b"{not json"), Ambiguous("JSONDecodeError")),
        (Told(200, {"no": "sid"}), Ambiguous("ValueError")),
        (Told(200, b"x" * 1_000_001), Ambiguous("TooLarge")),
        (Told(cut=True), Ambiguous("RemoteProtocolError")),
        (Told(302, b"", headers={"location": "http://127.0.0.1:1/"}), Refused("302", True)),
        (
            Told(
                429, {"type": "about:x", "title": "Too many", "status": 429, "code": 20429}, "application/problem+json"
            ),
            NotProcessed("20429"),
        ),
        (
            Told(400, {"type": "about:x", "title": "Bad", "status": 400, "code": 21205}, "application/problem+json"),
            Refused("21205", True),
        ),
    ],
)
def test_each_refusal_says_whether_it_may_be_repeated(plain: Line, told: Told, expected: Answer) -> None:
    plain.tell(told)
    assert plain.outbound.redirect(CALL, URL) == expected
    assert len(plain.rest.asked) == 1


def test_a_hang_up_of_a_call_that_is_over_is_done(plain: Line) -> None:
    over = Told(400, {"code": 21220, "message": "over", "status": 400})
    plain.tell(over, over)
    assert plain.outbound.hang_up(CALL) == Done(CALL)
    assert plain.outbound.cancel(CALL) == Gone("21220")


def test_no_answer_in_time_is_ambiguous_and_is_not_asked_again(plain: Line) -> None:
    held = threading.Event()
    plain.tell(Told(held=held))
    assert plain.outbound.ring(LEG) == Ambiguous("ReadTimeout")
    held.set()
    assert len(plain.rest.asked) == 1


def test_a_refused_connection_was_never_processed(plain: Line) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = plain.worker(root=f"http://127.0.0.1:{taken.getsockname()[1]}")
        assert nobody.ring(LEG) == NotProcessed("ConnectError")
        nobody.wire.close()


def test_a_name_that_does_not_resolve_was_never_processed(plain: Line) -> None:
    nowhere = plain.worker(root="http://nowhere.invalid")
    assert nowhere.ring(LEG) == NotProcessed("ConnectError")
    nowhere.wire.close()


def test_only_errors_before_the_request_count_as_never_sent() -> None:
    assert not any(issubclass(httpx2.ReadTimeout, each) or issubclass(httpx2.WriteError, each) for each in NEVER_SENT)
    assert not any(issubclass(httpx2.RemoteProtocolError, each) for each in NEVER_SENT)


@pytest.mark.parametrize("code", CODES)
def test_a_failure_of_the_servers_is_unsure_whatever_its_code(code: int) -> None:
    assert meaning(500, code) == "unsure"


@pytest.mark.parametrize("name", ["", "../Accounts", "CA1/..", f"{CALL}?x", "é", "a" * 65, f"{CALL}\n"])
def test_a_name_that_would_bend_the_address_is_not_asked_for(plain: Line, name: str) -> None:
    for ask in (plain.outbound.hang_up, plain.outbound.call, plain.outbound.fetch_recording):
        with pytest.raises(Malformed):
            ask(name)
    assert plain.rest.asked == []


# -- where and how fast


def test_a_forbidden_destination_is_refused_before_anything_is_asked(plain: Line) -> None:
    for number, why in (("+18765550100", "region"), ("+19005550100", "premium"), ("911", "malformed")):
        leg = replace(LEG, to=number)
        assert plain.outbound.ring(leg) == Refused(f"destination_{why}", True)
        assert plain.outbound.add_participant("iq_1", leg, Seat("x")) == Refused(f"destination_{why}", True)
    assert plain.rest.asked == []
    assert isinstance(plain.outbound.ring(replace(LEG, to="+14165550100", regions=frozenset({"CA"}))), Done)


def test_an_account_starts_one_call_a_second_whoever_asks(line: Line) -> None:
    other = line.worker()
    assert isinstance(line.outbound.ring(LEG), Done)
    assert other.ring(LEG) == NotProcessed("pace", SPACING_MS)
    line.real_ms += 400
    assert other.add_participant("iq_1", LEG, Seat("x")) == NotProcessed("pace", SPACING_MS - 400)
    assert line.outbound.redirect(CALL, URL) == other.hang_up(CALL) == Done(CALL)
    line.real_ms += 600
    assert isinstance(other.ring(LEG), Done)
    assert isinstance(line.outbound.ring(LEG), NotProcessed)
    other.wire.close()


def test_eight_workers_at_once_start_one_call(line: Line) -> None:
    gates = [Gate(line.db, ACCOUNT, lambda: line.real_ms) for _ in range(8)]
    waits: list[int] = []
    start = threading.Barrier(8)

    def take(gate: Gate) -> None:
        start.wait()
        waits.append(gate.turn())

    threads = [threading.Thread(target=take, args=(gate,)) for gate in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0] + [SPACING_MS] * 7


# -- a login that is refused


@pytest.mark.parametrize("told", [LOGIN_REFUSED, Told(403, b"no", "text/plain"), Told(401, b"<p>", "text/html")])
def test_a_refused_login_rests_the_account_for_every_worker(line: Line, told: Told) -> None:
    other = line.worker()
    line.tell(told)
    assert isinstance(line.outbound.redirect(CALL, URL), NotProcessed)
    assert other.redirect(CALL, URL) == other.ring(LEG) == NotProcessed("login_refused")
    assert len(line.rest.asked) == 1
    (one,) = resting(line.db)
    assert (one.account, one.since_ms) == (ACCOUNT, line.real_ms)
    other.wire.close()


def test_a_resting_account_is_probed_once_in_thirty_seconds_and_wakes(line: Line) -> None:
    other = line.worker()
    line.tell(LOGIN_REFUSED, LOGIN_REFUSED)
    line.outbound.redirect(CALL, URL)
    line.real_ms += PROBE_EVERY_MS
    assert other.redirect(CALL, URL) == NotProcessed("login_20003")
    assert line.outbound.redirect(CALL, URL) == NotProcessed("login_refused")
    line.real_ms += PROBE_EVERY_MS
    assert line.outbound.redirect(CALL, URL) == Done(CALL)
    assert other.redirect(CALL, URL) == Done(CALL)
    assert resting(line.db) == ()
    assert len(line.rest.asked) == 4
    other.wire.close()


def test_an_answer_about_the_call_also_proves_the_login_good(line: Line) -> None:
    line.tell(LOGIN_REFUSED, Told(404, {"code": 20404, "message": "x", "status": 404}))
    line.outbound.redirect(CALL, URL)
    line.real_ms += PROBE_EVERY_MS
    assert line.outbound.redirect(CALL, URL) == Gone("20404")
    assert resting(line.db) == ()


def test_a_failing_provider_does_not_prove_the_login_good(line: Line) -> None:
    line.tell(LOGIN_REFUSED, Told(500, {}))
    line.outbound.redirect(CALL, URL)
    line.real_ms += PROBE_EVERY_MS
    assert line.outbound.redirect(CALL, URL) == Ambiguous("500")
    assert len(resting(line.db)) == 1


def test_the_alarm_is_given_once(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.tell(LOGIN_REFUSED, LOGIN_REFUSED)
    for _ in range(2):
        line.outbound.redirect(CALL, URL)
        line.real_ms += PROBE_EVERY_MS
    line.outbound.redirect(CALL, URL)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == ["provider_refuses_our_login_20003", "provider_accepts_our_login_again"]


# -- recordings


def test_a_recording_is_fetched_with_our_login(plain: Line) -> None:
    plain.tell(Told(200, b"ID3 sound", "audio/mpeg; x=1"))
    assert plain.outbound.fetch_recording(RECORDING) == Media(b"ID3 sound", "audio/mpeg")
    assert plain.rest.asked[0].path == f"{PATH}/Recordings/{RECORDING}.mp3"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Told(200, b"<script>", "text/html"), Refused("content_type", True)),
        (Told(302, b"", headers={"location": "http://169.254.169.254/"}), Refused("302", True)),
        (Told(404, b"", "text/plain"), Gone("404")),
        (Told(200, b"x" * 10_000_001, "audio/mpeg"), Ambiguous("TooLarge")),
        (Told(429, b""), NotProcessed("429")),
    ],
)
def test_a_recording_that_is_none_is_not_taken(plain: Line, told: Told, expected: Answer) -> None:
    plain.tell(told)
    assert plain.outbound.fetch_recording(RECORDING) == expected
    assert len(plain.rest.asked) == 1


def test_a_recording_that_is_gone_is_deleted(plain: Line) -> None:
    plain.tell(Told(404, {"code": 20404, "message": "x", "status": 404}))
    assert plain.outbound.delete_recording(RECORDING) == Done(RECORDING)


# -- what nobody may read


def test_no_number_and_no_secret_is_ever_logged(plain: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    plain.tell(Told(400, {"code": 21211, "message": f"{LEG.to} is not valid", "status": 400}), LOGIN_REFUSED)
    plain.outbound.ring(LEG)
    plain.outbound.calls_to(LEG.to, datetime(2026, 11, 17, tzinfo=UTC))
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "provider_refuses_our_login" in said
    assert not [word for word in (LEG.to[1:], LEG.from_[1:], LOGIN[1], "twilio.com", "Calls") if word in said]


def test_an_account_that_the_settings_do_not_name_is_not_opened(plain: Line, tmp_path: object) -> None:
    settings = settings_of(tmp_path, LEADLINE_TWILIO_API_URL=plain.rest.root)  # type: ignore[arg-type]
    by = Outbounds(settings, plain.db, lambda: 0)
    assert by.of("AC" + "9" * 32) is None
    known = by.of(ACCOUNT)
    assert known is by.of(ACCOUNT) is not None
    assert known.redirect(CALL, URL) == Done(CALL)
    by.close()
