"""A closed-loop load: so many connections, each sends its next request when the last one is answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes
    seconds: float


class Lines:
    """Open connections to one server."""

    def __init__(self, lines: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]) -> None:
        self._lines = lines

    async def volley(self, requests: Sequence[bytes]) -> list[Answered]:
        """Every request once, spread over all connections."""
        waiting, answers = iter(requests), list[Answered]()

        async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for request in waiting:
                started = time.perf_counter()
                writer.write(request)
                status, body = await answer(reader)
                answers.append(Answered(status, body, time.perf_counter() - started))

        await asyncio.gather(*(work(*line) for line in self._lines))
        return answers


@asynccontextmanager
async def opened(port: int, connections: int) -> AsyncIterator[Lines]:
    """Opened for a round and no longer: a server closes lines that are idle for some seconds."""
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    try:
        yield Lines(lines)
    finally:
        for _, writer in lines:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(HEAD_END)
    status = int(head[9:12])
    stated = head.lower().partition(b"content-length:")[2]
    length = int(stated.partition(b"\r\n")[0]) if stated else 0
    return status, await reader.readexactly(length)
