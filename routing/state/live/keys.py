"""The names of live state in Redis: all keys of a practice share one hash tag (design section 3.2)."""

from dataclasses import dataclass
from typing import Literal


class NotSeated(LookupError):
    """Redis does not know this practice, this version of its rulebook, or this coordinator: seat from the rows."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key of a practice carries its hash tag, so that a cluster keeps them together."""

    practice: str

    def of(self, *words: str) -> str:
        return ":".join((f"leadline:{{{self.practice}}}", *words))

    def who(self, coordinator: str) -> str:
        return self.of("who", coordinator)

    def queue(self, queue: str, part: Literal["free", "there", "turns", "current"]) -> str:
        return self.of("queue", queue, part)

    @property
    def ends(self) -> str:
        return self.of("ends")

    @property
    def fence(self) -> str:
        return self.of("fence")

    @property
    def seated(self) -> str:
        return self.of("seated")

    @property
    def people(self) -> str:
        return self.of("people")

    @property
    def followed(self) -> str:
        return self.of("followed")

    @property
    def news(self) -> str:
        return self.of("news")
