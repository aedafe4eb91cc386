"""What pages of the booth are told: the steps of the call that is watched, in order, and that the scene has changed."""

import asyncio
from dataclasses import dataclass, field

Step = dict[str, object]
MOST_STEPS = 600


@dataclass(slots=True)
class News:
    """``first`` is the number of the oldest step that is kept; numbers go on from call to call."""

    first: int = 0
    steps: list[Step] = field(default_factory=list)
    audience: int = 0
    closed: bool = False
    _bells: set[asyncio.Event] = field(default_factory=set)

    @property
    def following(self) -> int:
        return self.first + len(self.steps)

    def add(self, step: Step) -> None:
        self.steps.append(step)
        over = max(0, len(self.steps) - MOST_STEPS)
        del self.steps[:over]
        self.first += over
        self.ring()

    def clear(self) -> None:
        """Another call is watched from now on."""
        self.first = self.following
        self.steps.clear()
        self.ring()

    def since(self, number: int) -> list[tuple[int, Step]]:
        """Steps from this number on, each with its own."""
        begin = max(number, self.first)
        return list(enumerate(self.steps[begin - self.first :], begin))

    def ring(self) -> None:
        for bell in self._bells:
            bell.set()

    def close(self) -> None:
        self.closed = True
        self.ring()

    def listen(self) -> asyncio.Event:
        """Set whenever something is new; whoever listens clears it, and goes with ``leave``."""
        bell = asyncio.Event()
        bell.set()
        self._bells.add(bell)
        self.audience += 1
        return bell

    def leave(self, bell: asyncio.Event) -> None:
        self._bells.discard(bell)
        self.audience -= 1
