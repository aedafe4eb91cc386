"""Whether two names may be one person's: parts by nameparser, slips of spelling by rapidfuzz."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from nameparser import HumanName
from rapidfuzz.distance import DamerauLevenshtein

from routing.rules.identity import Likeness

SHORTEST_SLIP = 6
"""Letters of a name in which one slip is likelier than another name: Mario is not Maria."""
SHORT: tuple[frozenset[str], ...] = tuple(
    frozenset(each.split())
    for each in (
        "alex alexander alejandro",
        "alex alexandra sandra",
        "ana anna anne ann annie",
        "andrew andy drew",
        "anthony tony antonio",
        "barbara barb",
        "benjamin ben benny",
        "catherine katherine kate katie kathy cathy kathleen",
        "charles charlie chuck carlos",
        "christopher chris",
        "chris christine christina tina",
        "daniel dan danny",
        "danielle dani danny",
        "david dave",
        "deborah debra deb debbie",
        "edward ed eddie ted",
        "elizabeth liz beth betty eliza lisa",
        "francis frank francisco paco",
        "gregory greg",
        "james jim jimmy jamie",
        "jennifer jen jenny",
        "jeffrey jeff",
        "john jack johnny jon juan",
        "jonathan jon johnny",
        "joseph joe jose pepe",
        "joshua josh",
        "kenneth ken kenny",
        "margaret maggie meg peggy",
        "matthew matt",
        "michael mike mick miguel",
        "nicholas nick",
        "patricia pat patty trish",
        "patrick pat paddy",
        "peter pete pedro",
        "rebecca becky becca",
        "richard rick dick rich ricardo",
        "robert rob bob bobby roberto",
        "samuel sam sammy",
        "samantha sam sammy",
        "stephen steven steve",
        "susan sue susie susanne",
        "theresa teresa terry tess",
        "thomas tom tommy tomas",
        "timothy tim",
        "victoria vicky vicki",
        "william bill billy will liam",
    )
)
"""First names that one person uses; Chris may be Christopher or Christina, who are two."""
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""They are no letter with a mark, and typed so on other keyboards."""
GENERATIONS = {"sr": 1, "jr": 2, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True, slots=True)
class Name:
    """``given`` are all but the family name as one word, ``generation`` tells a son from his father."""

    first: str = ""
    last: str = ""
    given: str = ""
    generation: int | None = None

    @property
    def is_nobody(self) -> bool:
        return not (self.first or self.last)


def likeness(one: str, other: str) -> Likeness:
    """``unsure`` where one side does not say enough: a first name alone, an initial, nothing."""
    mine, theirs = parsed(one), parsed(other)
    if mine.is_nobody or theirs.is_nobody:
        return "unsure"
    if mine.generation and theirs.generation and mine.generation != theirs.generation:
        return "different"
    if turned(mine, theirs):
        return "same"
    first = "same" if mine.given == theirs.given != "" else alike(mine.first, theirs.first)
    last = alike(mine.last, theirs.last)
    if "different" in (first, last):
        # Who marries keeps her first name, but so do two strangers on a number that was given away.
        return "different" if first == "different" or "unsure" in (first, last) else "unsure"
    return "same" if first == last == "same" else "unsure"


@lru_cache(maxsize=4096)
def parsed(text: str) -> Name:
    """Titles say nothing here."""
    found = HumanName(text)
    given = plain(f"{found.first} {found.middle}").replace(" ", "")
    generation = next((GENERATIONS[each] for each in plain(found.suffix).split() if each in GENERATIONS), None)
    return Name(plain(found.first), plain(found.last), given, generation)


def plain(text: str) -> str:
    stripped = unicodedata.normalize("NFKD", text.casefold()).translate(LETTERS)
    return " ".join("".join(each if each.isalpha() else " " for each in stripped if not is_mark(each)).split())


def is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) > 0


def turned(mine: Name, theirs: Name) -> bool:
    return bool(mine.first and mine.last) and (mine.first, mine.last) == (theirs.last, theirs.first)


def alike(mine: str, theirs: str) -> Likeness:
    """What is written in other letters says nothing either way."""
    if not mine or not theirs or mine.isascii() != theirs.isascii():
        return "unsure"
    if mine == theirs or shares_a_word(mine, theirs) or is_slip(mine, theirs):
        return "same"
    if min(len(mine), len(theirs)) == 1:
        return "unsure" if mine[0] == theirs[0] else "different"
    return "same" if any(mine in each and theirs in each for each in SHORT) else "different"


def is_slip(mine: str, theirs: str) -> bool:
    """Not in the last letter, which tells Gabriel from Gabriela."""
    may_be = min(len(mine), len(theirs)) >= SHORTEST_SLIP and mine[-1] == theirs[-1]
    return may_be and DamerauLevenshtein.distance(mine, theirs) <= 1


def shares_a_word(mine: str, theirs: str) -> bool:
    """Two family names of which one is left out: "Reyes Soto" and "Soto"."""
    return any(len(each) > 3 for each in set(mine.split()) & set(theirs.split()))


def first_name(text: str) -> str:
    """As it was written; empty where the name has none."""
    return str(HumanName(text).first)
