"""What people do with a lead: take it, move its status, record an attempt, promise a next step. Each verb is one short
transaction that holds the lead's row, so of two at once the second sees what the first has done."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.response import Direction, Result, Way, is_possible, stops_clock
from routing.rules.statuses import Cause, Standing, Status, Why, allowed, why_not
from routing.rules.values import ContactWay
from routing.state import ledger
from routing.state.audit import audited
from routing.state.database import Database
from routing.state.lead.people import unwanted
from routing.state.ledger import CONTACT_TALK_S, Assignment, NewId, Promise, announce, hand_over, promise
from routing.state.tables import attempts, follow_ups, leads, tasks

TaskKind = Literal["call", "callback", "text", "email", "review"]
WRITTEN: tuple[Way, ...] = ("text", "email", "chat")
WAY_OF: dict[TaskKind, ContactWay] = {"call": "call", "callback": "call", "text": "text", "email": "email"}

SETTLED: tuple[Status, ...] = ("scheduled", "showed_up", "intake_completed", "not_interested")
FOLLOWING = (tasks.c.kind == "callback") | (
    tasks.c.kind.in_(("text", "email"))
    & (
        tasks.c.reason.in_(("voicemail_left", "message_delivered", "no_response", "busy"))
        | tasks.c.id.in_(select(follow_ups.c.task_id))
    )
)
"""What a cadence still wants to try."""


class UnknownLead(LookupError):
    """The practice has no such lead."""


class UnknownTask(LookupError):
    """The lead has no such open task."""


class CaseRefused(RuntimeError):
    """Nothing was written."""


class LeadClosed(CaseRefused):
    """Nothing more is done with a closed lead; a new inquiry opens another."""


class OwnedBy(CaseRefused):
    """Somebody was first. ``owner`` is who has the lead now, ``version`` what to read again."""

    def __init__(self, owner: str, version: int) -> None:
        super().__init__(owner)
        self.owner = owner
        self.version = version


class MoveRefused(CaseRefused):
    """``allowed`` are the statuses that may follow the one the lead has."""

    def __init__(self, why: Why, allowed: Iterable[Status]) -> None:
        super().__init__(why)
        self.why = why
        self.allowed = tuple(sorted(allowed))


class ImpossibleResult(CaseRefused):
    """An attempt of that channel and direction cannot end so."""


class OptedOut(CaseRefused):
    """The person does not want to be contacted that way (A-48)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A lead in the hands of somebody; ``by`` is whom the audit log names."""

    practice: str
    lead: str
    by: str


def held(tx: Connection, case: Case) -> Row[Any]:
    """The lead's row, locked until the end of the transaction. :raises UnknownLead: or LeadClosed."""
    mine = (leads.c.practice_id == case.practice) & (leads.c.id == case.lead)
    row = tx.execute(select(leads).where(mine).with_for_update()).first()
    if row is None:
        raise UnknownLead
    if row.closed_at is not None:
        raise LeadClosed
    return row


@dataclass(frozen=True, slots=True)
class Taking:
    """``version`` is that of the lead as the coordinator saw it."""

    case: Case
    coordinator: str
    version: int


def take(db: Database, wish: Taking, ids: NewId, now: datetime) -> str:
    """Who had it before; of two coordinators with the same version exactly one becomes owner (S-13d). Taking what one
    has already changes nothing.

    :raises OwnedBy: when the lead has changed since it was looked at.
    """
    case = wish.case
    with db.writing() as tx:
        row = held(tx, case)
        if row.owner_id == wish.coordinator:
            return wish.coordinator
        if row.version != wish.version:
            raise OwnedBy(row.owner_id, row.version)
        given = Assignment(
            id=ids("as"),
            practice=case.practice,
            lead=case.lead,
            owner=wish.coordinator,
            queue=row.queue,
            reason="taken",
            previous=row.owner_id,
            is_provisional=False,
            by=case.by,
        )
        hand_over(tx, given, now)
        audited(tx, case.practice, now, case.by, "take", case.lead, before=row.owner_id, after=wish.coordinator)
        announce(tx, case.practice, "lead", case.lead, now)
        return str(row.owner_id)


def set_status(db: Database, case: Case, status: Status, cause: Cause | None, now: datetime) -> None:
    """Closing takes the open tasks with it, an appointment what was still to be tried (S-23); the owner stays. Setting
    what is set already changes nothing.

    :raises MoveRefused: for a move the lead is not ready for, or a closing without a cause that holds (S-14).
    """
    with db.writing() as tx:
        row = held(tx, case)
        if row.status == status:
            return
        stands = standing(tx, row)
        why = why_not(stands, status, cause)
        if why:
            raise MoveRefused(why, allowed(stands))
        over = {"closed_at": now, "close_cause": cause} if status == "closed" else {}
        tx.execute(
            update(leads).where(leads.c.id == case.lead).values(status=status, version=leads.c.version + 1, **over)
        )
        if over or status in SETTLED:
            mine = (tasks.c.lead_id == case.lead) & (tasks.c.state == "open")
            which = mine if over else mine & FOLLOWING
            tx.execute(update(tasks).where(which).values(state="withdrawn", closed_at=now))
        audited(tx, case.practice, now, case.by, "status", case.lead, before=row.status, after=status, reason=cause)
        announce(tx, case.practice, "lead", case.lead, now)


def standing(tx: Connection, row: Row[Any]) -> Standing:
    tried = select(attempts.c.id).where(attempts.c.lead_id == row.id, attempts.c.is_human).limit(1)
    return Standing(
        status=cast("Status", row.status),
        attempted=tx.execute(tried).first() is not None,
        contacted=row.contacted_at is not None,
    )


@dataclass(frozen=True, slots=True)
class Attempted:
    """What a coordinator did and what came of it, told when it is over. ``task`` is the open task it fulfils."""

    case: Case
    coordinator: str
    channel: Way
    direction: Direction
    result: Result
    talk_s: int = 0
    task: str | None = None


def record_attempt(db: Database, made: Attempted, ids: NewId, now: datetime) -> str:
    """The attempt's id. A human response stops the clock, once, and a two-way one makes the lead contacted
    (routing-semantics section 13).

    :raises ImpossibleResult: or UnknownTask; nothing is written.
    """
    if not is_possible(made.channel, made.direction, made.result):
        raise ImpossibleResult
    case, attempt = made.case, ids("at")
    is_human = stops_clock(made.channel, made.direction, made.result)
    with db.writing() as tx:
        row = held(tx, case)
        began = max(now - timedelta(seconds=made.talk_s), min(row.clock_started_at, now))
        is_contact = two_way(tx, made)
        tx.execute(
            insert(attempts),
            {
                "id": attempt,
                "practice_id": case.practice,
                "lead_id": case.lead,
                "coordinator_id": made.coordinator,
                "channel": made.channel,
                "direction": made.direction,
                "is_human": is_human,
                "started_at": began,
                "ended_at": now,
                "talk_s": made.talk_s if made.channel == "call" else None,
                "result": made.result,
            },
        )
        if is_human:
            responded(tx, row, began)
        if is_contact:
            ledger.contacted(tx, case.lead, now)
        if made.task:
            fulfil(tx, case, made.task, now)
        audited(tx, case.practice, now, case.by, "attempt", case.lead, after=f"{attempt} {made.channel} {made.result}")
        announce(tx, case.practice, "lead", case.lead, now)
    return attempt


def responded(tx: Connection, row: Row[Any], at: datetime) -> None:
    changed: dict[str, Any] = {"status": "attempted"} if row.status == "new" else {}
    if row.first_response_at is None:
        changed["first_response_at"] = at
    if changed:
        tx.execute(update(leads).where(leads.c.id == row.id).values(version=leads.c.version + 1, **changed))


def two_way(tx: Connection, made: Attempted) -> bool:
    """A talk of some length, or a reply to what a human wrote."""
    if made.channel == "call":
        return made.result == "answered" and made.talk_s >= CONTACT_TALK_S
    if made.direction == "outbound":
        return False
    wrote = select(attempts.c.id).where(
        attempts.c.lead_id == made.case.lead,
        attempts.c.is_human,
        attempts.c.direction == "outbound",
        attempts.c.channel.in_(WRITTEN),
    )
    return tx.execute(wrote.limit(1)).first() is not None


def fulfil(tx: Connection, case: Case, task: str, now: datetime) -> None:
    """A callback that the talk itself has just withdrawn counts as kept."""
    done = tx.execute(
        update(tasks)
        .where(tasks.c.id == task, tasks.c.lead_id == case.lead, tasks.c.practice_id == case.practice)
        .where((tasks.c.state == "open") | ((tasks.c.state == "withdrawn") & (tasks.c.closed_at == now)))
        .values(state="done", closed_at=now)
        .returning(tasks.c.id)
    ).first()
    if done is None:
        raise UnknownTask


@dataclass(frozen=True, slots=True)
class NewTask:
    """``reason`` is a code; ``note`` may hold anything and is sealed."""

    case: Case
    kind: TaskKind
    reason: str
    due_at: datetime
    note: str | None = field(default=None, repr=False)


def add_task(db: Database, wanted: NewTask, ids: NewId, now: datetime) -> str:
    """The task's id; it is the owner's, and goes with the lead when the owner changes.

    :raises OptedOut: when the person does not want to be contacted the way the task asks for.
    """
    case, task = wanted.case, ids("tk")
    with db.writing() as tx:
        row = held(tx, case)
        if WAY_OF.get(wanted.kind) in unwanted(tx, db.vault, case.practice, row.person_id):
            raise OptedOut
        owed = Promise(task, wanted.kind, row.owner_id, wanted.reason, wanted.due_at, row.queue)
        promise(tx, case.practice, case.lead, None, owed, now)
        if wanted.note:
            sealed = db.vault.seal(tasks.c.note, task, wanted.note)
            tx.execute(update(tasks).where(tasks.c.id == task).values(note=sealed))
        audited(tx, case.practice, now, case.by, "task", case.lead, after=f"{task} {wanted.kind}", reason=wanted.reason)
        announce(tx, case.practice, "lead", case.lead, now)
    return task
