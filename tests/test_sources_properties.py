"""Whatever arrives at a source, it is read or refused in our own words: no other error, and no stranger gets in."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.sources.reading import SOURCES, read_events
from gateway.sources.vendor import Challenge, Delivery, Setup, Unsigned
from routing.sources.heard import SourceEvent
from routing.sources.strict import Malformed
from tests.test_sources import ACTIVITY, GENERIC, GENERIC_MAP, NOW, SECRET, body, dumped, jotform, posted, setup

SENT: Mapping[str, tuple[Any, ...]] = {
    "callrail": tuple(
        json.loads(body(f"callrail_{name}.json"))
        for name in ("post_call_signed.raw", "pre_call", "text_message_received", "form_submission")
    ),
    "calltrackingmetrics": (ACTIVITY,),
    "whatconverts": (json.loads(body("whatconverts_lead.json")),),
    "invoca": (json.loads(body("invoca_transaction.json")),),
    "google-ads": ({**json.loads(body("google_ads_lead_form.json")), "google_key": SECRET.decode()},),
    "meta": (json.loads(body("meta_leadgen.json")),),
    "typeform": (json.loads(body("typeform_form_response.json")),),
    "hubspot": (json.loads(body("hubspot_contact_creation.raw.json")),),
    "jotform": (json.loads(body("jotform_multipart_fields.json")),),
    "generic": (GENERIC,),
}
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**9, 10**14)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["call", "anonymous", "+14155550100", "a@example.com", "2026-02-30T10:00Z", "9999-12-31T23:59-23:59"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FAST = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = dict(tree) if isinstance(tree, dict) else list(tree)
    changed[path[0]] = replaced(tree[path[0]], path[1:], value)
    return changed


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    source = draw(st.sampled_from(sorted(SENT)))
    tree = draw(st.sampled_from(SENT[source]))
    for _ in range(draw(st.integers(1, 3))):
        tree = replaced(tree, draw(st.sampled_from(places(tree))), draw(TREES))
    return source, tree


def known(source: str) -> Setup:
    fields = {**GENERIC_MAP, "a.b.0": "name", "q3_name": "reason"} if source == "generic" else {}
    return setup(source, fields=fields)


def answered(source: str, delivery: Delivery) -> None:
    """Read, or refused in our own words field by field; anything else raises."""
    refused: Mapping[str, str] | None = None
    found: tuple[SourceEvent, ...] | Challenge = ()
    try:
        found = read_events(SOURCES[source], delivery, known(source), NOW)
    except Malformed as malformed:
        refused = malformed.fields
    assert refused is None or refused
    assert not isinstance(found, Challenge)
    assert all(event.dedupe_key.startswith(f"{source}:") and event.happened_at <= NOW for event in found)


@FAST
@given(mutated())
@example(("callrail", []))
@example(("meta", {"entry": [{"changes": [{"field": "leadgen", "value": {"leadgen_id": None}}]}]}))
def test_a_signed_body_of_any_shape_is_read_or_refused_field_by_field(sent: tuple[str, Any]) -> None:
    source, tree = sent
    if source == "jotform" and isinstance(tree, dict):
        tree = {name: value for name, value in tree.items() if '"' not in name and not set(name) & set("\r\n\\")}
        text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in tree.items()}
        answered(source, jotform({name: value.encode("utf-8", "replace").decode() for name, value in text.items()}))
    else:
        try:
            answered(source, posted(source, dumped(tree)))
        except Unsigned:
            # Its key stands in the body: without a body that can be read there is no key.
            assert source == "google-ads"


@FAST
@given(
    st.sampled_from(sorted(SENT)),
    st.binary(max_size=60),
    st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=edge",
            "multipart/form-data; boundary=" + "x" * 300,
        ]
    )
    | st.text(st.characters(max_codepoint=255), max_size=40),
)
def test_bytes_of_any_kind_under_any_content_type_are_read_or_refused(source: str, sent: bytes, kind: str) -> None:
    delivery = posted(source, sent)
    try:
        answered(source, replace(delivery, headers={**delivery.headers, "content-type": kind}))
    except Unsigned:
        assert source == "google-ads"


@FAST
@given(
    st.sampled_from(sorted(SENT)),
    st.sampled_from(["POST", "GET", "PUT"]),
    st.dictionaries(
        st.sampled_from(
            [
                *("signature", "x-ctm-time", "x-ctm-signature", "x-hub-signature-256", "typeform-signature"),
                *("x-hubspot-signature", "x-hubspot-signature-v3", "x-hubspot-request-timestamp"),
                *("x-hubspot-signature-version", "x-leadline-signature", "content-type"),
            ]
        ),
        st.text(st.characters(max_codepoint=255), max_size=12)
        | st.sampled_from(["1795285800", "1795285800000", "v1", f"t=1795285800,v1={'0' * 64}", "application/json"]),
    ),
    st.none() | st.text(max_size=40),
    st.text(st.characters(max_codepoint=127), max_size=40),
)
def test_no_stranger_gets_in_and_each_is_told_so(
    source: str, method: str, headers: dict[str, str], key: str | None, query: str
) -> None:
    delivery = Delivery(method, f"https://leads.example.org/sources?{query}", headers, dumped(SENT[source][0]), key)
    shown = replace(delivery, body=b"{}") if source == "google-ads" else delivery
    with pytest.raises(Unsigned) as refused:
        read_events(SOURCES[source], shown, known(source), NOW)
    assert refused.value.status in (401, 403)
