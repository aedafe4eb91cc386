"""What is told to coordinators' own phones: written with what a person wrote, in its transaction, and sent like any
text of ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rulebook.names import first_name
from routing.rules.relaying import RECENT, code_of, number_in
from routing.state.leases import RING_AGAIN
from routing.state.ledger import NewId
from routing.state.sealed import Vault
from routing.state.tables import conversations, leads, people, relay_texts, relays, sends
from routing.state.text.conversations import Thread, thread
from routing.state.text.relay_wishes import RELAY, is_reachable

HOUR = timedelta(hours=1)
STALE = timedelta(hours=24)
"""After this it says nothing new to her."""


@dataclass(frozen=True, slots=True)
class Route:
    """Number of ours, and the account that sends."""

    sender: str
    account: str


@dataclass(frozen=True, slots=True)
class Relay:
    """``phones`` are those of coordinators who want it and are on shift; ``words`` makes the text of a thread's code
    and the person's first name, empty where it is not known; ``shows_words`` where hers are among them."""

    phones: Mapping[str, str] = field(repr=False)
    route: Route
    ids: NewId
    words: Callable[[str, str], str] = field(repr=False)
    shows_words: bool


@dataclass(frozen=True, slots=True)
class RelayText:
    """One text to her own phone; ``is_answer`` to one of hers, ``shows_words`` with those of a person in it."""

    id: str
    practice: str
    coordinator: str
    phone: str = field(repr=False)
    body: str = field(repr=False)
    route: Route
    is_answer: bool = False
    shows_words: bool = False


def relay(tx: Connection, vault: Vault, at: Thread, what: Relay, now: datetime) -> None:
    """To whoever has the lead now, which a reply may just have changed.

    :raises Refused: (at the statement) when another of her threads gets its code at the same instant; ask again.
    """
    now_at = thread(tx, vault, at.practice, at.id)
    phone = what.phones.get(now_at.owner) if now_at else None
    if now_at is None or phone is None or not is_reachable(tx, at.practice, now_at.owner):
        return
    code = code_of(number_of(tx, now_at, now))
    body = what.words(code, name_of(tx, vault, now_at.person))
    name, shows = what.ids("rt"), what.shows_words
    tell(tx, vault, RelayText(name, at.practice, now_at.owner, phone, body, what.route, shows_words=shows), now)


def number_of(tx: Connection, at: Thread, now: datetime) -> int:
    hers = (relays.c.practice_id == at.practice) & (relays.c.coordinator_id == at.owner)
    this = update(relays).where(hers, relays.c.conversation_id == at.id).values(relayed_at=now)
    known = tx.execute(this.returning(relays.c.number)).scalar_one_or_none()
    if known is not None:
        return int(known)
    last = tx.execute(select(func.max(relays.c.number)).where(hers)).scalar_one_or_none()
    number = 0 if last is None else last + 1
    row = {
        "practice_id": at.practice,
        "coordinator_id": at.owner,
        "conversation_id": at.id,
        "number": number,
        "relayed_at": now,
    }
    tx.execute(insert(relays), row)
    return number


def name_of(tx: Connection, vault: Vault, person: str) -> str:
    sealed = tx.execute(select(people.c.name).where(people.c.id == person)).scalar_one_or_none()
    return first_name(vault.unseal(people.c.name, person, sealed)) if sealed else ""


def tell(tx: Connection, vault: Vault, what: RelayText, now: datetime) -> None:
    """The clock rings for it within a second."""
    keep(tx, vault, what, now)
    row = {
        "id": what.id,
        "practice_id": what.practice,
        "account": what.route.account,
        "sender": what.route.sender,
        "recipient": vault.seal(sends.c.recipient, what.id, what.phone),
        "recipient_index": vault.index(what.practice, what.phone),
        "purpose": RELAY,
        "state": "new",
        "fence": 0,
        "attempts": 0,
        "looks": 0,
        "due_at": now,
        "expires_at": now + STALE,
        "ring": 0,
        "rung_at": now - RING_AGAIN,
        "created_at": now,
    }
    tx.execute(insert(sends), row)


def keep(tx: Connection, vault: Vault, what: RelayText, now: datetime) -> None:
    row = {
        "id": what.id,
        "practice_id": what.practice,
        "coordinator_id": what.coordinator,
        "body": vault.seal(relay_texts.c.body, what.id, what.body),
        "is_answer": what.is_answer,
        "shows_words": what.shows_words,
        "created_at": now,
    }
    tx.execute(insert(relay_texts), row)


def answers_lately(tx: Connection, practice: str, coordinator: str, now: datetime) -> int:
    """In the last hour: a phone that answers by itself must not be answered for ever (F61)."""
    hers = (relay_texts.c.practice_id == practice) & (relay_texts.c.coordinator_id == coordinator)
    count = select(func.count()).select_from(relay_texts).where(hers, relay_texts.c.is_answer)
    return tx.execute(count.where(relay_texts.c.created_at > now - HOUR)).scalar_one()


@dataclass(frozen=True, slots=True)
class Relayed:
    """A thread that a coordinator was told of, and when last."""

    code: str
    conversation: str
    owner: str
    at: datetime


def relayed(tx: Connection, practice: str, coordinator: str, now: datetime) -> tuple[Relayed, ...]:
    """Those of the last day, the newest first."""
    return found(tx, practice, coordinator, relays.c.relayed_at > now - RECENT)


def relayed_as(tx: Connection, practice: str, coordinator: str, code: str) -> Relayed | None:
    """However long ago: a code is hers for good."""
    number = number_in(code)
    return next(iter(found(tx, practice, coordinator, relays.c.number == number)), None) if number is not None else None


def found(tx: Connection, practice: str, coordinator: str, among: ColumnElement[bool]) -> tuple[Relayed, ...]:
    hers = (relays.c.practice_id == practice) & (relays.c.coordinator_id == coordinator)
    rows = tx.execute(
        select(relays.c.number, relays.c.conversation_id, leads.c.owner_id, relays.c.relayed_at)
        .join(conversations, conversations.c.id == relays.c.conversation_id)
        .join(leads, leads.c.id == conversations.c.lead_id)
        .where(hers, among)
        .order_by(relays.c.relayed_at.desc(), relays.c.number.desc())
    )
    return tuple(Relayed(code_of(row.number), *row[1:]) for row in rows)
