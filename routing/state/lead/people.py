"""Who is calling: a person found by the blind index of a number, with what she opted out of and her open leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.engine import Connection

from routing.rules.identity import Who
from routing.rules.lawful import ledger
from routing.rules.values import ContactWay, Person
from routing.state.sealed import SealedBytes, Vault
from routing.state.tables import leads, opt_outs, people, person_numbers


@dataclass(frozen=True, slots=True)
class OpenLead:
    id: str
    owner: str
    category: str
    status: str
    contacted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A stranger has a person without id and no leads. Leads are newest first."""

    person: Person
    leads: tuple[OpenLead, ...] = ()
    keys: tuple[str, ...] = ()
    """What she was known by: number, email, name."""
    on_number: int = 0
    on_email: int = 0
    """People on record with the number, and with the address, that she gave."""

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
    mine = open_leads(tx, practice, found.id)
    owner = mine[0].owner if mine else None
    return Known(Person(found.id, owner, found.established, found.language, out), mine, ("number",))


def open_leads(tx: Connection, practice: str, person: str) -> tuple[OpenLead, ...]:
    """Newest first."""
    hers = (leads.c.practice_id == practice) & (leads.c.person_id == person) & leads.c.closed_at.is_(None)
    columns = (leads.c.id, leads.c.owner_id, leads.c.category, leads.c.status, leads.c.contacted_at)
    rows = tx.execute(select(*columns).where(hers).order_by(leads.c.created_at.desc(), leads.c.id.desc()))
    return tuple(OpenLead(*row) for row in rows)


def indexes_of(tx: Connection, vault: Vault, practice: str, person: str) -> tuple[bytes, ...]:
    """Of every number and address of hers, by every key: what she said on one holds for all, whenever it was said."""
    mine = (person_numbers.c.practice_id == practice) & (person_numbers.c.person_id == person)
    numbers = tx.execute(select(person_numbers.c.number).where(mine)).scalars()
    email = tx.execute(select(people.c.email).where(people.c.id == person)).scalar_one_or_none()
    contacts = [vault.unseal(person_numbers.c.number, person, each) for each in numbers]
    contacts += [vault.unseal(people.c.email, person, email)] if email else []
    return tuple(index for contact in contacts for index in vault.indexes(practice, contact))


def unwanted(tx: Connection, vault: Vault, practice: str, person: str) -> frozenset[ContactWay]:
    """The ways she does not want to be contacted by (A-48)."""
    return opted_out(tx, practice, indexes_of(tx, vault, practice, person))


def opted_out(tx: Connection, practice: str, indexes: Sequence[bytes]) -> frozenset[ContactWay]:
    return ledger.opted_out(opt_out_lines(tx, practice, indexes))


def opt_out_lines(tx: Connection, practice: str, indexes: Sequence[bytes]) -> tuple[ledger.OptOut, ...]:
    """All there are; which of them hold is for the rules to say. Rows are never deleted."""
    rows = tx.execute(
        select(opt_outs.c.channel, opt_outs.c.is_out, opt_outs.c.source, opt_outs.c.at, opt_outs.c.approved_by)
        .where(opt_outs.c.practice_id == practice, opt_outs.c.contact_index.in_(indexes))
        .order_by(opt_outs.c.at, opt_outs.c.id)
    )
    return tuple(ledger.OptOut(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """``place`` counts those before her on her number, ``email_place`` those on her address."""

    id: str
    practice: str
    who: Who
    language: str | None = None
    place: int = 0
    email_place: int | None = 0


def welcome(tx: Connection, vault: Vault, new: Newcomer, now: datetime) -> None:
    """Writes a person; the places on a number and on an address are unique, so of two who come at once one is
    refused and looked at again."""
    who = new.who
    row = {
        "id": new.id,
        "practice_id": new.practice,
        "name": vault.seal(people.c.name, new.id, who.name) if who.name else None,
        "email": vault.seal(people.c.email, new.id, who.email) if who.email else None,
        "email_index": vault.index(new.practice, who.email) if who.email else None,
        "email_place": new.email_place if who.email else None,
        "language": new.language,
        "created_at": now,
    }
    tx.execute(insert(people), row)
    if who.number:
        enter_number(tx, vault, new, who.number, now)


def enter_number(tx: Connection, vault: Vault, whose: Newcomer, number: str, now: datetime) -> None:
    row = {
        "practice_id": whose.practice,
        "number_index": vault.index(whose.practice, number),
        "person_id": whose.id,
        "number": vault.seal(person_numbers.c.number, whose.id, number),
        "is_first": whose.place == 0,
        "place": whose.place,
        "is_shared": whose.place > 0,
        "created_at": now,
    }
    tx.execute(insert(person_numbers), row)


def index_on_record(tx: Connection, vault: Vault, person: str, practice: str, number: str | None) -> bytes | None:
    """As it stands with her, by whatever key; None where the number is none of hers."""
    if number is None:
        return None
    hers = person_numbers.c.number_index.in_(vault.indexes(practice, number))
    found = select(person_numbers.c.number_index).where(person_numbers.c.person_id == person, hers)
    return tx.execute(found.limit(1)).scalar_one_or_none()


def put_behind(tx: Connection, row: Row[Any], person: str, sealed: SealedBytes) -> None:
    """Also on the number of ``row``, after all who are on it."""
    on_it = (person_numbers.c.practice_id == row.practice_id) & (person_numbers.c.number_index == row.number_index)
    # A number that was left in a chat has no place of its own.
    last = select(func.max(func.coalesce(person_numbers.c.place, 0))).where(on_it)
    place = tx.execute(last).scalar_one() + 1
    shared = {"person_id": person, "number": sealed, "is_first": False, "place": place, "is_shared": True}
    tx.execute(insert(person_numbers), {**row._mapping, **shared})


@dataclass(frozen=True, slots=True)
class OptOut:
    """One line of the ledger. ``source`` is where it was said; a lift counts only from ``start``, her text, or with
    ``approved_by``."""

    id: str
    practice: str
    contact: str
    channel: ContactWay
    is_out: bool
    source: str
    approved_by: str | None = None


def opt_out(tx: Connection, vault: Vault, line: OptOut, now: datetime) -> None:
    tx.execute(
        insert(opt_outs),
        {
            "id": line.id,
            "practice_id": line.practice,
            "contact_index": vault.index(line.practice, line.contact),
            "channel": line.channel,
            "is_out": line.is_out,
            "source": line.source,
            "approved_by": line.approved_by,
            "at": now,
        },
    )
