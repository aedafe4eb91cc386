"""Only Twilio gets past the door: every pitfall of its signature scheme is a sentence here."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MultiDict
from twilio.request_validator import RequestValidator

from gateway.provider.sids import misshapen_sids
from gateway.provider.signature import Credentials, Refused, SharedKey, Tokens, Verdict, Verified, verify
from gateway.provider.signed import Signed

VECTORS = json.loads((Path(__file__).parent / "payloads" / "signature_vectors.json").read_text("utf-8"))
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
OTHER = "ACfedcba9876543210fedcba9876543210"
TOKEN = "test-auth-token"
FORM = b"application/x-www-form-urlencoded"
KEYS = Credentials({ACCOUNT: Tokens(TOKEN.encode(), b"next-auth-token")})
PUBLIC = "https://gw.example.com"


def sign(url: str, pairs: list[tuple[str, str]] | None = None, key: str = TOKEN, digest: str = "sha1") -> bytes:
    text = url + "".join(name + value for name, value in sorted(set(pairs or [])))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), digest).digest())


def post(pairs: list[tuple[str, str]], path: str = "/voice/incoming", **changes: Any) -> Signed:
    request = Signed("POST", PUBLIC, path.encode(), content_type=FORM, body=urlencode(pairs).encode())
    request = replace(request, signature=sign(PUBLIC + path, pairs))
    return replace(request, **changes)


def get(url: str, **changes: Any) -> Signed:
    parts = urlsplit(url)
    public = f"{parts.scheme}://{parts.netloc}"
    request = Signed("GET", public, parts.path.encode(), parts.query.encode(), signature=sign(url))
    return replace(request, **changes)


def refusal(verdict: Verdict) -> str:
    assert isinstance(verdict, Refused), "let in"
    return verdict.code


def passed(verdict: Verdict) -> Verified:
    assert isinstance(verdict, Verified), verdict
    return verdict


CALL = [("AccountSid", ACCOUNT), ("CallSid", "CA" + "1" * 32), ("From", "+14155550100")]


def vector_request(vector: dict[str, Any]) -> tuple[Signed, Credentials]:
    url = urlsplit(vector["url_signed"])
    shared = vector["algorithm"] == "HMAC_SHA256"
    secret = vector["auth_token"].encode()
    scope = {
        "type": "websocket" if url.scheme == "wss" else "http",
        "method": "POST" if vector["params"] or vector["body"] else "GET",
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [
            (b"x-twilio-signature", vector["signature"].encode()),
            (b"content-type", b"application/json" if vector["body"] else FORM),
            *([(b"x-twilio-webhooks-signature-settings", b"key=sk_1,algorithm=HMAC_SHA256")] if shared else []),
        ],
    }
    account = vector["params"].get("AccountSid", ACCOUNT)
    tokens = Tokens(b"unused" if shared else secret)
    body = (vector["body"] or urlencode(vector["params"])).encode()
    request = Signed.arrived(scope, f"{url.scheme}://{url.netloc}".replace("wss", "https"), body)
    return request, Credentials({account: tokens}, {"sk_1": SharedKey(account, secret)} if shared else {})


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_every_published_and_computed_vector_is_let_in(vector: dict[str, Any]) -> None:
    request, credentials = vector_request(vector)
    verified = passed(verify(request, credentials))
    if vector["params"]:
        assert dict(verified.params) == vector["params"]
    if vector["body"]:
        assert verified.json == json.loads(vector["body"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_no_vector_survives_another_path_or_another_secret(vector: dict[str, Any]) -> None:
    request, credentials = vector_request(vector)
    assert refusal(verify(replace(request, raw_path=request.raw_path + b"x"), credentials)) == "mismatch"
    strangers = Credentials(
        {account: Tokens(b"another") for account in credentials.accounts},
        {name: SharedKey(key.account, b"another") for name, key in credentials.shared.items()},
    )
    assert refusal(verify(request, strangers)) == "mismatch"


def test_the_websocket_handshake_is_tried_with_a_trailing_slash() -> None:
    request = get("wss://gw.example.com/media", signature=sign("wss://gw.example.com/media/"))
    assert passed(verify(request, KEYS)).account == ACCOUNT


def test_an_ordinary_request_is_not_tried_with_a_trailing_slash() -> None:
    request = get("https://gw.example.com/voice/x", signature=sign("https://gw.example.com/voice/x/"))
    assert refusal(verify(request, KEYS)) == "mismatch"


@pytest.mark.parametrize("signature", [None, b""])
def test_a_missing_signature_is_refused_and_does_not_raise(signature: bytes | None) -> None:
    assert refusal(verify(post(CALL, signature=signature), KEYS)) == "signature_missing"


@pytest.mark.parametrize("signature", [b"A" * 65, "é".encode(), b"\xff" * 28])
def test_an_overlong_or_non_ascii_signature_is_refused(signature: bytes) -> None:
    assert refusal(verify(post(CALL, signature=signature), KEYS)) == "signature_malformed"


def test_two_signature_headers_are_refused_whichever_is_right() -> None:
    right = sign(PUBLIC + "/voice/incoming", CALL)
    for two in ([right, b"x"], [b"x", right]):
        headers = [(b"x-twilio-signature", one) for one in two] + [(b"content-type", FORM)]
        scope = {"type": "http", "method": "POST", "raw_path": b"/voice/incoming", "headers": headers}
        assert refusal(verify(Signed.arrived(scope, PUBLIC, urlencode(CALL).encode()), KEYS)) == "mismatch"


def test_blank_values_are_part_of_what_was_signed() -> None:
    pairs = [*CALL, ("FromCity", "")]
    assert passed(verify(post(pairs), KEYS)).params["FromCity"] == ""
    assert refusal(verify(post(pairs, body=urlencode(CALL).encode()), KEYS)) == "mismatch"


def test_outer_spaces_and_line_ends_of_a_text_are_kept() -> None:
    assert passed(verify(post([*CALL, ("Body", "  hi \n")]), KEYS)).params["Body"] == "  hi \n"


def test_a_repeated_name_is_signed_once_for_each_distinct_value_in_sorted_order() -> None:
    pairs = [*CALL, ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")]
    verified = passed(verify(post(pairs), KEYS))
    assert verified.pairs == tuple(pairs)
    assert verified.params["MediaUrl"] == "b"
    text = PUBLIC + "/voice/incoming" + "".join(n + v for n, v in sorted(CALL)) + "MediaUrlaMediaUrlb"
    assert sign(text) == sign(PUBLIC + "/voice/incoming", pairs)


def test_a_semicolon_does_not_separate_fields() -> None:
    body = urlencode(CALL).encode() + b"&Body=a;From=%2B14155550999"
    pairs = [*CALL, ("Body", "a;From=+14155550999")]
    verified = passed(verify(post(pairs, body=body), KEYS))
    assert verified.params["From"] == "+14155550100"


@pytest.mark.parametrize(
    "body", [b"AccountSid=%ff", b"AccountSid=\xff", b"&".join([b"a=1"] * 101)], ids=["percent", "raw", "101 fields"]
)
def test_a_body_that_cannot_be_read_strictly_is_refused(body: bytes) -> None:
    assert refusal(verify(post(CALL, body=body), KEYS)) == "body"


def test_a_percent_encoded_path_is_checked_as_it_was_sent() -> None:
    path = "/voice/caf%C3%A9%20x%2Fy"
    assert passed(verify(post(CALL, path), KEYS))
    assert refusal(verify(post(CALL, path, raw_path="/voice/café x/y".encode()), KEYS)) == "mismatch"


def test_the_order_of_the_query_is_never_changed() -> None:
    request = get(f"{PUBLIC}/voice/x?b=2&a=1&AccountSid={ACCOUNT}")
    assert passed(verify(request, KEYS)).params["b"] == "2"
    assert refusal(verify(replace(request, raw_query=f"a=1&b=2&AccountSid={ACCOUNT}".encode()), KEYS)) == "mismatch"


def test_a_trailing_question_mark_of_the_configured_webhook_does_no_harm() -> None:
    signature = sign(PUBLIC + "/voice/incoming?", CALL)
    assert passed(verify(post(CALL, signature=signature), KEYS))


def test_user_and_password_of_the_public_url_are_not_signed() -> None:
    assert passed(verify(post(CALL, public_url="https://user:pass@gw.example.com"), KEYS))


def test_a_public_url_may_carry_a_prefix_that_the_proxy_strips() -> None:
    signature = sign("https://example.com/leadline/voice/incoming", CALL)
    for public in ("https://example.com/leadline", "https://example.com/leadline/"):
        assert passed(verify(post(CALL, public_url=public, signature=signature), KEYS))


@pytest.mark.parametrize(
    ("configured", "signed", "let_in"),
    [
        ("https://h.example", "https://h.example:443", True),
        ("https://h.example:443", "https://h.example", True),
        ("https://h.example:8443", "https://h.example:8443", True),
        ("https://h.example:8443", "https://h.example", True),
        ("https://h.example", "https://h.example:8443", False),
        ("http://h.example", "http://h.example:80", True),
        ("http://h.example", "https://h.example", False),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]", True),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:443", True),
    ],
)
def test_the_port_may_be_there_or_not_but_never_another_one(configured: str, signed: str, let_in: bool) -> None:
    request = post(CALL, public_url=configured, signature=sign(signed + "/voice/incoming", CALL))
    assert isinstance(verify(request, KEYS), Verified) is let_in


@pytest.mark.parametrize("path", [b"", b"@evil.example/voice", b"evil"])
def test_a_path_that_would_move_the_host_is_refused(path: bytes) -> None:
    assert refusal(verify(post(CALL, raw_path=path), KEYS)) == "path"


def test_the_host_header_has_no_say() -> None:
    headers = [(b"host", b"evil.example"), (b"x-forwarded-host", b"evil.example"), (b"content-type", FORM)]
    signature = (b"x-twilio-signature", sign("https://evil.example/voice/incoming", CALL))
    scope = {"type": "http", "method": "POST", "raw_path": b"/voice/incoming", "headers": [*headers, signature]}
    assert refusal(verify(Signed.arrived(scope, PUBLIC, urlencode(CALL).encode()), KEYS)) == "mismatch"


@pytest.mark.parametrize("method", ["PUT", "HEAD", "post", "DELETE"])
def test_only_get_and_post_are_ever_signed(method: str) -> None:
    assert refusal(verify(post(CALL, method=method), KEYS)) == "method"


def test_a_get_with_a_body_is_refused_because_the_body_is_not_signed() -> None:
    assert refusal(verify(get(PUBLIC + "/voice/x", body=b"CallSid=CA1"), KEYS)) == "body"


@pytest.mark.parametrize("content_type", [None, b"", b"text/plain", b"multipart/form-data; boundary=x", b"a/json"])
def test_another_content_type_is_refused_instead_of_read_as_an_empty_form(content_type: bytes | None) -> None:
    assert refusal(verify(post(CALL, content_type=content_type), KEYS)) == "content_type"


def test_the_content_type_may_carry_a_charset_and_capitals() -> None:
    assert passed(verify(post(CALL, content_type=b"Application/X-WWW-Form-URLEncoded; charset=UTF-8"), KEYS))


def json_post(body: bytes, query: str | None = None) -> Signed:
    stated = f"bodySHA256={hashlib.sha256(body).hexdigest()}" if query is None else query
    url = f"{PUBLIC}/conversations/events?{stated}"
    request = Signed("POST", PUBLIC, b"/conversations/events", stated.encode(), sign(url), body=body)
    return replace(request, content_type=b"application/json")


def test_json_is_let_in_by_the_hash_in_its_url() -> None:
    assert passed(verify(json_post(b'{"a": [1, 2]}'), KEYS)).json == {"a": [1, 2]}
    assert passed(verify(replace(json_post(b"[]"), content_type=b"application/cloudevents+json"), KEYS)).json == []


def test_json_without_a_hash_is_refused_although_its_url_is_signed() -> None:
    assert refusal(verify(json_post(b'{"forged": 1}', "x=1"), KEYS)) == "body_hash"


def test_json_with_a_second_or_an_odd_spelling_of_the_hash_is_refused() -> None:
    body = b'{"forged": 1}'
    good = hashlib.sha256(body).hexdigest()
    for query in (f"bodySHA256={good}&bodySHA256=00", "bodySHA%3256=00", f"bodySHA256={good.upper()}", "bodySHA256"):
        assert refusal(verify(json_post(body, query), KEYS)) == "body_hash"


def test_a_signed_json_url_cannot_be_sent_again_as_a_form_or_a_get() -> None:
    replay = replace(json_post(b'{"a": 1}'), body=b"")
    assert refusal(verify(replace(replay, content_type=FORM), KEYS)) == "body_hash"
    assert refusal(verify(replace(replay, method="GET"), KEYS)) == "body_hash"


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[" * 60_000, b'"\xff"'])
def test_signed_but_broken_json_is_refused_and_does_not_raise(body: bytes) -> None:
    assert refusal(verify(json_post(body), KEYS)) == "body"


def test_one_changed_bit_anywhere_in_a_json_body_is_refused() -> None:
    body = json.dumps({"EventType": "onMessageAdded", "Body": "may I come at nine?"}).encode()
    request = json_post(body)
    for bit in range(len(body) * 8):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8
        assert refusal(verify(replace(request, body=bytes(changed)), KEYS)) == "body_hash"


def test_one_changed_bit_anywhere_in_a_form_or_its_signature_is_refused() -> None:
    request = post([*CALL, ("Body", "hello")])
    assert request.signature is not None
    for bit in range(len(request.body) * 8):
        changed = bytearray(request.body)
        changed[bit // 8] ^= 1 << bit % 8
        if bytes(changed).replace(b"%2b", b"%2B") != request.body:
            refusal(verify(replace(request, body=bytes(changed)), KEYS))
    for bit in range(len(request.signature) * 8):
        changed = bytearray(request.signature)
        changed[bit // 8] ^= 1 << bit % 8
        refusal(verify(replace(request, signature=bytes(changed)), KEYS))


def test_the_secondary_token_is_accepted_and_named_so_that_it_can_be_counted() -> None:
    assert passed(verify(post(CALL), KEYS)).key == "primary"
    promoted = post(CALL, signature=sign(PUBLIC + "/voice/incoming", CALL, "next-auth-token"))
    assert passed(verify(promoted, KEYS)).key == "secondary"


def test_each_account_signs_with_its_own_token_only() -> None:
    both = Credentials({ACCOUNT: Tokens(TOKEN.encode()), OTHER: Tokens(b"other-token")})
    theirs = [("AccountSid", OTHER), *CALL[1:]]
    assert refusal(verify(post(theirs), both)) == "mismatch"
    signature = sign(PUBLIC + "/voice/incoming", theirs, "other-token")
    assert passed(verify(post(theirs, signature=signature), both)).account == OTHER


@pytest.mark.parametrize("claim", [[], [("AccountSid", "AC" + "0" * 32)], [("AccountSid", "")]])
def test_a_request_of_no_known_account_is_refused(claim: list[tuple[str, str]]) -> None:
    both = Credentials({ACCOUNT: Tokens(TOKEN.encode()), OTHER: Tokens(b"other-token")})
    assert refusal(verify(post([*claim, *CALL[1:]]), both)) == "account"


def test_two_different_account_sids_in_one_body_are_refused() -> None:
    assert refusal(verify(post([*CALL, ("AccountSid", OTHER)]), KEYS)) == "account"


SHARED = Credentials(
    {ACCOUNT: Tokens(TOKEN.encode()), OTHER: Tokens(b"other-token")},
    {"sk_1": SharedKey(ACCOUNT, b"test-shared-key-secret")},
)


def shared_post(settings: bytes, digest: str = "sha256", pairs: list[tuple[str, str]] = CALL) -> Signed:
    signature = sign(PUBLIC + "/voice/incoming", pairs, "test-shared-key-secret", digest)
    return post(pairs, settings=settings, signature=signature)


def test_a_shared_key_signs_with_sha256() -> None:
    verified = passed(verify(shared_post(b"key=sk_1, algorithm=HMAC_SHA256"), SHARED))
    assert (verified.account, verified.key) == (ACCOUNT, "sk_1")


@pytest.mark.parametrize("word", [b"HMAC_SHA1", b"HMAC_SHA512", b"none", b"", b"hmac_sha256"])
def test_a_shared_key_cannot_be_talked_down_to_another_algorithm(word: bytes) -> None:
    for digest in ("sha1", "sha256"):
        assert refusal(verify(shared_post(b"key=sk_1,algorithm=" + word, digest), SHARED)) == "algorithm"


@pytest.mark.parametrize(
    "settings",
    [b"", b"key=sk_1", b"algorithm=HMAC_SHA256", b"key=sk_1,key=sk_2,algorithm=HMAC_SHA256", b"\xff", b"k" * 300],
)
def test_settings_that_cannot_be_read_are_refused_instead_of_ignored(settings: bytes) -> None:
    assert refusal(verify(shared_post(settings), SHARED)) == "settings"


def test_a_shared_key_is_not_an_auth_token_nor_the_other_way_round() -> None:
    assert refusal(verify(replace(shared_post(b"", "sha1"), settings=None), SHARED)) == "mismatch"
    by_token = sign(PUBLIC + "/voice/incoming", CALL, TOKEN, "sha256")
    settings = b"key=sk_1,algorithm=HMAC_SHA256"
    assert refusal(verify(post(CALL, settings=settings, signature=by_token), SHARED)) == "mismatch"


def test_an_unknown_shared_key_and_one_of_another_account_are_refused() -> None:
    assert refusal(verify(shared_post(b"key=sk_9,algorithm=HMAC_SHA256"), SHARED)) == "key"
    theirs = [("AccountSid", OTHER), *CALL[1:]]
    assert refusal(verify(shared_post(b"key=sk_1,algorithm=HMAC_SHA256", pairs=theirs), SHARED)) == "account"


def test_an_empty_secret_is_never_configured() -> None:
    with pytest.raises(ValueError, match="empty"):
        Tokens(b"")
    with pytest.raises(ValueError, match="empty"):
        Tokens(b"x", b"")
    with pytest.raises(ValueError, match="empty"):
        SharedKey(ACCOUNT, b"")


def test_no_secret_and_no_word_of_the_request_shows_in_a_printed_value() -> None:
    request = post([*CALL, ("Body", "canary-body")])
    verdict = verify(request, KEYS)
    printed = f"{KEYS!r} {SHARED!r} {request!r} {verdict!r}"
    for secret in (TOKEN, "next-auth-token", "test-shared-key-secret", "canary-body", "4155550100"):
        assert secret not in printed


def test_a_moved_boundary_keeps_its_signature_and_is_caught_by_the_shape_of_the_sid() -> None:
    moved = [CALL[0], ("CallSid", CALL[1][1] + "From" + CALL[2][1])]
    verified = passed(verify(post(moved, signature=sign(PUBLIC + "/voice/incoming", CALL)), KEYS))
    assert misshapen_sids(verified.params) == ("CallSid",)
    assert misshapen_sids(dict(CALL)) == ()


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("CallSid", "CA" + "a" * 32, True),
        ("CallSid", "SM" + "a" * 32, False),
        ("CallSid", "CA" + "A" * 32, False),
        ("CallSid", "CA" + "a" * 32 + "\n", False),
        ("MessageSid", "MM" + "0" * 32, True),
        ("ParentCallSid", "", True),
        ("SomethingNew", "whatever", True),
    ],
)
def test_sids_have_the_shape_of_their_kind(name: str, value: str, fits: bool) -> None:
    assert (misshapen_sids({name: value}) == ()) is fits


WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
FIELDS = st.lists(st.tuples(st.sampled_from(["From", "Body", "MediaUrl", "a", "Ä", "b.c"]) | WORDS, WORDS), max_size=20)
PORTS = st.sampled_from(["", ":443", ":80", ":8443"])


@given(FIELDS, st.sampled_from(["https", "http"]), PORTS, PORTS, st.sampled_from(["", "x=1", "b=%20&a=+"]))
def test_the_verdict_on_any_form_is_the_one_of_twilios_own_validator(
    fields: list[tuple[str, str]], scheme: str, configured: str, signed: str, query: str
) -> None:
    pairs = [("AccountSid", ACCOUNT), *((name, value) for name, value in fields if name not in ("", "AccountSid"))]
    rest = "/voice/a%20b" + ("?" + query if query else "")
    signature = sign(f"{scheme}://gw.example.com{signed}{rest}", pairs)
    request = Signed("POST", f"{scheme}://gw.example.com{configured}", b"/voice/a%20b", query.encode(), signature)
    request = replace(request, content_type=FORM, body=urlencode(pairs, quote_via=quote_plus).encode())
    ours = isinstance(verify(request, KEYS), Verified)
    validator = RequestValidator(TOKEN)
    url = f"{scheme}://gw.example.com{configured}{rest}"
    assert ours == validator.validate(url, MultiDictOfTwilio(pairs), signature.decode())


class MultiDictOfTwilio(MultiDict):
    """What twilio-python asks of a form: ``getlist``."""

    def getlist(self, key: Any) -> list[Any]:
        return super().getlist(key)


@given(
    st.sampled_from(["GET", "POST"]),
    st.binary(max_size=40),
    st.binary(max_size=40),
    st.none() | st.binary(max_size=70),
    st.none() | st.binary(max_size=60),
    st.sampled_from([FORM, b"application/json", b"", None]) | st.binary(max_size=20),
    st.binary(max_size=200),
)
def test_arbitrary_bytes_are_refused_and_never_raise(
    method: str,
    path: bytes,
    query: bytes,
    signature: bytes | None,
    settings: bytes | None,
    content_type: bytes | None,
    body: bytes,
) -> None:
    request = Signed(method, PUBLIC, b"/" + path, query, signature, settings, content_type, body)
    refusal(verify(request, SHARED))
    refusal(verify(request, KEYS))
