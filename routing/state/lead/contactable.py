"""What is on record about contacting a person, as the rules of lawful contact want it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Connection

from routing.rulebook.almanac import standards
from routing.rulebook.jurisdictions import Signs, candidates
from routing.rules import canonical
from routing.rules.book import Book
from routing.rules.contact import Attempt, Consent, Contactable, Request
from routing.rules.lawful.ledger import Scope
from routing.rules.lawful.states import Jurisdiction
from routing.rules.values import ContactWay
from routing.state.lead.people import indexes_of, opt_out_lines
from routing.state.lead.scrubs import scrubs_of
from routing.state.sealed import Vault
from routing.state.tables import attempts, consents, inquiries, leads, messages

COUNTED = timedelta(days=7)
LOOKED_BACK = 20
"""Inquiries of hers that are read for places."""
WAYS: tuple[ContactWay, ...] = ("call", "text", "email")
NEVER_REACHED_HER = ("failed", "canceled", "undelivered")


@dataclass(frozen=True, slots=True)
class Whom:
    """A person, what points to where she is (with the number that would be dialled), and what she asked for: whoever
    keeps a request, as a callback or an inquiry, tells it here. ``barred``: ways that number cannot be reached by.
    ``besides`` is the message that is weighed, where it stands in its thread already."""

    person: str
    signs: Signs
    requests: tuple[Request, ...] = ()
    barred: frozenset[ContactWay] = frozenset()
    besides: str = ""


def contactable(tx: Connection, vault: Vault, book: Book, whom: Whom, now: datetime) -> Contactable:
    """To be read in the transaction that claims the contact, before that contact has a row of its own."""
    number = whom.signs.number
    hers = indexes_of(tx, vault, book.practice, whom.person)
    dialled = vault.indexes(book.practice, number) if number else ()
    known = [*hers, *dialled]
    return Contactable(
        standards(book, now),
        places(tx, book, whom),
        opt_out_lines(tx, book.practice, known),
        consents_of(tx, book.practice, whom.person),
        whom.requests,
        attempts_at(tx, book.practice, whom, now),
        whom.barred,
        crisis_at=newest(tx, book.practice, whom.person, "crisis"),
        confirmed_at=newest(tx, book.practice, whom.person, "confirmation"),
        scrubs=scrubs_of(tx, book.practice, dialled) if book.policies.contact.scrubs else (),
    )


def places(tx: Connection, book: Book, whom: Whom) -> frozenset[Jurisdiction]:
    """By the number, and by every ZIP and state that she has named to us, in whichever inquiry."""
    mine = (inquiries.c.practice_id == book.practice) & (inquiries.c.person_id == whom.person)
    newest = select(inquiries.c.plan).where(mine).order_by(inquiries.c.received_at.desc()).limit(LOOKED_BACK)
    told = [canonical.inquiry(json.loads(stored)["inquiry"]) for stored in tx.execute(newest).scalars()]
    states = (*whom.signs.states, *(each.value("state") or "" for each in told))
    codes = {whom.signs.zip, *(each.value("zip") for each in told)}
    signs = [replace(whom.signs, zip=code, states=states) for code in codes - {None} or {None}]
    territories = book.policies.contact.territories
    return frozenset(place for each in signs for place in candidates(each, territories=territories))


def consents_of(tx: Connection, practice: str, person: str) -> tuple[Consent, ...]:
    """Rows of other purposes speak of other things: of being recorded, or of an opt-out, whose ledger is asked."""
    mine = (consents.c.practice_id == practice) & (consents.c.person_id == person)
    rows = tx.execute(
        select(
            consents.c.id,
            consents.c.channel,
            consents.c.purpose,
            consents.c.is_granted,
            consents.c.at,
            consents.c.names_us,
            consents.c.read_at,
        )
        .where(mine, consents.c.purpose.in_(get_args(Scope)))
        .order_by(consents.c.at, consents.c.id)
    )
    return tuple(Consent(*row) for row in rows)


def attempts_at(tx: Connection, practice: str, whom: Whom, now: datetime) -> tuple[Attempt, ...]:
    """What went out to her in seven days: by people, and what was started without one, which counts as soon as it is
    written."""
    since, person = now - COUNTED, whom.person
    tried = (
        select(attempts.c.channel, attempts.c.started_at)
        .join(leads, leads.c.id == attempts.c.lead_id)
        .where(leads.c.practice_id == practice, leads.c.person_id == person, attempts.c.started_at > since)
        .where(attempts.c.direction == "outbound", attempts.c.channel.in_(WAYS))
        .where(or_(attempts.c.is_human, attempts.c.channel == "call"))
        .where(func.coalesce(attempts.c.result, "").not_in(NEVER_REACHED_HER))
    )
    started = (
        select(messages.c.channel, messages.c.created_at)
        .join(leads, leads.c.id == messages.c.lead_id)
        .where(leads.c.practice_id == practice, leads.c.person_id == person, messages.c.created_at > since)
        .where(messages.c.author == "leadline", messages.c.purpose.in_(("started", "follow_up")))
        .where(messages.c.id != whom.besides)
        .where(messages.c.status.not_in(NEVER_REACHED_HER))
    )
    by_people = [Attempt(*row) for row in tx.execute(tried)]
    return (*by_people, *(Attempt("email" if way == "email" else "text", at) for way, at in tx.execute(started)))


def newest(tx: Connection, practice: str, person: str, purpose: str) -> datetime | None:
    """When she was last sent a message of this purpose."""
    sent = (
        select(messages.c.created_at)
        .join(leads, leads.c.id == messages.c.lead_id)
        .where(leads.c.practice_id == practice, leads.c.person_id == person, messages.c.purpose == purpose)
    )
    return tx.execute(sent.order_by(messages.c.created_at.desc()).limit(1)).scalar_one_or_none()
