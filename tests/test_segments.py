"""Parts of a text against known counts of the carrier's own calculator."""

import pytest

from routing.rules.wording.segments import GSM7, Segments, segments

EMOJI = "\U0001f600"


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("¿Qué consultorio le conviene, señora?", "gsm7", 37, 1),
        ("Le llamará", "ucs2", 10, 1),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("a" * 152 + "€" + "a" * 151, "gsm7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),
        ("It\u2019s", "ucs2", 4, 1),
        ("ü" * 160, "gsm7", 160, 1),
        ("ç", "ucs2", 1, 1),
        ("Ç", "gsm7", 1, 1),
        ("\u0448" * 70, "ucs2", 70, 1),
        ("\u0448" * 71, "ucs2", 71, 2),
        ("\u0448" * 134, "ucs2", 134, 2),
        ("\u0448" * 135, "ucs2", 135, 3),
        (EMOJI * 35, "ucs2", 70, 1),
        (EMOJI * 36, "ucs2", 72, 2),
        (EMOJI * 66, "ucs2", 132, 2),
        (EMOJI * 67, "ucs2", 134, 3),
        ("line\r\nline\f{[]}", "gsm7", 20, 1),
        ("a" * 1600, "gsm7", 1600, 11),
    ],
)
def test_a_text_is_counted_as_the_carrier_counts(text: str, alphabet: str, units: int, parts: int) -> None:
    counted = segments(text)
    assert (counted.alphabet, counted.units, counted.parts) == (alphabet, units, parts)


def test_the_characters_that_make_a_text_dear_are_named_once() -> None:
    assert segments("caf\u00e9 \u2019\u2019 \u00e1") == Segments("ucs2", 9, 1, ("\u2019", "\u00e1"))
    assert len(GSM7) == 127
