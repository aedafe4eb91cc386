"""Calls that we owe: each a row with its time, opened from the promise that somebody named has made, tried when it is
lawful, and settled once. The task is the promise, the row how it is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, case, exists, insert, or_, select, update

from routing.rules.asking import milliseconds
from routing.rules.lawful.ledger import Via
from routing.rules.retrying import BestTime
from routing.state.database import Database
from routing.state.ledger import NewId, Promise, announce, promise
from routing.state.tables import callbacks, dials, inquiries, leads, person_numbers, provider_accounts, tasks

Kind = Literal["turn", "voicemail", "time", "opening", "again"]
"""Place kept from the line, a message left, a time of hers, the next opening, another attempt."""
EARLY = timedelta(minutes=2)
"""So long before a time that she chose a coordinator is looked for (routing-semantics section 11)."""
CALLED = ("callback", "call")


@dataclass(frozen=True, slots=True)
class Asked:
    """Her request: where she made it, and a time that she named herself, now included."""

    via: Via
    at: datetime
    chosen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A callback as it is opened. ``waiting_key`` as in the line of callers, in ms."""

    practice: str
    lead: str
    person: str
    inquiry: str
    task: str
    kind: Kind
    due_at: datetime
    waiting_key: int
    asked: Asked | None = None
    best: BestTime | None = None
    attempt: int = 1
    first_at: datetime | None = None
    number_index: bytes | None = None
    """Of the number to be dialled; without it that of the one her inquiry came from."""


def open_callback(tx: Connection, owed: Owed, ids: NewId, now: datetime) -> str | None:
    """None for somebody without a number.

    :raises Refused: (at the statement) when the lead has an open one.
    """
    number = owed.number_index or index_to_dial(tx, owed.person, owed.inquiry)
    if number is None:
        return None
    asked, best, id = owed.asked, owed.best, ids("cb")
    row = {
        "id": id,
        "practice_id": owed.practice,
        "lead_id": owed.lead,
        "person_id": owed.person,
        "inquiry_id": owed.inquiry,
        "task_id": owed.task,
        "number_index": number,
        "kind": owed.kind,
        "state": "due",
        "via": asked.via if asked else None,
        "requested_at": asked.at if asked else None,
        "chosen_at": asked.chosen_at if asked else None,
        "best_from": best.since if best else None,
        "best_until": best.until if best else None,
        "attempt": owed.attempt,
        "first_at": owed.first_at,
        "lost": 0,
        "waiting_key": owed.waiting_key,
        "due_at": owed.due_at,
        "created_at": now,
    }
    tx.execute(insert(callbacks), row)
    announce(tx, owed.practice, "callback", id, now)
    return id


def index_to_dial(tx: Connection, person: str, inquiry: str) -> bytes | None:
    """Of the number that the inquiry came from, else of her first."""
    given = select(inquiries.c.contact_index).where(inquiries.c.id == inquiry).scalar_subquery()
    at = person_numbers.c
    given_first = case((at.number_index == given, 0), else_=1)
    hers = select(at.number_index).where(at.person_id == person).order_by(given_first, at.created_at)
    return tx.execute(hers.limit(1)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Request:
    """She asks to be called, by a form or in writing. ``due_at`` is when: at once, at ``asked.chosen_at``, or when the
    practice opens. ``reason`` is a code."""

    lead: str
    inquiry: str
    asked: Asked
    due_at: datetime
    best: BestTime | None = None
    reason: str = "callback_requested"


def request(tx: Connection, wanted: Request, ids: NewId, now: datetime) -> str | None:
    """The callback's id; the owner's open task for this inquiry is its promise, or a new one. One open callback of a
    lead is enough: asking again changes its time. None for somebody without a number."""
    lead = tx.execute(select(leads).where(leads.c.id == wanted.lead).with_for_update()).one()
    joined = asked_again(tx, wanted, now)
    if joined:
        return joined
    if index_to_dial(tx, lead.person_id, wanted.inquiry) is None:
        return None
    came = tx.execute(select(inquiries).where(inquiries.c.id == wanted.inquiry)).one()
    owed = Owed(
        practice=lead.practice_id,
        lead=lead.id,
        person=lead.person_id,
        inquiry=wanted.inquiry,
        task=promised(tx, lead, wanted, ids, now),
        kind="time" if wanted.asked.chosen_at else "opening" if wanted.due_at > now else "turn",
        due_at=wanted.due_at,
        waiting_key=key_at(came.effective_start, came.waiting_key, max(wanted.due_at, came.effective_start)),
        asked=wanted.asked,
        best=wanted.best,
    )
    return open_callback(tx, owed, ids, now)


def asked_again(tx: Connection, wanted: Request, now: datetime) -> str | None:
    """Whoever is being dialled at this moment is; else the newest wish holds."""
    row = open_of(tx, wanted.lead)
    if row is None:
        return None
    best, asked = wanted.best, wanted.asked
    changed: dict[str, Any] = {"via": asked.via, "requested_at": asked.at, "chosen_at": asked.chosen_at}
    changed |= {"number_index": index_to_dial(tx, row.person_id, wanted.inquiry) or row.number_index}
    changed |= {"best_from": best.since, "best_until": best.until} if best else {}
    changed |= {"kind": "time"} if asked.chosen_at else {}
    due_at = wanted.due_at if asked.chosen_at else min(row.due_at, wanted.due_at)
    mine = (callbacks.c.id == row.id) & (callbacks.c.state == "due")
    tx.execute(update(callbacks).where(mine).values(**changed, due_at=due_at))
    announce(tx, row.practice_id, "callback", row.id, now)
    return str(row.id)


def promised(tx: Connection, lead: Row[Any], wanted: Request, ids: NewId, now: datetime) -> str:
    mine = (tasks.c.inquiry_id == wanted.inquiry) & (tasks.c.state == "open") & tasks.c.kind.in_(CALLED)
    kept = tx.execute(update(tasks).where(mine).values(kind="callback").returning(tasks.c.id)).scalars().first()
    if kept:
        return str(kept)
    owed = Promise(ids("tk"), "callback", lead.owner_id, wanted.reason, wanted.due_at, lead.queue)
    promise(tx, lead.practice_id, lead.id, wanted.inquiry, owed, now)
    return owed.id


def key_at(effective_start: datetime, waiting_key: int, start: datetime) -> int:
    """The place of one who waits since ``start``, with the head start that her inquiry had."""
    return waiting_key + milliseconds(start) - milliseconds(effective_start)


def open_of(tx: Connection, lead: str) -> Row[Any] | None:
    return tx.execute(select(callbacks).where(callbacks.c.lead_id == lead, callbacks.c.settled_at.is_(None))).first()


@dataclass(frozen=True, slots=True)
class Unopened:
    """A promise of a call without a row that keeps it; ``by_hand`` one that somebody of ours wrote down."""

    task: str
    reason: str
    inquiry: str
    due_at: datetime
    created_at: datetime
    by_hand: bool


def unopened(db: Database, most: int) -> tuple[Unopened, ...]:
    """Oldest first; one at a time of each lead. Promises without an inquiry are made by hand, and belong to the lead's
    newest."""
    newest = (
        select(inquiries.c.id)
        .where(inquiries.c.lead_id == tasks.c.lead_id)
        .order_by(inquiries.c.received_at.desc())
        .limit(1)
        .correlate(tasks)
        .scalar_subquery()
    )
    kept = exists().where(
        or_(
            callbacks.c.task_id == tasks.c.id,
            (callbacks.c.lead_id == tasks.c.lead_id) & callbacks.c.settled_at.is_(None),
        )
    )
    has_number = exists().where(person_numbers.c.person_id == leads.c.person_id)
    wanted = (
        select(tasks.c.id, tasks.c.reason, tasks.c.inquiry_id, newest, tasks.c.due_at, tasks.c.created_at)
        .join(leads, leads.c.id == tasks.c.lead_id)
        .where(tasks.c.state == "open", tasks.c.kind == "callback", ~kept, has_number)
        .order_by(tasks.c.created_at, tasks.c.id)
        .limit(most)
    )
    with db.reading() as tx:
        rows = tx.execute(wanted).all()
    return tuple(
        Unopened(name, reason, mine or last, due_at, at, by_hand=mine is None)
        for name, reason, mine, last, due_at, at in rows
        if mine or last
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A callback whose time has come, beside the callers in the line."""

    id: str
    practice: str
    waiting_key: int
    due_at: datetime


def of_time(now: datetime) -> Select[Any]:
    """No call of hers may be going on, so that whoever comes free a second earlier still gets her there, and nobody
    dials who is on the line already."""
    early = (callbacks.c.kind == "time") & (callbacks.c.due_at <= now + EARLY)
    calls = exists().where(
        inquiries.c.person_id == callbacks.c.person_id, inquiries.c.channel == "call", inquiries.c.ended_at.is_(None)
    )
    waiting = callbacks.c.settled_at.is_(None) & (callbacks.c.state == "due")
    return select(callbacks).where(waiting, or_(callbacks.c.due_at <= now, early), ~calls)


def line(tx: Connection, practice: str, now: datetime, most: int) -> tuple[Due, ...]:
    """Next first."""
    mine = of_time(now).where(callbacks.c.practice_id == practice)
    rows = tx.execute(mine.order_by(callbacks.c.waiting_key, callbacks.c.id).limit(most))
    return tuple(Due(row.id, row.practice_id, row.waiting_key, row.due_at) for row in rows)


def practices_owing(db: Database, now: datetime) -> tuple[str, ...]:
    with db.reading() as tx:
        found = of_time(now).with_only_columns(callbacks.c.practice_id).distinct()
        return tuple(tx.execute(found).scalars())


def found(tx: Connection, callback: str) -> Row[Any] | None:
    return tx.execute(select(callbacks).where(callbacks.c.id == callback)).first()


def came_by(tx: Connection, inquiry: str) -> tuple[str | None, str | None, str]:
    """Tracking number, campaign, and the provider's account, empty for what was no call."""
    wanted = select(inquiries.c.tracking_number, inquiries.c.campaign, inquiries.c.account, inquiries.c.channel)
    row = tx.execute(wanted.where(inquiries.c.id == inquiry)).one()
    return row.tracking_number, row.campaign, (row.account or "") if row.channel == "call" else ""


UNRUNG = ("login_refused", "too_late", "on_the_line", "called_in", "never_made")
"""Ends of a dial after which the same coordinator may be asked again at once."""


def unrung(tx: Connection, inquiry: str) -> frozenset[int]:
    """Steps of dials that came to no request, or to one that was surely not acted on."""
    mine = (dials.c.inquiry_id == inquiry) & dials.c.settled_at.is_not(None)
    wanted = select(dials.c.step).where(mine, dials.c.posted_at.is_(None) | dials.c.code.in_(UNRUNG))
    return frozenset(tx.execute(wanted).scalars())


def resting(tx: Connection, account: str) -> bool:
    """Whether the provider refuses our login; without a known account, that of any."""
    asleep = provider_accounts.c.resting_since_ms.is_not(None)
    mine = asleep & (provider_accounts.c.account == account) if account else asleep
    return tx.execute(select(provider_accounts.c.account).where(mine)).first() is not None
