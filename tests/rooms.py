"""A desk over a real database and a real Valkey, with the two invented practices published."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import redis
from sqlalchemy import Table, select

from gateway.publishing import everybody_available, publish_file
from routing import connection, desk
from routing.attendance import finish
from routing.desk import Arrival, Desk, Reply
from routing.going_on import Missed, go_on
from routing.links import Links
from routing.pursuit import Searchers, reseat
from routing.rules.book import Book
from routing.rules.candidates import Desired
from routing.rules.values import Channel, Inquiry, Stated
from routing.state.admissions import Source
from routing.state.call.offers import Acceptance
from routing.state.call.outcomes import Recorded
from routing.state.call.talks import Talk
from routing.state.database import Database, open_database
from routing.state.inbox import Letter
from routing.state.ledger import Offer, Settled
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker, open_live
from routing.state.practice.practices import desire
from routing.state.practice.shelf import Shelf
from routing.state.sealed import Vault
from routing.state.tables import metadata

PRACTICES = Path(__file__).parents[1] / "routing" / "practices"
SECRET = b"an invented secret of thirty-two bytes or more"
NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
TUESDAY = datetime(2026, 11, 17, 14, 0, tzinfo=NEW_YORK)
"""A working day of both practices, early afternoon."""


@dataclass
class Room:
    """``now`` moves only when a test moves it."""

    db: Database
    desk: Desk
    live: "redis.Redis"
    now: datetime
    numbers: Iterator[int]

    def book(self, practice: str = "harbor-recovery") -> Book:
        found = self.desk.shelf.book(practice)
        assert found
        return found

    def later(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now

    def wish(self, coordinator: str, status: Desired, practice: str = "harbor-recovery") -> None:
        desire(self.db, practice, coordinator, (status, "test"), self.now)
        milliseconds = int(self.now.timestamp() * 1000)
        if status == "available":
            self.desk.by.live.come_free(practice, coordinator, milliseconds)
        else:
            self.desk.by.live.step_away(practice, coordinator, status, milliseconds)

    def arrival(
        self,
        *,
        practice: str = "harbor-recovery",
        channel: Channel = "call",
        contact: str | None = "+18135550163",
        name: str | None = None,
        **said: str,
    ) -> Arrival:
        number = next(self.numbers)
        sid = name or f"CA{number:032x}"
        attributes = {
            key: Stated(value, "number" if key == "tracking_number" else "picked") for key, value in said.items()
        }
        inquiry = Inquiry(
            self.db.vault.name("iq", sid), channel, self.now.astimezone(UTC), MappingProxyType(attributes)
        )
        source = Source("AC" + "0" * 32, sid, said.get("tracking_number"), contact)
        return Arrival(self.book(practice), inquiry, source, f"{channel}:{sid}")

    def receive(self, arrival: Arrival) -> Reply:
        """What the channel was told; the answer's bytes are checked to be the ones that were kept."""
        told: list[Reply] = []
        desk.receive(self.desk, arrival, listening(told), self.now)
        return told[-1]

    def call(self, **said: str | None) -> "Call":
        arrival = self.arrival(**said)  # type: ignore[arg-type]
        return Call(self, arrival, self.receive(arrival))

    def table(self, name: str) -> Table:
        return metadata.tables[name]

    def break_live(self) -> None:
        """From now on nothing listens where live state was."""
        gone = open_live("redis://127.0.0.1:1/0")
        self.desk.by.live.__init__(gone, Breaker(lambda: 0.0))  # type: ignore[misc]

    def receipts(self, inquiry: str) -> list[dict[str, Any]]:
        return [json.loads(str(row["receipt"])) for row in self.rows("decisions", inquiry_id=inquiry)]

    @property
    def links(self) -> Links:
        return Links("https://leads.example.com", self.db.vault)

    def end(self, call: "Call", practice: str = "harbor-recovery") -> None:
        """The talk is over and its outcome said: the coordinator is free."""
        who = str(call.coordinator)
        connection.talk_over(self.desk, Talk(call.arrival.inquiry.id, call.step, 60, "gone"), self.now)
        assert finish(self.desk, self.book(practice), Recorded(who, "talked", "test"), self.now)

    def rows(self, table: str, **where: object) -> list[Mapping[str, object]]:
        wanted = metadata.tables[table]
        with self.db.reading() as tx:
            query = select(wanted)
            for column, value in where.items():
                query = query.where(wanted.c[column] == value)
            return [dict(row._mapping) for row in tx.execute(query)]

    def row(self, table: str, **where: object) -> Mapping[str, object]:
        (found,) = self.rows(table, **where)
        return found


@dataclass
class Call:
    """One call as the desk sees it; ``reply`` is the newest answer."""

    room: Room
    arrival: Arrival
    reply: Reply

    @property
    def coordinator(self) -> str | None:
        return self.reply.offer.coordinator if self.reply.offer else None

    @property
    def lead(self) -> Mapping[str, object]:
        inquiry = self.room.row("inquiries", id=self.arrival.inquiry.id)
        return self.room.row("leads", id=inquiry["lead_id"])

    @property
    def step(self) -> int:
        assert self.reply.offer
        return self.reply.offer.step

    def accept(self) -> bool:
        letter = Letter(f"accept:{self.arrival.key}:{self.step}", b"bridged")
        said = Acceptance(self.arrival.inquiry.id, self.step, "CA" + "9" * 32, letter)
        return connection.accept(self.room.desk, said, self.room.now) is not None

    def missed(self, settled_as: Settled = "timeout") -> str | None:
        """Goes on to the next; who is offered now."""
        told: list[Reply] = []
        over = Missed(self.arrival.inquiry.id, self.step, settled_as, f"dialled:{self.arrival.key}:{self.step}")
        go_on(self.room.desk, over, listening(told), self.room.now)
        self.reply = told[-1]
        return self.coordinator

    def take_up(self, accept: bool = True) -> None:
        """The offer that was made to a waiting caller is hers to go on with."""
        row = self.room.rows("reservations", inquiry_id=self.arrival.inquiry.id, state="pending")[0]
        made = Offer(
            id=str(row["id"]),
            coordinator=str(row["coordinator_id"]),
            kind="call",
            queue=str(row["queue"]),
            step=int(str(row["step"])),
            plan_step=int(str(row["plan_step"])),
            fence=int(str(row["fence"])),
            expires_at=self.room.now,
        )
        self.reply = replace(self.reply, offer=made)
        if accept:
            assert self.accept()

    def refused(self) -> str | None:
        letter = Letter(f"refuse:{self.arrival.key}:{self.step}", b"passed on")
        connection.decline(self.room.desk, Acceptance(self.arrival.inquiry.id, self.step, None, letter), self.room.now)
        return self.missed()

    def talk(self, seconds: float = 60, wrap_up: bool = True) -> "Call":
        assert self.accept()
        self.room.later(seconds=seconds)
        talk = Talk(self.arrival.inquiry.id, self.step, int(seconds), "gone")
        assert connection.talk_over(self.room.desk, talk, self.room.now)
        if wrap_up:
            self.room.later(seconds=121)
        return self

    def hang_up(self) -> None:
        connection.hang_up(
            self.room.desk, self.arrival.inquiry.id, Letter(f"status:{self.arrival.key}", b""), self.room.now
        )


def listening(told: list[Reply]) -> Callable[[Reply], bytes]:
    def answer(reply: Reply) -> bytes:
        told.append(reply)
        return (reply.offer.coordinator if reply.offer else f"promise:{reply.owner}").encode()

    return answer


def publish_both(db: Database, now: datetime = TUESDAY) -> None:
    """Changes nothing where it was done before."""
    for name in ("harbor-recovery", "lakeside-specialty"):
        done = publish_file(db, PRACTICES / f"{name}.yaml", "test", now)
        everybody_available(db, done.book, now)


@contextmanager
def opened_room(url: str, live: "redis.Redis", now: datetime = TUESDAY, wait_s: float = 20.0) -> Iterator[Room]:
    """Everybody available, nobody busy."""
    db = open_database(url, Vault(SECRET), wait_s=wait_s, statement_s=10)
    ids, numbers = count(1), count(1)
    availability = Availability(live, Breaker(lambda: 0.0))
    by = Searchers(db, availability, lambda prefix: f"{prefix}_{next(ids):08d}", lambda: int(now.timestamp() * 1000))
    shelf = Shelf(db)
    publish_both(db, now)
    shelf.start()
    for book in shelf.books.values():
        reseat(by, book, now)
    yield Room(db, Desk(db, shelf, by), live, now, numbers)
    db.engine.dispose()


def with_coordinator(room: Room, who: str, practice: str = "harbor-recovery", **changes: object) -> None:
    """Puts a changed coordinator in force in this process."""
    book = room.book(practice)
    people = {**book.coordinators, who: replace(book.coordinators[who], **changes)}  # type: ignore[arg-type]
    room.desk.shelf._shelve(replace(book, coordinators=MappingProxyType(people)))


def with_queue(room: Room, queue: str, practice: str = "harbor-recovery", **changes: object) -> None:
    """Puts a changed queue in force in this process."""
    book = room.book(practice)
    queues = {**book.queues, queue: replace(book.queues[queue], **changes)}  # type: ignore[arg-type]
    room.desk.shelf._shelve(replace(book, queues=MappingProxyType(queues)))
