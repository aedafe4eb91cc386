"""Threads with people: one open conversation for each person of a practice, its messages numbered without a gap."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.texting import Recent
from routing.rules.wording.folding import folded
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import conversations, leads, messages

TextChannel = Literal["sms", "whatsapp", "chat", "email"]
Author = Literal["person", "leadline"] | str
Purpose = Literal["said", "answer", "crisis", "confirmation", "question", "reply", "started", "follow_up"]
AUTOMATIC = ("answer", "confirmation", "question", "crisis")
HOUR = timedelta(hours=1)


class ThreadOpen(RuntimeError):
    """The person has an open conversation already, begun by another text a moment ago: this one joins it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a text came from and where to: E.164 without the channel's prefix. All None for a chat."""

    channel: TextChannel
    account: str | None = None
    ours: str | None = None
    contact: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Thread:
    """An open conversation. ``owner`` has the lead; ``lead_closed`` when the next text opens another."""

    id: str
    practice: str
    person: str
    lead: str
    owner: str
    address: Address
    last_inbound_at: datetime | None
    lead_closed: bool
    is_test: bool
    language: str | None = None
    waits: bool = True
    """Nobody of ours has been in contact about the lead yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to be written. ``media`` are references, never fetched; ``sid`` is the provider's."""

    id: str
    channel: TextChannel
    author: Author
    purpose: Purpose
    body: str = field(repr=False)
    status: str
    segments: int = 1
    media: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    campaign: str | None = None
    account: str | None = None
    sid: str | None = None
    inquiry: str | None = None

    @property
    def direction(self) -> Literal["inbound", "outbound"]:
        return "inbound" if self.author == "person" else "outbound"


@dataclass(frozen=True, slots=True)
class Opening:
    """A conversation to be begun with an inquiry's lead."""

    id: str
    practice: str
    person: str
    lead: str
    address: Address
    is_test: bool = False


OF_LEAD = (leads.c.owner_id, leads.c.closed_at.label("lead_closed_at"), leads.c.language, leads.c.status)
THREAD = select(conversations, *OF_LEAD).join(leads, leads.c.id == conversations.c.lead_id)


def thread_of_person(tx: Connection, vault: Vault, practice: str, person: str | None) -> Thread | None:
    if person is None:
        return None
    mine = (conversations.c.practice_id == practice) & (conversations.c.person_id == person)
    row = tx.execute(THREAD.where(mine, conversations.c.closed_at.is_(None))).first()
    return threaded(vault, row) if row else None


def thread(tx: Connection, vault: Vault, practice: str, conversation: str) -> Thread | None:
    """By its id, closed or not."""
    mine = (conversations.c.practice_id == practice) & (conversations.c.id == conversation)
    row = tx.execute(THREAD.where(mine)).first()
    return threaded(vault, row) if row else None


def threaded(vault: Vault, row: Row[Any]) -> Thread:
    contact = vault.unseal(conversations.c.address, row.id, row.address) if row.address else None
    return Thread(
        id=row.id,
        practice=row.practice_id,
        person=row.person_id,
        lead=row.lead_id,
        owner=row.owner_id,
        address=Address(row.channel, row.account, row.ours, contact),
        last_inbound_at=row.last_inbound_at,
        lead_closed=row.lead_closed_at is not None,
        is_test=row.is_test,
        language=row.language,
        waits=row.status in ("new", "attempted"),
    )


def begin(tx: Connection, vault: Vault, new: Opening, now: datetime) -> None:
    """The person's one open conversation; where she has one whose lead was closed, it goes on with the new lead.

    :raises ThreadOpen: when it goes on with an open lead.
    :raises Refused: (at the statement) when another text begins one at the same instant; ask again.
    """
    found = thread_of_person(tx, vault, new.practice, new.person)
    if found and not found.lead_closed:
        raise ThreadOpen
    at = new.address
    sealed = vault.seal(conversations.c.address, found.id if found else new.id, at.contact) if at.contact else None
    told = {"lead_id": new.lead, "channel": at.channel, "account": at.account, "ours": at.ours, "address": sealed}
    if found:
        tx.execute(update(conversations).where(conversations.c.id == found.id).values(**told))
        return
    row = {
        "id": new.id,
        "practice_id": new.practice,
        "person_id": new.person,
        "last_sequence": 0,
        "opened_at": now,
        "is_test": new.is_test,
        **told,
    }
    tx.execute(insert(conversations), row)


def moved_to(tx: Connection, vault: Vault, at: Thread, address: Address) -> None:
    """She wrote from another number or channel, or to another number: answers go there."""
    sealed = vault.seal(conversations.c.address, at.id, address.contact) if address.contact else None
    told = {"channel": address.channel, "account": address.account, "ours": address.ours, "address": sealed}
    tx.execute(update(conversations).where(conversations.c.id == at.id).values(**told))


def add(tx: Connection, vault: Vault, at: Thread, new: Message, now: datetime) -> int:
    """The message's number in its conversation; those who look at it are told."""
    said = {"last_inbound_at": now} if new.author == "person" else {}
    sequence: int = tx.execute(
        update(conversations)
        .where(conversations.c.id == at.id)
        .values(last_sequence=conversations.c.last_sequence + 1, **said)
        .returning(conversations.c.last_sequence)
    ).scalar_one()
    row = {
        "id": new.id,
        "practice_id": at.practice,
        "conversation_id": at.id,
        "lead_id": at.lead,
        "inquiry_id": new.inquiry,
        "sequence": sequence,
        "direction": new.direction,
        "channel": new.channel,
        "author": new.author,
        "purpose": new.purpose,
        "body": vault.seal(messages.c.body, new.id, new.body),
        "media": vault.seal(messages.c.media, new.id, json.dumps(new.media)) if new.media else None,
        "digest": fingerprint(vault, at.practice, new.body),
        "segments": new.segments,
        "campaign": new.campaign,
        "account": new.account,
        "sid": new.sid,
        "status": new.status,
        "created_at": now,
        "status_at": now,
    }
    tx.execute(insert(messages), row)
    announce(tx, at.practice, "message", at.id, now)
    return sequence


def fingerprint(vault: Vault, practice: str, body: str) -> bytes:
    """Keyed, so that equal words are known for equal and nothing else is said of them."""
    return vault.index(practice, f"words {folded(body) or body}")


def recent(tx: Connection, vault: Vault, at: Thread, body: str, now: datetime) -> Recent:
    """The last hour, with a text of these words that is about to be written."""
    within = (messages.c.conversation_id == at.id) & (messages.c.created_at > now - HOUR)
    came = within & (messages.c.direction == "inbound")
    count = select(func.count()).select_from(messages)
    answers = tx.execute(count.where(within, messages.c.purpose.in_(AUTOMATIC))).scalar_one()
    texts = tx.execute(count.where(came)).scalar_one()
    same = tx.execute(count.where(came, messages.c.digest == fingerprint(vault, at.practice, body))).scalar_one()
    return Recent(answers, texts + 1, same + 1)


def last_campaign(tx: Connection, conversation: str) -> str | None:
    """That of the last message we sent: what comes back belongs to it."""
    return newest_campaign(tx, (messages.c.conversation_id == conversation) & (messages.c.direction == "outbound"))


def campaign_so_far(tx: Connection, conversation: str) -> str | None:
    """That of the newest message which has one, hers or ours: what is written next goes on with it."""
    return newest_campaign(tx, messages.c.conversation_id == conversation)


def newest_campaign(tx: Connection, among: ColumnElement[bool]) -> str | None:
    found = select(messages.c.campaign).where(among, messages.c.campaign.is_not(None))
    return tx.execute(found.order_by(messages.c.sequence.desc()).limit(1)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class MessageShown:
    """Unsealed, for those who may see it: never to be logged. ``media`` are content types only."""

    id: str
    sequence: int
    direction: str
    channel: str
    author: str
    purpose: str
    body: str = field(repr=False)
    media: tuple[str, ...]
    segments: int
    campaign: str | None
    status: str
    code: str | None
    created_at: datetime


def messages_after(
    tx: Connection, vault: Vault, conversation: str, after: int = 0, most: int = 200
) -> tuple[MessageShown, ...]:
    """Those with a higher number than ``after``, in order: what a reader who has the others is missing."""
    rows = tx.execute(
        select(messages)
        .where(messages.c.conversation_id == conversation, messages.c.sequence > after)
        .order_by(messages.c.sequence)
        .limit(most)
    )
    return tuple(shown(vault, row) for row in rows)


def shown(vault: Vault, row: Row[Any]) -> MessageShown:
    media = json.loads(vault.unseal(messages.c.media, row.id, row.media)) if row.media else ()
    return MessageShown(
        id=row.id,
        sequence=row.sequence,
        direction=row.direction,
        channel=row.channel,
        author=row.author,
        purpose=row.purpose,
        body=vault.unseal(messages.c.body, row.id, row.body),
        media=tuple(each["kind"] for each in media),
        segments=row.segments,
        campaign=row.campaign,
        status=row.status,
        code=row.code,
        created_at=row.created_at,
    )
