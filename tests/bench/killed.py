"""A real worker is killed with kill -9 at every point between two side effects of a dial: the process that does the
job, the worker that started it, or both.

Run it as ``python -m tests.bench.killed``, perhaps with ``--repetitions``, ``--point`` or ``--who``. ``--speed`` makes
the product's clock run faster, so that the 45 seconds after a request that was never made pass sooner; figures are told
in its seconds. It ends with 1 after a call too many, a callback that was lost, or one that came too late.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis

from gateway.keeping.embedded import Valkey, wheel_server
from routing.state.migrate import migrate
from tests.killing import POINTS, WHO, Repetition, Who, killing

FOUND_S, REDIALLED_S = 20.0, 75.0


@dataclass
class Result:
    point: str
    who: Who
    done: list[Repetition] = field(default_factory=list)
    lost: int = 0

    @property
    def doubled(self) -> int:
        return sum(each.created > 1 for each in self.done)

    @property
    def never(self) -> int:
        return sum(each.created == 0 for each in self.done)

    def slowest(self, speed: float) -> float:
        return max((each.known_s * speed for each in self.done), default=0.0)

    def is_good(self, speed: float) -> bool:
        most = REDIALLED_S if self.point == "after_posting" else FOUND_S
        return not (self.doubled or self.never or self.lost) and self.slowest(speed) <= most

    def row(self, speed: float) -> str:
        return (
            f"| {self.point} | {self.who} | {len(self.done)} | {self.doubled} | {self.lost + self.never} | "
            f"{self.slowest(speed):.1f} s |"
        )


def measured(point: str, who: Who, repetitions: int, speed: float) -> Result:
    result = Result(point, who)
    with (
        tempfile.TemporaryDirectory() as name,
        Valkey(Path(name) / "valkey", persist=False, server=wheel_server()) as at,
    ):
        url = f"sqlite:///{name}/leadline.db"
        migrate(url)
        live = redis.Redis.from_url(at.url, decode_responses=True)
        with killing(url, live, (at.url, Path(name) / "worker"), who, speed) as killed:
            for _ in range(repetitions):
                callback = killed.ask(point)
                try:
                    result.done.append(killed.repetition(callback))
                except AssertionError as error:
                    sys.stderr.write(f"{error}\n")
                    result.lost += 1
                killed.settle(callback)
        live.close()
    return result


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--point", choices=POINTS, action="append")
    parser.add_argument("--who", choices=WHO, action="append")
    parser.add_argument("--speed", type=float, default=1.0)
    asked = parser.parse_args(argv)
    # Told to stop, it still stops the workers it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tell("| killed | who | repetitions | dialled twice | lost | slowest until known |")
    tell("|---|---|---|---|---|---|")
    good = True
    for point in asked.point or POINTS:
        for who in asked.who or WHO:
            result = measured(point, who, asked.repetitions, asked.speed)
            tell(result.row(asked.speed))
            good = good and result.is_good(asked.speed)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
