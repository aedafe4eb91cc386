"""Recognises a crisis in somebody's words, before anything else is made of them (compliance facts section 8, I11)."""

from dataclasses import dataclass

from routing.rules.wording.crisis_words import CRISIS, FALSE_FRIENDS, CrisisCategory
from routing.rules.wording.folding import first_said, folded, phrase_pattern

MASK = " - "
"""Stands where a false friend was, so that the words beside it make no new phrase."""
_FALSE_FRIENDS = tuple(phrase_pattern(phrase) for phrase in FALSE_FRIENDS)
_CRISIS = {
    category: tuple((phrase, phrase_pattern(phrase)) for phrase in phrases) for category, phrases in CRISIS.items()
}


@dataclass(frozen=True, slots=True)
class Crisis:
    """``phrase`` is the one of our table that matched, never the person's own words."""

    category: CrisisCategory
    phrase: str


def crisis_in(text: str) -> Crisis | None:
    """What is left after the false friends are taken out decides, so that one beside a real phrase hides nothing."""
    said = folded(text)
    for friend in _FALSE_FRIENDS:
        said = friend.sub(MASK, said)
    found = ((category, first_said(said, phrases)) for category, phrases in _CRISIS.items())
    return next((Crisis(category, phrase) for category, phrase in found if phrase), None)
