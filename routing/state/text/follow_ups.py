"""Messages that a cadence owes: each a row with its time, sent by itself if it may be at that moment, else left to the
task's owner with the reason. The task is the promise, the row how it is kept."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from routing.rulebook.jurisdictions import Signs
from routing.rules.book import Book
from routing.rules.contact import Request, may_contact
from routing.rules.values import ContactWay
from routing.state.callback.bars import FURTHER, Bar, number_of, on_the_line
from routing.state.database import Database
from routing.state.lead.contactable import Whom, contactable
from routing.state.lead.people import indexes_of
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import attempts, callbacks, follow_ups, inquiries, leads, messages, sends, tasks
from routing.state.text.conversations import Thread, thread_of_person
from routing.state.text.opt_outs import hold_contact
from routing.state.text.sends import Withheld

TALKING = timedelta(minutes=1)
"""Who is on the line with us is not written to meanwhile."""
HEARD = ("answered", "referred", "transferred", "received")
UNREACHABLE = ("21211", "21614", "30005", "30006", "no_such_mailbox")
"""What is said of where nothing will ever arrive: a number that is not valid, not a mobile, unknown, or a landline; or
the mail server of a mailbox."""
OWED = (
    select(
        follow_ups,
        tasks.c.kind,
        tasks.c.state.label("task_state"),
        tasks.c.inquiry_id,
        inquiries.c.contact_index.label("number_index"),
        leads.c.id.label("lead_id"),
        leads.c.person_id,
        leads.c.status,
        leads.c.closed_at,
        leads.c.owner_id,
        leads.c.language,
        leads.c.campaign,
        leads.c.location,
        leads.c.is_test,
    )
    .join(tasks, tasks.c.id == follow_ups.c.task_id)
    .outerjoin(inquiries, inquiries.c.id == tasks.c.inquiry_id)
    .join(leads, leads.c.id == tasks.c.lead_id)
)
"""With the lead as it stands now."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``way`` is the task's kind, ``template`` one of the practice file."""

    practice: str
    task: str
    way: str
    template: str
    due_at: datetime


def owe(tx: Connection, owed: FollowUp, now: datetime) -> None:
    row = {
        "task_id": owed.task,
        "practice_id": owed.practice,
        "way": owed.way,
        "template": owed.template,
        "state": "due",
        "due_at": owed.due_at,
        "created_at": now,
    }
    tx.execute(insert(follow_ups), row)


def due(db: Database, now: datetime, most: int) -> tuple[str, ...]:
    """Ids of their tasks, the oldest first."""
    waiting = (follow_ups.c.state == "due") & follow_ups.c.settled_at.is_(None) & (follow_ups.c.due_at <= now)
    with db.reading() as tx:
        wanted = select(follow_ups.c.task_id).where(waiting).order_by(follow_ups.c.due_at).limit(most)
        return tuple(tx.execute(wanted).scalars())


def hold(tx: Connection, task: str, state: str) -> Row[Any] | None:
    """Locked until the end of the transaction; None when another clock was first."""
    mine = (follow_ups.c.task_id == task) & (follow_ups.c.state == state) & follow_ups.c.settled_at.is_(None)
    if tx.execute(select(follow_ups.c.task_id).where(mine).with_for_update()).first() is None:
        return None
    return tx.execute(OWED.where(mine)).one()


@dataclass(frozen=True, slots=True)
class Towards:
    """Where it would go: a number in E.164, or an address. ``number`` is hers, if she has one. A ``message`` that is
    written already is not counted against itself."""

    way: ContactWay
    to: str = field(repr=False)
    number: str | None = field(repr=False)
    message: str = ""


def bar(tx: Connection, vault: Vault, book: Book, of: tuple[Row[Any], Towards], now: datetime) -> Bar | None:
    """None when it may go to her now. To be asked in the transaction that plans it, and again in the one that claims
    its send; whoever writes an opt-out of hers meanwhile waits for it, or it for him."""
    row, towards = of
    gone = unwanted(tx, row)
    if gone:
        return Bar(gone, "withdrawn")
    if on_the_line(tx, row.person_id):
        return Bar("on_the_line", "due", now + TALKING)
    hold_contact(tx, book.practice, indexes_of(tx, vault, book.practice, row.person_id))
    never = is_unreachable(tx, book.practice, vault.indexes(book.practice, towards.to))
    barred: frozenset[ContactWay] = frozenset({towards.way}) if never else frozenset()
    wished = asked(tx, vault, row, towards.way)
    whom = Whom(row.person_id, Signs(towards.number), wished, barred, towards.message)
    verdict = may_contact(contactable(tx, vault, book, whom, now), towards.way, "requested_callback", now)
    if verdict.allowed:
        return None
    return Bar(verdict.reason, "due" if verdict.next_allowed else "person", verdict.next_allowed)


def unwanted(tx: Connection, row: Row[Any]) -> str | None:
    """She was talked to since, or the lead has come further (S-23), or somebody did it already."""
    if row.closed_at is not None or row.status in FURTHER:
        return f"lead_{row.status}"
    if row.task_state != "open" or row.kind != row.way:
        return "task_closed"
    heard = (attempts.c.lead_id == row.lead_id) & (attempts.c.started_at > row.created_at)
    spoken = select(attempts.c.id).where(heard, attempts.c.result.in_(HEARD)).limit(1)
    return "reached" if tx.execute(spoken).first() else None


def is_unreachable(tx: Connection, practice: str, indexes: tuple[bytes, ...]) -> bool:
    """By what became of the last message that went there."""
    last = (
        select(messages.c.code)
        .join(sends, sends.c.id == messages.c.id)
        .where(sends.c.practice_id == practice, sends.c.recipient_index.in_(indexes), sends.c.settled_at.is_not(None))
        .order_by(messages.c.created_at.desc())
        .limit(1)
    )
    return tx.execute(last).scalar_one_or_none() in UNREACHABLE


def asked(tx: Connection, vault: Vault, row: Row[Any], way: ContactWay) -> tuple[Request, ...]:
    """Her own text within seven days is a request to be written to, and a form with her address one for an e-mail;
    beside them only consents on record count."""
    if way == "email":
        came = select(inquiries.c.id, inquiries.c.channel, inquiries.c.received_at)
        form = tx.execute(came.where(inquiries.c.id == row.inquiry_id, inquiries.c.channel == "form")).first()
        return (Request(form.id, "form", form.received_at, frozenset({"email"})),) if form else ()
    at = thread_of_person(tx, vault, row.practice_id, row.person_id)
    if at is None or at.last_inbound_at is None:
        return ()
    return (Request(at.id, "text", at.last_inbound_at, frozenset({"text", "call"})),)


def next_call(tx: Connection, lead: str) -> datetime | None:
    mine = (callbacks.c.lead_id == lead) & callbacks.c.settled_at.is_(None)
    return tx.execute(select(callbacks.c.due_at).where(mine)).scalar_one_or_none()


def planned(tx: Connection, row: Row[Any], message: str) -> None:
    mine = (follow_ups.c.task_id == row.task_id) & (follow_ups.c.state == "due")
    tx.execute(update(follow_ups).where(mine).values(state="planned", message_id=message, code=None))


def put_off(tx: Connection, row: Row[Any], why: Bar, now: datetime) -> None:
    """Deferred, never dropped: what waiting cannot mend stands before the owner with its reason."""
    told: dict[str, Any] = {"state": why.state, "code": why.code}
    told |= {"due_at": why.until} if why.until else {}
    told |= {"settled_at": now} if why.state != "due" else {}
    tx.execute(update(follow_ups).where(follow_ups.c.task_id == row.task_id).values(**told))
    promise = update(tasks).where(tasks.c.id == row.task_id, tasks.c.state == "open", tasks.c.kind == row.way)
    if why.state == "withdrawn":
        tx.execute(promise.values(state="withdrawn", closed_at=now))
    elif why.state == "person":
        kind = "review" if why.code.startswith("opted_out") else row.way
        tx.execute(promise.values(kind=kind, reason=why.code, rung_at=None))
    announce(tx, row.practice_id, "lead", row.lead_id, now)


def is_elsewhere(at: Thread, row: Row[Any]) -> bool:
    """She is in a thread about something else: its coordinator writes."""
    return at.lead != row.lead_id and not at.lead_closed


def withheld(tx: Connection, vault: Vault, book: Book, send: Row[Any], now: datetime) -> Withheld | None:
    """Whatever forbids it now: it is not sent as it was written, but planned anew when it may be."""
    row = tx.execute(OWED.where(follow_ups.c.message_id == send.id, follow_ups.c.state == "planned")).first()
    if row is None:
        return Withheld("not_owed")
    to = vault.unseal(sends.c.recipient, send.id, send.recipient)
    why = bar(tx, vault, book, (row, Towards(row.way, to, number_of(tx, vault, row), send.id)), now)
    return Withheld(why.code) if why else None
