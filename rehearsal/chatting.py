"""A visitor in a chat: writes, waits for answers, loses the line and comes back, as the widget does in a browser."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from httpx2 import AsyncClient, AsyncHTTPTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

PATIENT_S = 30.0


class NoChat(RuntimeError):
    """The gateway opened none; the text says why."""


@dataclass(frozen=True, slots=True)
class ChatDoor:
    """``url`` of the gateway, without a slash at its end; ``origin`` is the page's. ``source`` is a loopback address to
    come from, so that many visitors are not one."""

    url: str
    practice: str
    origin: str
    source: str | None = None

    @property
    def socket(self) -> str:
        return f"ws{self.url.removeprefix('http')}/chat/{self.practice}"


@dataclass
class Visitor:
    """``lines`` are what her screen shows, by number; ``unsent`` what was not acknowledged yet."""

    door: ChatDoor
    secret: str
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    repeated: int = 0
    """Messages that came twice: her screen would show them once."""
    disordered: int = 0
    unsent: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    connections: int = 0
    lost: int = 0
    """Attempts to connect that came to nothing."""
    _line: ClientConnection | None = None
    _again: "asyncio.Future[None] | None" = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def after(self) -> int:
        return max(self.lines, default=0)

    def said(self) -> list[tuple[str, str]]:
        """Who and what, in the order of the numbers."""
        return [(line["from"], line["text"]) for _, line in sorted(self.lines.items())]

    async def come(self) -> None:
        """Connects, says which chat is hers, and sends again what was not acknowledged."""
        # A browser's own name for itself is not needed, and no compression is offered.
        self._line = await connect(
            self.door.socket,
            origin=Origin(self.door.origin),
            compression=None,
            local_addr=(self.door.source, 0) if self.door.source else None,
            open_timeout=PATIENT_S,
        )
        await self._send({"secret": self.secret, "after": self.after})
        self.connections += 1
        for waiting in list(self.unsent.values()):
            await self._send(waiting)

    async def go(self) -> None:
        if self._line:
            await self._line.close()

    async def listen(self) -> None:
        """Until the line is lost."""
        if self._line is None:
            return
        try:
            async for text in self._line:
                await self._hear(json.loads(text))
        except ConnectionClosed:
            return

    async def stay(self, pause: Callable[[int], float]) -> None:
        """Listens for ever; a lost line is taken up again. ``pause`` gives seconds before the nth attempt in a row."""
        tries = 0
        while True:
            try:
                if tries:
                    await asyncio.sleep(pause(tries))
                await self.come()
                tries = 0
                await self.listen()
            except (OSError, ConnectionClosed, TimeoutError, EOFError, InvalidHandshake):
                self.lost += 1
            tries += 1

    async def say(self, text: str, key: str | None = None) -> str:
        """The browser's id of the message; it is sent now or with the next connection."""
        name = key or uuid4().hex
        self.unsent[name] = {"type": "say", "id": name, "text": text}
        await self._try(self.unsent[name])
        return name

    async def leave(self, phone: str, way: str = "call", name: str = "", *, consent: bool = True) -> str:
        key = uuid4().hex
        left = {"type": "leave", "id": key, "name": name, "phone": phone, "way": way, "consent": consent}
        self.unsent[key] = left
        await self._try(left)
        return key

    async def tell(self, what: str, **more: Any) -> None:
        await self._try({"type": what, **more})

    async def raw(self, frame: str | bytes) -> None:
        if self._line:
            await self._line.send(frame)

    async def until(self, holds: Callable[["Visitor"], bool], within_s: float = PATIENT_S) -> None:
        """:raises TimeoutError: when it does not come to that."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: holds(self))

    @property
    def close_code(self) -> int | None:
        return self._line.close_code if self._line else None

    async def _send(self, told: dict[str, Any]) -> None:
        if self._line is None:
            raise ConnectionError
        await self._line.send(json.dumps(told))

    async def _try(self, told: dict[str, Any]) -> None:
        try:
            await self._send(told)
        except (ConnectionClosed, ConnectionError):
            return

    async def _hear(self, told: dict[str, Any]) -> None:
        async with self._changed:
            match told["type"]:
                case "message":
                    self._shows(told)
                case "ack":
                    self.unsent.pop(told["id"], None)
                case "state":
                    self.state = told
                case "typing":
                    self.typing.append(told["who"])
                case "notice":
                    self.notices.append(told["text"])
                case "error":
                    self.errors.append(told)
                    self._put_off(told)
                    if told["code"] in ("too_long", "phone", "consent", "ended"):
                        self.unsent.pop(told.get("id", ""), None)
                case "secret":
                    self.secret = told["secret"]
            self._changed.notify_all()
        if told["type"] == "secret":
            await self.tell("kept", secret=self.secret)

    def _put_off(self, told: dict[str, Any]) -> None:
        """What could not be written for now is sent again after a while."""
        waiting = self.unsent.get(told.get("id", ""))
        if waiting and "wait" in told:
            asyncio.get_running_loop().call_later(told["wait"] + 0.2, self._send_later, told["id"])

    def _send_later(self, key: str) -> None:
        waiting = self.unsent.get(key)
        if waiting:
            self._again = asyncio.ensure_future(self._try(waiting))

    def _shows(self, told: dict[str, Any]) -> None:
        number = told["sequence"]
        if number in self.lines:
            self.repeated += 1
        elif number != self.after + 1:
            self.disordered += 1
        self.lines[number] = told


async def visitor(door: ChatDoor, language: str = "en", page: str = "/") -> Visitor:
    """A page of the practice asks for a chat. :raises NoChat: when it is refused."""
    transport = AsyncHTTPTransport(local_address=door.source) if door.source else None
    async with AsyncClient(transport=transport, timeout=PATIENT_S) as client:
        asked = json.dumps({"language": language, "page": page})
        told = await client.post(
            f"{door.url}/chat/{door.practice}/sessions", content=asked, headers={"origin": door.origin}
        )
    if told.status_code != 201:
        raise NoChat(f"the gateway answered {told.status_code}")
    return Visitor(door, told.json()["secret"])
