"""What Leadline itself says of the watched call: coordinators and the lead with its receipt, through the public API."""

from dataclasses import dataclass, field
from typing import Any

from rehearsal.booth.cast import Cast, Part
from rehearsal.booth.plain import told
from rehearsal.console import ApiRefused, Console
from rehearsal.directory import Directory
from rehearsal.legs import Leg

NEWEST = 20


@dataclass(slots=True)
class Mirror:
    """``console`` is None outside a demo: then nothing is known. ``inquiry`` is that of the watched call; ``trouble``
    is why the API could not be asked."""

    console: Console | None
    directory: Directory
    inquiry: str = ""
    lead: dict[str, Any] | None = None
    trouble: str = ""
    _leads: dict[str, str] = field(default_factory=dict)
    """Of every inquiry seen so far its lead."""
    _numbers: dict[str, frozenset[str]] = field(default_factory=dict)
    """Of every lead seen so far its person's numbers."""

    def forget(self) -> None:
        self.inquiry, self.lead, self.trouble = "", None, ""

    async def look(self, leg: Leg | None, cast: Cast) -> None:
        """At the practice of the watched call and its lead; at all practices while there is no call."""
        try:
            if leg is None:
                for book in self.directory.books:
                    await self._meet(book.practice, cast)
            else:
                practice = self.directory.practice_of(leg.to) or ""
                await self._meet(practice, cast)
                await self._read_lead(practice, leg)
            self.trouble = ""
        except ApiRefused as refused:
            self.trouble = str(refused)

    async def _meet(self, practice: str, cast: Cast) -> None:
        if self.console:
            found = await self.console.ask("GET", practice, "/coordinators")
            cast.learn(practice, found["coordinators"])

    async def _read_lead(self, practice: str, leg: Leg) -> None:
        book, asked = self.directory.book_of(practice), self.inquiry
        if not self.console or not book or not asked:
            return
        if asked not in self._leads:
            await self._find(self.console, practice, leg.number)
        if asked in self._leads:
            lead = await self.console.ask("GET", practice, f"/leads/{self._leads[asked]}")
            if asked == self.inquiry:
                self.lead = told(lead, book)

    async def _find(self, console: Console, practice: str, number: str) -> None:
        """Newest leads first; those seen before only where they are this caller's."""
        page = await console.ask("GET", practice, f"/leads?which=all&limit={NEWEST}")
        for one in (lead["id"] for lead in page["leads"]):
            if one in self._numbers and number not in self._numbers[one]:
                continue
            lead = await console.ask("GET", practice, f"/leads/{one}")
            self._numbers[one] = frozenset(lead["person"]["numbers"])
            self._leads |= {entry["id"]: one for entry in lead["timeline"] if entry["kind"] == "inquiry"}
            if self.inquiry in self._leads:
                return

    async def set_availability(self, part: Part, status: str) -> None:
        """Raises ``ApiRefused``."""
        if self.console:
            path = f"/coordinators/{part.id}/availability"
            part.known = {**part.known, **await self.console.ask("PUT", part.practice, path, {"status": status})}

    async def hand_on(self, part: Part, queue: str, mode: str) -> str:
        """Why Leadline refuses to, if it does. Raises ``ApiRefused``."""
        if not self.console or not self.inquiry:
            return "there is no call to hand on"
        wish = {"to": {"queue": queue}, "mode": mode, "reason": "better_placed"}
        answered = await self.console.send("POST", part.practice, f"/calls/{self.inquiry}/transfer", wish)
        return "" if answered.is_success else str(answered.json()["error"]["message"])

    async def record_outcome(self, part: Part, code: str) -> None:
        """Raises ``ApiRefused``; where the wrap-up is over already nothing is to be recorded."""
        if self.console:
            await self.console.send("POST", part.practice, f"/coordinators/{part.id}/outcome", {"code": code})
