"""Phone numbers are written one way, whoever typed them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.rulebook.numbers import e164, is_withheld

ANA = "+18475550145"


@pytest.mark.parametrize(
    "text",
    [
        "(847) 555-0145",
        "8475550145",
        "+18475550145",
        "+1 847 555 0145",
        "1-847-555-0145",
        "847.555.0145",
        " 847/555-0145 ",
        "tel:+18475550145",
        "847-555-0145 ext. 12",
        "847 555 0145 x12",
        "847\u2011555\u20110145",
        "\u202a+1 847 555 0145\u202c",
    ],
)
def test_every_usual_way_of_writing_a_number_is_the_same_number(text: str) -> None:
    assert e164(text) == ANA


def test_a_foreign_number_keeps_its_country() -> None:
    assert e164("+44 20 7946 0001") == "+442079460001"
    assert e164("020 7946 0001", region="GB") == "+442079460001"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anonymous",
        "Restricted",
        "+266696687",
        "555-0145",
        "12345",
        "sip:alice@example.com",
        "client:alice",
        "call me at 847 555 0145",
        "1-800-FLOWERS",
        "+",
        "847 555 0145 847 555 0146",
        "9" * 400,
    ],
)
def test_what_cannot_be_dialled_is_no_number(text: str) -> None:
    assert e164(text) is None


@pytest.mark.parametrize("text", ["", " ", "anonymous", "Anonymous", "unknown", "RESTRICTED", "+266696687"])
def test_withheld_caller_ids_are_known_as_such(text: str) -> None:
    assert is_withheld(text)


def test_a_number_is_not_withheld() -> None:
    assert not is_withheld(ANA)


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_number_or_none_and_writing_it_again_changes_nothing(text: str) -> None:
    number = e164(text)
    assert number is None or e164(number) == number
