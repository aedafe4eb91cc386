"""The door of landing pages: what looks wrong is set aside, what cannot be written is spooled, scripts of other sites
read nothing, and nothing that was answered is lost."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis
from sqlalchemy.engine import make_url
from starlette.datastructures import Headers

from gateway.landing.limits import HOUR_S, MINUTE_S, Often, Visits, sender
from gateway.provider.outage import emptied
from routing.entry import let_in
from routing.state.lead.quarantine import Letting, counts, discard, hand_up, waiting
from tests.form_stage import ANA, CALLRAIL_SECRET, HARBOR, LAKESIDE, PAGE, FormStage, callrail
from tests.rooms import opened_room
from tests.stage import PUBLIC, house_of, settings_of
from tests.test_clock import ticked

PATH = f"/forms/{LAKESIDE}/lp-101"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def forms(sqlite_room_url: str, live: redis.Redis, tmp_path: Path) -> Iterator[FormStage]:
    with opened_room(sqlite_room_url, live, wait_s=0.05) as room:
        yield FormStage(room, house_of(room, settings_of(tmp_path)))


def test_a_browser_without_a_script_is_sent_on_and_told_what_is_wrong(forms: FormStage) -> None:
    headers = {"content-type": FORM, "accept": "text/html,*/*"}
    posted = {**ANA, "next": f"{PAGE}/gracias"}
    answer = forms.ask("POST", PATH, urlencode(posted), headers)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/gracias")
    stranger = forms.ask("POST", PATH, urlencode({**posted, "next": "https://evil.example/"}), headers)
    assert stranger.headers["location"] == f"{PAGE}/thank-you"
    wrong = forms.ask("POST", PATH, urlencode({**ANA, "phone": "call me"}), headers)
    assert wrong.status_code == 422
    assert "Phone: not a number" in wrong.text
    assert len(forms.room.rows("leads")) == 1


def test_scripts_of_the_practices_sites_alone_may_read_the_answer(forms: FormStage) -> None:
    def preflight(origin: str) -> tuple[int, str | None]:
        answer = forms.ask("OPTIONS", PATH, headers={"origin": origin, "access-control-request-method": "POST"})
        return answer.status_code, answer.headers.get("access-control-allow-origin")

    assert preflight(PAGE) == (204, PAGE)
    for origin in (f"{PAGE}.evil.example", PAGE.upper(), f"{PAGE}/", "null", "http://www.lakeside-specialty.example"):
        assert preflight(origin) == (403, None)
    headers = {**forms.headers(), "origin": PAGE}
    refused = forms.ask("POST", PATH, "{}", headers)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, PAGE)
    assert refused.json()["error"]["fields"] == {"name": "required", "phone": "required"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"name": "Ana", "phone": ', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b"<form/>", "text/xml", 400),
        (b'{"name": "' + b"a" * 66_000 + b'"}', "application/json", 413),
        (b'{"name": "' + b"a" * 9_000 + b'", "phone": "+18475550141"}', "application/json", 422),
        (b'{"name": "Ana", "phone": "+1 900 555 0141"}', "application/json", 422),
        (b'{"name": "Ana", "phone": "+44 20 7946 0123"}', "application/json", 422),
        (b'{"name": "Ana", "phone": "+18475550141", "best_time": "2020-01-01"}', "application/json", 422),
        (b'{"name": "Ana", "phone": "12"}', "application/json", 422),
    ],
)
def test_bad_input_is_refused_and_nothing_is_half_written(
    forms: FormStage, body: bytes, kind: str, status: int
) -> None:
    answer = forms.ask("POST", PATH, body, {"content-type": kind})
    assert answer.status_code == status, answer.text
    assert b"Ana" not in answer.content
    assert forms.room.rows("leads") == forms.room.rows("quarantined") == forms.room.rows("inbox") == []
    assert forms.ask("POST", "/forms/nobody/lp-101", body, {"content-type": kind}).status_code in (404, 413)


def test_what_looks_wrong_is_answered_like_the_rest_and_waits_for_a_person(forms: FormStage) -> None:
    room = forms.room
    answer = forms.post(website="http://spam.example")
    again = forms.post(website="http://spam.example")
    assert (answer.status_code, again.json()) == (202, answer.json())
    (held,) = waiting(room.db, LAKESIDE)
    assert held.traps == ("honeypot",)
    assert (held.owner, held.due_at) == ("grace-liu", room.now + timedelta(minutes=15))
    assert room.rows("leads") == []
    assert b"Ana" not in bytes(room.row("quarantined")["entered"])  # type: ignore[call-overload]
    came = room.now
    room.later(minutes=5)
    assert let_in(room.desk, room.book(LAKESIDE), held, "token:t1", room.now)
    lead = room.row("leads")
    assert (lead["clock_started_at"], lead["owner_id"]) == (came, "hana-kowalski")
    assert waiting(room.db, LAKESIDE) == ()
    assert not discard(room.db, Letting(LAKESIDE, held.id, "discarded", "token:t1"), room.now)
    assert [row["action"] for row in room.rows("audit", subject_id=held.id)] == ["quarantine"]


def test_what_nobody_decided_about_in_time_is_the_managers(forms: FormStage) -> None:
    room = forms.room
    forms.post(website="http://spam.example")
    book = room.book(LAKESIDE)
    assert hand_up(room.db, book, room.now, 10) == 0
    with room.db.reading() as tx:
        assert counts(tx, LAKESIDE, room.now) == {"waiting": 1, "overdue": 0}
    room.later(minutes=15)
    assert ticked(room)["quarantine"] == 1
    (held,) = waiting(room.db, LAKESIDE)
    assert held.owner == book.manager != "grace-liu"
    assert [row["after"] for row in room.rows("audit", subject_id=held.id)] == [book.manager]
    assert ticked(room)["quarantine"] == 0
    with room.db.reading() as tx:
        assert counts(tx, LAKESIDE, room.now) == {"waiting": 1, "overdue": 1}
    assert (
        'leadline_quarantined{practice="lakeside-specialty",state="overdue"} 1.0' in forms.ask("GET", "/metrics").text
    )


def test_too_many_posts_of_an_address_a_number_or_a_form_are_set_aside_and_none_is_lost(forms: FormStage) -> None:
    room = forms.room
    for at in range(7):
        body = urlencode({**ANA, "phone": f"+1847555010{at}", "name": f"Ida Berg{at}"})
        assert forms.ask("POST", PATH, body, {"content-type": FORM}).status_code == 202
    assert sorted(each.traps for each in waiting(room.db, LAKESIDE)) == [("address_often",)] * 2
    room.later(minutes=2)
    for at in range(4):
        assert forms.post(reason=f"the {at}th", phone="+18475550149", name="Ana Reyes").status_code == 202
    assert [each.traps for each in waiting(room.db, LAKESIDE)][2:] == [("number_often",)]
    room.later(minutes=2)
    book = room.book(LAKESIDE)
    room.desk.shelf._shelve(replace(book, policies=replace(book.policies, forms_per_minute=2)))
    forms.post_all([{"phone": f"+1630555010{at}", "name": f"Uwe Dahl{chr(97 + at)}"} for at in range(3)])
    assert [each.traps for each in waiting(room.db, LAKESIDE)][3:] == [("form_often",)]
    assert len(room.rows("leads")) + len(room.rows("quarantined")) == 12


def test_copies_of_a_post_are_no_further_posts(forms: FormStage) -> None:
    headers = {"content-type": FORM}
    for page in range(5):
        for _ in range(4):
            answer = forms.ask("POST", PATH, urlencode({**ANA, "phone": f"+1847555010{page}"}), headers)
            assert answer.status_code == 202
    assert forms.ask("POST", PATH, urlencode({**ANA, "phone": "12"}), headers).status_code == 422
    assert waiting(forms.room.db, LAKESIDE) == ()
    forms.ask("POST", PATH, urlencode({**ANA, "phone": "+18475550109"}), headers)
    assert [each.traps for each in waiting(forms.room.db, LAKESIDE)] == [("address_often",)]


def test_a_form_token_is_good_for_one_post_and_not_before_two_seconds(forms: FormStage) -> None:
    room = forms.room
    answer = forms.ask("GET", PATH, headers={"origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    token = answer.json()["form_token"]
    room.later(seconds=30)
    forms.lead_of(forms.post(form_token=token))
    forms.post(form_token=token, name="Otto Brandt", phone="+18475550142")
    fast = forms.ask("GET", PATH).json()["form_token"]
    room.later(seconds=1)
    forms.post(form_token=fast, name="Ute Brandt", phone="+18475550143")
    assert sorted(each.traps for each in waiting(room.db, LAKESIDE)) == [("token_used",), ("too_fast",)]


def test_a_form_token_is_used_up_by_a_post_that_is_set_aside(forms: FormStage) -> None:
    token = forms.ask("GET", PATH).json()["form_token"]
    forms.room.later(seconds=30)
    for reason, website in (("knee", "http://spam.example"), ("hip", ""), ("elbow", "http://spam.example")):
        assert forms.post(form_token=token, reason=reason, website=website).status_code == 202
        forms.room.later(seconds=1)
    held = [each.traps for each in waiting(forms.room.db, LAKESIDE)]
    assert held == [("honeypot",), ("token_used",), ("honeypot", "token_used")]
    assert forms.room.rows("leads") == []


def test_a_flood_is_counted_no_further_than_its_limits_and_ends() -> None:
    visits, limits = Visits(), (Often(3, MINUTE_S), Often(5, HOUR_S))
    assert [visits.too_often("a", limits, at) for at in (0, 1, 2, 3)] == [False, False, False, True]
    assert not visits.too_often("b", limits, 3)
    assert not visits.too_often("a", limits, 62)
    assert visits.too_often("a", limits, 130)
    assert all([visits.too_often("a", limits, 130) for _ in range(1_000)])
    assert sum(map(len, visits.seen.values())) < 10
    assert not visits.too_often("a", limits, 130 + HOUR_S)


def test_the_address_is_what_our_own_proxy_says() -> None:
    def named(peer: str, *lines: str) -> str:
        return sender(peer, Headers(raw=[(b"x-forwarded-for", line.encode()) for line in lines]))

    assert named("10.0.0.1", "198.51.100.9, 203.0.113.7") == "203.0.113.7"
    assert named("10.0.0.1", "198.51.100.9", "203.0.113.7") == "203.0.113.7"
    assert named("10.0.0.1", "unknown") == named("10.0.0.1") == "10.0.0.1"
    assert named("100.64.0.9", "198.51.100.9") == "100.64.0.9"


def test_f11_with_the_database_away_a_form_is_spooled_and_becomes_one_lead(forms: FormStage) -> None:
    room = forms.room
    with locked(room.db.engine.url.render_as_string()):
        told = [forms.post() for _ in range(2)]
        assert {(each.status_code, each.json()["id"]) for each in told} == {(202, told[0].json()["id"])}
    (first,) = (path for path in forms.house.spool.folder.glob("*.jsonl"))
    assert b"Reyes" not in first.read_bytes()
    came = room.now
    room.later(minutes=11)
    assert emptied(forms.house).done == 2
    lead = forms.lead_of(told[0])
    assert (lead["clock_started_at"], lead["owner_id"]) == (came, "hana-kowalski")
    assert len(room.rows("inquiries")) == 1
    assert len(room.rows("consents")) == 2
    assert room.rows("sends") == []


def test_f11_when_the_spool_fails_too_the_page_is_told_to_keep_the_form(forms: FormStage) -> None:
    forms.house.spool.folder.parent.mkdir(parents=True, exist_ok=True)
    forms.house.spool.folder.write_text("in the way")
    with locked(forms.room.db.engine.url.render_as_string()):
        answer = forms.post()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_f11_a_report_of_a_source_is_spooled_and_proved_again(
    forms: FormStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKESIDE_CALLRAIL_KEY", CALLRAIL_SECRET)
    with locked(forms.room.db.engine.url.render_as_string()):
        answer = callrail(forms, form_data={"name": "Ana Reyes", "phone": "847-555-0145"})
        assert answer.status_code == 200
    forms.room.later(minutes=1)
    assert emptied(forms.house).done == 1
    assert forms.room.row("source_events")["state"] == "told"
    assert len(forms.room.rows("leads")) == 1


def locked(url: str) -> "Locked":
    return Locked(str(make_url(url).database))


class Locked:
    """Somebody else holds the database."""

    def __init__(self, path: str) -> None:
        self.other = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> None:
        self.other.execute("BEGIN EXCLUSIVE")

    def __exit__(self, *_: object) -> None:
        self.other.execute("ROLLBACK")
        self.other.close()


def test_consent_is_kept_with_its_words_and_lifts_no_opt_out(forms: FormStage) -> None:
    room = forms.room
    lead = forms.lead_of(forms.post(consent_texts=None, page_url=f"{PAGE}/knee?gclid=G1&utm_source=google"))
    row = room.row("consents")
    assert (row["channel"], row["purpose"], row["is_granted"], row["names_us"]) == (
        "call",
        "requested_callback",
        True,
        True,
    )
    assert (row["person_id"], row["at"]) == (lead["person_id"], room.now)
    kept = room.db.vault.unseal(room.table("consents").c.evidence, str(row["id"]), row["evidence"])  # type: ignore[arg-type]
    assert all(
        word in kept for word in ("You may call me", "203.0.0.1", "G1", "google", "Lakeside Specialty may contact")
    )
    assert row["text_version"]


def test_the_example_form_of_the_docs_posts_without_a_script(forms: FormStage) -> None:
    page = (Path(__file__).parents[1] / "docs" / "example-form.html").read_text(encoding="utf-8")
    assert "<script" in page
    assert f'action="{PUBLIC}/forms/{LAKESIDE}/lp-101"' in page
    for name in ("name", "phone", "consent_calls", "consent_texts", "website"):
        assert f'name="{name}"' in page
    assert HARBOR not in page
