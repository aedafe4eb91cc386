"""One visitor's connection: what she says is written and acknowledged, what she misses is read from the rows and sent.

Nothing waits for her in memory: a connection that does not take its frames is dropped, and asks again for the rest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

import anyio
from anyio import CancelScope
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.chat.frames import (
    LONGEST,
    Got,
    Kept,
    Leave,
    Leaving,
    MalformedFrame,
    Say,
    Typing,
    frame,
    spoken,
)
from gateway.chat.guard import Allowance
from gateway.chat.hub import Hub
from gateway.chat.view import View, line_frame, state_frame, view
from routing.chatting import left, tell
from routing.desk import Busy, Desk
from routing.rules.book import Book
from routing.rules.wording.crisis import Crisis
from routing.state.database import DatabaseDown, Refused
from routing.state.text.chat_sessions import Chatter, confirm, drawn, is_open, renew, seen
from routing.state.text.chats import AT_ONCE, arrived, typed
from sms.answers import crisis_line
from sms.chat_left import NumberGiven, with_number
from sms.chats import ChatMessage, ChatOver, chatted
from sms.meaning import meaning

SLOW_S = 10.0
BEAT_S = 25.0
BEATS_A_LOOK = 12
"""Every five minutes the chat's own end is looked at."""
AWAY = (DatabaseDown, TimeoutError, Busy)


class ChatClosed(Exception):
    """``code`` closes the WebSocket, ``why`` is told first."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


MALFORMED, STRANGER, TOO_LATE, TOO_MANY = 4400, 4401, 4408, 4429


@dataclass(frozen=True, slots=True)
class Place:
    """``book`` of the moment of each use: a new version is in force within a second."""

    hub: Hub
    practice: str
    address: str
    slow_s: float = SLOW_S

    @property
    def book(self) -> Book:
        found = self.hub.house.desk.shelf.book(self.practice)
        if found is None:
            raise ChatClosed(1013, "unavailable")
        return found

    @property
    def desk(self) -> Desk:
        return self.hub.house.desk

    def now(self) -> datetime:
        return self.hub.house.now()


class ChatSocket:
    def __init__(self, place: Place, chat: Chatter, ws: WebSocket, after: int) -> None:
        self.place, self.chat, self.ws, self.after = place, chat, ws, after
        self.chat_id, self.address = chat.id, place.address
        self.closing: ChatClosed | None = None
        self._frames = Allowance(60, 10)
        self._typing = Allowance(1, 4)
        self._subjects: set[str] = set()
        self._shown = ""
        self._writes: set[str] = set()
        self._wake = anyio.Event()

    def look(self) -> None:
        self._wake.set()

    def type(self, coordinator: str) -> None:
        self._writes.add(coordinator)
        self._wake.set()

    async def run(self) -> None:
        """Until either side ends it; ``closing`` tells why if it was ours."""
        self.place.hub.enter(self)
        try:
            async with anyio.create_task_group() as tasks:
                for work in (self._tell, self._beat, self._listen):
                    tasks.start_soon(self._guarded, work, tasks.cancel_scope)
        finally:
            self.place.hub.leave(self, self._subjects)

    async def _guarded(self, work: Callable[[], Awaitable[None]], scope: CancelScope) -> None:
        try:
            await work()
        except ChatClosed as closed:
            self.closing = self.closing or closed
        except (WebSocketDisconnect, OSError):
            pass
        except AWAY:
            self.closing = self.closing or ChatClosed(1013, "unavailable")
        except Exception as error:
            # The server would print its text, which may hold what she wrote.
            self.place.hub.house.log.error("chat_failed", error=type(error).__name__)
            self.closing = self.closing or ChatClosed(1011, "failed")
        finally:
            scope.cancel()

    async def _send(self, text: str) -> None:
        try:
            with anyio.fail_after(self.place.slow_s):
                await self.ws.send_text(text)
        except TimeoutError:
            raise ChatClosed(1013, "slow") from None

    # What she is told

    async def _tell(self) -> None:
        await self.catch_up()
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await self.catch_up()

    async def catch_up(self) -> None:
        book = self.place.book
        while True:
            seen_now = await self.place.hub.below(view, self.place.desk, self.chat, self.after)
            self._follow(seen_now)
            for line in seen_now.lines:
                await self._send(line_frame(book, line))
                self.after = line.sequence
            if len(seen_now.lines) < AT_ONCE:
                break
        state = state_frame(book, seen_now.chat, self.place.now())
        if state != self._shown:
            self._shown = state
            await self._send(state)
        for coordinator in sorted(self._writes):
            who = book.coordinators.get(coordinator)
            await self._send(frame("typing", who=who.name if who else ""))
        self._writes.clear()

    def _follow(self, seen_now: View) -> None:
        if seen_now.chat is None:
            return
        subjects = {seen_now.chat.conversation, seen_now.chat.lead}
        for subject in subjects - self._subjects:
            self.place.hub.follow(subject, self)
        self._subjects |= subjects
        if self.chat.conversation is None:
            self.chat = replace(self.chat, conversation=seen_now.chat.conversation)

    async def _beat(self) -> None:
        """So that she knows the line is alive; and whatever was not announced is found."""
        beats = 0
        while True:
            await anyio.sleep(BEAT_S)
            beats += 1
            await self._send(frame("beat"))
            self.look()
            if beats % BEATS_A_LOOK == 0:
                db, now = self.place.desk.db, self.place.now()
                if not await self.place.hub.below(is_open, db, self.chat.practice, self.chat.id, now):
                    raise ChatClosed(STRANGER, "expired")
                await self.place.hub.below(seen, db, (self.chat.id,), now)

    # What she says

    async def _listen(self) -> None:
        while True:
            text = await received(self.ws)
            if self._frames.take(monotonic()):
                raise ChatClosed(TOO_MANY, "too_many")
            try:
                said = spoken(text)
            except MalformedFrame:
                raise ChatClosed(MALFORMED, "malformed") from None
            await self._heard(said)

    async def _heard(self, said: object) -> None:
        match said:
            case Say():
                await self._say(said)
            case Leave():
                await self._leave(said)
            case Typing():
                await self._type()
            case Got(upto=upto) if self.chat.conversation:
                shown = min(upto, self.after)
                await self._below(arrived, self.place.desk.db, self.chat.conversation, shown, self.place.now())
            case Kept(secret=secret):
                await self._below(confirm, self.place.desk.db, self.chat.id, secret)
            case Leaving():
                await self._end()

    async def _below(self, work: Callable[..., object], *given: object) -> None:
        """What may be lost: she is not told."""
        try:
            await self.place.hub.below(work, *given)
        except (*AWAY, Refused):
            return

    async def _say(self, said: Say) -> None:
        if len(said.text) > LONGEST:
            await self._send(frame("error", code="too_long", id=said.id))
            return
        await self._written(ChatMessage(self.chat, self.place.book, said.id, said.text))

    async def _leave(self, said: Leave) -> None:
        wrong = None if said.consent else "consent"
        wrong = wrong or (None if said.number else "phone")
        if wrong or said.number is None:
            await self._send(frame("error", code=wrong, id=said.id))
            return
        given = NumberGiven(said.id, said.number, said.name, said.way, self.address)
        house = self.place.hub.house
        if await self._written(with_number(house.reception, self.chat, self.place.book, given, self.place.now())):
            await self._renew()

    async def _written(self, message: ChatMessage) -> bool:
        """Committed before it is acknowledged."""
        wait_s = self.place.hub.messages.take(self.chat.id, monotonic())
        if wait_s:
            await self._send(frame("error", code="too_many", id=message.key, wait=round(wait_s, 1)))
            return False
        house = self.place.hub.house
        try:
            sequence = await self.place.hub.below(chatted, house.reception, message, self.place.now())
        except ChatOver:
            await self._send(frame("error", code="ended", id=message.key))
            return False
        except AWAY as error:
            house.log.warning("chat_not_written", error=type(error).__name__)
            await self._unwritten(message)
            return False
        await self._send(frame("ack", id=message.key, sequence=sequence))
        self.look()
        await self._below(tell, self.place.desk, self.chat.practice)
        return True

    async def _unwritten(self, message: ChatMessage) -> None:
        """She tries again by herself; words of a crisis are answered in any case (I11)."""
        crisis: Crisis | None = meaning(message.body).crisis
        if crisis:
            await self._send(frame("notice", text=crisis_line(crisis, self.chat.language).text))
        await self._send(frame("error", code="unavailable", id=message.key, wait=3))

    async def _renew(self) -> None:
        """Whoever said who she is gets another secret (SEC-21)."""
        secret = drawn(self.chat.id)
        try:
            await self.place.hub.below(renew, self.place.desk.db, self.chat.id, secret)
        except AWAY:
            return
        await self._send(frame("secret", secret=secret))

    async def _type(self) -> None:
        at = self.chat.conversation
        if at and not self._typing.take(monotonic()):
            await self._below(typed, self.place.desk.db, self.chat.practice, at, None, self.place.now())

    async def _end(self) -> None:
        found = await self.place.hub.below(view, self.place.desk, self.chat, self.after)
        if found.chat:
            await self.place.hub.below(left, self.place.desk, found.chat, self.place.now())
        self.look()


async def received(ws: WebSocket) -> str:
    """:raises WebSocketDisconnect: ChatClosed for what is no text."""
    message = await ws.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    text = message.get("text")
    if text is None:
        raise ChatClosed(MALFORMED, "malformed")
    return str(text)
