"""The people of a rehearsal: how a caller and a coordinator behave, and the phones they hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class CallerHabit:
    """``keys``: what she presses at her first, second ... Gather ("" for nothing). Times in seconds; None is never."""

    talk_s: float | None = 60.0
    patience_s: float | None = None
    """Hangs up so long after dialling unless she talks to a person by then."""
    keys: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    """What she says at her first, second ... Gather that listens; "" for nothing."""
    key_after_s: float = 2.0
    wait_key: str = ""
    """Pressed once in a waiting room that listens for keys, ``wait_key_after_s`` after entering it."""
    wait_key_after_s: float = 30.0
    message_s: float = 8.0
    """How long she speaks to a recorder; 0 says nothing."""
    message_end: str = "#"
    """The key pressed after the message, ``hangup``, or nothing: falls silent."""


@dataclass(frozen=True, slots=True)
class CoordinatorHabit:
    """``keys`` as for a caller; the first is the answer to the whisper."""

    reach: Literal["answers", "mailbox", "no-answer", "busy", "failed"] = "answers"
    answer_s: float = 4.0
    keys: tuple[str, ...] = ("1",)
    key_after_s: float = 3.0
    leaves_whisper_s: float | None = None
    """Hangs up so long after picking up, unless bridged by then."""
    talk_s: float | None = None


HABITS: Mapping[str, CoordinatorHabit] = MappingProxyType(
    {
        "accepts": CoordinatorHabit(),
        "refuses": CoordinatorHabit(keys=("2",)),
        "no-answer": CoordinatorHabit("no-answer"),
        "mailbox": CoordinatorHabit("mailbox", answer_s=12.0, keys=()),
        "hangs-up": CoordinatorHabit(keys=(), leaves_whisper_s=2.0),
        "busy": CoordinatorHabit("busy"),
        "failed": CoordinatorHabit("failed"),
    }
)


PLAYED = CoordinatorHabit(answer_s=float("inf"), keys=())
"""The habit of a phone in somebody's hands: none."""


@dataclass(frozen=True, slots=True)
class Caller:
    number: str
    """E.164, or what a withheld number shows, such as ``anonymous``."""
    habit: CallerHabit = CallerHabit()


@dataclass(slots=True)
class Phone:
    """``lines`` calls fit on it at once; ``engaged`` are the live legs' sids."""

    number: str
    name: str
    habit: CoordinatorHabit
    lines: int = 1
    engaged: set[str] = field(default_factory=set)
    played: bool = False
    """By a person: whoever rings it waits for their hands instead of a habit."""


@dataclass(slots=True)
class Phonebook:
    """Every phone that may be dialled; a number nobody entered belongs to somebody with the ``otherwise`` habit."""

    otherwise: CoordinatorHabit = CoordinatorHabit()
    names: Mapping[str, str] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    draw: Callable[[str], CoordinatorHabit] | None = None
    """Where the habit is drawn anew for every ring of a person's own phone, by its number."""

    def enter(self, number: str, habit: CoordinatorHabit, lines: int = 1) -> Phone:
        phone = Phone(number, self.names.get(number, number), habit, lines)
        self.phones[number] = phone
        return phone

    def all_behave(self, habit: CoordinatorHabit) -> None:
        """From the next ring on everybody has this habit."""
        self.otherwise = habit
        for phone in self.phones.values():
            phone.habit = habit

    def phone(self, number: str) -> Phone:
        found = self.phones.get(number) or self.enter(number, self.otherwise)
        if self.draw and found.lines == 1:
            found.habit = self.draw(number)
        return found
