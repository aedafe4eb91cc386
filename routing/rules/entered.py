"""A lead as a page, a source or a list tells it: values that can be kept, and entered into the books later."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from routing.rules import canonical
from routing.rules.canonical import Plain
from routing.rules.identity import Who
from routing.rules.values import ContactWay, Stated


def nobody_said() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Agreed:
    """What she agreed to, and how that can be shown. ``version`` names the words, ``evidence`` is kept as it came."""

    ways: tuple[ContactWay, ...]
    version: str
    names_us: bool
    evidence: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """``via`` is where it came in: ``form:lp-101``, ``source:callrail``, ``list:lp-101``. ``keys`` are its inbox keys,
    the first names it; ``nonce`` is good for one post. ``told`` is everything else that was said, for sealing.
    ``chosen_at`` is the exact time she named for a call, ``wanted_at`` the time she would rather be called at."""

    via: str
    who: Who
    attributes: Mapping[str, Stated]
    at: datetime
    keys: tuple[str, ...]
    told: Mapping[str, Any] = field(default_factory=nobody_said, repr=False)
    agreed: Agreed | None = None
    chosen_at: datetime | None = None
    wanted_at: datetime | None = None
    best: tuple[int, int] | None = None
    """Minutes of her day between which she would rather be called."""
    nonce: str | None = None
    is_test: bool = False
    asked_at: datetime | None = None
    """When she asked, where we hear of it later."""

    @property
    def ways(self) -> frozenset[ContactWay]:
        """How she asked to be contacted: who leaves a number may be called back by a person, and is texted only where
        she agreed to that."""
        agreed = self.agreed.ways if self.agreed else ()
        call: tuple[ContactWay, ...] = ("call",) if self.who.number else ()
        email: tuple[ContactWay, ...] = ("email",) if self.who.email else ()
        return frozenset((*call, *email, *agreed))


def enriched(before: Entered, later: Entered) -> Entered:
    """What the later report fills in or corrects; what it leaves out stays."""
    who = Who(
        later.who.number or before.who.number, later.who.email or before.who.email, later.who.name or before.who.name
    )
    return replace(
        before,
        who=who,
        attributes=MappingProxyType({**before.attributes, **later.attributes}),
        told=MappingProxyType({**before.told, **{name: text for name, text in later.told.items() if text}}),
        agreed=before.agreed or later.agreed,
        chosen_at=before.chosen_at or later.chosen_at,
        wanted_at=before.wanted_at or later.wanted_at,
        best=before.best or later.best,
        is_test=before.is_test or later.is_test,
    )


def read(text: Plain) -> Entered:
    """From ``canonical.plain``."""
    agreed = text["agreed"]
    return Entered(
        via=text["via"],
        who=Who(**text["who"]),
        attributes=MappingProxyType({name: Stated(**said) for name, said in text["attributes"].items()}),
        at=datetime.fromisoformat(text["at"]),
        keys=tuple(text["keys"]),
        told=MappingProxyType(text["told"]),
        agreed=Agreed(tuple(agreed["ways"]), agreed["version"], agreed["names_us"], agreed["evidence"])
        if agreed
        else None,
        chosen_at=instant(text["chosen_at"]),
        wanted_at=instant(text["wanted_at"]),
        best=(text["best"][0], text["best"][1]) if text["best"] else None,
        nonce=text["nonce"],
        is_test=text["is_test"],
        asked_at=instant(text["asked_at"]),
    )


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def written(entered: Entered) -> str:
    return canonical.dumps(entered)
