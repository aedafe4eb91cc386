"""The chats that are open at this gateway, and its one tail of what was announced: whoever it is about looks again."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from gateway.chat.guard import Allowance, Allowances
from gateway.house import OTHER_BUDGET_S, House
from routing.state.live.ear import NEWS, Ear
from routing.state.tail import News, Tail

POLL_S = 0.25
THREADS = 2
"""So few that calls never wait for chats."""
TOPICS = ("message", "lead", "typing")
CHATS_A_MINUTE, MESSAGES_A_MINUTE = 10, 20
MOST_OF_A_CHAT, MOST_OF_AN_ADDRESS = 5, 50
"""Connections at once."""

Given = ParamSpec("Given")
Got = TypeVar("Got")


class Listener(Protocol):
    chat_id: str
    address: str

    def look(self) -> None:
        """Something about it was announced."""

    def type(self, coordinator: str) -> None:
        """Somebody writes at this moment."""


class Hub:
    def __init__(self, house: House) -> None:
        self.house = house
        self.threads = CapacityLimiter(THREADS)
        self.sessions = Allowances(lambda: Allowance(CHATS_A_MINUTE, 60))
        self.messages = Allowances(lambda: Allowance(MESSAGES_A_MINUTE, 60))
        self._here: set[Listener] = set()
        self._about: defaultdict[str, set[Listener]] = defaultdict(set)

    @property
    def is_empty(self) -> bool:
        return not self._here

    async def below(self, work: Callable[Given, Got], *given: Given.args, **named: Given.kwargs) -> Got:
        """In a thread of the chats' own. :raises TimeoutError: after ten seconds."""
        with anyio.fail_after(OTHER_BUDGET_S):
            return await to_thread.run_sync(
                partial(work, *given, **named), abandon_on_cancel=True, limiter=self.threads
            )

    def admits(self, chat: str, address: str) -> bool:
        mine = sum(each.chat_id == chat for each in self._here)
        near = sum(each.address == address for each in self._here)
        return mine < MOST_OF_A_CHAT and near < MOST_OF_AN_ADDRESS

    def enter(self, listener: Listener) -> None:
        self._here.add(listener)

    def follow(self, subject: str, listener: Listener) -> None:
        self._about[subject].add(listener)

    def leave(self, listener: Listener, subjects: Iterable[str]) -> None:
        self._here.discard(listener)
        for subject in subjects:
            self._about[subject].discard(listener)
            if not self._about[subject]:
                del self._about[subject]

    def tell(self, news: Iterable[News]) -> None:
        for each in news:
            subject, _, coordinator = each.subject.partition(" ")
            for listener in tuple(self._about.get(subject, ())):
                if each.topic == "typing":
                    listener.type(coordinator)
                else:
                    listener.look()


async def keep_chats(hub: Hub) -> None:
    """Woken by Redis, and by itself four times a second."""
    house = hub.house
    ear, tail = Ear(house.settings.redis_url, time.sleep, NEWS), Tail(house.desk.db, TOPICS)
    waits = CapacityLimiter(1)
    while True:
        await to_thread.run_sync(ear.wait, POLL_S, abandon_on_cancel=True, limiter=waits)
        if hub.is_empty:
            continue
        try:
            hub.tell(await hub.below(tail.news, house.now()))
        except Exception as error:
            # Nothing that is lost here stays lost: every chat looks by itself now and then.
            house.log.error("chat_news_not_read", error=type(error).__name__)
