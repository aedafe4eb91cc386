"""What a send says and by which channel: a message of its thread, or a text to a coordinator's own phone."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.relaying import wants
from routing.state.sealed import Vault
from routing.state.tables import messages, relay_texts
from routing.state.text.relay_wishes import RELAY, end_relay, has_ended


@dataclass(frozen=True, slots=True)
class SentWords:
    channel: str
    body: str = field(repr=False)


def words_of(tx: Connection, vault: Vault, send: str, purpose: str) -> SentWords:
    if purpose == RELAY:
        sealed = tx.execute(select(relay_texts.c.body).where(relay_texts.c.id == send)).scalar_one()
        return SentWords("sms", vault.unseal(relay_texts.c.body, send, sealed))
    row = tx.execute(select(messages.c.channel, messages.c.body).where(messages.c.id == send)).one()
    return SentWords(row.channel, vault.unseal(messages.c.body, send, row.body))


def relay_unwanted(tx: Connection, send: str) -> str | None:
    mine = select(relay_texts.c.practice_id, relay_texts.c.coordinator_id).where(relay_texts.c.id == send)
    return "relay_ended" if has_ended(tx, *tx.execute(mine).one()) else None


def told_no_more(tx: Connection, book: Book, send: str, phone: str, now: datetime) -> str | None:
    """Why the practice file that is in force now, and her shift, do not want it there, whatever was so when it was
    written."""
    row = tx.execute(select(relay_texts).where(relay_texts.c.id == send)).one()
    who = book.coordinators.get(row.coordinator_id)
    if who is None or who.phone != phone:
        return "not_her_phone"
    if not (wants(who, now) or row.is_answer):
        return "relay_off"
    return "words_not_wanted" if row.shows_words and not book.policies.text_relay_content else None


def relay_sent(tx: Connection, send: str, sid: str) -> bool:
    """False for a send that is no relay's."""
    return tx.execute(update(relay_texts).where(relay_texts.c.id == send).values(sid=sid)).rowcount == 1


def relay_refused(tx: Connection, send: str, now: datetime) -> None:
    """The provider says that this phone wants no texts: she told it, and not us."""
    row = tx.execute(select(relay_texts).where(relay_texts.c.id == send)).one()
    end_relay(tx, row.practice_id, row.coordinator_id, "provider", now)


def sids_beside(tx: Connection, send: str) -> frozenset[str]:
    """Of the other texts to the same phone, which the provider's list shows as well."""
    here = select(relay_texts.c.practice_id, relay_texts.c.coordinator_id).where(relay_texts.c.id == send)
    row = tx.execute(here).first()
    if row is None:
        return frozenset()
    hers = (relay_texts.c.practice_id == row.practice_id) & (relay_texts.c.coordinator_id == row.coordinator_id)
    found = tx.execute(select(relay_texts.c.sid).where(hers, relay_texts.c.sid.is_not(None)))
    return frozenset(sid for sid in found.scalars() if sid)
