"""Callers whom nobody could take: what they chose, the message they left, and whether they may be recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, case, insert, select, update

from routing.state.call.recordings import Heard, note
from routing.state.database import Database
from routing.state.inbox import Letter, file
from routing.state.ledger import NewId, Promise, announce, promise
from routing.state.tables import consents, inquiries, tasks

Chosen = Literal["callback_chosen", "voicemail_left"]


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said to being recorded after the notice ``text_version`` had been spoken in full."""

    inquiry: str
    is_granted: bool
    text_version: str


@dataclass(frozen=True, slots=True)
class Choice:
    """``owed`` is the task as it stands after the choice; the open one of the inquiry becomes it."""

    inquiry: str
    owed: Promise
    chosen: Chosen


def choose(db: Database, made: Choice, letter: Letter, now: datetime) -> None:
    """:raises Refused: for a repeated webhook; nothing is written."""
    with db.writing() as tx:
        file(tx, letter, None, made.inquiry, now)
        chosen_by_caller(tx, made, now)


def chosen_by_caller(tx: Connection, made: Choice, now: datetime) -> None:
    """The lead has one open task for it, whatever was open before. Who had to leave the line for another reason keeps
    that as her outcome."""
    undecided = inquiries.c.outcome.is_(None) | inquiries.c.outcome.in_(("key_other", "promised"))
    row = tx.execute(
        update(inquiries)
        .where(inquiries.c.id == made.inquiry)
        .values(outcome=case((undecided, made.chosen), else_=inquiries.c.outcome))
        .returning(inquiries.c.practice_id, inquiries.c.lead_id)
    ).one()
    changed = tx.execute(
        update(tasks)
        .where(tasks.c.inquiry_id == made.inquiry, tasks.c.state == "open")
        .values(kind=made.owed.kind, reason=made.owed.reason)
        .returning(tasks.c.id)
    ).first()
    if changed is None:
        promise(tx, row.practice_id, row.lead_id, made.inquiry, made.owed, now)
    announce(tx, row.practice_id, "lead", row.lead_id, now)


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said to the recorder, with what follows from it."""

    heard: Heard
    choice: Choice
    consent: Consent


def leave_message(db: Database, left: Message, ids: NewId, now: datetime) -> bool:
    """Recording, consent and task in one transaction, whichever report of the message comes first; False after that.

    :raises Refused: when two reports come at once; ask again.
    """
    with db.writing() as tx:
        is_new = note(tx, left.heard, ids, now)
        if is_new:
            consented(tx, left.consent, ids, now)
            chosen_by_caller(tx, left.choice, now)
        return is_new


def note_recording(db: Database, told: Heard, ids: NewId, now: datetime) -> bool:
    """Of a talk. :raises Refused: as above."""
    with db.writing() as tx:
        return note(tx, told, ids, now)


def consented(tx: Connection, said: Consent, ids: NewId, now: datetime) -> None:
    row = tx.execute(select(inquiries).where(inquiries.c.id == said.inquiry)).one()
    tx.execute(
        insert(consents),
        {
            "id": ids("co"),
            "practice_id": row.practice_id,
            "person_id": row.person_id,
            "channel": "call",
            "purpose": "recording",
            "is_granted": said.is_granted,
            "text_version": said.text_version,
            "source": said.inquiry,
            "at": now,
        },
    )


def consent_once(db: Database, said: Consent, letter: Letter, ids: NewId, now: datetime) -> None:
    """:raises Refused: for a repeated webhook; nothing is written."""
    with db.writing() as tx:
        file(tx, letter, None, said.inquiry, now)
        consented(tx, said, ids, now)


def consent_of(db: Database, inquiry: str) -> bool | None:
    """What this caller said about being recorded in this call; None before she was asked. The latest counts."""
    with db.reading() as tx:
        return tx.execute(
            select(consents.c.is_granted)
            .join(inquiries, inquiries.c.person_id == consents.c.person_id)
            .where(inquiries.c.id == inquiry, consents.c.source == inquiry, consents.c.purpose == "recording")
            .order_by(consents.c.at.desc(), consents.c.id.desc())
            .limit(1)
        ).scalar_one_or_none()


def outcome_of(db: Database, inquiry: str) -> str | None:
    with db.reading() as tx:
        return tx.execute(select(inquiries.c.outcome).where(inquiries.c.id == inquiry)).scalar_one_or_none()
