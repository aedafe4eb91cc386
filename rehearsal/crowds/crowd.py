"""Many people, drawn by seed: how long callers wait and talk, and what coordinators do when their phone rings."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from rehearsal.people import CallerHabit, CoordinatorHabit

AREA_CODES = (205, 212, 262, 303, 312, 404, 415, 503, 512, 602, 617, 630, 702, 713, 801, 813, 847, 850, 904, 919)
LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Times in seconds, means of exponential distributions; shares from 0 to 1. What is left of the rings after
    ``no_answer``, ``mailbox``, ``refuses`` and ``busy`` is accepted."""

    seed: str
    talk_mean_s: float = 240.0
    patience_least_s: float = 20.0
    patience_mean_s: float = 150.0
    answer_s: tuple[float, float] = (2.0, 18.0)
    key_after_s: tuple[float, float] = (1.0, 8.0)
    no_answer: float = 0.25
    mailbox: float = 0.10
    refuses: float = 0.03
    busy: float = 0.02
    asks_callback: float = 0.2
    """Share of callers who press 1 in the waiting room, after their patience's first half."""
    message_s: float = 12.0

    def caller(self, place: int) -> CallerHabit:
        """The ``place``-th caller, the same whoever else calls."""
        chance = Random(f"{self.seed}/caller/{place}")  # noqa: S311 - repeatable on purpose
        talk_s = self._talk_s(chance)
        patience_s = self.patience_least_s + chance.expovariate(1 / self.patience_mean_s)
        presses = chance.random() < self.asks_callback
        return CallerHabit(
            talk_s,
            patience_s,
            wait_key="1" if presses else "",
            wait_key_after_s=patience_s / 2,
            message_s=chance.uniform(2.0, 2 * self.message_s),
            message_end=chance.choice(("#", "hangup", "")),
        )

    def coordinators(self) -> Iterator[CoordinatorHabit]:
        """What happens at one ring after another."""
        chance = Random(f"{self.seed}/coordinators")  # noqa: S311 - repeatable on purpose
        while True:
            yield self._coordinator(chance)

    def called_back(self) -> Iterator[CoordinatorHabit]:
        """What callers do at one ring of their own phone after another; whoever picks up talks and hangs up."""
        chance = Random(f"{self.seed}/called-back")  # noqa: S311 - repeatable on purpose
        while True:
            answer_s, draw, talk_s = chance.uniform(*self.answer_s), chance.random(), self._talk_s(chance)
            if draw < self.no_answer:
                yield CoordinatorHabit("no-answer")
            elif draw < self.no_answer + self.mailbox:
                yield CoordinatorHabit("mailbox", answer_s=answer_s, keys=(), talk_s=self.message_s)
            else:
                yield CoordinatorHabit(answer_s=answer_s, keys=(), talk_s=talk_s)

    def _talk_s(self, chance: Random) -> float:
        return min(max(3.0, chance.expovariate(1 / self.talk_mean_s)), LONGEST_S)

    def _coordinator(self, chance: Random) -> CoordinatorHabit:
        answer_s, key_s, draw = chance.uniform(*self.answer_s), chance.uniform(*self.key_after_s), chance.random()
        for share, habit in (
            (self.no_answer, CoordinatorHabit("no-answer")),
            (self.mailbox, CoordinatorHabit("mailbox", answer_s=answer_s, keys=())),
            (self.busy, CoordinatorHabit("busy")),
            (self.refuses, CoordinatorHabit(answer_s=answer_s, keys=("2",), key_after_s=key_s)),
        ):
            if draw < share:
                return habit
            draw -= share
        return CoordinatorHabit(answer_s=answer_s, key_after_s=key_s)


def numbers(taken: frozenset[str]) -> Iterator[str]:
    """Invented numbers that are nobody's, one after another; after the last the first comes again."""
    while True:
        for area in AREA_CODES:
            for line in range(100):
                number = f"+1{area}55501{line:02d}"
                if number not in taken:
                    yield number
