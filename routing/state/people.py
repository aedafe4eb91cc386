"""Who is calling: a person found by the blind index of a number, with what she opted out of and her open leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.rules.values import ContactWay, Person
from routing.state.sealed import Vault
from routing.state.tables import leads, opt_outs, people, person_numbers


@dataclass(frozen=True, slots=True)
class OpenLead:
    id: str
    owner: str
    category: str
    status: str


@dataclass(frozen=True, slots=True)
class Known:
    """A stranger has a person without id and no leads. Leads are newest first."""

    person: Person
    leads: tuple[OpenLead, ...] = ()

    def lead_for(self, category: str | None) -> OpenLead | None:
        """The open lead this inquiry belongs to: same category, or the newest where one side names none."""
        same = next((lead for lead in self.leads if lead.category == (category or "")), None)
        vague = next((lead for lead in self.leads if not category or not lead.category), None)
        return same or vague


STRANGER = Known(Person())


def known(tx: Connection, vault: Vault, practice: str, contact: str | None) -> Known:
    """``contact`` is E.164; None (withheld) is always a stranger, so that strangers never inherit each other."""
    if contact is None:
        return STRANGER
    indexes = vault.indexes(practice, contact)
    found = tx.execute(
        select(people.c.id, people.c.established, people.c.language)
        .join(person_numbers, person_numbers.c.person_id == people.c.id)
        .where(
            person_numbers.c.practice_id == practice,
            person_numbers.c.number_index.in_(indexes),
            person_numbers.c.is_first,
        )
    ).first()
    out = opted_out(tx, practice, indexes)
    if found is None:
        return Known(Person(opted_out=out))
    open_leads = tuple(
        OpenLead(*row)
        for row in tx.execute(
            select(leads.c.id, leads.c.owner_id, leads.c.category, leads.c.status)
            .where(leads.c.practice_id == practice, leads.c.person_id == found.id, leads.c.closed_at.is_(None))
            .order_by(leads.c.created_at.desc())
        )
    )
    owner = open_leads[0].owner if open_leads else None
    return Known(Person(found.id, owner, found.established, found.language, out), open_leads)


def opted_out(tx: Connection, practice: str, indexes: Sequence[bytes]) -> frozenset[ContactWay]:
    """The newest row of each channel holds; rows are never deleted."""
    rows = tx.execute(
        select(opt_outs.c.channel, opt_outs.c.is_out)
        .where(opt_outs.c.practice_id == practice, opt_outs.c.contact_index.in_(indexes))
        .order_by(opt_outs.c.at, opt_outs.c.id)
    )
    newest = {row.channel: row.is_out for row in rows}
    return frozenset(cast(ContactWay, channel) for channel, is_out in newest.items() if is_out)


@dataclass(frozen=True, slots=True)
class Newcomer:
    id: str
    practice: str
    contact: str | None
    language: str | None = None


def welcome(tx: Connection, vault: Vault, who: Newcomer, now: datetime) -> None:
    """Writes a person; her number's index is unique, so of two first calls at once one is refused and looks again."""
    tx.execute(insert(people).values(id=who.id, practice_id=who.practice, language=who.language, created_at=now))
    if who.contact is None:
        return
    tx.execute(
        insert(person_numbers).values(
            practice_id=who.practice,
            number_index=vault.index(who.practice, who.contact),
            person_id=who.id,
            number=vault.seal(person_numbers.c.number, who.id, who.contact),
            is_first=True,
            is_shared=False,
            created_at=now,
        )
    )


@dataclass(frozen=True, slots=True)
class OptOut:
    """One line of the ledger. ``source`` is where it was said; a lift needs ``approved_by`` unless she texted START."""

    id: str
    practice: str
    contact: str
    channel: ContactWay
    is_out: bool
    source: str
    approved_by: str | None = None


def opt_out(tx: Connection, vault: Vault, line: OptOut, now: datetime) -> None:
    tx.execute(
        insert(opt_outs).values(
            id=line.id,
            practice_id=line.practice,
            contact_index=vault.index(line.practice, line.contact),
            channel=line.channel,
            is_out=line.is_out,
            source=line.source,
            approved_by=line.approved_by,
            at=now,
        )
    )
