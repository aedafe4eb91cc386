"""A landing page's post is accepted, set aside, or refused field by field with a reason for each."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.landing.entry import entered_as
from gateway.landing.reading import Refusals, Submission, Submitted, may_post, read_form
from gateway.landing.token import FormKeys, Token, issued, token
from gateway.posted import Posted
from routing.rulebook.load import load
from routing.rules.planning import plan
from routing.rules.questions import Form, FormField
from routing.rules.values import Inquiry, Person, Stated

PRACTICES = Path(__file__).parent.parent / "routing" / "practices"
LAKESIDE, HARBOR = (
    load((PRACTICES / f"{name}.yaml").read_text(encoding="utf-8"), name)
    for name in ("lakeside-specialty", "harbor-recovery")
)
NOW = datetime(2026, 11, 17, 16, 5, tzinfo=UTC)
KEYS = FormKeys.of("a-secret-key-of-the-forms-tests-0123456789")
NONCE = "0123456789abcdef"
SKOKIE: Mapping[str, Any] = {
    "name": "Ana Reyes",
    "phone": "(847) 555-0141",
    "city": "Skokie",
    "patient": "new",
    "reason": "knee pain",
    "consent_calls": "yes",
    "consent_texts": "on",
}
VISIT = Submitted(
    Posted("", b""), "203.0.113.7", "Mozilla/5.0 (invented)", None, "https://www.example.org/knee?gclid=G1"
)


def posted(fields: Mapping[str, Any], **seen: Any) -> Submitted:
    return replace(VISIT, posted=Posted("application/json", json.dumps(fields).encode()), **seen)


def read(submitted: Submitted, page: str | Form = "lp-101", now: datetime = NOW) -> Submission | Refusals:
    form = LAKESIDE.forms[page] if isinstance(page, str) else page
    return read_form(LAKESIDE, form, submitted, KEYS, now)


def accepted(fields: Mapping[str, Any], page: str | Form = "lp-101", **seen: Any) -> Submission:
    found = read(posted(fields, **seen), page)
    assert isinstance(found, Submission), found
    return found


def refused(fields: Mapping[str, Any], page: str | Form = "lp-101") -> Mapping[str, str]:
    found = read(posted(fields), page)
    assert isinstance(found, Refusals), found
    return found.fields


def multipart(fields: Mapping[str, str]) -> bytes:
    lines = (
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    )
    return ("".join(lines) + "--edge--\r\n").encode()


def test_a_form_says_the_same_as_json_form_encoded_and_multipart() -> None:
    submission = accepted(SKOKIE)
    encoded = Posted("application/x-www-form-urlencoded", urlencode(SKOKIE).encode())
    in_parts = Posted("multipart/form-data; boundary=edge", multipart(SKOKIE))
    assert read(replace(VISIT, posted=encoded)) == read(replace(VISIT, posted=in_parts)) == submission
    assert submission.contact.phone == "+18475550141"
    assert submission.answers == {"city": "Skokie", "patient": "new", "reason": "knee pain"}
    assert submission.traps == ()
    assert submission.asks == ()


@pytest.mark.parametrize(
    ("page", "city", "patient", "queue", "reason"),
    [
        ("lp-101", "Skokie", "new", "ortho-new-EVN", "specialty_at_location"),
        ("lp-101", "Aurora", "established", "ortho-est-NAP", "specialty_at_location"),
        ("lp-102", "racine, wi", "First time", "derm-new-KEN", "specialty_at_location"),
        ("lp-102", "Naperville", "new", "derm-new-EVN", "specialty_nearest"),
        ("lp-103", "Kenosa, WI", "Been here before", "imaging-est", "specialty_at_location"),
    ],
)
def test_what_a_form_says_leads_where_the_practice_file_says(
    page: str, city: str, patient: str, queue: str, reason: str
) -> None:
    submission = accepted({**SKOKIE, "city": city, "patient": patient}, page)
    inquiry = Inquiry("iq_1", "form", NOW, attributes=submission.attributes)
    found = plan(LAKESIDE, inquiry, Person(), NOW)
    assert (found.queue, found.reason) == (queue, reason)


def test_a_city_is_picked_typed_or_asked_for_again() -> None:
    def said(city: str) -> Stated | None:
        return accepted({**SKOKIE, "city": city}).attributes.get("city")

    assert said("Skokie") == said("skokie, il") == Stated("Skokie, IL", "picked")
    assert said("Kenosa, WI") == Stated("Kenosha, WI", "typed", 0.9)
    unsure = accepted({**SKOKIE, "city": "Springfield"})
    assert "city" not in unsure.attributes
    assert unsure.asks == ("city",)
    assert unsure.answers["city"] == "Springfield"


def test_pages_may_post_a_field_by_its_other_names_and_an_option_in_its_own_words() -> None:
    fields = {"your-name": "Ana Reyes", "tel": "847.555.0141", "city": "", "patient": "been here BEFORE"}
    submission = accepted(fields)
    assert (submission.contact.name, submission.contact.phone) == ("Ana Reyes", "+18475550141")
    assert submission.attributes["patient"] == Stated("established", "picked")
    assert submission.attributes["page"] == Stated("lp-101", "campaign")
    assert submission.attributes["campaign"].value == "ortho-search"


REFUSED: Mapping[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no name": ({"name": ""}, {"name": "required"}),
    "no number": ({"phone": None}, {"phone": "required"}),
    "words for a number": ({"phone": "call me"}, {"phone": "not_a_number"}),
    "too few digits": ({"phone": "555-0141"}, {"phone": "not_a_number"}),
    "no such number": ({"phone": "111 111 1111"}, {"phone": "not_a_number"}),
    "premium": ({"phone": "+1 900 555 0141"}, {"phone": "premium"}),
    "toll-free": ({"phone": "800-555-0141"}, {"phone": "toll_free"}),
    "another country": ({"phone": "+44 20 7946 0123"}, {"phone": "region"}),
    "the Caribbean": ({"phone": "876 555 0141"}, {"phone": "region"}),
    "no address": ({"email": "ana at example"}, {"email": "not_an_address"}),
    "no option": ({"patient": "sometimes"}, {"patient": "not_an_option"}),
    "the past": ({"best_time": "2026-11-16"}, {"best_time": "in_the_past"}),
    "an hour ago": ({"best_time": "2026-11-17T09:05"}, {"best_time": "in_the_past"}),
    "yesterday the American way": ({"best_time": "11/16/2026"}, {"best_time": "in_the_past"}),
    "no such day": ({"best_time": "2026-02-30"}, {"best_time": "not_a_date"}),
    "no such hour": ({"best_time": "2026-12-01 25:00"}, {"best_time": "not_a_date"}),
    "too long": ({"reason": "x" * 2_001}, {"reason": "too_long"}),
    "a long name": ({"name": "x" * 81}, {"name": "too_long"}),
    "64 kB": ({"reason": "x" * 65_536}, {"*": "too_large"}),
    "an object": ({"reason": {"a": 1}}, {"reason": "not_text"}),
    "too many": ({f"field_{at}": "x" for at in range(100)}, {"*": "too_many_fields"}),
    "an odd name": ({"a<b": {"a": 1}}, {"*": "not_text"}),
    "half a letter": ({"reason": "\ud83d"}, {"*": "unreadable"}),
    "several": (
        {"phone": "x", "patient": "y", "name": ""},
        {"phone": "not_a_number", "patient": "not_an_option", "name": "required"},
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_wrong_with_a_post_is_told_field_by_field(wrong: str) -> None:
    changes, told = REFUSED[wrong]
    assert refused({**SKOKIE, **changes}) == told


def test_somebody_has_to_be_reachable() -> None:
    form = Form("short", "Short", fields=(FormField("phone", "Phone"), FormField("email", "E-mail")))
    assert refused({"phone": ""}, form) == {"phone": "phone_or_email", "email": "phone_or_email"}
    assert accepted({"email": "Ana@Example.com"}, form).contact.email == "Ana@example.com"
    assert refused({"phone": "12", "email": "ana@example.com"}, form) == {"phone": "not_a_number"}


def test_a_zip_exists_and_a_day_field_takes_days_only() -> None:
    fields = (FormField("phone", "Phone"), FormField("zip", "ZIP", "zip"), FormField("on", "Day", kind="date"))
    form = Form("days", "Days", fields=fields)
    fine = accepted({"phone": "8475550141", "zip": "60076-1234", "on": "2026-11-17"}, form)
    assert fine.attributes["zip"].value == "60076"
    wrong = {"phone": "8475550141", "zip": "00000", "on": "soon"}
    assert refused(wrong, form) == {"zip": "not_a_zip", "on": "not_a_date"}
    assert refused({**wrong, "zip": "6007", "on": "2026-11-18 10:00"}, form) == {"zip": "not_a_zip", "on": "not_a_date"}


def test_several_boxes_of_one_question_are_all_from_its_list() -> None:
    where = FormField("where", "Where does it hurt?", options=("knee", "hip", "back"))
    form = Form("pain", "Pain", fields=(FormField("phone", "Phone"), where))
    assert accepted({"phone": "8475550141", "where": ["Knee", "back"]}, form).answers == {"where": "knee, back"}
    encoded = Posted("application/x-www-form-urlencoded", b"phone=8475550141&where=knee&where=hip")
    found = read(replace(VISIT, posted=encoded), form)
    assert isinstance(found, Submission)
    assert found.answers == {"where": "knee, hip"}
    twice = replace(VISIT, posted=Posted("application/x-www-form-urlencoded", b"phone=8475550141&phone=8475550142"))
    assert read(twice, form) == Refusals({"phone": "not_a_number"})
    assert refused({"phone": "8475550141", "where": ["knee", "heart"]}, form) == {"where": "not_an_option"}


def test_a_best_time_is_words_or_a_moment_in_the_practices_zone() -> None:
    assert accepted({**SKOKIE, "best_time": "after 16:00"}).moments == {}
    moment = accepted({**SKOKIE, "best_time": "2026-11-17T15:30"})
    assert moment.moments == {"best_time": datetime(2026, 11, 17, 21, 30, tzinfo=UTC)}
    assert moment.answers["best_time"] == "2026-11-17T15:30"


def test_an_instant_of_another_offset_is_that_instant() -> None:
    half_past_three = {"best_time": datetime(2026, 11, 17, 21, 30, tzinfo=UTC)}
    for written in ("2026-11-17T21:30:00.000Z", "2026-11-17T16:30-05:00", "2026-11-17 22:30:00+0100"):
        assert accepted({**SKOKIE, "best_time": written}).moments == half_past_three
    assert refused({**SKOKIE, "best_time": "2026-11-17T16:00Z"}) == {"best_time": "in_the_past"}


@pytest.mark.parametrize(
    ("said", "hours"),
    [("2026-11-20", (8, 20)), ("11/20/2026 after 4 pm", (16, 20)), ("2026-11-20 in the morning", (8, 12))],
)
def test_a_day_is_the_day_she_is_called_on(said: str, hours: tuple[int, int]) -> None:
    entered = entered_as(LAKESIDE, accepted({**SKOKIE, "best_time": said}), NOW)
    assert entered.wanted_at == datetime(2026, 11, 20, hours[0], tzinfo=ZoneInfo("America/Chicago"))
    assert entered.best == (hours[0] * 60, hours[1] * 60)
    assert entered.chosen_at is None


def test_a_free_text_routes_by_words_of_the_practice_file_only() -> None:
    fields = (FormField("phone", "Phone"), FormField("payer", "How is it paid?", "payer"))
    form = Form("short", "Short", fields=fields)
    for said, stated in (("Medicaid", Stated("medicaid", "typed")), ("Aetna, member W123", None)):
        found = read_form(HARBOR, form, posted({"phone": "8135550141", "payer": said}), KEYS, NOW)
        assert isinstance(found, Submission)
        assert found.attributes.get("payer") == stated
        assert found.answers["payer"] == said


def test_consent_keeps_the_words_shown_and_where_they_were_agreed_to() -> None:
    fields = {
        **SKOKIE,
        "utm_source": "google",
        "fbclid": "F2",
        "page_url": "https://www.example.org/k?gclid=G1&utm_term=knee",
    }
    submission = accepted(fields, language="es-US")
    proof = submission.consent
    assert proof is not None
    assert proof.agreed == {"call": "You may call me", "text": "You may text me"}
    assert proof.language == "es"
    assert proof.words.startswith("Lakeside Specialty puede contactarme")
    assert (proof.visit.at, proof.visit.address, proof.visit.user_agent) == (NOW, "203.0.113.7", VISIT.user_agent)
    assert proof.visit.page == fields["page_url"]
    assert submission.marketing.ids == {"utm_source": "google", "fbclid": "F2", "gclid": "G1", "utm_term": "knee"}
    english = accepted(fields).consent
    assert english is not None
    assert english.version != proof.version
    assert accepted(fields, language="es").consent == proof
    assert accepted({**SKOKIE, "consent_calls": False, "consent_texts": ""}).consent is None
    assert refused({**SKOKIE, "consent_calls": "perhaps"}) == {"consent_calls": "not_an_option"}


def test_robots_are_set_aside_and_nothing_of_theirs_is_lost() -> None:
    assert accepted({**SKOKIE, "website": "https://example.net"}).traps == ("honeypot",)
    assert accepted(SKOKIE, origin="https://www.example.net").traps == ("origin",)
    assert accepted(SKOKIE, origin="https://www.lakeside-specialty.example").traps == ()
    assert not may_post(LAKESIDE.forms["lp-101"], "https://www.lakeside-specialty.example.net")
    shown = issued(KEYS, LAKESIDE.practice, "lp-101", NONCE, NOW - timedelta(seconds=1))
    assert accepted({**SKOKIE, "form_token": shown}).traps == ("too_fast",)
    strict = replace(LAKESIDE.forms["lp-101"], token=True)
    assert accepted(SKOKIE, strict).traps == ("token_missing",)
    assert accepted({**SKOKIE, "form_token": "made up"}, "lp-101").traps == ("token_wrong",)
    old = issued(KEYS, LAKESIDE.practice, "lp-101", NONCE, NOW - timedelta(minutes=11))
    assert accepted({**SKOKIE, "form_token": old}, strict).traps == ("token_expired",)
    assert accepted({**SKOKIE, "form_token": old}).traps == ()
    good = issued(KEYS, LAKESIDE.practice, "lp-101", NONCE, NOW - timedelta(seconds=20))
    fine = accepted({**SKOKIE, "form_token": good, "color": "blue"}, strict)
    assert (fine.traps, fine.nonce, fine.extras) == ((), NONCE, {"color": "blue"})


def test_a_repeat_shares_a_claim_and_another_post_or_another_person_shares_none() -> None:
    first = accepted(SKOKIE)
    for later in (timedelta(seconds=2), timedelta(minutes=10)):
        again = read(posted({**SKOKIE, "phone": "8475550141", "opened_at": str(later)}), now=NOW + later)
        assert isinstance(again, Submission)
        assert set(first.claims) & set(again.claims)
    next_week = read(posted(SKOKIE), now=NOW + timedelta(days=7))
    others = (next_week, accepted({**SKOKIE, "reason": "hip"}), accepted(SKOKIE, "lp-102"))
    assert all(isinstance(one, Submission) and not set(first.claims) & set(one.claims) for one in others)
    keyed = [accepted({**SKOKIE, "reason": reason}, idempotency_key="K-1").claims for reason in ("knee", "hip")]
    assert keyed[0] == keyed[1] == accepted({**SKOKIE, "submission_id": "K-1"}).claims
    assert len(keyed[0]) == 1
    other = accepted({**SKOKIE, "phone": "+18475550149", "submission_id": "K-1"})
    assert other.claims != keyed[0]


def test_browsers_are_sent_on_to_listed_pages_only() -> None:
    home = "https://www.lakeside-specialty.example"
    assert accepted(SKOKIE).redirect == f"{home}/thank-you"
    assert accepted({**SKOKIE, "next": f"{home}/gracias"}).redirect == f"{home}/gracias"
    for elsewhere in (f"{home}/gracias/..", "//example.net", "javascript:1", "https://example.net", f"{home}/Gracias"):
        assert accepted({**SKOKIE, "next": elsewhere}).redirect == f"{home}/thank-you"


def test_a_form_token_is_good_for_its_form_its_time_and_its_key_only() -> None:
    here = (LAKESIDE.practice, "lp-101")
    text = issued(KEYS, *here, NONCE, NOW)
    assert token(KEYS, here, text, NOW) == Token("good", NOW, NONCE)
    for at in range(len(text) * 8):
        changed = bytearray(text.encode())
        changed[at // 8] ^= 1 << at % 8
        assert token(KEYS, here, changed.decode("latin-1"), NOW).verdict == "wrong"
    assert token(KEYS, (LAKESIDE.practice, "lp-102"), text, NOW).verdict == "wrong"
    assert token(KEYS, (HARBOR.practice, "lp-101"), text, NOW).verdict == "wrong"
    assert token(KEYS, here, text, NOW + timedelta(minutes=10)).verdict == "good"
    assert token(KEYS, here, text, NOW + timedelta(minutes=10, seconds=1)).verdict == "expired"
    assert token(KEYS, here, text, NOW - timedelta(seconds=6)).verdict == "expired"
    turned = FormKeys.of("a-newer-secret-key-of-the-forms-tests-012345", "a-secret-key-of-the-forms-tests-0123456789")
    assert token(turned, here, text, NOW).verdict == "good"
    assert token(replace(turned, previous=None), here, text, NOW).verdict == "wrong"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(
    [
        *SKOKIE,
        "zip",
        "payer",
        "language",
        "best_time",
        "email",
        "website",
        "form_token",
        "next",
        "page_url",
        "submission_id",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(NAMES | st.text(max_size=8), VALUES, max_size=6),
    st.binary(max_size=40),
    st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=edge", "x"]
    ),
    st.booleans(),
)
def test_any_post_is_accepted_or_refused_and_nothing_else(
    fields: dict[str, Any], noise: bytes, kind: str, is_noise: bool
) -> None:
    sent = noise if is_noise else json.dumps({**SKOKIE, **fields}).encode()
    for book, page in ((LAKESIDE, "lp-103"), (HARBOR, "contact")):
        seen = replace(VISIT, posted=Posted(kind if is_noise else "application/json", sent), referrer="http://[")
        found = read_form(book, book.forms[page], seen, KEYS, NOW)
        assert found.fields if isinstance(found, Refusals) else found.contact.phone or found.contact.email
