"""The menu: a caller is asked before anybody is claimed, and what she answers, or does not, plans her call again.

She is an owned lead from the first webhook on; silence and unclear words go on by the number's own plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from routing.desk import TRIES, Answer, Desk, Reply, count_load, settled_elsewhere, take_back
from routing.promising import promised
from routing.pursuit import Found, Quest, assignee, counted_at
from routing.recalling import Told, recalled
from routing.rules import canonical
from routing.rules.book import Book
from routing.rules.planning import plan
from routing.rules.questions import Menu
from routing.rules.receipt import Decision, Look
from routing.rules.values import Inquiry, Person, Plan, Stated
from routing.rules.wording.crisis import Crisis
from routing.rules.wording.intent import Heard
from routing.searching import may_wait, patient_search
from routing.state.admissions import Admission, Source
from routing.state.call.replies import Fit, Replied, open_leads, reply
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.state.lead.people import Known, OpenLead
from routing.state.lookups import Underway, underway


@dataclass(frozen=True, slots=True)
class Asked:
    """A caller who was asked; ``plan`` is the number's own."""

    book: Book
    plan: Plan
    menu: Menu


@dataclass(frozen=True, slots=True)
class Said:
    """What came back. ``crisis`` goes before whatever was ``heard``."""

    inquiry: str
    menu: Menu
    heard: Heard
    crisis: Crisis | None
    key: str


def asked(desk: Desk, inquiry: str) -> Asked | None:
    """None for an inquiry that is unknown or was never asked anything."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    if at is None:
        return None
    book, planned, _ = recalled(desk.shelf, at)
    menu = book.menu_of(planned.facts.get("tracking_number", ""))
    return Asked(book, planned, menu) if menu else None


def settle(desk: Desk, said: Said, answer: Answer, now: datetime) -> bytes | None:
    """Planned with what she said, claimed and written; None when she has left meanwhile."""
    step = 0
    for _ in range(TRIES):
        repeated = answered(desk.db, said.key)
        if repeated is not None:
            return repeated
        with desk.db.reading() as tx:
            at = underway(tx, said.inquiry)
            mine = open_leads(tx, at.practice, at.person) if at else ()
        if at is None or at.state != "asked":
            return answered(desk.db, said.key)
        replied = planned_again(desk, Case(at, mine, step), said, answer, now)
        try:
            reply(desk.db, replied, desk.new_id, now)
        except Refused:
            step = step + 1 if take_back(desk, replied.new.book, replied.new.offer, said.key, now) else step
            continue
        owners = {replied.owner_before, replied.new.decision.owner}
        for owner in owners if replied.new.decision.trigger != "degraded" else ():
            count_load(desk, at.practice, owner, now)
        return replied.new.letter.answer
    return settled_elsewhere(desk, said.key)


@dataclass(frozen=True, slots=True)
class Case:
    """The inquiry with the person's open leads, newest first; ``step`` counts the offers."""

    at: Underway
    leads: tuple[OpenLead, ...]
    step: int

    @property
    def opened(self) -> str | None:
        """The lead that this very inquiry opened."""
        return self.at.lead if self.at.stored.get("opened") else None


def planned_again(desk: Desk, case: Case, said: Said, answer: Answer, now: datetime) -> Replied:
    at = case.at
    book, before, told = recalled(desk.shelf, at)
    told = replace(told, inquiry=told_by_caller(told.inquiry, said), planned_at=now)
    planned = plan(book, told.inquiry, told.person, now)
    fit = fitting(case, before, planned)
    quest = Quest(book, told.inquiry, planned, 0, case.step, {}, sticky=planned.sticky_owner, account=at.account)
    found, degraded = patient_search(desk.by, quest, now)
    owned = ownership(desk, quest, found, fit, now)
    waits = may_wait(told.inquiry, planned, found, degraded=degraded)
    promise = None if found.offer or waits else promised(desk.new_id, planned, told.inquiry, owned.owner, at.has_number)
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger="degraded" if degraded else "reply",
        inquiry=told.inquiry,
        person=told.person,
        planned_at=now,
        lead=fit.lead.id if fit.lead else desk.new_id("ld"),
        owner=owned.owner,
        looks=owned.looks,
        effects=tuple(row.id for row in (found.offer, promise) if row),
    )
    heard = Reply(
        book, planned, told.person, told.inquiry, owned.owner, found.offer, at.has_number, degraded, waits, case.step
    )
    new = Admission(
        book=book,
        plan=planned,
        decision=decision,
        source=Source(at.account, at.sid, told.inquiry.value("tracking_number"), None),
        known=Known(told.person, case.leads),
        person=at.person,
        stored=stored(at, told),
        offer=found.offer,
        promise=promise,
        letter=Letter(said.key, answer(heard)),
        waits=waits,
        reach=found.reach,
        counted_at=counted_at(planned, now) if owned.is_capped and owned.owner != at.owner else None,
    )
    surplus = case.opened if fit.how == "joined" and case.opened != decision.lead else None
    return Replied(new, fit.how, at.owner, surplus, said.crisis.category if said.crisis else None)


def told_by_caller(inquiry: Inquiry, said: Said) -> Inquiry:
    """Her key or words are an answer like any other; in a crisis nothing else is made of them."""
    if said.crisis:
        return replace(inquiry, crisis=True)
    if said.heard.value is None:
        return inquiry
    stated = Stated(said.heard.value, said.heard.source, phrase=said.heard.because)
    given: Mapping[str, Stated] = {**inquiry.attributes, said.menu.attribute: stated}
    return replace(inquiry, attributes=MappingProxyType(given))


def stored(at: Underway, told: Told) -> str:
    now = {"inquiry": told.inquiry, "person": told.person, "planned_at": told.planned_at}
    return canonical.dumps({**at.stored, **now})


@dataclass(frozen=True, slots=True)
class Fitting:
    """Which lead the inquiry belongs to, now that its category is known; None where one is to be opened."""

    how: Fit
    lead: OpenLead | None
    keeps_owner: bool = False


def fitting(case: Case, before: Plan, planned: Plan) -> Fitting:
    own = next((lead for lead in case.leads if lead.id == case.opened), None)
    if own and planned.category == before.category:
        return Fitting("refined", own, keeps_owner=planned.queue == before.queue)
    others = tuple(lead for lead in case.leads if lead is not own)
    joined = Known(Person(), others).lead_for(planned.category)
    if joined:
        return Fitting("joined", joined, keeps_owner=True)
    return Fitting("refined", own) if own else Fitting("opened", None)


@dataclass(frozen=True, slots=True)
class Ownership:
    """``is_capped`` where the owner was chosen from rows, under the cap."""

    owner: str
    looks: tuple[Look, ...]
    is_capped: bool = False


def ownership(desk: Desk, quest: Quest, found: Found, fit: Fitting, now: datetime) -> Ownership:
    if found.offer:
        return Ownership(found.offer.coordinator, found.looks)
    if fit.lead and fit.keeps_owner:
        return Ownership(fit.lead.owner, found.looks)
    owner, looks = assignee(desk.by, quest, now)
    return Ownership(owner, (*found.looks, *looks), any(look.chosen == owner for look in looks))
