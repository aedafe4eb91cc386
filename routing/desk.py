"""Where rules and state meet: the one path by which a call, a text, a chat or a form is planned, claimed and written.

Every function answers a repeated webhook with the bytes of its first answer, and may be run again at any point.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from types import MappingProxyType
from typing import Literal

from routing.pursuit import Found, Quest, Searchers, assignee, counted_at, pursue, reseat
from routing.rules import canonical
from routing.rules.asking import WHY_NOT_AGAIN, milliseconds
from routing.rules.book import Book
from routing.rules.planning import plan
from routing.rules.questions import Menu
from routing.rules.receipt import Decision, Trigger
from routing.rules.values import Inquiry, Person, Plan
from routing.rules.waiting import stops_in_reach, worth_waiting
from routing.state import admissions, offers
from routing.state.abandons import Abandon, last_abandon
from routing.state.admissions import Admission, Beside, CapReached, Source
from routing.state.availability import Ending, Held, NotSeated
from routing.state.conversations import ThreadOpen
from routing.state.database import Database, DatabaseDown, Refused
from routing.state.dial_joins import awaited
from routing.state.identity import known_as
from routing.state.inbox import Letter, answered
from routing.state.ledger import NewId, Offer, Promise, Settled, owed_already
from routing.state.live import LiveStateDown
from routing.state.loads import loads, open_chats
from routing.state.lookups import Offered, Underway, is_reserved, underway
from routing.state.offers import Turn
from routing.state.people import Known, OpenLead
from routing.state.shelf import Shelf

TRIES = 3
"""So often a refusal by a unique index is met by repairing live state and trying the next (design section 3.4)."""
LIVE_CHANNELS = ("call", "chat")
UNTAKEN = ("pending", "rejected", "timeout", "canceled", "rescinded")
"""Whoever took the call and was cut off is in her wrap-up, which goes on."""
ENDINGS: Mapping[Settled, Ending] = {
    "rejected": "rejected",
    "timeout": "missed",
    "canceled": "returned",
    "rescinded": "returned",
}


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
    found, degraded = patient_search(desk, quest, now) if asks is None and not expects else (Found(None, ()), False)
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
    promise = None if found.offer or waits or asks else promised(desk, planned, inquiry, owner, has_number)
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


def may_wait(inquiry: Inquiry, planned: Plan, found: Found, *, degraded: bool) -> bool:
    """Callers are held while the practice is open and somebody of the plan is only at work, or several phones are to
    ring."""
    live = inquiry.channel == "call" and planned.open and not degraded
    return live and found.offer is None and (found.reach > 0 or worth_waiting(found.looks))


def search(desk: Desk, quest: Quest, now: datetime) -> tuple[Found, bool]:
    """True beside it when live state is down: then nobody is claimed and the fallback numbers are dialled."""
    if quest.inquiry.channel not in LIVE_CHANNELS:
        return Found(None, ()), False
    try:
        return pursue(desk.by, quest, now), False
    except LiveStateDown:
        return Found(None, ()), True


def patient_search(desk: Desk, quest: Quest, now: datetime) -> tuple[Found, bool]:
    """Each stop has its time: while somebody there is only at work, a caller waits for it and is not handed on at once
    (routing-semantics section 9)."""
    if quest.inquiry.channel != "call" or not quest.plan.open:
        return search(desk, quest, now)
    return search_as_far(desk, quest, max(stops_in_reach(quest.book, quest.plan, now), quest.plan_step + 1), now)


def search_as_far(desk: Desk, quest: Quest, stops: int, now: datetime) -> tuple[Found, bool]:
    """Among so many stops of the plan; the others only where nobody of these will come free by herself."""
    if stops >= len(quest.plan.steps):
        return search(desk, quest, now)
    within = replace(quest, plan=replace(quest.plan, steps=quest.plan.steps[:stops]))
    found, degraded = search(desk, within, now)
    if found.offer or found.reach or degraded or worth_waiting(found.looks):
        return found, degraded
    beyond, degraded = search(desk, replace(quest, plan_step=stops), now)
    return replace(beyond, looks=(*found.looks, *beyond.looks)), degraded


def promised(desk: Desk, planned: Plan, inquiry: Inquiry, owner: str, has_number: bool) -> Promise:
    """The task that somebody named owes; never a way the person has opted out of (A-48)."""
    last = planned.steps[-1]
    kind = owed(planned, inquiry, has_number)
    target = planned.target_queue or planned.queue
    due = planned.due_at if inquiry.channel != "call" or not last.due_at else min(planned.due_at, last.due_at)
    return Promise(desk.new_id("tk"), kind, owner, planned.reason, due if planned.open else planned.due_at, target)


def owed(planned: Plan, inquiry: Inquiry, has_number: bool) -> Literal["call", "callback", "text", "email", "review"]:
    if inquiry.channel == "chat" and not has_number:
        return "text"
    if not has_number:
        return "review"
    if "call" in planned.allowed:
        return "callback" if inquiry.channel == "call" else "call"
    if "text" in planned.allowed:
        return "text"
    return "email" if "email" in planned.allowed else "review"


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
            load = loads(tx, practice, now, [owner]).get(owner, 0.0)
            chats = open_chats(tx, practice, [owner]).get(owner, 0)
        desk.by.live.set_load(practice, owner, load, chats, milliseconds(now))
    except (LiveStateDown, NotSeated):
        return


@dataclass(frozen=True, slots=True)
class Missed:
    """An offer came to nothing, and how: ``timeout`` nobody pressed a key, ``rejected`` refused, ``canceled`` our leg
    failed."""

    inquiry: str
    step: int
    settled_as: Settled
    key: str


def go_on(desk: Desk, missed: Missed, answer: Answer, now: datetime) -> bytes | None:
    """The next of the plan without losing place, or a promise at its end. None when the inquiry is unknown, connected
    or over, so that there is nothing to go on with."""
    step = missed.step + 1
    for _ in range(TRIES):
        repeated = answered(desk.db, missed.key)
        if repeated is not None:
            return repeated
        with desk.db.reading() as tx:
            now_at = underway(tx, missed.inquiry)
        if now_at is None or now_at.state != "offered" or now_at.step != missed.step:
            # A copy may have moved it on since we looked.
            return answered(desk.db, missed.key)
        # A transfer that came to nothing has used up steps of its own.
        step = max(step, now_at.offers[-1].step + 1) if now_at.offers else step
        turn = next_turn(desk, now_at, missed, answer, step, now)
        try:
            offers.go_on(desk.db, turn, now)
        except DatabaseDown:
            give_up(desk, turn.book, turn.offer, now)
            raise
        except Refused:
            step = step + 1 if take_back(desk, turn.book, turn.offer, missed.key, now) else step
            continue
        over = now_at.offer(missed.step)
        if over and over.state in UNTAKEN:
            release(desk, Held(now_at.practice, over.coordinator, over.fence), ENDINGS[settled(over, missed)], now)
        return turn.letter.answer
    return settled_elsewhere(desk, missed.key)


def settled(over: Offered, missed: Missed) -> Settled:
    """A refusal by key is already in the row when the dial reports no answer."""
    return "rejected" if over.state == "rejected" else missed.settled_as


def next_turn(desk: Desk, at: Underway, missed: Missed, answer: Answer, step: int, now: datetime) -> Turn:
    """Planned with the version it was planned with; people are looked up in the rulebook in force."""
    book, planned, told = recalled(desk, at)
    last = at.offer(missed.step) or at.offers[-1]
    tried = {made.coordinator: WHY_NOT_AGAIN.get(made.state, "tried") for made in at.offers if made.was_asked}
    tried[last.coordinator] = WHY_NOT_AGAIN[settled(last, missed)]
    quest = Quest(
        book, told.inquiry, planned, last.plan_step, step, tried, last.coordinator, planned.sticky_owner, at.account
    )
    found, degraded = patient_search(desk, quest, now)
    owner = found.offer.coordinator if found.offer else at.owner
    waits = may_wait(told.inquiry, planned, found, degraded=degraded)
    promise = None if found.offer or waits else promised(desk, planned, told.inquiry, owner, at.has_number)
    trigger: Trigger = "degraded" if degraded else "timeout"
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger=trigger,
        inquiry=told.inquiry,
        person=told.person,
        planned_at=told.planned_at,
        lead=at.lead,
        owner=at.owner,
        looks=found.looks,
        effects=tuple(row.id for row in (found.offer, promise) if row),
    )
    reply = Reply(
        book, planned, told.person, told.inquiry, owner, found.offer, at.has_number, degraded, waits, missed.step
    )
    letter = Letter(missed.key, answer(reply))
    return Turn(book, decision, missed.step, missed.settled_as, found.offer, promise, letter, waits, found.reach)


@dataclass(frozen=True, slots=True)
class Told:
    """What an inquiry was planned from."""

    inquiry: Inquiry
    person: Person
    planned_at: datetime


def recalled(desk: Desk, at: Underway) -> tuple[Book, Plan, Told]:
    """The same plan as at entry: decided again from the stored input by the same rulebook version."""
    book = desk.shelf.version(at.practice, at.version)
    told = Told(
        canonical.inquiry(at.stored["inquiry"]),
        canonical.person(at.stored["person"]),
        datetime.fromisoformat(at.stored["planned_at"]),
    )
    return book, plan(book, told.inquiry, told.person, told.planned_at), told


def release(desk: Desk, held: Held, ending: Ending, now: datetime) -> None:
    """Where live state is down the offer ends by itself 40 s after its claim."""
    try:
        desk.by.live.release(held, ending, milliseconds(now))
    except (LiveStateDown, NotSeated):
        return
