"""Whose inquiry it is: by number, e-mail address and name. Same number and a clearly different name is another person
on one episode, and neither learns about the other (A-28, A-29, S-19)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Likeness = Literal["same", "unsure", "different"]
"""Of two names; ``unsure`` says nothing either way."""


@dataclass(frozen=True, slots=True)
class Who:
    """What somebody said of herself: number in E.164, address as checked, name as said."""

    number: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)

    @property
    def is_nobody(self) -> bool:
        """No way to reach her, so that she is a stranger each time."""
        return self.number is None and self.email is None


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody on record who shares the number or the address. ``is_first``: whom the number means until told
    otherwise."""

    person: str
    by_number: bool
    by_email: bool
    is_first: bool
    name: Likeness


@dataclass(frozen=True, slots=True)
class Recognised:
    """``person`` None: somebody new. ``keys`` are what she was known by."""

    person: str | None
    keys: tuple[str, ...] = ()


def recognise(seen: Sequence[Sighting]) -> Recognised:
    """The number counts most, then the address, then the name that is surely the same; a name that is clearly another
    takes anybody out."""
    possible = [each for each in seen if each.name != "different"]
    found = max(possible, key=closeness, default=None)
    if found is None:
        return Recognised(None)
    said = (("number", found.by_number), ("email", found.by_email), ("name", found.name == "same"))
    return Recognised(found.person, tuple(key for key, holds in said if holds))


def closeness(one: Sighting) -> tuple[bool, bool, bool, bool, str]:
    return one.by_number, one.name == "same", one.by_email, one.is_first, one.person
