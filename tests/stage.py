"""The gateway's Twilio door and the simulated phone network in one process, in virtual time."""

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from anyio import CapacityLimiter
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette

from gateway.house import House, credentials_of
from gateway.logs import open_log
from gateway.provider.calls import twilio_routes
from gateway.provider.legs import leg_routes
from rehearsal.delivery import Door
from rehearsal.directory import directory_of
from rehearsal.exchange import Account, Carrier, Exchange
from rehearsal.network import CallOutcome, place_call
from rehearsal.pace import VirtualPace, run_virtual
from rehearsal.people import HABITS, Caller, CallerHabit, CoordinatorHabit, Phonebook
from rehearsal.signing import SigningKey
from routing.links import Links
from routing.settings import Settings, read
from routing.state.spool import Spool
from tests.rooms import SECRET, Room
from voice.switchboard import Switchboard
from worker.clock import Bellringer, Kind, due_kinds, tick

PUBLIC = "https://leads.example.com"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "an-invented-auth-token"
TALKS = CallerHabit()
PATIENT_S = 30.0
"""Of real time: a slow machine must not turn a call into an outage."""


def settings_of(folder: Path, **more: str) -> Settings:
    given = {
        "LEADLINE_ENVIRONMENT": "development",
        "LEADLINE_DATA_DIR": str(folder),
        "LEADLINE_PUBLIC_URL": PUBLIC,
        "LEADLINE_SECRET_KEY": SECRET.decode(),
        "LEADLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
        "LEADLINE_TWILIO_AUTH_TOKEN": TOKEN,
        "LEADLINE_FALLBACK_NUMBER": "+18135550199",
        **more,
    }
    return read(given)


def house_of(room: Room, settings: Settings) -> House:
    """The clock is the room's."""
    board = Switchboard(room.desk, Links(PUBLIC, room.db.vault), settings.twilio_accounts)
    log = open_log(io.StringIO(), lambda: room.now)
    spool = Spool(settings.data_dir / "spool", room.db.vault, room.desk.new_id)
    return House(
        settings,
        room.desk,
        board,
        credentials_of(settings),
        lambda: room.now,
        log,
        CapacityLimiter(16),
        spool,
        PATIENT_S,
    )


@dataclass
class Stage:
    room: Room
    house: House
    carrier: Carrier = field(default_factory=Carrier)
    copies: int = 1
    faults: list[str] = field(default_factory=list)
    """Kinds of due rows that the worker's clock could not settle."""
    habits: dict[str, CoordinatorHabit] = field(default_factory=dict)
    """By coordinator id; everybody else accepts."""

    def call(
        self, to: str, caller: str = "+18135550163", habit: CallerHabit = TALKS, everybody: str = "accepts"
    ) -> CallOutcome:
        """One call from dialling to the last status callback; the room's clock moves with the call."""

        async def play(pace: VirtualPace) -> CallOutcome:
            started = self.room.now
            house = moving(self.house, lambda: started + timedelta(seconds=pace.now()))
            app = Starlette(routes=[*twilio_routes(house), *leg_routes(house)])
            async with AsyncClient(transport=ASGITransport(app)) as client:
                ticking = asyncio.ensure_future(self.tick_along(pace, started))
                outcome = await place_call(self.exchange(client, pace, everybody), Caller(caller, habit), to)
                ticking.cancel()
            self.room.now = started + timedelta(seconds=pace.now())
            return outcome

        return run_virtual(play)

    async def tick_along(self, pace: VirtualPace, started: datetime) -> None:
        """The worker's clock, once a second of the call; its requests to the provider come to nothing, so that callers
        are moved by their wait documents."""
        while True:
            await pace.sleep(1)
            now = started + timedelta(seconds=pace.now())
            tick(self.room.desk, now, lambda kind, error: self.faults.append(f"{kind}: {error!r}"), self.kinds())

    def kinds(self) -> Mapping[str, Kind]:
        return due_kinds(Bellringer(lambda *_: True, lambda *_: False, self.house.board.links))

    def exchange(self, client: AsyncClient, pace: VirtualPace, everybody: str) -> Exchange:
        books = list(self.room.desk.shelf.books.values())
        directory = directory_of(books)
        phones = Phonebook(HABITS[everybody], directory.names)
        for book in books:
            for who, person in book.coordinators.items():
                phones.enter(person.phone, self.habits.get(who, HABITS[everybody]))
        door = Door(client, PUBLIC, PUBLIC, SigningKey(TOKEN), pace, copies=self.copies)
        numbers = frozenset(one.number for one in directory.tracked)
        account = Account.at(ACCOUNT, PUBLIC, numbers)
        return Exchange(account, door, phones, self.room.now, self.carrier, f"{self.room.now.isoformat()}")


def moving(house: House, now: Callable[[], object]) -> House:
    return replace(house, now=now)  # type: ignore[arg-type]
