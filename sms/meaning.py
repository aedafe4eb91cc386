"""What a text asks of us before anything else is made of it, read from its words and from what the provider says."""

from dataclasses import dataclass
from typing import Literal

from routing.rules.book import Book
from routing.rules.values import ContactWay
from routing.rules.wording import meaning as wording
from routing.rules.wording.crisis import Crisis
from routing.rules.wording.opt_out import ways_of
from routing.rules.wording.opt_out_words import Scope

Wanted = Literal["out", "in", "help"]
BY_PROVIDER: dict[str, Wanted] = {"STOP": "out", "START": "in", "HELP": "help"}
UNNAMED: frozenset[Scope] = frozenset({"unnamed"})


@dataclass(frozen=True, slots=True)
class Meant:
    """``certain`` is False where a person has to look whether it was meant so. ``confirmed`` when the provider has
    answered already (OptOutType). ``scopes`` is what an opt-out names."""

    crisis: Crisis | None = None
    wanted: Wanted | None = None
    certain: bool = True
    confirmed: bool = False
    scopes: frozenset[Scope] = UNNAMED

    @property
    def only_wish(self) -> bool:
        """Nothing else is asked of us, so that no lead is opened for it."""
        return self.wanted in ("out", "in") and self.certain and self.crisis is None

    def ways(self, book: Book) -> frozenset[ContactWay]:
        """What a wish covers: the ways she named, else what the practice's policy says. START is about texts."""
        if self.wanted == "in":
            return frozenset({"text"})
        return ways_of(self.scopes, "text", book.policies.opt_out_scope)


def meaning(body: str, opt_out_type: str = "") -> Meant:
    """``opt_out_type`` is the provider's own word for it."""
    read = wording.meaning(body)
    scopes = read.opt_out.scopes if read.opt_out else UNNAMED
    told = BY_PROVIDER.get(opt_out_type)
    if told:
        return Meant(read.crisis, told, confirmed=True, scopes=scopes)
    if read.opt_out:
        return Meant(read.crisis, "out", read.opt_out.certain, scopes=scopes)
    return Meant(read.crisis, "help" if read.help else "in" if read.opt_in else None)
