"""Words as they are compared: lower case, without accents or punctuation, and phrases written for such words."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
UNSEEN = frozenset("\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\ufeff")
"""Characters that take no room; one inside a word does not part it."""
GAP = r"(?: ?(?<!\S)\w+(?!\S)){0,3}?"
ENDING = "*"
EDGES = {"^": "^", "$": r" ?$"}
MASK = " - "


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
    ``...`` up to three words, ``^`` and ``$`` the beginning and the end of all that was said."""
    return re.compile(r"(?<!\S)" + "".join(slot(word) for word in phrase.split()) + r"(?!\S)")


def slot(word: str) -> str:
    if word == "...":
        return GAP
    if word in EDGES:
        return EDGES[word]
    optional = "?" if word.endswith("?") else ""
    either = "|".join(ending(each) for each in word.removesuffix("?").split("|"))
    return rf"(?: ?(?<!\S)(?:{either})(?!\S)){optional}"


def ending(word: str) -> str:
    if word.startswith(ENDING):
        return r"\w+" + re.escape(word[1:])
    return re.escape(word[:-1]) + r"\w*" if word.endswith(ENDING) else re.escape(word)


def places(phrase: str) -> list[frozenset[str]]:
    """Where one of a few whole words must stand; nothing for a place that may be empty or takes any ending."""
    slots = (
        slot for slot in phrase.split() if slot not in ("...", *EDGES) and not slot.endswith("?") and ENDING not in slot
    )
    return [frozenset(slot.split("|")) for slot in slots]


class Phrases:
    """A table of phrases in its order. Each is filed under the rarest of its places, so that of hundreds only the few
    are looked for of which a word was said."""

    def __init__(self, listed: Iterable[str]) -> None:
        self.phrases = tuple((phrase, phrase_pattern(phrase)) for phrase in listed)
        often = Counter(word for phrase, _ in self.phrases for place in places(phrase) for word in place)
        self.by_word: dict[str, list[int]] = defaultdict(list)
        self.anyway: list[int] = []
        for number, (phrase, _) in enumerate(self.phrases):
            rarest = min(places(phrase), key=lambda place: sum(often[word] for word in place), default=None)
            for filed in [self.anyway] if rarest is None else [self.by_word[word] for word in rarest]:
                filed.append(number)

    def near(self, text: str) -> list[int]:
        """The numbers of the phrases that may occur in text already folded."""
        said = frozenset(text.split()) & self.by_word.keys()
        return sorted({*self.anyway, *(number for word in said for number in self.by_word[word])})

    def first(self, text: str) -> int | None:
        return next((number for number in self.near(text) if self.phrases[number][1].search(text)), None)

    def without(self, text: str) -> str:
        """Each phrase replaced by a mark, so that the words beside it make no new one."""
        for number in self.near(text):
            text = self.phrases[number][1].sub(MASK, text)
        return text
