"""Words as they are compared: lower case, without accents or punctuation, and phrases written for such words."""

import re
import unicodedata
from collections.abc import Iterable

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
GAP = r"(?: ?(?<!\S)\w+(?!\S)){0,3}?"
ENDING = "*"


def folded(text: str) -> str:
    """``I can't breathe!`` becomes ``i cant breathe``."""
    bare = APOSTROPHES.sub("", text.casefold())
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(letter))
    return NOT_A_WORD.sub(" ", plain).strip()


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Words in order; ``a|b`` either, ``word?`` may be left out, ``suicid*`` any ending, ``...`` up to three words."""
    return re.compile(r"(?<!\S)" + "".join(slot(word) for word in phrase.split()) + r"(?!\S)")


def slot(word: str) -> str:
    if word == "...":
        return GAP
    optional = "?" if word.endswith("?") else ""
    either = "|".join(ending(each) for each in word.removesuffix("?").split("|"))
    return rf"(?: ?(?<!\S)(?:{either})(?!\S)){optional}"


def ending(word: str) -> str:
    return re.escape(word[:-1]) + r"\w*" if word.endswith(ENDING) else re.escape(word)


def first_said(text: str, phrases: Iterable[tuple[str, re.Pattern[str]]]) -> str | None:
    """The first phrase of the table that occurs in text already folded."""
    return next((phrase for phrase, pattern in phrases if pattern.search(text)), None)
