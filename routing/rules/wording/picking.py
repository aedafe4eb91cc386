"""What a reply to a pick-list means, by number or by name: one choice for certain, or unclear and why. Nobody is sent
by a guess (A-82): two names, a name with "not", another state or a real place elsewhere are all unclear."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from routing.rules.wording.folding import folded, phrase_pattern
from routing.rules.wording.intent import occurs, plural
from routing.rules.wording.misspelling import LONG, slips, straightened
from routing.rules.wording.person_words import PERSON
from routing.rules.wording.picking_words import (
    ALSO_WORDS,
    AROUND,
    DENIED,
    MAYBE_A_NUMBER,
    NO_CHOICE,
    ORDINALS,
    STATES,
    WRITTEN_OUT,
)

Why = Literal["silence", "wrong_number", "several", "denied", "no_choice", "person", "elsewhere", "nothing_known"]
TWICE: frozenset[Why] = frozenset({"wrong_number", "several", "denied", "elsewhere", "nothing_known"})
"""Worth asking once more; who wants a person or has no wish is not asked again."""
SHORTEST_MISSPELLED = 5
ZIP = re.compile(r"(?<!\d)(\d{5})(?:-\d{4})?(?!\d)")


@dataclass(frozen=True, slots=True)
class Option:
    """``label`` is what is shown ("St. Charles, IL"), ``called`` further phrases that mean it, ``state`` the code of
    where it lies if the label does not say."""

    value: str
    label: str
    called: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class Picked:
    """``phrase`` is the number or the label it was known by, never the person's own words."""

    value: str
    phrase: str


@dataclass(frozen=True, slots=True)
class Unclear:
    because: Why

    @property
    def ask_again(self) -> bool:
        return self.because in TWICE


@dataclass(frozen=True, slots=True)
class Name:
    """A label taken apart: plain words, and the state it carries, "" if none."""

    words: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    raw: str = field(repr=False)
    plain: str = field(repr=False)

    @property
    def words(self) -> list[str]:
        return self.plain.split()


def picked(options: Sequence[Option], text: str, elsewhere: Collection[str] = ()) -> Picked | Unclear:
    """``elsewhere``: plain names of places that exist, so that none of them counts as a misspelled option."""
    said = Said(text, written_out(straightened(folded(text))))
    if not said.plain:
        return Unclear("silence")
    by_number = numbered(options, said)
    if by_number:
        return by_number
    named = {option.value: option for option in options if is_named(option, said)}
    if len(named) == 1 and not DENIED & set(said.words):
        (option,) = named.values()
        return Picked(option.value, option.label)
    if named:
        return Unclear("several" if len(named) > 1 else "denied")
    return misspelled(options, said, elsewhere) or unclear(options, said)


def numbered(options: Sequence[Option], said: Said) -> Picked | Unclear | None:
    """Only where nothing else is said: "2 pm" is no choice."""
    core = [word for word in said.words if word not in AROUND or word in ORDINALS]
    numbers = [ORDINALS.get(word, int(word) if word.isdecimal() and len(word) < 3 else None) for word in core]
    if not core or None in numbers:
        return None
    meant = {number for word, number in zip(core, numbers, strict=True) if word not in MAYBE_A_NUMBER} or set(numbers)
    if len(meant) > 1:
        return Unclear("several")
    number = meant.pop() or 0
    if not 1 <= number <= len(options):
        return Unclear("wrong_number")
    return Picked(options[number - 1].value, str(number))


def is_named(option: Option, said: Said) -> bool:
    if any(occurs(plural(phrase) if "|" not in phrase else phrase, said.plain) for phrase in option.called):
        return True
    name = name_of(option.label)
    found = phrase_pattern(name.words).search(said.plain) if name.words else None
    if found is None:
        return False
    state = state_after(said, found.end(), name.words)
    return state in ("", name.state or option.state.lower())


def name_of(label: str) -> Name:
    city, comma, state = label.rpartition(",")
    code = state.strip().lower()
    if comma and code in STATES.values():
        return Name(written_out(folded(city)), code)
    return Name(written_out(folded(label)))


def written_out(plain: str) -> str:
    return " ".join(WRITTEN_OUT.get(word, word) for word in plain.split())


def state_after(said: Said, end: int, name: str) -> str:
    """The state that is said right behind a name, as its code; "" if none."""
    after = said.plain[end:].split()[:2]
    spoken = STATES.get("_".join(after)) or STATES.get("".join(after[:1]))
    if spoken:
        return spoken
    code = "".join(after[:1])
    if code not in STATES.values():
        return ""
    return code if code not in ALSO_WORDS or is_written_as_state(said.raw, name, code) else ""


def is_written_as_state(raw: str, name: str, code: str) -> bool:
    last = re.escape(name.split()[-1])
    found = re.search(rf"(?i:{last})\s*(,?)\s*((?i:{code}))\b", raw)
    return bool(found and (found[1] or (found[2].isupper() and not raw.isupper())))


def misspelled(options: Sequence[Option], said: Said, elsewhere: Collection[str]) -> Picked | Unclear | None:
    """One slip in a short name, two in a long one; the whole reply, polite words aside."""
    typed = " ".join(word for word in said.words if word not in AROUND)
    if typed in elsewhere:
        return Unclear("elsewhere")
    near = [option for option in options if is_near(typed, name_of(option.label).words)]
    if len(near) == 1:
        return Picked(near[0].value, near[0].label)
    return Unclear("several") if near else None


def is_near(typed: str, name: str) -> bool:
    most = 2 if len(name) >= LONG + 2 else 1
    return len(name) >= SHORTEST_MISSPELLED and typed[:1] == name[:1] and slips(typed, name, most) <= most


def unclear(options: Sequence[Option], said: Said) -> Unclear:
    names = (name_of(option.label).words for option in options)
    if any(occurs(phrase, said.plain) for phrase in PERSON):
        return Unclear("person")
    if any(occurs(phrase, said.plain) for phrase in NO_CHOICE):
        return Unclear("no_choice")
    return Unclear("elsewhere" if any(name and occurs(name, said.plain) for name in names) else "nothing_known")


def zip_in(text: str) -> str | None:
    """The one ZIP of a text; None for none or two."""
    found = set(ZIP.findall(text))
    return found.pop() if len(found) == 1 else None


def shown(labels: Mapping[str, str], value: str, language: str) -> str:
    return labels.get(language) or labels.get("en") or value.replace("-", " ").replace("_", " ").capitalize()
