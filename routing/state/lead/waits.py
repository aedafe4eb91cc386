"""How long a lead waited for its first answer while answering was lawful, as told by what is on record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.engine import Connection

from routing.rulebook.jurisdictions import Signs
from routing.rules.book import Book
from routing.rules.contact import Contactable, Request
from routing.rules.lawful.clock import Wait, lawful_seconds
from routing.rules.lawful.ledger import Via
from routing.rules.values import ContactWay
from routing.state.callback.bars import was_short
from routing.state.lead.contactable import Whom, contactable
from routing.state.lead.leads import LeadLine, PersonShown, number_on_record
from routing.state.sealed import Vault
from routing.state.tables import callbacks, inquiries

ASKS_FOR: dict[str, tuple[Via, frozenset[ContactWay]]] = {
    "call": ("call", frozenset({"call"})),
    "form": ("form", frozenset({"call"})),
    "text": ("text", frozenset({"text", "call"})),
}
"""By the channel of an inquiry. Other ways are open by the consents on record, such as those of a form's boxes."""
LIVE = ("call", "chat")


@dataclass(frozen=True, slots=True)
class Waited:
    """Read in a transaction, counted after it."""

    case: Contactable
    wait: Wait

    @property
    def lawful_s(self) -> int:
        """By the rules and rows that are in force now."""
        return lawful_seconds(self.case, "requested_callback", self.wait)


def waited(tx: Connection, vault: Vault, book: Book, of: tuple[LeadLine, PersonShown], now: datetime) -> Waited:
    lead, person = of
    came = tx.execute(select(inquiries).where(inquiries.c.lead_id == lead.id)).all()
    end = lead.times.ended_at(now)
    newest = max(came, key=lambda each: each.received_at, default=None)
    number = number_on_record(tx, vault, lead.id, newest.contact_index if newest else None)
    whom = Whom(person.id, Signs(number), tuple(requests(tx, lead.id, came)), out_of_reach(person))
    case = contactable(tx, vault, book, whom, end)
    with_us = [(each.received_at, each.ended_at or end) for each in came if each.channel in LIVE]
    return Waited(case, Wait(lead.clock_started_at, end, with_us))


def out_of_reach(person: PersonShown) -> frozenset[ContactWay]:
    none: frozenset[ContactWay] = frozenset()
    by_number: frozenset[ContactWay] = frozenset({"call", "text"})
    return (none if person.numbers else by_number) | (none if person.email else {"email"})


def requests(tx: Connection, lead: str, came: Sequence[Row[Any]]) -> Iterator[Request]:
    """What she asked for with a callback first: it tells the time she named."""
    asked = (callbacks.c.lead_id == lead) & callbacks.c.via.is_not(None)
    for row in tx.execute(select(callbacks).where(asked)):
        if row.via != "call":
            yield Request(row.id, row.via, row.requested_at, frozenset({"call"}), row.chosen_at)
    for each in came:
        if each.channel in ASKS_FOR and not (each.channel == "call" and was_short(tx, each.id)):
            via, ways = ASKS_FOR[each.channel]
            yield Request(each.id, via, each.received_at, ways, each.chosen_at)
