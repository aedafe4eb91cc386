"""What goes wrong on the way to the provider's REST, and how slow it is: set by tests, drawn by seed in a load."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal

Fault = Literal["429", "401", "500-before", "500-after", "timeout-before", "timeout-after", "closed-after"]
"""Before or after: whether Twilio had accepted the request. A connection is only ever closed after."""
ACCEPTED: frozenset[str] = frozenset({"500-after", "timeout-after", "closed-after"})
FAULTS: tuple[Fault, ...] = (
    "429",
    "401",
    "500-before",
    "500-after",
    "timeout-before",
    "timeout-after",
    "closed-after",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that reached the double; lists are joined by blanks."""

    method: str
    path: str
    given: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class RestSwitches:
    """``faults`` meet the next requests that change something, one each; after them ``rates`` (share by kind) decide.
    ``hang_s`` are real seconds, all others those of the pace."""

    faults: deque[Fault] = field(default_factory=deque)
    rates: Mapping[Fault, float] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - repeatable on purpose
    list_lag_s: float = 5.0
    call_every_s: float = 1.0
    longest_queue_s: float = 24 * 3600.0
    most_live_calls: int = 10_000
    hang_s: float = 30.0
    asked: list[Asked] = field(default_factory=list)

    def next_fault(self) -> Fault | None:
        if self.faults:
            return self.faults.popleft()
        draw = self.chance.random()
        for kind, share in self.rates.items():
            draw -= share
            if draw < 0:
                return kind
        return None
