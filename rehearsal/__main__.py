"""``python -m rehearsal``: the simulated phone network of a demo, on a loopback port of its own."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import uvicorn
from httpx2 import AsyncClient

from rehearsal.booth import Booth, booth_app
from rehearsal.directory import read_directory
from rehearsal.pace import RealPace
from rehearsal.people import HABITS, Phonebook
from rehearsal.scenario import DESK_LINES, Stage, local_url
from routing.now import ClockError, open_clock
from routing.rulebook.findings import PracticeFileError
from routing.settings import Settings, SettingsError, read
from routing.settings.refusals import is_loopback

DEFAULT_PORT = 8081


class NotADemo(Exception):
    """The phone network answers for anybody who can reach it, so it runs in a demo on loopback only."""


def booth_address(environ: Mapping[str, str], settings: Settings) -> tuple[str, int]:
    """``LEADLINE_REHEARSAL_PORT``, else the port at which the demo's gateway expects the provider's REST."""
    if settings.environment == "production":
        raise NotADemo("the phone network is no part of production: set LEADLINE_ENVIRONMENT=demo")
    rest = urlsplit(settings.twilio_api_url)
    named = environ.get("LEADLINE_REHEARSAL_PORT", "")
    if named:
        if not named.isdigit() or not 0 < int(named) < 65536:
            raise NotADemo("LEADLINE_REHEARSAL_PORT must be a port")
        return "127.0.0.1", int(named)
    if is_loopback(rest.hostname or "") and rest.port:
        return rest.hostname or "127.0.0.1", rest.port
    return "127.0.0.1", DEFAULT_PORT


def open_booth(settings: Settings, client: AsyncClient) -> Booth:
    directory = read_directory(settings.practices)
    stage = Stage(settings, directory, local_url(settings), "booth", open_clock(settings).now)
    phones = Phonebook(HABITS["accepts"], directory.names)
    for desk in directory.desks:
        phones.enter(desk, HABITS["accepts"], DESK_LINES)
    return Booth(stage, client, RealPace(time.monotonic, settings.clock_speed), phones)


class _Server(uvicorn.Server):
    """Tells the pages that it stops: it would wait for the streams they hold open."""

    booth: Booth

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.booth.news.close()
        await super().shutdown(sockets)


async def serve(settings: Settings, host: str, port: int) -> None:
    async with AsyncClient(trust_env=False) as client:
        booth = open_booth(settings, client)
        server = _Server(uvicorn.Config(booth_app(booth), host=host, port=port, access_log=False, lifespan="off"))
        server.booth = booth
        await server.serve()


def main() -> None:
    try:
        settings = read(os.environ)
        host, port = booth_address(os.environ, settings)
        asyncio.run(serve(settings, host, port))
    except (SettingsError, ClockError, PracticeFileError, NotADemo, OSError) as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()
