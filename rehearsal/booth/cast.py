"""The cast: every coordinator's phone, who plays it, how it behaves by itself, and what Leadline says of its holder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.directory import Directory
from rehearsal.people import HABITS, Phone, Phonebook


class NotInTheCast(ValueError):
    """No coordinator of this name is at the booth."""


@dataclass(slots=True)
class Part:
    """``known`` is what the API last told of the coordinator: desired, effective, load, cap, on_shift."""

    practice: str
    id: str
    name: str
    phone: Phone
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.practice}/{self.id}"

    @property
    def habit(self) -> str:
        """Its name; none for a habit that has none."""
        return next((name for name, habit in HABITS.items() if habit == self.phone.habit), "")


@dataclass(slots=True)
class Cast:
    parts: dict[str, Part]

    def part(self, key: str) -> Part:
        """Raises ``NotInTheCast``."""
        found = self.parts.get(key)
        if found is None:
            raise NotInTheCast("no such coordinator")
        return found

    def of(self, practice: str) -> list[Part]:
        return [part for part in self.parts.values() if part.practice == practice]

    def play(self, key: str, by_hand: bool) -> None:
        """From the next ring on; who talks already goes on as they are."""
        self.part(key).phone.played = by_hand

    def behave(self, key: str, habit: str) -> None:
        """Raises ``NotInTheCast`` or ``ValueError`` with a sentence for the person at the booth."""
        if habit not in HABITS:
            raise ValueError("habit is one of " + ", ".join(HABITS))
        self.part(key).phone.habit = HABITS[habit]

    def learn(self, practice: str, coordinators: list[dict[str, Any]]) -> None:
        for told in coordinators:
            if part := self.parts.get(f"{practice}/{told['id']}"):
                part.known = told

    def left_to_themselves(self, names: tuple[str, ...]) -> list[str]:
        """Of these people those whose phones nobody plays."""
        played = {part.name for part in self.parts.values() if part.phone.played}
        return [name for name in names if name not in played]


def cast_of(directory: Directory, phones: Phonebook) -> Cast:
    numbers = {name: number for number, name in directory.names.items()}
    parts = [
        Part(practice, coordinator, name, phones.phone(numbers[name]))
        for name, (practice, coordinator) in directory.people.items()
        if name in numbers
    ]
    return Cast({part.key: part for part in parts})
