"""What sources report, one row for each inquiry of theirs: repeats and late reports are folded into it, and a report of
a call is tied to that call."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules import canonical
from routing.rules.entered import Entered, enriched, read
from routing.rules.identity import Who
from routing.rules.values import Person
from routing.state.admissions import Admission
from routing.state.database import Database, Refused
from routing.state.lead.entries import Also
from routing.state.lead.identity import Entering, put_on_record
from routing.state.lead.people import Known
from routing.state.ledger import announce
from routing.state.sealed import Vault
from routing.state.tables import inquiries, leads, person_numbers, source_events, tasks

Kind = Literal["form", "call", "text", "chat"]
NEAR = timedelta(minutes=30)
"""A report and its call lie no further apart; of several calls the nearest is meant."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One thing a source reports. ``dedupe_key`` names its inquiry there. ``is_partial``: more is to come.
    ``tracking_number`` and ``call_sid`` lead to the call."""

    practice: str
    source: str
    kind: Kind
    dedupe_key: str
    entered: Entered = field(repr=False)
    happened_at: datetime
    is_partial: bool = False
    call_sid: str | None = None
    tracking_number: str | None = None
    fetch: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A row as it stands; ``lead`` and ``inquiry`` once it is tied to one."""

    id: str
    state: str
    reported: Reported
    received_at: datetime
    lead: str | None = None
    inquiry: str | None = None


def note(db: Database, name: str, new: Reported, due_at: datetime, now: datetime) -> Standing:
    """Folded into what was reported before under the same key. ``name`` is the id of a first report's row.

    :raises Refused: when a copy was first; ask again.
    """
    with db.writing() as tx:
        before = fold_in(tx, db.vault, new, due_at, now)
        if before:
            return before
        tx.execute(insert(source_events), first_row(db.vault, name, new, due_at, now))
        return Standing(name, "waiting", new, now)


def fold_in(tx: Connection, vault: Vault, new: Reported, due_at: datetime, now: datetime) -> Standing | None:
    """None where nothing was reported under its key."""
    row = tx.execute(select(source_events).where(same_key(new)).with_for_update()).first()
    if row is None:
        return None
    before = standing(vault, row)
    folded = fold(before.reported, new)
    # What was passed over is looked at again: by now it may name somebody.
    state = "waiting" if before.state == "passed" else before.state
    due = min(row.due_at, due_at) if not new.is_partial else row.due_at
    sealed = vault.seal(source_events.c.event, row.id, canonical.dumps(folded))
    told = {"event": sealed, "reports": source_events.c.reports + 1, "due_at": due, "state": state}
    tx.execute(update(source_events).where(source_events.c.id == row.id).values(**told))
    if before.lead and before.inquiry:
        enrich(tx, vault, before, folded, now)
    return replace(before, reported=folded, state=state)


def add(db: Database, new: Reported, due_at: datetime, now: datetime) -> None:
    """To what was reported before under its key, if anything was."""
    with db.writing() as tx:
        fold_in(tx, db.vault, new, due_at, now)


def named(db: Database, told: Reported) -> str | None:
    """The row of what was reported before under the same key."""
    with db.reading() as tx:
        return tx.execute(select(source_events.c.id).where(same_key(told))).scalar_one_or_none()


def same_key(told: Reported) -> ColumnElement[bool]:
    return (source_events.c.practice_id == told.practice) & (source_events.c.dedupe_key == told.dedupe_key)


def fold(before: Reported, new: Reported) -> Reported:
    """The later one counts, but what is only half told takes nothing from what was told whole."""
    is_behind = new.is_partial and not before.is_partial
    first, last = (new, before) if is_behind else (before, new)
    entered = enriched(first.entered, last.entered)
    return replace(
        before,
        entered=replace(entered, at=before.entered.at, asked_at=before.entered.asked_at),
        is_partial=before.is_partial and new.is_partial,
        call_sid=new.call_sid or before.call_sid,
        tracking_number=new.tracking_number or before.tracking_number,
    )


def first_row(vault: Vault, name: str, new: Reported, due_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "id": name,
        "practice_id": new.practice,
        "source": new.source,
        "dedupe_key": new.dedupe_key,
        "kind": new.kind,
        "state": "waiting",
        "event": vault.seal(source_events.c.event, name, canonical.dumps(new)),
        "reports": 1,
        "happened_at": new.happened_at,
        "received_at": now,
        "due_at": due_at,
        "fetch_at": now if new.fetch else None,
        "fetch_ring": 0,
        "fetch_tries": 0,
    }


def standing(vault: Vault, row: Row[Any]) -> Standing:
    told = json.loads(vault.unseal(source_events.c.event, row.id, row.event))
    happened_at = datetime.fromisoformat(told["happened_at"])
    reported = Reported(**{**told, "entered": read(told["entered"]), "happened_at": happened_at})
    return Standing(row.id, row.state, reported, row.received_at, row.lead_id, row.inquiry_id)


def due(db: Database, now: datetime, most: int) -> Sequence[Standing]:
    late = (source_events.c.state == "waiting") & (source_events.c.due_at <= now)
    with db.reading() as tx:
        rows = tx.execute(select(source_events).where(late).order_by(source_events.c.due_at).limit(most))
        return tuple(standing(db.vault, row) for row in rows)


def known(db: Database, event: str) -> Standing:
    """With all that was reported of it by now."""
    with db.reading() as tx:
        return standing(db.vault, tx.execute(select(source_events).where(source_events.c.id == event)).one())


def look_again(db: Database, event: str, at: datetime) -> None:
    with db.writing() as tx:
        tx.execute(update(source_events).where(source_events.c.id == event).values(due_at=at))


def passed(db: Database, event: str, now: datetime) -> None:
    """It tells of nobody who could be answered."""
    over = {"state": "passed", "settled_at": now}
    waiting = (source_events.c.id == event) & (source_events.c.state == "waiting")
    with db.writing() as tx:
        tx.execute(update(source_events).where(waiting).values(**over))


def tie_to_call(db: Database, event: Standing, now: datetime) -> bool:
    """By CallSid, else by number and time. It enriches what is there and makes nothing new (S-3). True as well where
    somebody else has settled it meanwhile."""
    with db.writing() as tx:
        mine = select(source_events.c.state).where(source_events.c.id == event.id).with_for_update()
        if tx.execute(mine).scalar_one() != "waiting":
            return True
        found = by_sid(tx, event.reported) or by_number(tx, db.vault, event.reported)
        if found is None:
            return False
        tie(tx, event.id, found.lead_id, found.id, now)
        told = replace(event, lead=found.lead_id, inquiry=found.id)
        enrich(tx, db.vault, told, event.reported, now)
    return True


def tie(tx: Connection, event: str, lead: str, inquiry: str, now: datetime) -> None:
    """:raises Refused: when it was settled meanwhile."""
    waiting = (source_events.c.id == event) & (source_events.c.state == "waiting")
    told = {"state": "told", "lead_id": lead, "inquiry_id": inquiry, "settled_at": now}
    if tx.execute(update(source_events).where(waiting).values(**told)).rowcount != 1:
        raise Refused("the report was settled meanwhile")


def by_sid(tx: Connection, told: Reported) -> Row[Any] | None:
    if told.call_sid is None:
        return None
    mine = (inquiries.c.practice_id == told.practice) & (inquiries.c.sid == told.call_sid)
    return tx.execute(select(inquiries).where(mine)).first()


def by_number(tx: Connection, vault: Vault, told: Reported) -> Row[Any] | None:
    """The nearest of the same channel, number and tracking number that no other report is tied to."""
    number = told.entered.who.number
    if number is None:
        return None
    since, until = told.happened_at - NEAR, told.happened_at + NEAR
    on_it = person_numbers.c.number_index.in_(vault.indexes(told.practice, number))
    callers = select(person_numbers.c.person_id).where(person_numbers.c.practice_id == told.practice, on_it)
    tied = select(source_events.c.inquiry_id).where(
        source_events.c.practice_id == told.practice,
        source_events.c.source == told.source,
        source_events.c.inquiry_id.is_not(None),
    )
    came = select(inquiries).where(
        inquiries.c.practice_id == told.practice,
        inquiries.c.channel == told.kind,
        inquiries.c.person_id.in_(callers),
        inquiries.c.received_at.between(since, until),
        inquiries.c.id.not_in(tied),
    )
    if told.tracking_number:
        came = came.where(func.coalesce(inquiries.c.tracking_number, told.tracking_number) == told.tracking_number)
    rows = tx.execute(came).all()
    return min(rows, key=lambda row: abs(row.received_at - told.happened_at), default=None)


def enrich(tx: Connection, vault: Vault, at: Standing, told: Reported, now: datetime) -> None:
    """Only what is missing: what she said herself, and what the dialled number stands for, stays."""
    campaign = told.entered.attributes.get("campaign")
    if campaign:
        empty = inquiries.c.campaign.is_(None)
        tx.execute(update(inquiries).where(inquiries.c.id == at.inquiry, empty).values(campaign=campaign.value))
        bare = leads.c.campaign.is_(None)
        tx.execute(update(leads).where(leads.c.id == at.lead, bare).values(campaign=campaign.value))
    person = tx.execute(select(inquiries.c.person_id).where(inquiries.c.id == at.inquiry)).scalar_one()
    who = told.entered.who
    number = who.number if who.number and is_free(tx, vault, told.practice, person, who.number) else None
    put_on_record(
        tx, vault, Entering(told.practice, person, Who(number, who.email, who.name), Known(Person(person))), now
    )
    if number:
        looked_up = (tasks.c.lead_id == at.lead) & (tasks.c.state == "open") & (tasks.c.kind == "review")
        tx.execute(update(tasks).where(looked_up).values(kind="call"))
    announce(tx, told.practice, "lead", str(at.lead), now)


def fill_in_lead(db: Database, event: str, now: datetime) -> None:
    """What is known by now goes to the lead that the report stands with."""
    with db.writing() as tx:
        row = tx.execute(select(source_events).where(source_events.c.id == event).with_for_update()).one()
        at = standing(db.vault, row)
        if at.lead and at.inquiry:
            enrich(tx, db.vault, at, at.reported, now)


def is_free(tx: Connection, vault: Vault, practice: str, person: str, number: str) -> bool:
    """Nobody's yet, and she has none: what is known already stays whose it was."""
    on_it = person_numbers.c.number_index.in_(vault.indexes(practice, number)) | (person_numbers.c.person_id == person)
    found = select(person_numbers.c.person_id).where(person_numbers.c.practice_id == practice, on_it)
    return tx.execute(found.limit(1)).first() is None


def telling(event: str, now: datetime) -> Also:
    """Written with the inquiry that the report has become."""

    def write(tx: Connection, admission: Admission) -> None:
        tie(tx, event, admission.decision.lead, admission.decision.inquiry.id, now)

    return write
