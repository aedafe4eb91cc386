"""Campaign texts that other systems have sent, as they told us; and which campaign a text that comes in answers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.planning import OUR_SEND, RECORDED_SEND
from routing.rules.values import Stated
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.sealed import Vault
from routing.state.tables import practices, recorded_sends
from routing.state.text.conversations import last_campaign

ANSWERED_WITHIN = timedelta(days=30)
"""Later than this a text is no answer to a campaign any more."""


@dataclass(frozen=True, slots=True)
class RecordedSend:
    """``reference`` is the other system's own id, ``number`` whom it went to, in E.164."""

    reference: str
    number: str = field(repr=False)
    campaign: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """What one system tells of one practice at once; ``by`` is whom the audit log names."""

    practice: str
    system: str
    by: str
    sends: tuple[RecordedSend, ...]


def record(db: Database, batch: Batch, now: datetime) -> frozenset[str]:
    """The references that are new; those that are known already, and the second of two alike, change nothing. All of
    them are written, or none."""
    with db.writing() as tx:
        # Two who tell the same at once do so one after the other; whoever only refers to the practice does not wait.
        tx.execute(select(practices.c.id).where(practices.c.id == batch.practice).with_for_update(key_share=True))
        known = references(tx, batch)
        fresh = {each.reference: each for each in reversed(batch.sends) if each.reference not in known}
        if fresh:
            tx.execute(insert(recorded_sends), [row(db.vault, batch, each, now) for each in fresh.values()])
            told = f"{batch.system}:{len(fresh)}"
            audited(tx, batch.practice, now, batch.by, "record_sends", batch.practice, after=told)
        return frozenset(fresh)


def row(vault: Vault, batch: Batch, sent: RecordedSend, now: datetime) -> dict[str, Any]:
    return {
        "practice_id": batch.practice,
        "system": batch.system,
        "reference": sent.reference,
        "number_index": vault.index(batch.practice, sent.number),
        "campaign": sent.campaign,
        "sent_at": sent.sent_at,
        "recorded_at": now,
    }


def references(tx: Connection, batch: Batch) -> frozenset[str]:
    """Those of the batch that were recorded before."""
    same = (recorded_sends.c.practice_id == batch.practice) & (recorded_sends.c.system == batch.system)
    told = recorded_sends.c.reference.in_([each.reference for each in batch.sends])
    return frozenset(tx.execute(select(recorded_sends.c.reference).where(same, told)).scalars())


def known(db: Database, batch: Batch) -> frozenset[str]:
    with db.reading() as tx:
        return references(tx, batch)


@dataclass(frozen=True, slots=True)
class Heard:
    """Who wrote to whom; ``conversation`` is her thread, if she has one."""

    book: Book
    contact: str = field(repr=False)
    conversation: str | None


def answered_campaign(tx: Connection, vault: Vault, heard: Heard, now: datetime) -> Stated | None:
    """That of the last send another system recorded within the window, else of the last text of ours in her thread;
    None where only the number she wrote to tells. A campaign that the rulebook no longer has tells nothing."""
    ours = last_campaign(tx, heard.conversation) if heard.conversation else None
    said = ((last_recorded(tx, vault, heard, now), RECORDED_SEND), (ours, OUR_SEND))
    return next((Stated(name, source) for name, source in said if name and name in heard.book.campaigns), None)


def last_recorded(tx: Connection, vault: Vault, heard: Heard, now: datetime) -> str | None:
    """Of two at one instant the one that was told last."""
    hers = recorded_sends.c.number_index.in_(vault.indexes(heard.book.practice, heard.contact))
    lately = (recorded_sends.c.sent_at > now - ANSWERED_WITHIN) & (recorded_sends.c.sent_at <= now)
    newest = (recorded_sends.c.sent_at.desc(), recorded_sends.c.recorded_at.desc(), recorded_sends.c.reference.desc())
    mine = recorded_sends.c.practice_id == heard.book.practice
    found = select(recorded_sends.c.campaign).where(mine, hers, lately).order_by(*newest).limit(1)
    return tx.execute(found).scalar_one_or_none()
