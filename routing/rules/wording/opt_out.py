"""Recognises that somebody wants to hear no more from us, in any wording; says what is to end and how sure that is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from routing.rules.values import ContactWay
from routing.rules.wording.folding import MASK, Phrases, folded
from routing.rules.wording.misspelling import Vocabulary, is_slip, straightened
from routing.rules.wording.opt_out_doubts import (
    AHEAD,
    BARE,
    DOUBTFUL,
    DOUBTFUL_KEYWORDS,
    IMPATIENT,
    INSISTENT,
    KEYPHRASES,
    KEYWORDS,
    POLITE,
    SIGNS,
)
from routing.rules.wording.opt_out_friends import BARE_FRIENDS, FALSE_FRIENDS, LOOKALIKES, SPELLINGS
from routing.rules.wording.opt_out_shapes import SHAPES
from routing.rules.wording.opt_out_words import EXPLICIT, TOGETHER, Language, Scope

Reason = Literal["keyword", "phrase", "misspelled", "one_sentence", "doubtful", "bare_word", "sign"]
CERTAIN: frozenset[Reason] = frozenset({"keyword", "phrase"})
Unnamed = Literal["everything", "this_way"]
"""What a bare STOP ends: all ways of contact (the strict default) or the way it came by."""
EVERY_WAY: frozenset[ContactWay] = frozenset({"call", "text", "email", "voicemail"})
WAYS: Mapping[Scope, frozenset[ContactWay]] = {
    "texts": frozenset({"text"}),
    "calls": frozenset({"call", "voicemail"}),
    "email": frozenset({"email"}),
    "everything": EVERY_WAY,
}
SCOPES: tuple[Scope, ...] = ("email", "calls", "texts", "everything", "unnamed")
"""The narrower is taken out first: "unsubscribe me from the newsletter" names e-mail and nothing else."""
SENTENCE_END = re.compile(r"[.!?;,\n]+")
QUOTED = re.compile(
    r"^\s*(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted\b.{0,20}?to|"
    r"removed an? .{1,20}? from|\W{1,12}\bto|"
    r"(?:le|me) (?:gust|encant|dio risa)\w*|(?:no le gust)\w*)\s*[\"\u201c\u00ab].*[\"\u201d\u00bb]\s*$",
    re.IGNORECASE | re.DOTALL,
)
"""A phone's reaction to one of our messages quotes it, its "Reply STOP" included."""
LETTERS = re.compile(r"[a-z]+")
LONGEST_KEYWORD_MESSAGE = 8
"""Words beyond which a message is no keyword with polite words around."""
LONGEST_READ = 4000
"""Characters; nobody writes an opt-out after them, and a flood costs nothing."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """``scopes`` is what is to end. ``phrase`` is the one of our tables, never the person's own words. What is not
    certain is obeyed all the same, and shown to a person. ``language`` is that of the phrase."""

    scopes: frozenset[Scope]
    phrase: str
    reason: Reason
    language: Language = "en"

    @property
    def certain(self) -> bool:
        return self.reason in CERTAIN


@dataclass(frozen=True, slots=True)
class Meant:
    """What one phrase of the tables wants to end."""

    scopes: tuple[Scope, ...]
    language: Language
    phrase: str


class Table:
    """Phrases, and at the same number what each means."""

    def __init__(self, meant: list[Meant]) -> None:
        self.meant = meant
        self.phrases = Phrases(each.phrase for each in meant)


def opt_out_in(text: str) -> OptOut | None:
    text = text[:LONGEST_READ]
    if QUOTED.match(text):
        return None
    said = straightened(folded(text.replace("#", " number ")))
    if not said:
        return next((OptOut(frozenset({"unnamed"}), sign, "sign") for sign in SIGNS if sign in text), None)
    return certain_in(said) or less_certain_in(text, said)


def ways_of(scopes: frozenset[Scope], came_by: ContactWay, unnamed: Unnamed = "everything") -> frozenset[ContactWay]:
    """The ways of contact that end. What was named is taken at its word; what was not, as the policy says."""
    named = frozenset(way for scope in scopes for way in WAYS.get(scope, frozenset()))
    if "unnamed" not in scopes:
        return named
    return named | (EVERY_WAY if unnamed == "everything" else frozenset({came_by}))


def certain_in(said: str) -> OptOut | None:
    bare = _FRIENDS.without(said)
    plain = _DOUBTS.without(bare)
    return explicit(plain, "phrase") or keyword(said, "keyword")


def less_certain_in(text: str, said: str) -> OptOut | None:
    """In this order: a word misspelled, one whole sentence of several, a doubtful phrase, the bare word anywhere."""
    words = said.split()
    repaired = VOCABULARY.repaired(words)
    mended = _FRIENDS.without(repaired)
    return (
        misspelled_keyword(words)
        or keyword(repaired, "misspelled")
        or explicit(_DOUBTS.without(mended), "misspelled")
        or one_sentence(text)
        or listed(DOUBTFUL_KEYWORDS, bare_words(words, POLITE), "doubtful")
        or doubtful(_FRIENDS.without(said))
        or doubtful(mended)
        or bare_word(_FRIENDS.without(said))
        or bare_word(_FRIENDS.without(" ".join(SPELLINGS.get(word, word) for word in words)))
    )


def explicit(said: str, reason: Reason) -> OptOut | None:
    """Every phrase is taken out as it is found, the narrower before the wider."""
    found = list[Meant]()
    for number in _EXPLICIT.phrases.near(said):
        rest = _EXPLICIT.phrases.phrases[number][1].sub(MASK, said)
        if rest != said:
            said = rest
            found.append(_EXPLICIT.meant[number])
    scopes = frozenset(scope for each in found for scope in each.scopes)
    return OptOut(scopes, found[0].phrase, reason, found[0].language) if found else None


def keyword(said: str, reason: Reason) -> OptOut | None:
    """The whole message, but for polite words, repeated or in pieces."""
    words = said.split()
    if len(words) > LONGEST_KEYWORD_MESSAGE:
        return None
    for spared, tables in ((POLITE, _WHOLE), (IMPATIENT, _WHOLE_INSISTENT)):
        left = bare_words(words, spared)
        for language, whole in tables.items():
            found = phrase_of(left, whole)
            if found:
                return OptOut(frozenset({"unnamed"}), found, reason, language)
    return None


def phrase_of(left: list[str], whole: frozenset[str]) -> str | None:
    joined, spaced = "".join(left), " ".join(left)
    if spaced in whole:
        return spaced
    if joined in whole:
        return joined
    return left[0] if left and all(word in whole for word in left) else None


def bare_words(words: list[str], spared: frozenset[str]) -> list[str]:
    return [word for word in words if word not in spared]


def listed(table: Mapping[Language, frozenset[str]], left: list[str], reason: Reason) -> OptOut | None:
    said = " ".join(left)
    hits = (OptOut(frozenset({"unnamed"}), said, reason, tongue) for tongue, whole in table.items() if said in whole)
    return next(hits, None)


def misspelled_keyword(words: list[str]) -> OptOut | None:
    left = bare_words(words, POLITE)
    typed = "".join(left)
    if not left or len(left) > 3 or typed in LOOKALIKES or any(word in LOOKALIKES for word in left):
        return None
    for language, whole in _MISSPELLABLE.items():
        meant = next((each for each in whole if is_slip(typed, each)), None)
        if meant:
            return OptOut(frozenset({"unnamed"}), meant, "misspelled", language)
    return None


def one_sentence(text: str) -> OptOut | None:
    """A keyword as a sentence of its own among others: "Stop. I found somebody else"."""
    for sentence in SENTENCE_END.split(text):
        said = straightened(folded(sentence))
        left = bare_words(said.split(), IMPATIENT)
        for language, whole in _WHOLE_INSISTENT.items():
            if " ".join(left) in whole:
                return OptOut(frozenset({"unnamed"}), " ".join(left), "one_sentence", language)
    return None


def doubtful(said: str) -> OptOut | None:
    found = _DOUBTFUL.phrases.first(said)
    if found is None:
        return None
    meant = _DOUBTFUL.meant[found]
    return OptOut(frozenset(meant.scopes), meant.phrase, "doubtful", meant.language)


def bare_word(said: str) -> OptOut | None:
    left = _BARE_FRIENDS.without(said).split()
    for language, table in BARE.items():
        found = next((word for word in table if word in left), None)
        if found:
            return OptOut(frozenset({"unnamed"}), found, "bare_word", language)
    return None


def meant_by(tables: Mapping[Language, Mapping[Scope, tuple[str, ...]]]) -> list[Meant]:
    return [
        Meant((scope,), language, phrase)
        for scope in SCOPES
        for language, table in tables.items()
        for phrase in table.get(scope, ())
    ]


def spoken(tables: Mapping[Language, Mapping[Scope, tuple[str, ...]]]) -> Iterator[str]:
    """Every word of the tables, without the marks of a phrase."""
    for table in tables.values():
        for phrases in table.values():
            for phrase in phrases:
                yield from LETTERS.findall(phrase)


_FRIENDS = Phrases(FALSE_FRIENDS)
_BARE_FRIENDS = Phrases(BARE_FRIENDS)
_EXPLICIT = Table([*(Meant(scopes, "en", phrase) for phrase, scopes in TOGETHER), *meant_by(EXPLICIT)])
_DOUBTFUL = Table([*meant_by(DOUBTFUL), *meant_by(SHAPES)])
_DOUBTS = Phrases(AHEAD)
_WHOLE: Mapping[Language, frozenset[str]] = {
    language: whole | KEYPHRASES[language] | {phrase.replace(" ", "") for phrase in KEYPHRASES[language]}
    for language, whole in KEYWORDS.items()
}
_WHOLE_INSISTENT: Mapping[Language, frozenset[str]] = {
    language: frozenset(each for each in whole if each in INSISTENT or each in KEYPHRASES[language])
    for language, whole in _WHOLE.items()
}
_MISSPELLABLE: Mapping[Language, tuple[str, ...]] = {
    "en": ("stop", "stopall", "unsubscribe", "cancel", "revoke", "optout", "remove", "stoptext", "stopit"),
    "es": ("basta", "parar", "detener", "cancelar", "desuscribir"),
}
_OF_FRIENDS = frozenset(word for phrase in (*FALSE_FRIENDS, *BARE_FRIENDS) for word in LETTERS.findall(phrase))
VOCABULARY = Vocabulary({*spoken(EXPLICIT), *spoken(DOUBTFUL)}, LOOKALIKES | _OF_FRIENDS, SPELLINGS)
