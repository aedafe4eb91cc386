"""Who is behind a lead: merged, split, opted out; posts that were set aside; and why leads were lost."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from gateway.api import cases
from gateway.api.asking import Asked, FieldRefused, NotHere
from gateway.api.lead_models import (
    LetIn,
    MergeWanted,
    OptedOutNow,
    OptOutSaid,
    Period,
    Quarantine,
    SetAside,
    SplitWanted,
    UncontactedShown,
)
from gateway.api.models import Lead, Made, Nothing
from routing.desk import count_load
from routing.entry import let_in
from routing.state.lead import quarantine
from routing.state.lead.leads import PersonShown, line, person_of
from routing.state.lead.merging import merge
from routing.state.lead.people import unwanted
from routing.state.lead.quarantine import Held, Letting
from routing.state.lead.splitting import Splitting, split
from routing.state.lead.uncontacted import uncontacted
from routing.state.text.opt_outs import Wish, note_wish

MAY_APPROVE = ("supervisor", "admin")
WEEK = timedelta(days=7)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No lead is older: of what is asked for beyond that no calendar is needed."""


def merged(asked: Asked, wanted: MergeWanted) -> Lead:
    before = merge(asked.desk.db, cases.case_of(asked), wanted.lead, asked.desk.new_id, asked.now)
    lead = cases.after(asked)
    for owner in {before, lead.owner}:
        count_load(asked.desk, asked.practice, owner, asked.now)
    return lead


def split_off(asked: Asked, wanted: SplitWanted) -> Made:
    wish = Splitting(cases.case_of(asked), wanted.inquiries, wanted.name or "")
    made = split(asked.desk.db, wish, asked.desk.new_id, asked.now)
    lead = cases.after(asked)
    count_load(asked.desk, asked.practice, lead.owner, asked.now)
    return Made(id=made, lead=lead)


def opt_out(asked: Asked, said: OptOutSaid) -> OptedOutNow:
    """What she told somebody of ours. :raises FieldRefused: for a lift that nobody approves who may."""
    if not said.out and said.approved_by is None:
        raise FieldRefused("approved_by", "missing")
    if said.approved_by is not None:
        approver = asked.book.coordinators.get(said.approved_by)
        if approver is None or approver.role not in MAY_APPROVE:
            raise FieldRefused("approved_by", "may_not_approve")
    db, lead = asked.desk.db, asked.ids["id"]
    with db.writing() as tx:
        if line(tx, asked.practice, lead) is None:
            raise NotHere
        person = person_of(tx, db.vault, lead)
        for contact in contacts(person):
            wish = Wish(
                practice=asked.practice,
                contact=contact,
                ways=frozenset(said.ways),
                is_out=said.out,
                source=lead,
                by=asked.by,
                approved_by=said.approved_by,
            )
            note_wish(tx, db.vault, wish, asked.desk.new_id, asked.now)
        out = unwanted(tx, db.vault, asked.practice, person.id)
    return OptedOutNow(ways=sorted(out))


def contacts(person: PersonShown) -> Iterable[str]:
    return (*person.numbers, *((person.email,) if person.email else ()))


def set_aside(asked: Asked, _: Nothing) -> Quarantine:
    return Quarantine(posts=[shown(each) for each in quarantine.waiting(asked.desk.db, asked.practice)])


def shown(held: Held) -> SetAside:
    who, told = held.entered.who, held.entered.told
    return SetAside(
        id=held.id,
        via=held.via,
        traps=list(held.traps),
        owner=held.owner,
        due_at=held.due_at,
        at=held.at,
        name=who.name,
        number=who.number,
        email=who.email,
        answers={str(name): str(text) for name, text in told.get("answers", {}).items()},
    )


def enter(asked: Asked, _: Nothing) -> LetIn:
    held = quarantine.one_waiting(asked.desk.db, asked.practice, asked.ids["id"])
    inquiry = let_in(asked.desk, asked.book, held, asked.by, asked.now) if held else None
    if inquiry is None:
        raise NotHere
    return LetIn(inquiry=inquiry)


def discard(asked: Asked, _: Nothing) -> None:
    wish = Letting(asked.practice, asked.ids["id"], "discarded", asked.by)
    if not quarantine.discard(asked.desk.db, wish, asked.now):
        raise NotHere


def lost(asked: Asked, period: Period) -> UncontactedShown:
    # Of the time to come nothing has been paid yet.
    until = min(max(period.until or asked.now, EARLIEST), asked.now)
    since = max(period.since or until - WEEK, EARLIEST)
    if until <= since:
        raise FieldRefused("until", "too_early")
    with asked.desk.db.reading() as tx:
        found = uncontacted(tx, asked.book, since, until)
    return UncontactedShown.model_validate(found)
