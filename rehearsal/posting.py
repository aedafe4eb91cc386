"""How status callbacks travel: lost, doubled, late and so out of order; the same seed makes the same luck."""

from dataclasses import dataclass
from random import Random

AT_ONCE_S = (0.0,)


@dataclass(frozen=True, slots=True)
class Posting:
    """Shares of all callbacks, from 0 to 1; a late one arrives up to ``latest_s`` late, and so does a second copy."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    latest_s: float = 30.0

    def arrivals(self, draw: str) -> tuple[float, ...]:
        """After how many seconds each copy arrives; none if it is lost. ``draw`` names the callback."""
        if not (self.lost or self.doubled or self.late):
            return AT_ONCE_S
        chance = Random(draw)  # noqa: S311 - repeatable on purpose
        if chance.random() < self.lost:
            return ()
        first = chance.uniform(0.0, self.latest_s) if chance.random() < self.late else 0.0
        again = (first + chance.uniform(0.0, self.latest_s),) if chance.random() < self.doubled else ()
        return (first, *again)
