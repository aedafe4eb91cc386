"""Recognises a crisis in somebody's words, before anything else is made of them (compliance facts section 8, I11)."""

from dataclasses import dataclass

from routing.rules.wording.crisis_friends import FALSE_FRIENDS
from routing.rules.wording.crisis_words import CRISIS, CrisisCategory
from routing.rules.wording.folding import Phrases, folded


@dataclass(frozen=True, slots=True)
class Crisis:
    """``phrase`` is the one of our table that matched, never the person's own words."""

    category: CrisisCategory
    phrase: str


_FALSE_FRIENDS = Phrases(FALSE_FRIENDS)
_LISTED = tuple(Crisis(category, phrase) for category, listed in CRISIS.items() for phrase in listed)
_CRISIS = Phrases(each.phrase for each in _LISTED)


def crisis_in(text: str) -> Crisis | None:
    """What is left after the false friends are taken out decides, so that one beside a real phrase hides nothing."""
    found = _CRISIS.first(_FALSE_FRIENDS.without(folded(text)))
    return None if found is None else _LISTED[found]
