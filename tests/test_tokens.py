"""API tokens: made once, shown once, and worth nothing to whoever reads the database."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tokens import SCOPES, Grant, UnknownScope, base62, is_granted, mint, permits, presented, scopes_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def bearer(text: str) -> bytes:
    return b"Bearer " + text.encode()


def granted(text_of: str = "tk01") -> tuple[str, Grant]:
    minted = mint(text_of)
    return minted.text, Grant(minted.id, "harbor", scopes_of(["leads"]), minted.digest)


def test_a_minted_token_has_the_shape_leak_scanners_know() -> None:
    minted = mint("tk01")
    assert re.fullmatch(r"leadline_tk01_[0-9A-Za-z]{43}", minted.text)
    assert minted.digest == sha256(minted.text.encode()).digest()
    assert mint("tk01").text != minted.text


def test_the_same_entropy_gives_the_same_token() -> None:
    assert mint("tk01", bytes).text == "leadline_tk01_" + "0" * 43


@given(st.binary(min_size=32, max_size=32))
def test_no_bit_of_the_secret_is_lost_in_its_digits(secret: bytes) -> None:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in base62(secret):
        number = number * 62 + digits.index(digit)
    assert number.to_bytes(32, "big") == secret


@pytest.mark.parametrize("token_id", ["", "abc", "ABCD", "a_bc", "a" * 33, "abcd\n"])
def test_an_id_that_would_blur_the_shape_is_refused(token_id: str) -> None:
    with pytest.raises(ValueError, match="token id"):
        mint(token_id)


def test_a_presented_token_is_known_again_by_its_hash() -> None:
    text, grant = granted()
    shown = presented(bearer(text))
    assert shown is not None
    assert shown.id == "tk01"
    assert is_granted(shown, grant, NOON)


def test_the_word_bearer_may_be_written_small() -> None:
    text, _ = granted()
    assert presented(b"bearer " + text.encode()) == presented(bearer(text))


@pytest.mark.parametrize("spoil", [lambda text: text[:-1], lambda text: text + "0", lambda text: text + " ", str.upper])
def test_a_token_of_another_shape_is_nobodys(spoil: object) -> None:
    text, _ = granted()
    assert callable(spoil)
    assert presented(bearer(spoil(text))) is None


@pytest.mark.parametrize("header", [None, b"", b"Bearer", b"Bearer x", b"Basic abcd", b"\xff", "Bearer é".encode()])
def test_a_header_without_a_token_is_nobodys_and_does_not_raise(header: bytes | None) -> None:
    assert presented(header) is None


@given(st.binary(max_size=80))
def test_arbitrary_headers_never_raise(header: bytes) -> None:
    assert presented(header) is None


def test_one_changed_digit_or_another_tokens_id_is_refused() -> None:
    text, grant = granted()
    other = text[:-1] + ("a" if text[-1] != "a" else "b")
    for wrong in (other, text.replace("tk01", "tk02")):
        shown = presented(bearer(wrong))
        assert shown is not None
        assert not is_granted(shown, grant, NOON)


def test_a_token_ends_at_its_expiry() -> None:
    text, grant = granted()
    shown = presented(bearer(text))
    assert shown is not None
    short = replace(grant, expires_at=NOON)
    assert is_granted(shown, short, NOON - timedelta(microseconds=1))
    assert not is_granted(shown, short, NOON)


def test_a_scope_opens_its_own_door_and_no_other() -> None:
    _, grant = granted()
    assert [scope for scope in sorted(SCOPES) if permits(grant, scope, "harbor")] == ["leads"]


def test_admin_opens_every_door_of_its_practice_and_none_of_another() -> None:
    _, grant = granted()
    admin = replace(grant, scopes=scopes_of(["admin"]))
    assert all(permits(admin, scope, "harbor") for scope in SCOPES)
    assert not any(permits(admin, scope, "lakeside") for scope in SCOPES)


def test_there_are_exactly_these_scopes_and_no_others_can_be_asked_for() -> None:
    assert {"read", "availability", "leads", "calls", "supervise", "reports", "admin"} == SCOPES
    for words in (["everything"], [], ["read", "root"]):
        with pytest.raises(UnknownScope, match="availability"):
            scopes_of(words)


def test_a_token_never_shows_in_a_printed_value() -> None:
    minted = mint("tk01")
    shown = presented(bearer(minted.text))
    printed = f"{minted!r} {shown!r} {Grant('tk01', 'harbor', SCOPES, minted.digest)!r}"
    assert minted.text[-20:] not in printed
    assert repr(minted.digest) not in printed
