"""Time for the simulated phones: real, faster than real, or virtual, where a 25 s ring costs nothing."""

import asyncio
import heapq
import itertools
import selectors
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Pace(Protocol):
    """Seconds of the phone network. ``outside`` marks work of others (a request in flight) that virtual time awaits,
    ``awaiting`` a wait for something that others may do in their own time (move a waiting call)."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    def outside(self) -> AbstractContextManager[None]: ...

    def awaiting(self) -> AbstractContextManager[None]: ...


class RealPace:
    """The wall clock, ``speed`` times as fast."""

    def __init__(self, clock: Callable[[], float], speed: float = 1.0) -> None:
        self._clock = clock
        self._speed = speed
        self._began = clock()

    def now(self) -> float:
        return (self._clock() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    def outside(self) -> AbstractContextManager[None]:
        return nullcontext()

    def awaiting(self) -> AbstractContextManager[None]:
        return nullcontext()


class VirtualPace:
    """Jumps to the next sleeper whenever the event loop has nothing else to do and nobody outside is at work.

    With ``clock`` it does not jump while somebody waits for what others do in their own time: then it goes with that
    clock, ``speed`` times as fast."""

    def __init__(self, clock: Callable[[], float] | None = None, speed: float = 1.0) -> None:
        self._clock = clock
        self._speed = speed
        self._awaiting = 0
        self._awaited_since = 0.0
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._turn = itertools.count()
        self._outside = 0

    def now(self) -> float:
        if self._clock and self._awaiting:
            return self._now + (self._clock() - self._awaited_since) * self._speed
        return self._now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + max(seconds, 0.0), next(self._turn), woken))
        await woken

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        self._settle()
        self._awaiting += 1
        try:
            yield
        finally:
            self._settle()
            self._awaiting -= 1

    def _settle(self) -> None:
        self._now = self.now()
        self._awaited_since = self._clock() if self._clock else 0.0

    @contextmanager
    def outside(self) -> Iterator[None]:
        self._outside += 1
        try:
            yield
        finally:
            self._outside -= 1

    def jump(self) -> float | None:
        """Wakes the next sleeper and answers 0, or the real seconds until it is his turn. None when nobody sleeps or
        work outside has to finish first."""
        if self._outside:
            return None
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            return None
        at = self._sleepers[0][0]
        if self._clock and self._awaiting:
            early_s = at - self.now()
            if early_s > 0:
                return early_s / self._speed
            self._settle()
        else:
            self._now = at
        heapq.heappop(self._sleepers)[2].set_result(None)
        return 0.0


class _JumpingSelector(selectors.BaseSelector):
    """The event loop asks to block only when nothing is ready: the one moment at which virtual time may move."""

    def __init__(self, pace: VirtualPace) -> None:
        self._real = selectors.DefaultSelector()
        self._pace = pace

    def register(self, fileobj: Any, events: int, attached: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, attached)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._real.select(0)
        if ready or timeout == 0:
            return ready
        wait_s = self._pace.jump()
        if wait_s == 0:
            return ready
        return self._real.select(timeout if wait_s is None else min(wait_s, timeout or wait_s))

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


def run_virtual(play: Callable[[VirtualPace], Coroutine[Any, Any, T]], pace: VirtualPace | None = None) -> T:
    """Runs ``play`` to its end on an event loop of its own in virtual time."""
    pace = pace or VirtualPace()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_JumpingSelector(pace))) as runner:
        return runner.run(play(pace))


async def wait_first(pace: Pace, events: Sequence[asyncio.Event], seconds: float) -> bool:
    """Whether one of the events came within ``seconds``; one that is set already counts."""
    if any(event.is_set() for event in events):
        return True
    awaited = [asyncio.ensure_future(event.wait()) for event in events]
    timer = asyncio.ensure_future(pace.sleep(seconds))
    try:
        await asyncio.wait([*awaited, timer], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*awaited, timer):
            task.cancel()
    return any(event.is_set() for event in events)
