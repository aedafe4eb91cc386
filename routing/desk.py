"""Where rules and state meet: the one path by which a call, a text, a chat or a form is planned, claimed and written.

Every function answers a repeated webhook with the bytes of its first answer, and may be run again at any point.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from types import MappingProxyType

from routing.ahead import behind_the_line
from routing.promising import promised
from routing.pursuit import Found, Quest, Searchers, assignee, counted_at, reseat
from routing.rules import canonical
from routing.rules.asking import milliseconds
from routing.rules.book import Book
from routing.rules.planning import plan
from routing.rules.questions import Menu
from routing.rules.receipt import Decision
from routing.rules.values import Inquiry, Person, Plan
from routing.searching import may_wait, patient_search
from routing.state import admissions
from routing.state.admissions import Admission, Beside, CapReached, Source
from routing.state.call.abandons import Abandon, last_abandon
from routing.state.callback.dial_joins import awaited
from routing.state.database import Database, DatabaseDown, Refused
from routing.state.inbox import Letter, answered
from routing.state.lead.identity import known_as
from routing.state.lead.people import Known, OpenLead
from routing.state.ledger import NewId, Offer, Promise, owed_already
from routing.state.live.claims import Ending, Held
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.live.loads import live_loads, open_chats
from routing.state.lookups import is_reserved
from routing.state.practice.shelf import Shelf
from routing.state.text.conversations import ThreadOpen

TRIES = 3
"""So often a refusal by a unique index is met by repairing live state and trying the next (design section 3.4)."""


class Busy(RuntimeError):
    """Three attempts in a row met somebody who was first; the provider will ask again."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The opened handles of a process."""

    db: Database
    shelf: Shelf
    by: Searchers

    @property
    def new_id(self) -> NewId:
        return self.by.new_id


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inquiry at the door. ``key`` is its inbox key."""

    book: Book
    inquiry: Inquiry
    source: Source
    key: str
    resumes: str | None = None
    """The inquiry she abandoned a moment ago, whose place this one has."""
    beside: "Besides | None" = None
    """What its channel writes with it, once it is known what she is answered."""
    is_awaited: bool = False
    """Somebody has taken a callback for her and is dialling her at this moment: she is put in the line for that one."""
    wanted_at: datetime | None = None
    """When she asked to be called, if she said so."""
    asked_at: datetime | None = None
    """When she asked, where we hear of it later: who was talked to since is owed nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the channel has to say: an offer to connect, or that ``owner`` will get in touch. ``degraded`` when live
    state was down, so that the fallback numbers are to be dialled. ``has_number`` is False for a withheld number, which
    nobody can call back."""

    book: Book
    plan: Plan
    person: Person
    inquiry: Inquiry
    owner: str
    offer: Offer | None
    has_number: bool
    degraded: bool = False
    waits: bool = False
    """Nobody is free, but somebody will be: the caller is to be held."""
    step: int = 0
    """Counts the offers made so far."""
    asks: Menu | None = None
    """What the caller is asked before anybody is claimed."""


Answer = Callable[[Reply], bytes]
Besides = Callable[[Reply], Beside]


def receive(desk: Desk, arrival: Arrival, answer: Answer, now: datetime) -> bytes:
    """Plans, claims and writes a new inquiry, then gives the answer that was written with it.

    :raises DatabaseDown: nothing was written, and a claim that was won was given back.
    :raises ThreadOpen: the same; another text of the person was first.
    """
    step = tries = full = 0
    while tries < TRIES and full <= len(arrival.book.coordinators):
        repeated = answered(desk.db, arrival.key)
        if repeated is not None:
            return repeated
        with desk.db.reading() as tx:
            who = known_as(tx, desk.db.vault, arrival.book.practice, arrival.source.contact, arrival.source.who)
            calls_again = arrival.inquiry.channel == "call" and who.person.id
            before = last_abandon(tx, arrival.book.practice, who.person.id, now) if calls_again else None
            arrival = replace(arrival, is_awaited=bool(calls_again) and awaited(tx, who.person.id))
        admission = admitted(desk, resuming(arrival, before), who, answer, step, now)
        try:
            admissions.admit(desk.db, admission, desk.new_id, now)
        except (DatabaseDown, ThreadOpen):
            give_up(desk, arrival.book, admission.offer, now)
            raise
        except CapReached:
            # Not one of the three: every such refusal leaves one coordinator less to choose from.
            full += 1
            continue
        except Refused:
            tries += 1
            step = step + 1 if take_back(desk, arrival.book, admission.offer, arrival.key, now) else step
            continue
        if admission.offer is None and admission.decision.trigger != "degraded":
            count_load(desk, arrival.book.practice, admission.decision.owner, now)
        return admission.letter.answer
    return settled_elsewhere(desk, arrival.key)


def resuming(arrival: Arrival, before: Abandon | None) -> Arrival:
    """The time away counts as waiting. Who dials the same number again is not asked again; another number is another
    plan with the old start."""
    if before is None:
        return arrival
    given = arrival.inquiry.attributes
    if before.tracking_number == arrival.source.tracking_number:
        given = MappingProxyType({**canonical.inquiry(before.stored["inquiry"]).attributes, **given})
    inquiry = replace(arrival.inquiry, attributes=given, effective_start=before.effective_start)
    return replace(arrival, inquiry=inquiry, resumes=before.inquiry)


def admitted(desk: Desk, arrival: Arrival, who: Known, answer: Answer, step: int, now: datetime) -> Admission:
    book, inquiry = arrival.book, arrival.inquiry
    planned = plan(book, inquiry, who.person, now)
    quest = Quest(book, inquiry, planned, 0, step, {}, sticky=planned.sticky_owner, account=arrival.source.account)
    asks = question_for(desk, arrival, planned)
    expects = arrival.is_awaited and planned.open and asks is None
    found, degraded = Found(None, ()), False
    if asks is None and not expects:
        found, degraded = patient_search(desk.by, behind_the_line(desk.by, desk.shelf, quest, now), now)
    owner, looks, is_capped = found.offer.coordinator if found.offer else None, found.looks, False
    lead = who.lead_for(planned.category)
    if owner is None and lead:
        owner = lead.owner
    elif owner is None:
        owner, rows_looks = assignee(desk.by, quest, now)
        looks = (*looks, *rows_looks)
        is_capped = any(look.chosen == owner for look in rows_looks)
    has_number = arrival.source.contact is not None
    waits = expects or (asks is None and may_wait(inquiry, planned, found, degraded=degraded))
    promise = None if found.offer or waits or asks else promised(desk.new_id, planned, inquiry, owner, has_number)
    promise = as_asked(desk, arrival, planned, promise, lead) if promise else None
    reply = Reply(book, planned, who.person, inquiry, owner, found.offer, has_number, degraded, waits, step, asks)
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger="degraded" if degraded else "entry",
        inquiry=inquiry,
        person=who.person,
        planned_at=now,
        lead=lead.id if lead else desk.new_id("ld"),
        owner=owner,
        looks=looks,
        effects=tuple(row.id for row in (found.offer, promise) if row),
    )
    stored = {
        "inquiry": inquiry,
        "person": who.person,
        "planned_at": now,
        "has_number": has_number,
        "opened": lead is None,
    }
    return Admission(
        book=book,
        plan=planned,
        decision=decision,
        source=arrival.source,
        known=who,
        person=who.person.id or desk.new_id("pe"),
        stored=canonical.dumps(stored),
        offer=found.offer,
        promise=promise,
        letter=Letter(arrival.key, answer(reply)),
        resumes=arrival.resumes,
        waits=waits,
        reach=found.reach,
        asks=asks is not None,
        beside=arrival.beside(reply) if arrival.beside else None,
        due_at=promise.due_at if promise and arrival.wanted_at and not promise.joins else None,
        counted_at=counted_at(planned, now) if is_capped else None,
    )


def as_asked(desk: Desk, arrival: Arrival, planned: Plan, owed: Promise, lead: OpenLead | None) -> Promise | None:
    """By an address where there is no number; at the time she named; and once, however often she asks."""
    who = arrival.source.who
    if lead and lead.contacted_at and arrival.asked_at and arrival.asked_at <= lead.contacted_at:
        return None
    if who and who.number is None and who.email and "email" in planned.allowed:
        owed = replace(owed, kind="email")
    elif who and owed.kind == "email" and not who.email:
        owed = replace(owed, kind="review")
    if arrival.wanted_at and owed.kind == "call":
        owed = replace(owed, due_at=arrival.wanted_at)
    if lead is None or arrival.inquiry.channel != "form":
        return owed
    with desk.db.reading() as tx:
        before = owed_already(tx, lead.id, owed.kind)
    return replace(owed, id=before, joins=True) if before else owed


def question_for(desk: Desk, arrival: Arrival, planned: Plan) -> Menu | None:
    """Callers are asked while people are there, and nobody who has answered already. Nor does a call that is only
    written down later ask anything."""
    inquiry = arrival.inquiry
    if inquiry.channel != "call" or not planned.open or monotonic() > desk.by.until:
        return None
    menu = arrival.book.menu_of(arrival.source.tracking_number or "")
    return menu if menu and menu.attribute not in inquiry.attributes else None


def take_back(desk: Desk, book: Book, offer: Offer | None, key: str, now: datetime) -> bool:
    """After a refusal: unless a copy of ourselves wrote it, the claim goes back. True if the coordinator of the offer
    was the reason; then live state is written again from the rows."""
    if offer is None or is_reserved(desk.db, offer.id):
        return False
    release(desk, Held(book.practice, offer.coordinator, offer.fence), "returned", now)
    if answered(desk.db, key) is not None:
        return False
    try:
        reseat(desk.by, book, now)
    except (LiveStateDown, NotSeated):
        return True
    return True


def give_up(desk: Desk, book: Book, offer: Offer | None, now: datetime) -> None:
    """The rows could not be written. If they were all the same, the index keeps the coordinator from a second offer."""
    if offer:
        release(desk, Held(book.practice, offer.coordinator, offer.fence), "returned", now)


def settled_elsewhere(desk: Desk, key: str) -> bytes:
    repeated = answered(desk.db, key)
    if repeated is None:
        raise Busy
    return repeated


def count_load(desk: Desk, practice: str, owner: str, now: datetime) -> None:
    """Live state follows the rows; where it is down it is written again from them anyway."""
    try:
        with desk.db.reading() as tx:
            load = live_loads(tx, practice, now, [owner]).get(owner, 0.0)
            chats = open_chats(tx, practice, [owner]).get(owner, 0)
        desk.by.live.set_load(practice, owner, load, chats, milliseconds(now))
    except (LiveStateDown, NotSeated):
        return


def release(desk: Desk, held: Held, ending: Ending, now: datetime) -> None:
    """Where live state is down the offer ends by itself 40 s after its claim."""
    try:
        desk.by.live.release(held, ending, milliseconds(now))
    except (LiveStateDown, NotSeated):
        return


def wrap_up(desk: Desk, held: Held, until: datetime, now: datetime) -> None:
    """Where live state is down the clock tells it afterwards."""
    try:
        desk.by.live.wrap_up(held, milliseconds(until), milliseconds(now))
    except (LiveStateDown, NotSeated):
        return
