"""A report of the provider on one of our messages: its status moves on, a send whose answer was lost is found, a
refusal for an opt-out is one (error 21610), and a text that came to nothing is no attempt any more."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.engine import Connection

from routing.rules.texting import FAILED, outranks
from routing.state.database import Database
from routing.state.ledger import NewId, announce
from routing.state.tables import conversations, messages, sends
from routing.state.text.nothing_came import came_to_nothing
from routing.state.text.opt_outs import TEXTS, Wish, note_wish
from routing.state.text.send_ends import found_by_report
from routing.state.text.sent_words import relay_refused, relay_sent
from routing.state.text.written import answered_by_person


@dataclass(frozen=True, slots=True)
class Report:
    """What the provider reports of a message of ours."""

    message: str
    account: str
    sid: str
    status: str
    code: str | None


def reported(tx: Connection, told: Report, now: datetime) -> Row[Any] | None:
    """The message's row if the report moved it on; reports come in any order, and a status never goes back."""
    mine = messages.c.id == told.message
    row = tx.execute(select(messages).where(mine, messages.c.direction == "outbound").with_for_update()).first()
    if row is None or not outranks(told.status, row.status):
        return None
    moved = (
        update(messages)
        .where(mine)
        .values(status=told.status, code=told.code, sid=told.sid, account=told.account, status_at=now)
    )
    tx.execute(moved)
    announce(tx, row.practice_id, "message", row.conversation_id, now)
    return row


@dataclass(frozen=True, slots=True)
class Told:
    """``opted_out`` when the provider says that the recipient wants no texts."""

    report: Report
    opted_out: bool


def note_report(db: Database, told: Told, ids: NewId, now: datetime) -> bool:
    """False for a report that tells nothing new, or of a message that is none of ours."""
    with db.writing() as tx:
        report = told.report if told.report.message else replace(told.report, message=by_sid(tx, told.report) or "")
        # Its send before itself, as whoever settles it does.
        tx.execute(select(sends.c.id).where(sends.c.id == report.message).with_for_update())
        row = reported(tx, report, now)
        if row is None:
            return relay_reported(tx, replace(told, report=report), now)
        is_found = found_by_report(tx, row.id, now)
        if told.opted_out:
            refused_by_carrier(tx, db, row.id, ids, now)
        if report.status in FAILED:
            came_to_nothing(tx, db.vault, row.id, ids, now)
        elif is_found:
            answered_by_person(tx, row.id, ids, now)
        return True


def relay_reported(tx: Connection, told: Told, now: datetime) -> bool:
    """Of a text to a coordinator's own phone; what the carrier took from us ends its relay."""
    if not relay_sent(tx, told.report.message, told.report.sid):
        return False
    if told.opted_out:
        relay_refused(tx, told.report.message, now)
    return found_by_report(tx, told.report.message, now) or told.opted_out


def by_sid(tx: Connection, report: Report) -> str | None:
    mine = (messages.c.account == report.account) & (messages.c.sid == report.sid)
    return tx.execute(select(messages.c.id).where(mine)).scalar_one_or_none()


def refused_by_carrier(tx: Connection, db: Database, message: str, ids: NewId, now: datetime) -> None:
    """She told the carrier, or the provider, and not us: an opt-out of texts like any other."""
    row = tx.execute(
        select(conversations.c.id, conversations.c.practice_id, conversations.c.address)
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.id == message)
    ).one()
    if row.address is None:
        return
    contact = db.vault.unseal(conversations.c.address, row.id, row.address)
    wish = Wish(row.practice_id, contact, TEXTS, is_out=True, source=message, by="provider")
    note_wish(tx, db.vault, wish, ids, now)
