"""Every vendor's events: what proves them, what they say under old and new names, and what ties repeats together."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel

from gateway.posted import MAX_BODY_BYTES
from gateway.sources import callrail, calltrackingmetrics, google_ads, hubspot, invoca, meta, whatconverts
from gateway.sources import jotform as jotform_module
from gateway.sources.reading import SOURCES, read_events
from gateway.sources.vendor import Challenge, Delivery, Setup, Unsigned
from routing.rulebook.load import load
from routing.rules.questions import LeadSource
from routing.sources.heard import SourceEvent
from routing.sources.records import meta_lead
from routing.sources.strict import Malformed

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
SECRET, KEY = b"a secret of tests only", "0123456789abcdef0123456789abcdef"
CALLRAIL_KEY = b"072e77e426f92738a72fe23c4d1953b4"
HUBSPOT_KEY = b"yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URL = "https://leads.example.org/sources/lakeside-specialty"
JSON = "application/json"


def body(name: str) -> bytes:
    return (PAYLOADS / name).read_bytes()


def said(name: str) -> Any:
    return json.loads(body(name))


def sign(secret: bytes, text: bytes, digest: str) -> str:
    return b64encode(hmac.new(secret, text, digest).digest()).decode()


def setup(source: str, **words: Any) -> Setup:
    """Signed ones know the secret, unsigned ones the key."""
    keyed = source in ("whatconverts", "invoca", "jotform")
    return Setup(
        LeadSource(source, **words),
        secrets=() if keyed else (SECRET,),
        keys=(KEY.encode(),) if keyed else (),
        verify=b"our word" if source == "meta" else None,
    )


def heard(source: str, delivery: Delivery, known: Setup | None = None, now: datetime = NOW) -> tuple[SourceEvent, ...]:
    found = read_events(SOURCES[source], delivery, known or setup(source), now)
    assert not isinstance(found, Challenge)
    return found


def one(source: str, delivery: Delivery, known: Setup | None = None, now: datetime = NOW) -> SourceEvent:
    (event,) = heard(source, delivery, known, now)
    return event


def posted(source: str, sent: bytes, secret: bytes = SECRET, at: datetime = NOW) -> Delivery:
    """A body as the vendor would send it, signed by ``secret`` in the vendor's own way."""
    seconds, url = str(int(at.timestamp())), f"{URL}/{source}"
    made: Mapping[str, Callable[[], dict[str, str]]] = {
        "callrail": lambda: {"signature": sign(secret, sent, "sha1")},
        "calltrackingmetrics": lambda: {
            "x-ctm-time": seconds,
            "x-ctm-signature": sign(secret, seconds.encode() + sent, "sha1"),
        },
        "meta": lambda: {"x-hub-signature-256": f"sha256={hmac.new(secret, sent, 'sha256').hexdigest()}"},
        "typeform": lambda: {"typeform-signature": f"sha256={sign(secret, sent, 'sha256')}"},
        "hubspot": lambda: {
            "x-hubspot-request-timestamp": f"{seconds}000",
            "x-hubspot-signature-v3": sign(secret, b"POST" + url.encode() + sent + seconds.encode() + b"000", "sha256"),
        },
        "generic": lambda: {
            "x-leadline-signature": f"t={seconds},v1="
            + hmac.new(secret, seconds.encode() + b"." + sent, "sha256").hexdigest()
        },
    }
    keyed = source in ("whatconverts", "invoca", "jotform")
    headers = made[source]() if source in made else {}
    return Delivery("POST", url, {"content-type": JSON, **headers}, sent, key=KEY if keyed else None)


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def multipart(fields: Mapping[str, str]) -> tuple[str, bytes]:
    parts = (
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    )
    return "multipart/form-data; boundary=edge", ("".join(parts) + "--edge--\r\n").encode()


def jotform(fields: Mapping[str, str]) -> Delivery:
    content_type, sent = multipart(fields)
    return replace(posted("jotform", sent), headers={"content-type": content_type})


ACTIVITY = {
    "id": 4711,
    "sid": "CA0123456789abcdef0123456789abcdef",
    "name": "Jane Doe",
    "contact_number": "+14155550100",
    "tracking_number": "+14155550114",
    "tracking_label": "NAP",
    "source": "Google Ads",
    "duration": 31,
    "called_at": "2026-11-21 10:20 AM -08:00",
    "direction": "inbound",
}
GENERIC = {
    "lead": {"no": 77, "tel": "(415) 555-0100", "mail": "jane@example.com", "town": "Skokie"},
    "when": 1795285200,
}
GENERIC_MAP = MappingProxyType(
    {"lead.no": "source_id", "lead.tel": "phone", "lead.mail": "email", "lead.town": "city", "when": "happened_at"}
)


@dataclass(frozen=True)
class Sample:
    """A genuine delivery and when it came."""

    source: str
    delivery: Delivery
    known: Setup
    now: datetime = NOW
    proofs: tuple[str, ...] = field(default=())


def samples() -> Iterator[Sample]:
    """The published vectors of CallRail and HubSpot, the others signed as their vendors say."""
    sent = body("callrail_post_call_signed.raw.json")
    headers = {"content-type": JSON, "signature": "UZAHbUdfm3GqL7qzilGozGzWV64="}
    known = replace(setup("callrail"), secrets=(CALLRAIL_KEY,))
    at = datetime(2018, 2, 19, 19, tzinfo=UTC)
    yield Sample("callrail", Delivery("POST", f"{URL}/callrail", headers, sent), known, at, ("signature",))
    sent = body("hubspot_contact_creation.raw.json")
    headers = {
        "content-type": JSON,
        "x-hubspot-signature": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de",
    }
    known, at = replace(setup("hubspot"), secrets=(HUBSPOT_KEY,)), datetime(2019, 7, 26, 5, tzinfo=UTC)
    yield Sample("hubspot", Delivery("POST", f"{URL}/hubspot", headers, sent), known, at, ("x-hubspot-signature",))
    yield Sample(
        "hubspot",
        posted("hubspot", sent, at=at),
        setup("hubspot"),
        at,
        ("x-hubspot-signature-v3", "x-hubspot-request-timestamp"),
    )
    at = datetime(2015, 8, 1, tzinfo=UTC)
    yield Sample("meta", posted("meta", body("meta_leadgen.json"), at=at), setup("meta"), at, ("x-hub-signature-256",))
    yield Sample(
        "typeform",
        posted("typeform", body("typeform_form_response.json")),
        setup("typeform"),
        NOW,
        ("typeform-signature",),
    )
    yield Sample(
        "calltrackingmetrics",
        posted("calltrackingmetrics", dumped(ACTIVITY)),
        setup("calltrackingmetrics"),
        NOW,
        ("x-ctm-signature", "x-ctm-time"),
    )
    yield Sample(
        "generic",
        posted("generic", dumped(GENERIC)),
        setup("generic", fields=GENERIC_MAP),
        NOW,
        ("x-leadline-signature",),
    )


SIGNED = tuple(samples())


def flips(text: bytes) -> Iterator[bytes]:
    for at in range(len(text) * 8):
        changed = bytearray(text)
        changed[at // 8] ^= 1 << at % 8
        yield bytes(changed)


def refusal(sample: Sample, **changes: Any) -> str:
    with pytest.raises(Unsigned) as refused:
        heard(sample.source, replace(sample.delivery, **changes), sample.known, sample.now)
    return refused.value.code


@pytest.mark.parametrize("sample", SIGNED, ids=lambda sample: f"{sample.source}-{sample.proofs[0]}")
def test_a_signed_body_is_taken_and_every_change_of_one_bit_is_refused(sample: Sample) -> None:
    assert heard(sample.source, sample.delivery, sample.known, sample.now)
    for changed in flips(sample.delivery.body):
        assert refusal(sample, body=changed) == "mismatch"
    for name in sample.proofs:
        for changed in flips(sample.delivery.headers[name].encode()):
            headers = {**sample.delivery.headers, name: changed.decode("latin-1")}
            assert refusal(sample, headers=headers) in ("mismatch", "shape")
        missing = {other: text for other, text in sample.delivery.headers.items() if other != name}
        assert refusal(sample, headers=missing) == "missing"
    with pytest.raises(Unsigned, match="mismatch"):
        heard(sample.source, sample.delivery, replace(sample.known, secrets=(b"another secret",)), sample.now)
    nothing_set_up = replace(sample.known, secrets=())
    with pytest.raises(Unsigned, match="unset"):
        heard(sample.source, replace(sample.delivery, key="any"), nothing_set_up, sample.now)


@pytest.mark.parametrize("sample", SIGNED, ids=lambda sample: f"{sample.source}-{sample.proofs[0]}")
def test_the_secret_before_this_one_still_signs_while_it_is_being_changed(sample: Sample) -> None:
    known = replace(sample.known, secrets=(b"the new one", *sample.known.secrets))
    assert heard(sample.source, sample.delivery, known, sample.now)


@pytest.mark.parametrize("source", ["whatconverts", "invoca", "jotform"])
def test_vendors_that_do_not_sign_need_the_key_of_their_url_to_the_bit(source: str) -> None:
    names = {"whatconverts": "whatconverts_lead.json", "invoca": "invoca_transaction.json"}
    delivery = (
        posted(source, body(names[source])) if source in names else jotform(said("jotform_multipart_fields.json"))
    )
    assert heard(source, delivery)
    for changed in flips(KEY.encode()):
        with pytest.raises(Unsigned, match="mismatch"):
            heard(source, replace(delivery, key=changed.decode("latin-1")))
    with pytest.raises(Unsigned) as refused:
        heard(source, replace(delivery, key=None))
    assert refused.value.status == 401


def test_google_is_known_by_the_key_in_its_body_which_is_not_kept() -> None:
    sent = said("google_ads_lead_form.json")
    known = replace(setup("google-ads"), secrets=(b"shared-secret",))
    event = one("google-ads", posted("google-ads", dumped(sent)), known)
    assert event.is_test
    assert event.kind == "form"
    assert (event.contact.phone, event.contact.email) == ("+16505550123", "test@example.com")
    assert event.contact.name == "FirstName LastName"
    assert event.marketing.ids["ad_group_id"] == "20000000000"
    assert event.marketing.ids["gclid"] == "TeSter-gclid"
    assert "google_key" not in event.document
    for changed in flips(b"shared-secret"):
        with pytest.raises(Unsigned) as refused:
            heard("google-ads", posted("google-ads", dumped({**sent, "google_key": changed.decode("latin-1")})), known)
        assert refused.value.status == 403
    for wrong in (
        dumped({**sent, "google_key": None}),
        b"[1]",
        b"{",
        dumped({**sent, "google_key": ["shared-secret"]}),
    ):
        with pytest.raises(Unsigned, match="missing"):
            heard("google-ads", posted("google-ads", wrong), known)


def test_metas_handshake_is_answered_only_to_who_knows_our_word() -> None:
    def asked(token: str, text: str = "1158201444", mode: str = "subscribe") -> Delivery:
        return Delivery("GET", f"{URL}/meta?hub.mode={mode}&hub.challenge={text}&hub.verify_token={token}")

    assert read_events(SOURCES["meta"], asked("our%20word"), setup("meta"), NOW) == Challenge("1158201444")
    for delivery in (asked("their%20word"), asked(""), asked("our%20word", mode="unsubscribe")):
        with pytest.raises(Unsigned):
            read_events(SOURCES["meta"], delivery, setup("meta"), NOW)
    with pytest.raises(Malformed):
        read_events(SOURCES["meta"], asked("our%20word", "<b>"), setup("meta"), NOW)
    with pytest.raises(Unsigned):
        read_events(SOURCES["typeform"], Delivery("GET", URL), setup("typeform"), NOW)


@pytest.mark.parametrize(
    ("source", "age", "taken"),
    [
        ("hubspot", timedelta(minutes=4), True),
        ("hubspot", timedelta(minutes=6), False),
        ("hubspot", timedelta(minutes=-6), False),
        ("generic", timedelta(minutes=4), True),
        ("generic", timedelta(minutes=6), False),
        ("calltrackingmetrics", timedelta(minutes=59), True),
        ("calltrackingmetrics", timedelta(minutes=61), False),
    ],
)
def test_a_signature_that_carries_its_time_grows_old(source: str, age: timedelta, taken: bool) -> None:
    sent = {"generic": dumped(GENERIC), "calltrackingmetrics": dumped(ACTIVITY)}.get(source, b"[]")
    known, delivery = setup(source, fields=GENERIC_MAP), posted(source, sent, at=NOW - age)
    if taken:
        heard(source, delivery, known)
    else:
        with pytest.raises(Unsigned, match="stale"):
            heard(source, delivery, known)


def test_whoever_shows_hubspots_third_signature_is_held_to_it() -> None:
    sample = SIGNED[1]
    both = {**sample.delivery.headers, "x-hubspot-signature-v3": "AAAA", "x-hubspot-request-timestamp": "1564113600000"}
    assert refusal(sample, headers=both) == "mismatch"
    third = SIGNED[2]
    assert refusal(third, url=f"{URL}/hubspot?a=1") == refusal(third, url=f"{URL}/other") == "mismatch"
    other = {**sample.delivery.headers, "x-hubspot-signature-version": "v2"}
    assert refusal(sample, headers=other) == "shape"


def test_a_signed_body_older_than_the_inbox_remembers_is_no_news() -> None:
    sample = SIGNED[0]
    assert heard(sample.source, sample.delivery, sample.known, sample.now + timedelta(days=31)) == ()


# What they say


def test_callrails_old_and_new_names_say_the_same() -> None:
    old = said("callrail_post_call_signed.raw.json")
    renames = {
        "customer_phone_number": "callernum",
        "tracking_phone_number": "trackingnum",
        "customer_name": "callername",
        "business_phone_number": "destinationnum",
        "id": "resource_id",
    }
    new = {name: value for name, value in old.items() if name not in renames.values()} | {"resource_id": old["id"]}
    gone = {name: value for name, value in old.items() if name not in renames} | {"id": old["id"]}
    empty = {**old, **dict.fromkeys(set(renames) - {"id"}, "")}
    at = SIGNED[0].now
    events = [one("callrail", posted("callrail", dumped(sent)), now=at) for sent in (old, new, gone, empty)]
    assert all(replace(event, document=events[0].document) == events[0] for event in events)
    event = events[0]
    assert (event.kind, event.contact.phone, event.tracking_number) == ("call", "+12148654559", "+14045558514")
    assert event.contact.name == "Kaylah Mills"
    assert event.marketing.campaign == "Google AdWords"
    assert event.happened_at == datetime(2018, 2, 19, 18, 41, 0, 236000, tzinfo=UTC)
    assert not event.is_partial


MODELS = (
    callrail.Report,
    calltrackingmetrics.Activity,
    whatconverts.Lead,
    invoca.Transaction,
    google_ads.LeadForm,
    jotform_module.Submission,
    meta.Leadgen,
    hubspot.Event,
)
IDS = ("resource_id", "id", "lead_id", "transaction_id", "submissionID", "objectId", "portalId", "leadgen_id")
WORD = "2026-11-21T18:20:00Z"
"""Fits a field of words as well as an instant."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__module__.rpartition(".")[2])
def test_every_name_a_field_ever_had_says_the_same(model: type[BaseModel]) -> None:
    several = {
        name: [str(one) for one in known.validation_alias.choices]
        for name, known in model.model_fields.items()
        if isinstance(known.validation_alias, AliasChoices) and name not in ("form", "columns")
    }
    assert several
    for name, names in several.items():
        others = {one: "1" for one in IDS if one not in names}
        alone = [getattr(model.model_validate({**others, one: WORD}), name) for one in names]
        last = getattr(model.model_validate({**others, **dict.fromkeys(names, ""), names[-1]: WORD}), name)
        assert {*alone, last} == {alone[0]}, name
        assert last, name


def test_a_tracking_record_carries_campaign_and_office_as_the_practice_names_them() -> None:
    text = (PAYLOADS.parents[1] / "routing" / "practices" / "lakeside-specialty.yaml").read_text(encoding="utf-8")
    known = Setup(load(text, "lakeside").sources["callrail"], secrets=(SECRET,))
    record = {**said("callrail_pre_call.json"), "company_name": "Lakeside Naperville", "source_name": "Ortho search"}
    records = [{**record, "utm_campaign": "fall"}, record, {**record, "duration": "61", "answered": True}]
    events = [one("callrail", posted("callrail", dumped(each)), known) for each in records]
    assert {(each.marketing.campaign, each.location_hint) for each in events} == {("ortho-search", "NAP")}
    assert len({each.dedupe_key for each in events}) == 1


def test_a_call_is_one_inquiry_before_during_and_after() -> None:
    before = said("callrail_pre_call.json")
    after = {**before, "duration": "240", "answered": True, "recording": "https://example.com/r", "utm_term": "knee"}
    first, second, again = (one("callrail", posted("callrail", dumped(sent))) for sent in (before, after, after))
    assert first.is_partial
    assert not second.is_partial
    assert first.dedupe_key == second.dedupe_key == "callrail:CAL0123456789abcdef0123456789abcdef"
    assert again == second
    assert second.marketing.keyword == "knee"
    assert first.contact.phone == "+14155550100"


def test_callrails_forms_and_texts_are_inquiries_and_what_the_practice_sends_is_none() -> None:
    form = one("callrail", posted("callrail", body("callrail_form_submission.json")))
    assert (form.kind, form.contact.phone, form.contact.name) == ("form", "+14155550100", "Jane Doe")
    assert form.answers == {"reason": "Quote please"}
    assert form.marketing.landing_page == "https://example.com/?gclid=abc"
    assert form.marketing.ids["utm_medium"] == "cpc"
    text = said("callrail_text_message_received.json")
    event = one("callrail", posted("callrail", dumped(text)))
    assert (event.kind, event.contact.phone, event.tracking_number) == ("text", "+14155550100", "+14155550199")
    assert event.answers["reason"] == "Can someone call me about a new roof?"
    assert one("callrail", posted("callrail", dumped(text))).dedupe_key == event.dedupe_key
    second = one("callrail", posted("callrail", dumped({**text, "timestamp": "2026-11-21T18:21:00.000Z"})))
    assert second.dedupe_key != event.dedupe_key
    assert heard("callrail", posted("callrail", dumped({**text, "agent": "a@example.com"}))) == ()
    call = {**said("callrail_pre_call.json"), "direction": "outbound"}
    assert heard("callrail", posted("callrail", dumped(call))) == ()


def test_what_was_left_empty_is_no_answer_and_several_words_are_one() -> None:
    asked = {"name": None, "phone": 4155550100, "visit": ["knee", None, "hip"], "extra": {"a": 1}, "referred": False}
    form = one("callrail", posted("callrail", dumped({"resource_id": "FRM1", "form_data": asked})))
    sent = {"lead_id": 1, "lead_type": "Web Form", "additional_fields": asked}
    lead = one("whatconverts", posted("whatconverts", dumped(sent)))
    for event in (form, lead):
        assert (event.contact.name, event.contact.phone) == ("", "+14155550100")
        assert event.answers == {"visit": "knee, hip", "referred": "no"}


def test_callrail_may_send_its_fields_form_encoded() -> None:
    sent = b"resource_id=CAL1&callernum=%2B14155550100&trackingnum=%2B14155550114&duration=9&answered=true"
    delivery = posted("callrail", sent)
    headers = {**delivery.headers, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    event = one("callrail", replace(delivery, headers=headers))
    assert (event.kind, event.contact.phone, event.is_partial) == ("call", "+14155550100", False)


def test_a_tracked_call_of_our_own_network_is_tied_by_its_call_sid() -> None:
    event = one("calltrackingmetrics", posted("calltrackingmetrics", dumped(ACTIVITY)))
    assert (event.call_sid, event.contact.phone) == (ACTIVITY["sid"], "+14155550100")
    assert event.happened_at == datetime(2026, 11, 21, 18, 20, tzinfo=UTC)
    assert event.location_hint == "NAP"
    at_its_start = one("calltrackingmetrics", posted("calltrackingmetrics", dumped({**ACTIVITY, "duration": 0})))
    assert at_its_start.is_partial
    assert at_its_start.dedupe_key == event.dedupe_key == "calltrackingmetrics:4711"
    other = one("calltrackingmetrics", posted("calltrackingmetrics", dumped({**ACTIVITY, "sid": "TRK4711"})))
    assert other.call_sid is None
    keyed = replace(setup("calltrackingmetrics"), secrets=(), keys=(KEY.encode(),))
    assert one("calltrackingmetrics", replace(posted("calltrackingmetrics", dumped(ACTIVITY)), key=KEY), keyed) == event


def test_whatconverts_leads_are_calls_texts_chats_and_forms() -> None:
    lead = said("whatconverts_lead.json") | {"caller_number": "+14155550100", "tracking_number": "+14155550114"}
    kinds = {"Phone Call": "call", "Text Message": "text", "Chat": "chat", "Web Form": "form", "Email": "form"}
    for word, kind in kinds.items():
        event = one("whatconverts", posted("whatconverts", dumped({**lead, "lead_type": word})))
        assert (event.kind, event.dedupe_key) == (kind, "whatconverts:153928")
    assert (event.marketing.campaign, event.marketing.keyword) == ("fall", "roof repair")
    assert event.marketing.ids["gclid"] == "abc"
    assert heard("whatconverts", posted("whatconverts", dumped({**lead, "lead_type": "Transaction"}))) == ()
    running = one("whatconverts", posted("whatconverts", dumped({**lead, "call_status": "In Progress"})))
    assert running.is_partial
    assert not one("whatconverts", posted("whatconverts", body("whatconverts_lead.json"))).is_partial


def test_a_correction_of_invocas_belongs_to_the_call_it_corrects() -> None:
    sent = said("invoca_transaction.json")
    correction = {**sent, "transaction_id": "00000009-0000000Z", "corrects_transaction_id": sent["transaction_id"]}
    first, second = (one("invoca", posted("invoca", dumped(each))) for each in (sent, correction))
    del correction["complete_call_id"]
    third = one("invoca", posted("invoca", dumped(correction)))
    assert first.dedupe_key == second.dedupe_key == third.dedupe_key == "invoca:00000001-0000000A"
    assert (first.contact.phone, first.dialled_number) == ("+14155550100", "+14155550199")
    assert first.happened_at == datetime(2026, 11, 21, 18, 20, tzinfo=UTC)
    assert one("invoca", posted("invoca", dumped({**sent, "start_time_utc": 1795385200000}))).happened_at == NOW


def test_meta_sends_an_id_and_what_is_fetched_with_it_enriches_the_same_lead() -> None:
    sample = SIGNED[3]
    notice = one("meta", sample.delivery, sample.known, sample.now)
    assert (notice.fetch, notice.is_partial, notice.contact.phone) == ("123123123123", True, None)
    assert notice.marketing.ids["form_id"] == "12312312312"
    lead = meta_lead("123123123123", said("meta_lead_fetch_response.json"), sample.known.source, NOW)
    assert lead.dedupe_key == notice.dedupe_key == "meta:123123123123"
    assert (lead.contact.phone, lead.contact.email, lead.is_partial) == ("+14155550100", "jane@example.com", False)
    sent = said("meta_leadgen.json")
    sent["entry"][0]["changes"] += [{"field": "feed", "value": {}}, sent["entry"][0]["changes"][0]]
    several = heard("meta", posted("meta", dumped(sent)), sample.known, sample.now)
    assert [event.source_id for event in several] == ["123123123123"] * 2
    dummy = {"id": "1", "field_data": [{"name": "full_name", "values": ["<test lead: dummy data for full_name>"]}]}
    assert meta_lead("1", dummy, sample.known.source, NOW).is_test


def test_typeforms_answers_go_by_their_type_their_reference_or_the_practices_map() -> None:
    sent = said("typeform_form_response.json")
    questions = {"a": "email", "b": "multiple_choice", "c": "boolean", "d": "short_text"}
    response = sent["form_response"]
    response["hidden"] = {"gclid": "abc", "utm_source": "news", "page_version": "2"}
    response["answers"] += [
        {"type": "email", "email": "jane@example.com", "field": {"id": "a", "type": "email", "ref": "r-1"}},
        {
            "type": "choice",
            "choice": {"label": "First time"},
            "field": {"id": "b", "type": questions["b"], "ref": "r-2"},
        },
        {"type": "boolean", "boolean": True, "field": {"id": "c", "type": questions["c"], "ref": "has_referral"}},
        {"type": "choices", "choices": {"labels": ["Knee", "Hip"]}, "field": {"id": "d", "type": "x", "ref": "r-4"}},
    ]
    known = setup("typeform", fields={"r-2": "patient", "d": "reason"}, values={"patient": {"First time": "new"}})
    event = one("typeform", posted("typeform", dumped(sent)), known)
    assert (event.contact.phone, event.contact.email) == ("+14155550100", "jane@example.com")
    assert event.answers == {"patient": "new", "has_referral": "yes", "reason": "Knee, Hip", "page_version": "2"}
    assert event.marketing.ids == {"gclid": "abc", "utm_source": "news", "form_id": "lT4Z3j"}
    assert event.dedupe_key == "typeform:sample-response-token-0001"
    partial = one("typeform", posted("typeform", dumped({**sent, "event_type": "form_response_partial"})), known)
    assert partial.is_partial
    assert partial.dedupe_key == event.dedupe_key
    assert heard("typeform", posted("typeform", dumped({**sent, "event_type": "something_else"}))) == ()


def test_hubspots_batches_name_contacts_and_a_changed_property_enriches() -> None:
    creation = said("hubspot_contact_creation.raw.json")[0] | {"occurredAt": int(NOW.timestamp() * 1000)}
    change = {**creation, "subscriptionType": "contact.propertyChange", "eventId": 2}
    phone = {**change, "propertyName": "mobilephone", "propertyValue": "415-555-0100"}
    other = {**creation, "subscriptionType": "company.creation"}
    renamed = {**creation, "subscriptionType": "object.creation", "objectTypeId": "0-1"}
    events = heard("hubspot", posted("hubspot", dumped([creation, phone, other, renamed])))
    assert [event.dedupe_key for event in events] == ["hubspot:62515-123"] * 3
    assert all(event.fetch == "123" and event.is_partial for event in events)
    assert [event.enriches_only for event in events] == [False, True, False]
    assert events[1].contact.phone == "+14155550100"


def test_jotforms_answers_come_out_of_their_json_text() -> None:
    fields = said("jotform_multipart_fields.json")
    event = one("jotform", jotform(fields))
    assert (event.contact.name, event.contact.phone) == ("Jane Doe", "+14155550100")
    assert event.dedupe_key == "jotform:5400000000000000000"
    assert event.marketing.ids == {"form_id": "212345678901234"}
    raw = {"q3_name": "Jane Doe", "q5_whichOffice": ["Skokie", "Evanston"], "q6_utm_source": "x", "q7_shots": {"a": 1}}
    event = one("jotform", jotform({**fields, "rawRequest": json.dumps(raw)}))
    assert event.answers == {"which_office": "Skokie, Evanston", "shots": "1"}
    assert event.marketing.ids["utm_source"] == "x"
    for wrong in ("{", "NaN", '{"a":1,"a":2}'):
        with pytest.raises(Malformed):
            one("jotform", jotform({**fields, "rawRequest": wrong}))


def test_the_generic_source_goes_by_the_practices_map() -> None:
    words = {"city": {"skokie": "Skokie, IL"}}
    known = setup("generic", fields=GENERIC_MAP, values=words, kind="chat", campaign="ortho-search")
    event = one("generic", posted("generic", dumped(GENERIC)), known)
    assert (event.dedupe_key, event.kind, event.marketing.campaign) == ("generic:77", "chat", "ortho-search")
    assert (event.contact.phone, event.answers) == ("+14155550100", {"city": "Skokie, IL"})
    assert event.document == GENERIC
    with pytest.raises(Malformed) as refused:
        one("generic", posted("generic", dumped({"lead": {}})), known)
    assert refused.value.fields == {"source_id": "missing"}


def test_what_is_no_number_or_address_is_doubted_and_kept_as_it_came() -> None:
    sent = {"lead": {"no": 1, "tel": "call my wife", "mail": "jane at example"}, "when": "yesterday", "sid": "CA1"}
    known = setup("generic", fields={**GENERIC_MAP, "sid": "call_sid"})
    event = one("generic", posted("generic", dumped(sent)), known)
    assert event.doubts == {"phone": "not_a_number", "email": "not_an_address", "call_sid": "not_a_call"}
    assert not event.is_partial
    assert event.happened_at == NOW
    assert event.document == sent


# What is refused

REFUSED: Mapping[str, tuple[bytes, dict[str, str]]] = MappingProxyType(
    {
        "no JSON": (b"{", {"*": "json"}),
        "nothing": (b"", {"*": "json"}),
        "two values": (b"{} {}", {"*": "json"}),
        "no object": (b"[]", {"*": "no_object"}),
        "a key twice": (b'{"a":{"b":1,"b":1}}', {"*": "key_twice"}),
        "NaN": (b'{"a":NaN}', {"*": "not_a_number"}),
        "infinite": (b'{"a":1e999}', {"*": "not_a_number"}),
        "endless digits": (b'{"a":' + b"9" * 5_000 + b"}", {"*": "json"}),
        "broken UTF-8": (b'{"a":"\xff"}', {"*": "not_utf8"}),
        "half a pair": (b'{"a":"\\ud800"}', {"*": "unreadable"}),
        "a NUL": (b'{"\\u0000":1}', {"*": "unreadable"}),
        "25 deep": (b'{"a":' * 25 + b"1" + b"}" * 25, {"*": "too_deep"}),
        "30,000 deep": (b"[" * 30_000 + b"]" * 30_000, {"*": "too_deep"}),
        "too large": (b'{"a":"' + b"x" * MAX_BODY_BYTES + b'"}', {"*": "too_large"}),
        "a word too long": (dumped({**GENERIC, "lead": {"no": 1, "town": "x" * 4_001}}), {"city": "too_long"}),
    }
)


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_cannot_be_read_strictly_is_refused_with_its_reason(wrong: str) -> None:
    sent, fields = REFUSED[wrong]
    with pytest.raises(Malformed) as refused:
        one("generic", posted("generic", sent), setup("generic", fields=GENERIC_MAP))
    assert refused.value.fields == fields


def test_a_field_of_the_wrong_kind_is_named_and_never_repeated() -> None:
    sent = {**said("callrail_pre_call.json"), "resource_id": {"a": 1}, "customer_name": ["Jane Doe"]}
    with pytest.raises(Malformed) as refused:
        one("callrail", posted("callrail", dumped(sent)))
    assert refused.value.fields == {"resource_id": "string_type", "customer_name": "string_type"}
    assert "Jane" not in str(refused.value)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "application/json; charset=utf-16"])
def test_another_content_type_is_refused(content_type: str) -> None:
    delivery = posted("generic", dumped(GENERIC))
    with pytest.raises(Malformed):
        one("generic", replace(delivery, headers={**delivery.headers, "content-type": content_type}))


def test_a_multipart_body_is_bounded_and_holds_no_files() -> None:
    fields = said("jotform_multipart_fields.json")
    content_type, sent = multipart(fields)
    file = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n%s\r\n--edge--\r\n'
    bodies = {
        "file": sent.replace(b"--edge--\r\n", file % b"PNG"),
        "multipart": sent[:-12],
        "too_many_fields": multipart({f"field{at}": "" for at in range(101)})[1],
        "not_utf8": sent.replace(b"Jane", b"\xff\xfe"),
    }
    for code, wrong in bodies.items():
        with pytest.raises(Malformed, match=code):
            one("jotform", replace(posted("jotform", wrong), headers={"content-type": content_type}))
    left_empty = sent.replace(b"--edge--\r\n", (file % b"").replace(b"a.png", b""))
    assert one("jotform", replace(posted("jotform", left_empty), headers={"content-type": content_type}))
