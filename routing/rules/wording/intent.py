"""What a caller wants, from a key or from a few spoken words (A-15): one choice of the menu for certain, or unclear."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from routing.rules.questions import Menu, MenuChoice
from routing.rules.wording.folding import folded, phrase_pattern
from routing.rules.wording.person_words import PERSON, RELAY

Unclear = Literal["silence", "wrong_key", "person", "relay", "several", "nothing_known"]
TWICE: frozenset[Unclear] = frozenset({"wrong_key", "several", "nothing_known"})
"""Whoever tried to answer is asked once more; whoever is silent, wants a person or has a relay speak is not."""


@dataclass(frozen=True, slots=True)
class Heard:
    """``value`` is the choice, None where it is not certain; ``because`` the key, the phrase of the practice file that
    matched, or why it is unclear."""

    value: str | None
    source: Literal["keyed", "spoken"]
    because: str

    @property
    def ask_again(self) -> bool:
        return self.value is None and self.because in TWICE


def heard(menu: Menu, digits: str, speech: str) -> Heard:
    """A key counts before words. Two choices in one sentence are not certain: nobody is sent by a guess."""
    if digits:
        pressed = next((choice.value for choice in menu.choices if choice.key == digits), None)
        return Heard(pressed, "keyed", digits if pressed else "wrong_key")
    said = folded(speech)
    if not said:
        return Heard(None, "keyed", "silence")
    if any(occurs(phrase, said) for phrase in RELAY):
        return Heard(None, "spoken", "relay")
    matches = {choice.value: phrase for choice in menu.choices for phrase in longest(choice, said)}
    if len(matches) == 1:
        ((value, phrase),) = matches.items()
        return Heard(value, "spoken", phrase)
    if matches:
        return Heard(None, "spoken", "several")
    person = any(occurs(phrase, said) for phrase in PERSON)
    return Heard(None, "spoken", "person" if person else "nothing_known")


def longest(choice: MenuChoice, said: str) -> Iterable[str]:
    """The longest phrase of the choice that was said, if any; the choice's own value is one of them."""
    phrases = [phrase for phrase in (choice.value, *choice.say) if occurs(plural(phrase), said)]
    return sorted(phrases, key=len)[-1:]


def plural(phrase: str) -> str:
    """``knee`` is meant by "knees" as well."""
    words = folded(phrase.replace("_", " ")).split()
    return (
        " ".join([*words[:-1], "|".join(dict.fromkeys((words[-1], f"{words[-1]}s", f"{words[-1]}es")))])
        if words
        else ""
    )


def occurs(phrase: str, said: str) -> bool:
    return bool(phrase) and phrase_pattern(phrase).search(said) is not None
