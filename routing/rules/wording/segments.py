"""How many parts a text is sent in, and in which alphabet: what the carrier counts and bills (GSM 03.38, UCS-2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Alphabet = Literal["gsm7", "ucs2"]

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_ESCAPED = frozenset("^{}\\[~]|€\f")
"""Written as an escape and a character, which are never parted: two units."""
ONE_PART: dict[Alphabet, int] = {"gsm7": 160, "ucs2": 70}
SEVERAL_PARTS: dict[Alphabet, int] = {"gsm7": 153, "ucs2": 67}
"""Units that a part holds beside the header that joins it to the others."""


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` are septets or UTF-16 units, ``parts`` what is sent and billed (1 if empty); ``beyond`` are the
    characters, each once, that keep the text out of the cheaper alphabet."""

    alphabet: Alphabet
    units: int
    parts: int
    beyond: tuple[str, ...] = ()


def segments(text: str) -> Segments:
    beyond = tuple(dict.fromkeys(letter for letter in text if letter not in GSM7 and letter not in GSM7_ESCAPED))
    alphabet: Alphabet = "ucs2" if beyond else "gsm7"
    sizes = [units_of(letter, alphabet) for letter in text]
    units = sum(sizes)
    parts = 1 if units <= ONE_PART[alphabet] else parts_of(sizes, SEVERAL_PARTS[alphabet])
    return Segments(alphabet, units, parts, beyond)


def units_of(letter: str, alphabet: Alphabet) -> int:
    if alphabet == "gsm7":
        return 2 if letter in GSM7_ESCAPED else 1
    return 2 if ord(letter) > 0xFFFF else 1


def parts_of(sizes: Iterable[int], room: int) -> int:
    """A character of two units that no longer fits begins the next part."""
    parts, left = 1, room
    for size in sizes:
        if size > left:
            parts, left = parts + 1, room
        left -= size
    return parts


def cut(text: str, parts: int) -> str:
    """The whole text if it is sent in so many parts, else as much of it as is, with three dots."""
    if segments(text).parts <= parts:
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        fits = segments(f"{text[:middle]}...").parts <= parts
        least, most = (middle, most) if fits else (least, middle - 1)
    return f"{text[:least].rstrip()}..."
