"""A text of ours that came to nothing: no attempt any more, nor what rested on it, and its owner is told once.

The response clock runs on from its original start (routing-semantics section 13)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.engine import Connection

from routing.rules.response import Result
from routing.state.audit import audited
from routing.state.lead.cases import WRITTEN
from routing.state.lead.people import unwanted
from routing.state.ledger import CONTACT_TALK_S, NewId, Promise, announce, owed_already, promise
from routing.state.sealed import Vault
from routing.state.tables import attempts, leads, messages, questions, tasks
from routing.state.text.conversations import thread
from routing.state.text.joining import Timed
from routing.state.text.questions import call_instead
from routing.state.text.written import lead_row

UNDELIVERED = "undelivered"
BY_US = attempts.c.is_human & (attempts.c.direction == "outbound") & attempts.c.channel.in_(WRITTEN)
BY_HER = (attempts.c.direction == "inbound") & attempts.c.channel.in_(WRITTEN)


def came_to_nothing(tx: Connection, vault: Vault, message: str, ids: NewId, now: datetime) -> None:
    """Its status says so already. Safe to repeat: what was withdrawn is not withdrawn again, nor owed twice."""
    row = tx.execute(select(messages).where(messages.c.id == message)).first()
    if row is None:
        return
    made = tx.execute(select(attempts).where(attempts.c.message_id == row.id)).first()
    if row.author == "leadline" and made is None:
        never_asked(tx, vault, row, ids, now)
        return
    # The attempt may have gone to another lead with a merge.
    lead = lead_row(tx, made.lead_id if made else row.lead_id)
    if lead is None:
        return
    if made:
        withdraw(tx, row.status, made, lead, now)
    if lead.closed_at is None:
        owe(tx, vault, lead, ids, now)
    announce(tx, row.practice_id, "lead", lead.id, now)


def withdraw(tx: Connection, status: str, made: Row[Any], lead: Row[Any], now: datetime) -> None:
    """The attempt stays in the history, with what became of it."""
    result: Result = "undelivered" if status == "undelivered" else "failed"
    still = (attempts.c.id == made.id) & (attempts.c.result == "sent")
    if tx.execute(update(attempts).where(still).values(is_human=False, result=result)).rowcount != 1:
        return
    changed = without(tx, lead, made) if made.is_human else {}
    if changed:
        tx.execute(update(leads).where(leads.c.id == lead.id).values(version=leads.c.version + 1, **changed))
    left = changed.get("status", lead.status)
    why = {"before": lead.status, "after": left, "reason": result}
    audited(tx, lead.practice_id, now, "provider", "withdraw_attempt", lead.id, **why)


def without(tx: Connection, lead: Row[Any], made: Row[Any]) -> dict[str, Any]:
    """What of the lead rested on the attempt. Further than contacted somebody has looked at it herself."""
    tried = first(tx, attempts.c.started_at, (attempts.c.lead_id == lead.id) & attempts.c.is_human)
    changed: dict[str, Any] = {}
    if lead.first_response_at == made.started_at and tried != lead.first_response_at:
        changed["first_response_at"] = tried
    if lead.status == "contacted" and only_answered(tx, lead):
        changed["contacted_at"] = talked(tx, lead.id)
    contacted_at = changed.get("contacted_at", lead.contacted_at)
    if lead.status in ("attempted", "contacted") and contacted_at is None:
        status = "attempted" if tried else "new"
        changed |= {"status": status} if status != lead.status else {}
    return changed


def only_answered(tx: Connection, lead: Row[Any]) -> bool:
    """It is contacted because she wrote after a text of ours, and no such text is left."""
    hers = (attempts.c.lead_id == lead.id) & BY_HER & (attempts.c.started_at == lead.contacted_at)
    ours = (attempts.c.lead_id == lead.id) & BY_US & (attempts.c.started_at <= lead.contacted_at)
    return is_any(tx, hers) and not is_any(tx, ours)


def talked(tx: Connection, lead: str) -> datetime | None:
    """When else it first went both ways: a talk, or a text of hers after one of ours that is left."""
    call = attempts.c.is_human & (attempts.c.channel == "call") & (attempts.c.talk_s >= CONTACT_TALK_S)
    spoke = first(tx, attempts.c.ended_at, (attempts.c.lead_id == lead) & call)
    wrote = first(tx, attempts.c.started_at, (attempts.c.lead_id == lead) & BY_US)
    after = (attempts.c.lead_id == lead) & BY_HER & (attempts.c.started_at >= wrote) if wrote else None
    replied = first(tx, attempts.c.started_at, after) if after is not None else None
    return min((at for at in (spoke, replied) if at is not None), default=None)


def first(tx: Connection, column: Any, among: ColumnElement[bool]) -> datetime | None:
    return tx.execute(select(column).where(among, column.is_not(None)).order_by(column).limit(1)).scalar_one_or_none()


def is_any(tx: Connection, among: ColumnElement[bool]) -> bool:
    return tx.execute(select(attempts.c.id).where(among).limit(1)).first() is not None


def owe(tx: Connection, vault: Vault, lead: Row[Any], ids: NewId, now: datetime) -> None:
    """Due now and by voice, for texts do not reach her; to be looked at where a call is owed or unwanted. Of several
    texts that came to nothing the owner hears once."""
    open_now = (tasks.c.lead_id == lead.id) & (tasks.c.state == "open") & (tasks.c.reason == UNDELIVERED)
    if tx.execute(select(tasks.c.id).where(open_now).limit(1)).first() is not None:
        return
    is_owed = owed_already(tx, lead.id, "call") is not None
    no_call = is_owed or "call" in unwanted(tx, vault, lead.practice_id, lead.person_id)
    new = Promise(ids("tk"), "review" if no_call else "call", lead.owner_id, UNDELIVERED, now, lead.queue)
    promise(tx, lead.practice_id, lead.id, None, new, now)


def never_asked(tx: Connection, vault: Vault, row: Row[Any], ids: NewId, now: datetime) -> None:
    """Automatic answers are no attempts. Where one asked her something, she will not answer: the owner calls now, not
    when the time for an answer is over."""
    if row.purpose != "question":
        return
    here = (messages.c.conversation_id == row.conversation_id) & (messages.c.purpose == "question")
    newest = tx.execute(select(func.max(messages.c.sequence)).where(here)).scalar_one()
    asked = (questions.c.conversation_id == row.conversation_id) & (questions.c.state == "open")
    at = thread(tx, vault, row.practice_id, row.conversation_id)
    if newest != row.sequence or at is None or at.lead_closed:
        return
    if tx.execute(update(questions).where(asked).values(state="given_up", settled_at=now)).rowcount == 1 and at.waits:
        call_instead(tx, vault, at, Timed(ids, now), UNDELIVERED)
