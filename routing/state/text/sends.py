"""Messages that REST is to send: written with their message, claimed by one job, never blindly repeated.

A request whose answer was lost stays ``ambiguous`` until a report names it or the provider's list shows it; whether it
may be sent at all is asked in the transaction that claims it (I6).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.engine import Connection

from routing.state import leases
from routing.state.database import Database
from routing.state.lead.people import opted_out
from routing.state.leases import CLAIMED_AS, RING_AGAIN, Holder, Ring, claiming, of_holder
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import follow_ups, messages, sends, tasks
from routing.state.text.conversations import Message, Thread, add
from routing.state.text.opt_outs import hold_contact
from routing.state.text.relay_wishes import RELAY
from routing.state.text.sent_words import relay_sent, relay_unwanted, sids_beside, words_of

LOOK_AFTER = timedelta(seconds=10)
"""The provider's list lags behind (D4)."""
WAY = {"sms": "text", "whatsapp": "text", "chat": "text", "email": "email"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """``due_at`` is not before, ``expires_at`` not after. ``sender`` is the number of ours it comes from."""

    message: Message
    sender: str
    account: str
    recipient: str = field(repr=False)
    due_at: datetime
    expires_at: datetime | None = None


def plan_send(tx: Connection, vault: Vault, at: Thread, new: Outgoing, now: datetime) -> None:
    """The clock rings for it within a second."""
    add(tx, vault, at, new.message, now)
    plan_request(tx, vault, at, new, now)


def plan_request(tx: Connection, vault: Vault, at: Thread, new: Outgoing, now: datetime) -> None:
    """For a message that stands in the thread already."""
    message = new.message
    row = {
        "id": message.id,
        "practice_id": at.practice,
        "conversation_id": at.id,
        "account": new.account,
        "sender": new.sender,
        "recipient": vault.seal(sends.c.recipient, message.id, new.recipient),
        "recipient_index": vault.index(at.practice, new.recipient),
        "purpose": message.purpose,
        "way": WAY[message.channel],
        "state": "new",
        "fence": 0,
        "attempts": 0,
        "looks": 0,
        "due_at": new.due_at,
        "expires_at": new.expires_at,
        "ring": 0,
        "rung_at": new.due_at - RING_AGAIN,
        "created_at": now,
    }
    tx.execute(insert(sends), row)


@dataclass(frozen=True, slots=True)
class Claim:
    """A send in the hands of one job; a relay's is of no conversation. ``looks_for`` is when the request was made whose
    answer was lost: then it is looked for and not sent again."""

    id: str
    practice: str
    conversation: str
    account: str
    channel: str
    sender: str
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    fence: int
    attempts: int
    looks: int
    purpose: str
    looks_for: datetime | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Not at this moment. ``until`` is when to ask again; None where it is not to be sent as it is."""

    code: str
    until: datetime | None = None


Weigh = Callable[[Connection, Row[Any], datetime], Withheld | None]
"""May what we start go out at this moment?"""


def claim(db: Database, send: str, now: datetime, by: Holder, weigh: Weigh) -> Claim | None:
    """None when it is not due, over, in somebody's hands, or not wanted or allowed: whoever opted out before this
    commit is sent nothing but the one confirmation."""
    with db.reading() as tx:
        found = tx.execute(select(sends).where(sends.c.id == send, sends.c.settled_at.is_(None))).first()
    if found is None or found.state not in CLAIMED_AS:
        return None
    is_look = CLAIMED_AS[found.state] == "looking"
    recipient = db.vault.unseal(sends.c.recipient, send, found.recipient)
    with db.writing() as tx:
        indexes = db.vault.indexes(found.practice_id, recipient)
        hold_contact(tx, found.practice_id, indexes)
        why = unwanted(tx, found, indexes, now)
        if why and not is_look:
            given_up(tx, send, why, now)
            return None
        withheld = weigh(tx, found, now) if not is_look and found.due_at <= now else None
        if withheld:
            withhold(tx, send, withheld, now)
            return None
        won = tx.execute(claiming(sends, send, now, by).values(attempts=sends.c.attempts + 1)).first()
        if won is None:
            return None
        said = words_of(tx, db.vault, send, won.purpose)
    return Claim(
        id=send,
        practice=won.practice_id,
        conversation=won.conversation_id or "",
        account=won.account,
        channel=said.channel,
        sender=won.sender,
        recipient=recipient,
        body=said.body,
        fence=won.fence,
        attempts=won.attempts,
        looks=won.looks,
        purpose=won.purpose,
        looks_for=won.posted_at if is_look else None,
    )


def unwanted(tx: Connection, found: Any, indexes: tuple[bytes, ...], now: datetime) -> str | None:
    if found.expires_at is not None and found.expires_at <= now:
        return "too_late"
    if found.purpose in ("confirmation", "crisis"):
        return None
    if found.purpose == RELAY:
        return relay_unwanted(tx, found.id)
    return "opted_out" if found.way in opted_out(tx, found.practice_id, indexes) else None


def withhold(tx: Connection, send: str, why: Withheld, now: datetime) -> None:
    if why.until is None:
        given_up(tx, send, why.code, now)
        return
    later = {"due_at": why.until, "rung_at": why.until - RING_AGAIN, "code": why.code}
    tx.execute(update(sends).where(sends.c.id == send, sends.c.state == "new").values(**later))


def given_up(tx: Connection, send: str, why: str, now: datetime) -> None:
    """Before any request: withdrawn, and the thread shows that it was not sent."""
    over = update(sends).where(sends.c.id == send, sends.c.settled_at.is_(None), sends.c.state.in_(("new", "claimed")))
    if tx.execute(over.values(state="withdrawn", code=why, settled_at=now, lease_until=None)).rowcount == 1:
        shown_as(tx, send, Shown("canceled", why), now)


def posting(db: Database, held: Claim, now: datetime) -> bool:
    """Committed right before the request: from here on a lost answer is an ambiguous one. False when the claim is no
    longer ours, somebody opted out or the task was closed meanwhile, and no request may be made."""
    with db.writing() as tx:
        still = update(sends).where(of_holder(sends, held.id, held.fence), sends.c.state == "claimed", is_still_owed())
        return tx.execute(still.values(state="posting", posted_at=now)).rowcount == 1


def is_still_owed() -> ColumnElement[bool]:
    """A follow-up whose task was closed since is not sent."""
    owed = select(tasks.c.id).join(follow_ups, follow_ups.c.task_id == tasks.c.id)
    owed = owed.where(follow_ups.c.message_id == sends.c.id, tasks.c.state == "open")
    return or_(sends.c.purpose != "follow_up", owed.correlate(sends).exists())


@dataclass(frozen=True, slots=True)
class Shown:
    """What the thread shows of a message."""

    status: str
    code: str | None = None
    sid: str | None = None


def shown_as(tx: Connection, send: str, what: Shown, now: datetime) -> bool:
    """A report may have told more already."""
    told = {"status": what.status, "code": what.code, "status_at": now, **({"sid": what.sid} if what.sid else {})}
    waits = messages.c.status == "accepted"
    row = tx.execute(
        update(messages)
        .where(messages.c.id == send, waits)
        .values(**told)
        .returning(messages.c.practice_id, messages.c.conversation_id)
    ).first()
    if row:
        announce(tx, row.practice_id, "message", row.conversation_id, now)
    elif what.sid:
        relay_sent(tx, send, what.sid)
    return True


def due(db: Database, now: datetime, real: datetime, most: int) -> tuple[Ring, ...]:
    """Bells to ring (again), after what a lost worker held was freed."""
    rows = leases.waiting(db, sends, now, real, most)
    if not rows:
        return ()
    with db.writing() as tx:
        leases.free_lost(tx, sends, now, real, LOOK_AFTER)
        return leases.ring_again(tx, sends, rows, now)


def due_at(db: Database, send: str) -> datetime | None:
    """None for what needs no request."""
    with db.reading() as tx:
        return tx.execute(select(sends.c.due_at).where(sends.c.id == send)).scalar_one_or_none()


def known_sids(db: Database, held: Claim) -> frozenset[str]:
    """Messages of this thread, or to this phone of ours, that the provider's list shows as well."""
    with db.reading() as tx:
        here = select(messages.c.conversation_id).where(messages.c.id == held.id).scalar_subquery()
        mine = (messages.c.conversation_id == here) & (messages.c.direction == "outbound")
        found = tx.execute(select(messages.c.sid).where(mine, messages.c.sid.is_not(None)))
        return frozenset(sid for sid in found.scalars() if sid) | sids_beside(tx, held.id)
