"""The hands of a person who plays a phone of the simulated network: what they press, say and decide, as it comes."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

Decision = Literal["answer", "refuse", "mailbox"]
Listening = Literal["keys", "words", "message"]


@dataclass(frozen=True, slots=True)
class Touch:
    """``typing`` is how somebody at a keyboard draws breath: they are about to speak, so silence does not count."""

    what: Literal["key", "words", "typing"]
    text: str = ""


@dataclass(slots=True)
class Hands:
    """``listens`` is what the network attends to this moment; whatever comes while it is empty is not heard."""

    decision: Decision | None = None
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    listens: frozenset[Listening] = frozenset()
    touches: deque[Touch] = field(default_factory=deque)
    touched: asyncio.Event = field(default_factory=asyncio.Event)

    def decide(self, decision: Decision) -> None:
        """What becomes of the ringing; the first decision counts."""
        if not self.decided.is_set():
            self.decision = decision
            self.decided.set()

    def touch(self, touch: Touch) -> bool:
        """Whether anything listens to it."""
        wanted = {"key": {"keys", "message"}, "words": {"words", "message"}, "typing": {"words", "message"}}[touch.what]
        if not self.listens & wanted:
            return False
        self.touches.append(touch)
        self.touched.set()
        return True

    @contextmanager
    def attended(self, listens: frozenset[Listening]) -> Iterator[None]:
        """What came before is forgotten, as Twilio forgets keys pressed before a Gather."""
        self.touches.clear()
        self.touched.clear()
        self.listens = listens
        try:
            yield
        finally:
            self.listens = frozenset()
