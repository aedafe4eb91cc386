"""Words as they are compared: lower case, without accents or punctuation, and phrases written for such words."""

import re
import unicodedata
from collections.abc import Iterable

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
UNSEEN = frozenset("\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\ufeff")
"""Characters that take no room; one inside a word does not part it."""
GAP = r"(?: ?(?<!\S)\w+(?!\S)){0,3}?"
ENDING = "*"


def folded(text: str) -> str:
    """``I can't breathe!`` becomes ``i cant breathe``."""
    bare = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text.casefold()))
    plain = "".join(letter for letter in bare if not unicodedata.combining(letter) and letter not in UNSEEN)
    return NOT_A_WORD.sub(" ", plain.casefold()).strip()


def words(listed: str) -> tuple[str, ...]:
    """A list of words as a table writes it: one after the other."""
    return tuple(listed.split())


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Words in order; ``a|b`` either, ``word?`` may be left out, ``suicid*`` any ending, ``*ing`` any beginning,
    ``...`` up to three words."""
    return re.compile(r"(?<!\S)" + "".join(slot(word) for word in phrase.split()) + r"(?!\S)")


def slot(word: str) -> str:
    if word == "...":
        return GAP
    optional = "?" if word.endswith("?") else ""
    either = "|".join(ending(each) for each in word.removesuffix("?").split("|"))
    return rf"(?: ?(?<!\S)(?:{either})(?!\S)){optional}"


def ending(word: str) -> str:
    if word.startswith(ENDING):
        return r"\w+" + re.escape(word[1:])
    return re.escape(word[:-1]) + r"\w*" if word.endswith(ENDING) else re.escape(word)


def first_said(text: str, phrases: Iterable[tuple[str, re.Pattern[str]]]) -> str | None:
    """The first phrase of the table that occurs in text already folded."""
    return next((phrase for phrase, pattern in phrases if pattern.search(text)), None)
