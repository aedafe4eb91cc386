"""Serves an app on a loopback port from inside a running event loop, and can cut a connection without an answer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

STARTED_WITHIN_S = 5.0


class _Server(uvicorn.Server):
    """Leaves the signals to the program it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Listening:
    url: str
    server: uvicorn.Server

    def cut(self, request: Request) -> None:
        """Closes the connection of this request at once."""
        for connection in list(self.server.server_state.connections):
            if request.client and getattr(connection, "client", None) == tuple(request.client):
                connection.transport.abort()


@asynccontextmanager
async def listening(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Listening]:
    """Port 0 is any free one. Raises ``OSError`` where the port is taken."""
    listener = socket.create_server((host, port))
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(STARTED_WITHIN_S):
            while not server.started:
                await asyncio.sleep(0.01)
        yield Listening(f"http://{host}:{listener.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        await serving
        listener.close()
