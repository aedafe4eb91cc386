"""What keeps a callback from being dialled at this moment: nobody wants it any more, or it is not allowed (yet). To be
asked in the transaction that claims the dial, and again before the person's own phone is rung (I6, I7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, exists, or_, select, update

from routing.rulebook.jurisdictions import Signs
from routing.rules.book import Book
from routing.rules.contact import Request, may_contact
from routing.state.call.talks import SHORT_CALL
from routing.state.database import Database
from routing.state.lead.contactable import Whom, contactable
from routing.state.lead.leads import number_on_record
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import callbacks, inquiries, leads, tasks
from routing.state.text.opt_outs import hold_contact

FURTHER = ("scheduled", "showed_up", "intake_completed", "not_interested", "closed")
"""A lead that has come so far is not called back (S-23)."""
State = Literal["due", "withdrawn", "person", "parked"]


@dataclass(frozen=True, slots=True)
class Bar:
    """``code`` says why, ``state`` what becomes of the callback; ``until`` is when to ask again."""

    code: str
    state: State
    until: datetime | None = None


def bar(tx: Connection, vault: Vault, book: Book, row: Row[Any], at: datetime) -> Bar | None:
    """None when she may be dialled at ``at``. Whoever writes an opt-out of hers meanwhile waits for this transaction,
    or this one for him."""
    gone = unwanted(tx, row)
    if gone:
        return Bar(gone, "withdrawn")
    if on_the_line(tx, row.person_id):
        return Bar("on_the_line", "due")
    hold_contact(tx, row.practice_id, [row.number_index])
    number = number_of(tx, vault, row)
    if number is None:
        return Bar("no_number", "person")
    case = contactable(tx, vault, book, Whom(row.person_id, Signs(number), requests(tx, row)), at)
    verdict = may_contact(case, "call", "requested_callback", at)
    if verdict.allowed:
        return None
    if verdict.next_allowed is None:
        return Bar(verdict.reason, "withdrawn" if verdict.reason.startswith("opted_out") else "person")
    return Bar(verdict.reason, "due", verdict.next_allowed)


def unwanted(tx: Connection, row: Row[Any]) -> str | None:
    lead = tx.execute(select(leads.c.status, leads.c.closed_at).where(leads.c.id == row.lead_id)).one()
    if lead.closed_at is not None or lead.status in FURTHER:
        return f"lead_{lead.status}"
    task = tx.execute(select(tasks.c.state, tasks.c.kind).where(tasks.c.id == row.task_id)).one()
    return None if task.state == "open" and task.kind in ("callback", "call") else "task_closed"


def on_the_line(tx: Connection, person: str) -> str | None:
    """The call she has with us at this moment."""
    live = (inquiries.c.person_id == person) & (inquiries.c.channel == "call") & inquiries.c.ended_at.is_(None)
    return tx.execute(select(inquiries.c.id).where(live).order_by(inquiries.c.received_at.desc())).scalars().first()


def number_of(tx: Connection, vault: Vault, row: Row[Any]) -> str | None:
    """The one she asked to be called on; where it is hers no more, her first."""
    return number_on_record(tx, vault, row.lead_id, row.number_index)


def requests(tx: Connection, row: Row[Any]) -> tuple[Request, ...]:
    if row.via is None or (row.via == "call" and was_short(tx, row.inquiry_id)):
        return ()
    return (Request(row.id, row.via, row.requested_at, frozenset({"call"}), row.chosen_at),)


def was_short(tx: Connection, inquiry: str) -> bool:
    """Nobody talked to her, and she did not stay to hear what was promised: that is no request."""
    call = tx.execute(select(inquiries).where(inquiries.c.id == inquiry)).one()
    untalked = call.outcome != "answered" and call.ended_at is not None
    return untalked and call.ended_at - call.received_at < SHORT_CALL


def put_off(tx: Connection, row: Row[Any], why: Bar, now: datetime) -> None:
    """Deferred, never dropped: the reason stands in the row, and what waiting cannot mend is left to a person."""
    changed: dict[str, Any] = {"state": why.state, "code": why.code}
    changed |= {"due_at": why.until} if why.until else {}
    changed |= {"settled_at": now} if why.state in ("withdrawn", "person", "parked") else {}
    mine = (callbacks.c.id == row.id) & callbacks.c.settled_at.is_(None)
    tx.execute(update(callbacks).where(mine).values(**changed))
    promise = (tasks.c.id == row.task_id) & (tasks.c.state == "open")
    if why.code.startswith("opted_out"):
        tx.execute(update(tasks).where(promise).values(kind="review", reason=why.code))
    elif why.state == "withdrawn":
        tx.execute(update(tasks).where(promise).values(state="withdrawn", closed_at=now))
    elif why.state in ("person", "parked"):
        tx.execute(update(tasks).where(promise).values(rung_at=None))
    announce(tx, row.practice_id, "callback", row.id, now)


def withdraw_unwanted(db: Database, now: datetime, most: int) -> int:
    """Callbacks that wait while their promise is kept, taken back or out of date."""
    further = leads.c.closed_at.is_not(None) | leads.c.status.in_(FURTHER)
    over = exists().where(leads.c.id == callbacks.c.lead_id, further)
    kept = exists().where(
        tasks.c.id == callbacks.c.task_id, or_(tasks.c.state != "open", tasks.c.kind.not_in(("callback", "call")))
    )
    wanted = select(callbacks).where(callbacks.c.settled_at.is_(None), callbacks.c.state == "due", over | kept)
    with db.reading() as tx:
        rows = tx.execute(wanted.limit(most)).all()
    for row in rows:
        with db.writing() as tx:
            still = tx.execute(select(callbacks).where(callbacks.c.id == row.id, callbacks.c.state == "due")).first()
            gone = unwanted(tx, row)
            if still and gone:
                put_off(tx, row, Bar(gone, "withdrawn"), now)
    return len(rows)
