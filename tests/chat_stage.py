"""A gateway that really listens, in a thread of its own, with the room's clock; visitors and coordinators before it."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from httpx2 import AsyncClient

from gateway.app import app
from gateway.house import House
from gateway.keeping.demo import free_port
from gateway.tokens import mint
from rehearsal.chatting import ChatDoor, Visitor, visitor
from routing.rules.chats import Chat
from routing.state.practice.tokens import Token, store
from tests.rooms import Room
from tests.stage import house_of, settings_of

HARBOR = "harbor-recovery"
ORIGIN = "https://www.harbor-recovery.example"
Got = TypeVar("Got")


@dataclass
class ChatStage:
    room: Room
    house: House
    url: str
    token: str

    def door(self, origin: str = ORIGIN) -> ChatDoor:
        return ChatDoor(self.url, HARBOR, origin)

    def play(self, scene: Callable[[], Awaitable[Got]]) -> Got:
        async def bounded() -> Got:
            async with asyncio.timeout(60):
                return await scene()

        return asyncio.run(bounded())

    async def visit(self, language: str = "en") -> "Guest":
        return await Guest.come(await visitor(self.door(), language))

    async def api(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        async with AsyncClient(base_url=f"{self.url}/api/v1", timeout=30) as client:
            headers = {"authorization": f"Bearer {self.token}"}
            query, given = (body, None) if method == "GET" else (None, body)
            told = await client.request(method, path, headers=headers, params=query, json=given)
            return told.status_code, told.json() if told.content else None

    def offered(self) -> dict[str, object]:
        """The offer that stands."""
        return dict(self.room.row("reservations", state="pending"))


@dataclass
class Guest:
    """A visitor whose line is open and listened to."""

    who: Visitor
    listening: "asyncio.Task[None]"

    @classmethod
    async def come(cls, who: Visitor) -> "Guest":
        await who.come()
        return cls(who, asyncio.create_task(who.listen()))

    async def again(self) -> None:
        await self.gone()
        await self.who.come()
        self.listening = asyncio.create_task(self.who.listen())

    async def gone(self) -> None:
        await self.who.go()
        await self.listening


@contextmanager
def served(house: House, port: int = 0) -> Iterator[str]:
    """The address of a gateway that stops with the block."""
    port = port or free_port("127.0.0.1", 18_300)
    config = uvicorn.Config(
        app(house),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", port))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@contextmanager
def chat_stage(room: Room, folder: Path, redis_url: str) -> Iterator[ChatStage]:
    house = house_of(room, settings_of(folder, LEADLINE_REDIS_URL=redis_url))
    minted = mint("chattests")
    store(room.db, Token(minted.id, HARBOR, minted.digest, ("admin",), "test", room.now), "test")
    with served(house) as url:
        yield ChatStage(room, house, url, minted.text)


def with_origin(room: Room, *origins: str) -> None:
    """Puts a chat in force that pages of these origins may open."""
    book = room.book()
    chat = book.chat or Chat()
    room.desk.shelf._shelve(replace(book, chat=replace(chat, origins=origins)))
