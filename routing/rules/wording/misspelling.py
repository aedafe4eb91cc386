"""Words written in haste: letters drawn out, a word in pieces, a slip of the finger. Only within bounds."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
TORN_OFF = re.compile(r"\b(?:don t|do nt|dnt|d0nt)\b")
LONG = 8
"""Letters from which on two slips are believed instead of one."""
SHORTEST = 4


def straightened(said: str) -> str:
    """Text already folded: ``stoooop`` as ``stop``, ``don t`` as ``dont``."""
    return TORN_OFF.sub("dont", DRAWN_OUT.sub(r"\1", said))


def slips(typed: str, meant: str, most: int) -> int:
    """Letters left out, added, changed or swapped with the next (optimal string alignment), ``most + 1`` if more."""
    if abs(len(typed) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, start=1):
        last, row = row, [i]
        for j, wanted in enumerate(meant, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most:
            return most + 1
    return row[-1]


def is_slip(typed: str, meant: str) -> bool:
    if len(meant) < SHORTEST or typed == meant:
        return False
    most = 2 if len(meant) >= LONG else 1
    return slips(typed, meant, most) <= most


class Vocabulary:
    """The words a slip may stand for, and those that are never taken for one. ``spellings`` are slips known as such."""

    def __init__(self, meant: Iterable[str], real: Iterable[str], spellings: Mapping[str, str]) -> None:
        self.real = frozenset(meant) | frozenset(real)
        self.spellings = spellings
        self.by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(set(meant)):
            if len(word) > SHORTEST:
                self.by_letter[word[0]].append(word)

    def repaired(self, said: Sequence[str]) -> str:
        return " ".join(self.meant_by(word) for word in said)

    def meant_by(self, typed: str) -> str:
        """The one word of the vocabulary it is a slip of; itself where there is none or more than one."""
        if typed in self.spellings:
            return self.spellings[typed]
        if len(typed) < SHORTEST or typed in self.real:
            return typed
        near = [word for first in dict.fromkeys(typed[:2]) for word in self.by_letter[first] if is_slip(typed, word)]
        if len(near) > 1:
            near = [word for word in near if slips(typed, word, 1) == 1]
        return near[0] if len(near) == 1 else typed
