"""A thousand chats on one gateway process, which is ended in the middle of the writing and started again.

Run it as ``python -m tests.bench.chats``, perhaps with ``--chats``, ``--database`` or ``--kill``. Every visitor writes
and is answered before, over and after the restart, and comes back as the widget does. No message may be lost, doubled
or out of order, on any screen or in the rows. It ends with 1 after any violation.
"""

import argparse
import asyncio
import os
import platform
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from httpx2 import AsyncClient
from sqlalchemy import create_engine, select

from gateway.keeping.children import Child, stop
from gateway.keeping.demo import demo_token, free_port
from gateway.keeping.embedded import Valkey
from rehearsal.chatting import ChatDoor, Visitor, visitor
from routing.state.tables import messages
from tests.bench.kit.servers import (
    FIRST_PORT,
    GRACE_S,
    HOST,
    SECRET,
    clean,
    cpu_s_of,
    database_url,
    settings,
    wait_until_answering,
)
from tests.rooms import PRACTICES

PRACTICE_IDS = ("harbor-recovery", "lakeside-specialty")
ORIGIN = "http://127.0.0.1"
AT_ONCE = 40
FILES = 8_192
PATIENT_S = 600.0


@dataclass
class Chat:
    """One visitor with what she wrote, in order, and what she was answered."""

    who: Visitor
    wrote: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    async def write(self, words: str) -> None:
        self.wrote.append(words)
        await self.who.say(words)


@dataclass(frozen=True, slots=True)
class Ground:
    """``gateway`` may be ended and started again on the same port."""

    gateway: Child
    port: int
    database: str

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        self.gateway.start()
        wait_until_answering(self.gateway, self.port)

    def end(self, how: signal.Signals) -> float:
        """Seconds until it was gone."""
        began = time.monotonic()
        if self.gateway.process:
            self.gateway.process.send_signal(how)
            self.gateway.process.wait(60)
        return time.monotonic() - began

    @property
    def pid(self) -> int:
        return self.gateway.process.pid if self.gateway.process else 0


@contextmanager
def ground(kind: str, folder: Path) -> Iterator[Ground]:
    practices = folder / "practices"
    practices.mkdir()
    for name in PRACTICE_IDS:
        (practices / f"{name}.yaml").write_text((PRACTICES / f"{name}.yaml").read_text("utf-8"), "utf-8")
    with database_url(kind, folder) as url, Valkey(folder / "valkey") as valkey, ExitStack() as at_end:
        port = free_port(HOST, FIRST_PORT + 200)
        environment = {**clean(), **settings(folder, url, valkey.url, port)}
        gateway = Child("gateway", [sys.executable, "-m", "gateway"], environment, folder)
        at_end.callback(lambda: stop([gateway], GRACE_S))
        served = Ground(gateway, port, url)
        served.start()
        yield served


def pause(draw: random.Random, tries: int) -> float:
    """As the widget waits: longer each time, never all at once."""
    longest: float = min(30.0, 0.5 * 2**tries)
    return longest * (0.5 + draw.random() / 2)


async def opened(at: Ground, count: int) -> list[Chat]:
    """Each from an address of her own, as visitors come."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Chat:
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        async with gate:
            return Chat(await visitor(ChatDoor(at.url, PRACTICE_IDS[number % 2], ORIGIN, source)))

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def everybody(chats: Sequence[Chat], words: str, over_s: float, draw: random.Random) -> None:
    """Each writes once, at some moment of these seconds."""

    async def one(chat: Chat, at_s: float) -> None:
        await asyncio.sleep(at_s)
        await chat.write(words)

    await asyncio.gather(*(one(chat, draw.random() * over_s) for chat in chats))


async def answer(at: Ground, chats: Sequence[Chat], words: str) -> None:
    """The lead's owner answers in every chat."""
    gate = asyncio.Semaphore(8)

    async def one(client: AsyncClient, chat: Chat, place: int) -> None:
        practice = chat.who.door.practice
        headers = {"authorization": f"Bearer {demo_token(SECRET, practice).text}"}
        path = f"{at.url}/api/v1/conversations/{chats_of[place]}"
        async with gate:
            owner = (await client.get(path, headers=headers)).json()["owner"]
            told = await client.post(f"{path}/messages", headers=headers, json={"coordinator": owner, "body": words})
            if told.status_code == 201:
                chat.answered.append(words)

    chats_of = conversations(at, chats)
    async with AsyncClient(timeout=120) as client:
        await asyncio.gather(*(one(client, chat, place) for place, chat in enumerate(chats)))


def conversations(at: Ground, chats: Sequence[Chat]) -> list[str]:
    """Found by the browser's id of the first message."""
    engine = create_engine(at.database)
    with engine.connect() as tx:
        rows = tx.execute(select(messages.c.sid, messages.c.conversation_id).where(messages.c.sid.is_not(None))).all()
    engine.dispose()
    of = {row.sid: row.conversation_id for row in rows}
    return [of[chat.who.lines[1]["id"]] for chat in chats]


async def settled(chats: Sequence[Chat]) -> None:
    """Everything that was written is acknowledged and shown."""
    for chat in chats:
        await chat.who.until(
            lambda who, chat=chat: (  # type: ignore[misc]
                not who.unsent
                and sum(line["from"] == "you" for line in who.lines.values()) == len(chat.wrote)
                and sum(line["from"] == "us" for line in who.lines.values()) >= len(chat.answered)
            ),
            PATIENT_S,
        )


def wrong(at: Ground, chats: Sequence[Chat]) -> Iterator[str]:
    for chat in chats:
        who = chat.who
        if sorted(who.lines) != list(range(1, len(who.lines) + 1)):
            yield "a screen has a gap"
        if who.repeated:
            yield "a message came twice"
        if who.disordered:
            yield "a message came out of order"
        if [text for author, text in who.said() if author == "you"] != chat.wrote:
            yield "what she wrote is not what stands there"
        if [text for author, text in who.said() if author == "us"] != chat.answered:
            yield "an answer was lost or doubled"
    yield from wrong_rows(at, chats)


def wrong_rows(at: Ground, chats: Sequence[Chat]) -> Iterator[str]:
    engine = create_engine(at.database)
    with engine.connect() as tx:
        kept = tx.execute(select(messages.c.sid).where(messages.c.direction == "inbound")).scalars().all()
    engine.dispose()
    wanted = sum(len(chat.wrote) for chat in chats)
    if len(set(kept)) != len(kept):
        yield "a message stands twice in the rows"
    if len(kept) != wanted:
        yield f"{len(kept)} messages in the rows instead of {wanted}"


@dataclass
class Told:
    opened_s: float = 0.0
    gone_s: float = 0.0
    back_s: float = 0.0
    memory_mb: float = 0.0
    cpu_s: float = 0.0
    violations: list[str] = field(default_factory=list)


async def play(at: Ground, count: int, how: signal.Signals) -> Told:
    draw, told = random.Random(7), Told()
    chats = await opened(at, count)
    began = time.monotonic()
    lines = [asyncio.create_task(chat.who.stay(lambda tries: pause(draw, tries))) for chat in chats]
    await everybody(chats, "first", 20, draw)
    await settled(chats)
    told.opened_s = time.monotonic() - began
    await answer(at, chats, "hello")
    await settled(chats)
    told.memory_mb = memory_mb(at.pid)
    writing = asyncio.create_task(everybody(chats, "over the restart", 8, draw))
    await asyncio.sleep(4)
    told.cpu_s = cpu_s_of(at.pid)
    before = [chat.who.connections for chat in chats]
    told.gone_s = await asyncio.to_thread(at.end, how)
    await asyncio.to_thread(at.start)
    again = time.monotonic()
    await writing
    while not all(chat.who.connections > old for chat, old in zip(chats, before, strict=True)):
        await asyncio.sleep(0.05)
    told.back_s = time.monotonic() - again
    await settled(chats)
    await everybody(chats, "after", 10, draw)
    await answer(at, chats, "still here")
    await settled(chats)
    told.violations = list(wrong(at, chats))
    for line in lines:
        line.cancel()
    for chat in chats:
        await chat.who.go()
    return told


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def more_files() -> None:
    """A thousand lines are a thousand descriptors on either side."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("chats", description=__doc__)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kill", action="store_true", help="SIGKILL instead of SIGTERM")
    asked = parser.parse_args(argv)
    more_files()
    how = signal.SIGKILL if asked.kill else signal.SIGTERM
    say(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {asked.database}")
    with tempfile.TemporaryDirectory() as folder, ground(asked.database, Path(folder)) as at:
        told = asyncio.run(play(at, asked.chats, how))
    written = asked.chats * 3
    say(f"{asked.chats} chats on one gateway, {written} messages written, {asked.chats * 2} answers, {how.name}")
    say(f"first message of all written, acknowledged, answered: {told.opened_s:.1f} s")
    say(f"gateway: {told.memory_mb:.0f} MB, {told.cpu_s:.1f} s of CPU until its end; gone after {told.gone_s:.1f} s")
    say(f"all back {told.back_s:.1f} s after it answered again")
    say(f"lost, doubled or out of order: {len(told.violations)}")
    for each in sorted(set(told.violations)):
        say(f"  {told.violations.count(each)} x {each}")
    return 1 if told.violations else 0


if __name__ == "__main__":
    sys.exit(main())
