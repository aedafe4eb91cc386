"""The ledger of opt-outs, and what follows from a line of it in the same transaction: sends, tasks, leads, audit.

Lines are never changed or deleted; the newest of a contact and way holds. A claim of a send and a new line wait for
each other on the contact's row, so that nothing is claimed after the line's commit (I6, F63).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Connection

from routing.rules.lawful.ledger import START_WORD
from routing.rules.values import ContactWay
from routing.state.audit import audited
from routing.state.lead.identity import addressees
from routing.state.lead.people import OptOut, opt_out, opted_out, unwanted
from routing.state.ledger import NewId, announce
from routing.state.sealed import Vault
from routing.state.tables import consents, conversations, leads, messages, people, person_numbers, sends, tasks

TEXTS: frozenset[ContactWay] = frozenset({"text"})
EARLY = ("new", "attempted", "contacted")
"""A lead that has come further is not closed because somebody wants no more texts."""
TaskKind = Literal["call", "text", "email"]
WAYS: tuple[TaskKind, ...] = ("call", "text", "email")
KIND_WAY: dict[str, ContactWay] = {"call": "call", "callback": "call", "text": "text", "email": "email"}


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants no more of these ways, or wants them again. ``source`` is the message it was said in, ``by`` whom
    the audit log names. ``certain`` is False for words that a person must look at."""

    practice: str
    contact: str = field(repr=False)
    ways: frozenset[ContactWay]
    is_out: bool
    source: str
    by: str
    certain: bool = True
    approved_by: str | None = None


def hold_contact(tx: Connection, practice: str, indexes: Sequence[bytes]) -> tuple[str, ...]:
    """Whoever claims or writes a line for this contact waits here for the other, by whichever number of hers, and all
    in one order. Ids of its people."""
    mine = (person_numbers.c.practice_id == practice) & person_numbers.c.number_index.in_(indexes)
    at_address = addressees(tx, practice, indexes)
    on_number = select(person_numbers.c.person_id).where(mine)
    theirs = person_numbers.c.person_id.in_(on_number) | person_numbers.c.person_id.in_(at_address)
    in_order = (person_numbers.c.person_id, person_numbers.c.number_index)
    found = tx.execute(select(person_numbers.c.person_id).where(theirs).order_by(*in_order).with_for_update()).scalars()
    held = tuple(dict.fromkeys(found))
    # Whoever has left nothing but an address is held by her own row.
    bare = select(people.c.id).where(people.c.id.in_(at_address - {*held})).order_by(people.c.id)
    return (*held, *tx.execute(bare.with_for_update(key_share=True)).scalars())


def note_wish(tx: Connection, vault: Vault, wish: Wish, ids: NewId, now: datetime) -> bool:
    """Whether it changed anything; repeating what holds already writes nothing."""
    indexes = vault.indexes(wish.practice, wish.contact)
    persons = hold_contact(tx, wish.practice, indexes)
    before = opted_out(tx, wish.practice, indexes)
    changed = {way for way in wish.ways if (way in before) != wish.is_out}
    for way in sorted(changed):
        line = OptOut(ids("oo"), wish.practice, wish.contact, way, wish.is_out, said_in(wish), wish.approved_by)
        opt_out(tx, vault, line, now)
    if wish.is_out:
        withdraw(tx, wish, (indexes, persons), now)
    if not changed:
        return False
    for person in persons:
        tx.execute(insert(consents), [consent(wish, person, way, ids, now) for way in sorted(changed)])
        for lead in open_leads(tx, vault, wish.practice, person) if wish.is_out else ():
            settle_tasks(tx, wish, lead, ids, now)
    said = ",".join(sorted(changed))
    what = "opt_out" if wish.is_out else "opt_in"
    audited(tx, wish.practice, now, wish.by, what, wish.source, after=said, reason=None if wish.certain else "unclear")
    return True


def said_in(wish: Wish) -> str:
    """Only what she texted herself lifts an opt-out without a name under it; the rules look for this word."""
    return f"{START_WORD}:{wish.source}" if wish.by == "text" and not wish.is_out else wish.source


def withdraw(tx: Connection, wish: Wish, of: tuple[Sequence[bytes], Sequence[str]], now: datetime) -> None:
    """Whatever was not given to the provider yet never will be; the one confirmation is written after this. What she
    says of one number or address of hers holds for all."""
    indexes, persons = of
    hers = select(conversations.c.id).where(conversations.c.person_id.in_(persons))
    gone = tx.execute(
        update(sends)
        .where(sends.c.practice_id == wish.practice, sends.c.way.in_(wish.ways))
        .where(or_(sends.c.recipient_index.in_(indexes), sends.c.conversation_id.in_(hers)))
        .where(sends.c.settled_at.is_(None), sends.c.state.in_(("new", "claimed")))
        .values(state="withdrawn", code="opted_out", settled_at=now, lease_until=None)
        .returning(sends.c.id)
    ).scalars()
    shown = messages.c.id.in_(list(gone))
    tx.execute(update(messages).where(shown).values(status="canceled", code="opted_out", status_at=now))


def consent(wish: Wish, person: str, way: str, ids: NewId, now: datetime) -> dict[str, object]:
    return {
        "id": ids("co"),
        "practice_id": wish.practice,
        "person_id": person,
        "channel": way,
        "purpose": "contact",
        "is_granted": not wish.is_out,
        "source": wish.source,
        "at": now,
    }


@dataclass(frozen=True, slots=True)
class OpenCase:
    lead: str
    owner: str
    queue: str
    status: str
    has_number: bool
    has_email: bool
    out: frozenset[ContactWay]

    @property
    def ways(self) -> tuple[TaskKind, ...]:
        """By which she may still be reached, best first."""
        has = {"call": self.has_number, "text": self.has_number, "email": self.has_email}
        return tuple(way for way in WAYS if way not in self.out and has[way])


def open_leads(tx: Connection, vault: Vault, practice: str, person: str) -> tuple[OpenCase, ...]:
    out = unwanted(tx, vault, practice, person)
    numbered = select(person_numbers.c.person_id).where(person_numbers.c.person_id == people.c.id).exists()
    told = (leads.c.id, leads.c.owner_id, leads.c.queue, leads.c.status, numbered, people.c.email.is_not(None))
    mine = (leads.c.practice_id == practice) & (leads.c.person_id == person) & leads.c.closed_at.is_(None)
    rows = tx.execute(select(*told).join(people, people.c.id == leads.c.person_id).where(mine))
    return tuple(OpenCase(lead, owner, queue, at, bool(n), bool(e), out) for lead, owner, queue, at, n, e in rows)


def settle_tasks(tx: Connection, wish: Wish, case: OpenCase, ids: NewId, now: datetime) -> None:
    """Tasks go on by a way she did not forbid; where none is left the lead is closed with its cause (S-22), unless her
    words were unclear or it has come too far: then its owner looks at it."""
    if not case.ways and wish.certain and case.status in EARLY:
        close(tx, wish, case.lead, now)
        return
    left = case.ways[0] if case.ways and wish.certain else "review"
    barred = [kind for kind, way in KIND_WAY.items() if way in case.out]
    mine = (tasks.c.lead_id == case.lead) & (tasks.c.state == "open")
    reason = "opted_out" if wish.certain else "opt_out_unclear"
    moved = tx.execute(
        update(tasks).where(mine, tasks.c.kind.in_(barred)).values(kind=left, reason=reason).returning(tasks.c.id)
    ).all()
    if not wish.certain and not moved:
        review(tx, wish, case, ids, now)
    announce(tx, wish.practice, "lead", case.lead, now)


def review(tx: Connection, wish: Wish, case: OpenCase, ids: NewId, now: datetime) -> None:
    row = {
        "id": ids("tk"),
        "practice_id": wish.practice,
        "lead_id": case.lead,
        "owner_id": case.owner,
        "kind": "review",
        "state": "open",
        "reason": "opt_out_unclear",
        "target_queue": case.queue,
        "due_at": now,
        "ring": 0,
        "created_at": now,
    }
    tx.execute(insert(tasks), row)


def close(tx: Connection, wish: Wish, lead: str, now: datetime) -> None:
    over = {"status": "closed", "closed_at": now, "close_cause": "consent_blocked", "version": leads.c.version + 1}
    tx.execute(update(leads).where(leads.c.id == lead).values(**over))
    mine = (tasks.c.lead_id == lead) & (tasks.c.state == "open")
    tx.execute(update(tasks).where(mine).values(state="withdrawn", closed_at=now))
    audited(tx, wish.practice, now, wish.by, "status", lead, after="closed", reason="consent_blocked")
    announce(tx, wish.practice, "lead", lead, now)
