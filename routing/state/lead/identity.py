"""Who an inquiry is from, looked up by number, address and name; what it tells that was not known goes onto record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from routing.rulebook.names import likeness
from routing.rules.identity import Sighting, Who, recognise
from routing.rules.values import Person
from routing.state.database import Database, Refused
from routing.state.lead.people import Known, Newcomer, enter_number, indexes_of, known, open_leads, opted_out, welcome
from routing.state.sealed import Vault
from routing.state.tables import people, person_numbers


def known_as(tx: Connection, vault: Vault, practice: str, contact: str | None, who: Who | None) -> Known:
    """By what she said of herself where the channel asks for it, else by her number alone."""
    return told_apart(tx, vault, practice, who) if who else known(tx, vault, practice, contact)


def told_apart(tx: Connection, vault: Vault, practice: str, who: Who) -> Known:
    """A stranger has a person without id. Who cannot be reached is a stranger each time."""
    if who.is_nobody:
        return Known(Person())
    by_number = sharers(tx, practice, vault.indexes(practice, who.number)) if who.number else {}
    seen = sightings(tx, vault, practice, who, by_number)
    found, on_email = recognise(seen), sum(each.by_email for each in seen)
    given = [index for contact in (who.number, who.email) if contact for index in vault.indexes(practice, contact)]
    hers = indexes_of(tx, vault, practice, found.person) if found.person else ()
    out = opted_out(tx, practice, [*given, *hers])
    if found.person is None:
        return Known(Person(opted_out=out), on_number=len(by_number), on_email=on_email)
    row = tx.execute(select(people.c.established, people.c.language).where(people.c.id == found.person)).one()
    mine = open_leads(tx, practice, found.person)
    owner = mine[0].owner if mine else None
    person = Person(found.person, owner, row.established, row.language, out)
    return Known(person, mine, found.keys, len(by_number), on_email)


def sightings(
    tx: Connection, vault: Vault, practice: str, who: Who, by_number: Mapping[str, bool]
) -> tuple[Sighting, ...]:
    """Everybody who shares the number or the address. A record that turned out to be somebody else's stands for her,
    with the name and address it had."""
    addresses = vault.indexes(practice, who.email) if who.email else ()
    shared = people.c.id.in_(by_number) | ((people.c.practice_id == practice) & people.c.email_index.in_(addresses))
    rows = tx.execute(select(people).where(shared).order_by(people.c.id)) if by_number or addresses else ()
    return tuple(
        Sighting(
            row.merged_into or row.id,
            row.id in by_number,
            row.email_index in addresses,
            by_number.get(row.id, False),
            likeness(who.name, vault.unseal(people.c.name, row.id, row.name) if row.name else ""),
        )
        for row in rows
    )


def sharers(tx: Connection, practice: str, indexes: Sequence[bytes]) -> Mapping[str, bool]:
    """People of a number, and whether it means them first."""
    on_it = (person_numbers.c.practice_id == practice) & person_numbers.c.number_index.in_(indexes)
    return {row.person_id: row.is_first for row in tx.execute(select(person_numbers).where(on_it))}


def addressees(tx: Connection, practice: str, indexes: Sequence[bytes]) -> frozenset[str]:
    """People of an address; that of a record that turned out to be somebody else's leads to her."""
    same = (people.c.practice_id == practice) & people.c.email_index.in_(indexes)
    return frozenset(tx.execute(select(func.coalesce(people.c.merged_into, people.c.id)).where(same)).scalars())


@dataclass(frozen=True, slots=True)
class Entering:
    """Who is to be put on record as ``person``, a stranger or known already."""

    practice: str
    person: str
    who: Who
    known: Known
    language: str | None = None


def put_on_record(tx: Connection, vault: Vault, new: Entering, now: datetime) -> None:
    """:raises Refused: when somebody else was put on the number or the address meanwhile; ask again who she is."""
    newcomer = Newcomer(
        new.person,
        new.practice,
        new.who,
        new.language,
        place=next_place(tx, vault, new) if new.who.number and "number" not in new.known.keys else 0,
        email_place=next_email_place(tx, vault, new) if new.who.email else None,
    )
    if new.known.person.id is None:
        welcome(tx, vault, newcomer, now)
    else:
        fill_in(tx, vault, newcomer, now)


def next_place(tx: Connection, vault: Vault, new: Entering) -> int:
    """Behind those she was told apart from."""
    indexes = vault.indexes(new.practice, new.who.number or "")
    on_it = (person_numbers.c.practice_id == new.practice) & person_numbers.c.number_index.in_(indexes)
    places = tx.execute(select(person_numbers.c.place).where(on_it)).scalars().all()
    if len(places) != new.known.on_number:
        raise Refused("the number has another person now")
    return behind(places)


def next_email_place(tx: Connection, vault: Vault, new: Entering) -> int:
    """The same for her address; who is on record already was not told apart by it."""
    indexes = vault.indexes(new.practice, new.who.email or "")
    on_it = (people.c.practice_id == new.practice) & people.c.email_index.in_(indexes)
    places = tx.execute(select(people.c.email_place).where(on_it)).scalars().all()
    if new.known.person.id is None and len(places) != new.known.on_email:
        raise Refused("the address has another person now")
    return behind(places)


def behind(places: Iterable[int | None]) -> int:
    """A number that was left in a chat has no place of its own, nor has an address that went to another record."""
    return max((place or 0 for place in places), default=-1) + 1


def fill_in(tx: Connection, vault: Vault, new: Newcomer, now: datetime) -> None:
    """What is on record already stays as it is."""
    who, mine = new.who, people.c.id == new.id
    row = tx.execute(select(people).where(mine)).one()
    told: dict[str, Any] = {}
    if who.name and (row.name is None or adds_a_part(vault.unseal(people.c.name, new.id, row.name), who.name)):
        told["name"] = vault.seal(people.c.name, new.id, who.name)
    if who.email and row.email is None:
        told["email"] = vault.seal(people.c.email, new.id, who.email)
        told["email_index"] = vault.index(new.practice, who.email)
        told["email_place"] = new.email_place
    if row.language is None and new.language:
        told["language"] = new.language
    if told:
        tx.execute(update(people).where(mine).values(**told))
    if who.number and new.id not in sharers(tx, new.practice, vault.indexes(new.practice, who.number)):
        enter_number(tx, vault, new, who.number, now)


@dataclass(frozen=True, slots=True)
class Same:
    """Two records of one person; ``kept`` stays."""

    practice: str
    kept: str
    gone: str


def inherit(tx: Connection, vault: Vault, of: Same, now: datetime) -> None:
    """Name, address and language of the other record, where she who stays has none. An address goes with its place."""
    kept, gone = (tx.execute(select(people).where(people.c.id == each)).one() for each in (of.kept, of.gone))
    name = vault.unseal(people.c.name, of.gone, gone.name) if gone.name else ""
    email = vault.unseal(people.c.email, of.gone, gone.email) if gone.email else None
    if kept.email is None:
        tx.execute(update(people).where(people.c.id == of.gone).values(email_place=None))
    heir = Newcomer(of.kept, of.practice, Who(None, email, name), gone.language, email_place=gone.email_place)
    fill_in(tx, vault, heir, now)


def adds_a_part(known: str, said: str) -> bool:
    """A first name alone is made whole by the full one."""
    return len(known.split()) == 1 < len(said.split()) and known.casefold() in said.casefold().split()


def fill_in_known(db: Database, practice: str, who: Who, now: datetime) -> bool:
    """What a source tells of somebody who is on record; False where she is not."""
    with db.writing() as tx:
        found = told_apart(tx, db.vault, practice, who)
        if found.person.id is None:
            return False
        put_on_record(tx, db.vault, Entering(practice, found.person.id, who, found), now)
    return True
