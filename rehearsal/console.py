"""What a rehearsal asks of the gateway's API, as the practice's people would; a demo's token is known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from httpx2 import AsyncClient, HTTPError, Response

from gateway.keeping.demo import demo_token
from rehearsal.directory import Directory
from routing.rules.book import Book

PAGE = 200
LIMIT_S = 10.0


class ApiRefused(Exception):
    """The API did not answer as documented."""


@dataclass(frozen=True, slots=True)
class Console:
    """``url`` is where the gateway listens; ``secret_key`` makes the demo's tokens."""

    client: AsyncClient
    url: str
    secret_key: str
    directory: Directory

    async def only(self, wanted: int) -> list[str]:
        """Makes ``wanted`` coordinators available, in turn of their practices, and sends the others away.
        Their names. Raises ``ApiRefused``."""
        chosen = _in_turn(self.directory.books)[:wanted]
        for name, (practice, coordinator) in self.directory.people.items():
            status = "available" if name in chosen else "away"
            await self.ask("PUT", practice, f"/coordinators/{coordinator}/availability", {"status": status})
        return chosen

    async def back(self, names: Iterable[str]) -> None:
        """Whoever was set away, for not answering twice, is at the desk again. Raises ``ApiRefused``."""
        for name in names:
            practice, coordinator = self.directory.people[name]
            await self.ask("PUT", practice, f"/coordinators/{coordinator}/availability", {"status": "available"})

    async def unowned(self, callers: Mapping[str, Iterable[str]], since: datetime) -> list[str]:
        """Of the callers, by practice, those for whom there is no lead with an owner that is ``since`` then."""
        missing = []
        for practice, numbers in callers.items():
            owned = await self._owned(practice, since)
            missing += [number for number in numbers if number not in owned]
        return missing

    async def _owned(self, practice: str, since: datetime) -> set[str]:
        owned: set[str] = set()
        after = ""
        while True:
            page = await self.ask("GET", practice, f"/leads?which=all&limit={PAGE}{after}")
            for lead in page["leads"]:
                if lead["owner"]:
                    full = await self.ask("GET", practice, f"/leads/{lead['id']}")
                    owned |= set(full["person"]["numbers"])
            last = page["leads"][-1]["created_at"] if page["leads"] else ""
            if not page["next"] or datetime.fromisoformat(last) < since:
                return owned
            after = f"&after={page['next']}"

    async def wrap_up(self, names: Sequence[str]) -> None:
        """Who talked says how it ended; one whose wrap-up is over already need not."""
        for name in names:
            practice, coordinator = self.directory.people.get(name, (None, ""))
            if practice:
                await self.send("POST", practice, f"/coordinators/{coordinator}/outcome", {"code": "talked"})

    async def ask(self, method: str, practice: str, path: str, body: object = None) -> Any:
        """The answer's JSON. Raises ``ApiRefused``, also for a refusal."""
        response = await self.send(method, practice, path, body)
        if not response.is_success:
            raise ApiRefused(f"{method} {path.partition('?')[0]} was answered {response.status_code}")
        return response.json()

    async def send(self, method: str, practice: str, path: str, body: object = None) -> Response:
        """Whatever the API answers. Raises ``ApiRefused`` only if it does not."""
        headers = {"authorization": f"Bearer {demo_token(self.secret_key, practice).text}"}
        try:
            return await self.client.request(
                method, f"{self.url}/api/v1{path}", headers=headers, json=body, timeout=LIMIT_S
            )
        except HTTPError as wrong:
            raise ApiRefused(f"{method} {path.partition('?')[0]} was not answered: {type(wrong).__name__}") from wrong


def _in_turn(books: Sequence[Book]) -> list[str]:
    """One of each practice after another, those first who sit in most of its queues."""
    ranked = []
    for book in books:
        seats = Counter(member.coordinator for queue in book.queues.values() for member in queue.members)
        people = sorted(book.coordinators.values(), key=lambda one: -seats[one.id])
        ranked += [(rank, book.practice, one.name) for rank, one in enumerate(people)]
    return [name for _, _, name in sorted(ranked)]
