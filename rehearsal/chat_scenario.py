"""A chat from both sides: a visitor writes on a page of the practice, whoever it is offered to takes it and answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from httpx2 import AsyncClient

from rehearsal.chatting import PATIENT_S, ChatDoor, Visitor, visitor
from rehearsal.console import Console
from rehearsal.scenario import NothingToRehearse, Stage

OF_THIS_MACHINE = "http://127.0.0.1"
"""The demo lets any page of this machine chat."""


@dataclass(frozen=True, slots=True)
class ChatPlan:
    """``says`` in turn, each answered by the next of ``answers`` while there are any; ``origin`` is the page's."""

    practice: str
    says: Sequence[str]
    answers: Sequence[str] = ()
    origin: str = OF_THIS_MACHINE
    language: str = "en"
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ChatTold:
    """Who and what, as her screen shows it, and where it stands at the end."""

    lines: tuple[tuple[str, str], ...]
    state: str
    who: str


async def play_chat(stage: Stage, plan: ChatPlan) -> ChatTold:
    """:raises NothingToRehearse: NoChat, ApiRefused, TimeoutError."""
    if stage.directory.book_of(plan.practice) is None and stage.directory.books:
        raise NothingToRehearse(f"there is no practice {plan.practice}")
    who = await visitor(ChatDoor(stage.connect_url, plan.practice, plan.origin), plan.language)
    await who.come()
    listening = asyncio.create_task(who.listen())
    async with AsyncClient(timeout=PATIENT_S) as client:
        console = Console(client, stage.connect_url, stage.settings.secret_key, stage.directory)
        for place, words in enumerate(plan.says):
            await said(who, words)
            if place < len(plan.answers):
                await answered(console, who, plan, plan.answers[place])
    if plan.phone:
        await who.leave(plan.phone)
        await who.until(lambda screen: not screen.unsent and screen.state.get("left") is True)
    await who.go()
    await listening
    return ChatTold(tuple(who.said()), str(who.state.get("state")), str(who.state.get("who", "")))


async def said(who: Visitor, words: str) -> None:
    await who.say(words)
    await who.until(lambda screen: not screen.unsent and screen.state.get("state") != "new")


async def answered(console: Console, who: Visitor, plan: ChatPlan, words: str) -> None:
    """By whoever has the chat or is offered it; nobody else writes."""
    practice, seen = plan.practice, who.after
    book = console.directory.book_of(practice)
    for coordinator in book.coordinators if book else ():
        chats = (await console.ask("GET", practice, f"/chats?coordinator={coordinator}"))["chats"]
        mine = next((chat for chat in chats if chat["last"] >= seen), None)
        if mine:
            body = {"coordinator": coordinator, "body": words}
            await console.ask("POST", practice, f"/conversations/{mine['conversation']}/messages", body)
            await who.until(lambda screen: screen.after > seen and screen.said()[-1][1] == words)
            return
