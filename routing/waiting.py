"""The waiting room: whoever comes free is offered to the oldest caller who may have her, and callers may leave with a
promise instead. The place in the line is never lost."""

from dataclasses import dataclass, replace
from datetime import datetime

from routing.ahead import seeking
from routing.desk import Desk, count_load, take_back
from routing.links import Links
from routing.promising import promised
from routing.recalling import recalled
from routing.ringing import Waits, is_for_several, ring, ring_more
from routing.rules.book import Book
from routing.rules.receipt import Decision
from routing.rules.values import Plan
from routing.rules.waiting import Hold, hold
from routing.searching import search_as_far
from routing.state.call.line import (
    CallUp,
    Exit,
    Leaving,
    Waiting,
    call_up,
    leave,
    line,
    mean_talk_s,
    position,
)
from routing.state.call.moves import Move
from routing.state.database import Refused
from routing.state.inbox import Letter
from routing.state.leases import Ring
from routing.state.lookups import underway

AT_ONCE = 100


def serve(desk: Desk, links: Links, book: Book, now: datetime, most: int = AT_ONCE) -> tuple[Ring, ...]:
    """Oldest key first, until nobody is free for anybody."""
    with desk.db.reading() as tx:
        waiting = line(tx, book.practice, most)
    rings = [called_up(desk, links, book, who, now) for who in waiting]
    return tuple(ring for ring in rings if ring)


def called_up(desk: Desk, links: Links, book: Book, who: Waiting, now: datetime) -> Ring | None:
    with desk.db.reading() as tx:
        at = underway(tx, who.id)
    if at is None or at.state != "waiting":
        return None
    seeks = seeking(desk.shelf, book, at, now)
    told = seeks.told
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger="came_free",
        inquiry=told.inquiry,
        person=told.person,
        planned_at=told.planned_at,
        lead=at.lead,
        owner=at.owner,
    )
    return served(desk, links, Waits(seeks, decision), now)


def served(desk: Desk, links: Links, who: Waits, now: datetime) -> Ring | None:
    """One phone alone, to which her call is sent, or several that ring while she goes on waiting."""
    at = who.at
    if at.standing(now):
        ring_more(desk, links, who, now)
        return None
    found, _ = search_as_far(desk.by, who.quest, who.seeks.stops, now)
    if found.offer is None or at.sid is None or at.account is None:
        return None
    if is_for_several(desk, who, found, now):
        ring(desk, links, who, found, now)
        return None
    decision = replace(who.decision, looks=found.looks, effects=(found.offer.id,))
    url = links.to("offer", at.id, found.offer.step)
    move = Move(desk.new_id("mv"), at.practice, at.id, at.sid, at.account, url, "offer", now)
    try:
        return call_up(desk.db, CallUp(who.seeks.planned_in, decision, at.step, found.offer, move), now)
    except Refused:
        take_back(desk, who.book, found.offer, f"call up:{at.id}:{found.offer.step}", now)
        return None


@dataclass(frozen=True, slots=True)
class InLine:
    """A caller as the wait document tells it. ``state`` other than ``waiting`` means that she is to leave the queue."""

    book: Book
    plan: Plan
    state: str
    owner: str
    has_number: bool
    waited_s: float
    hold: Hold
    rings: bool = False
    """Phones ring for her at this moment: she gets that chance to its end."""

    @property
    def owner_name(self) -> str:
        return self.book.coordinators[self.owner].name


def in_line(desk: Desk, inquiry: str, now: datetime) -> InLine | None:
    """Changes nothing. None for an inquiry that is unknown."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
        if at is None:
            return None
        book, planned, _ = recalled(desk.shelf, at)
        place = position(tx, at.practice, at.waiting_key, at.id)
        mean = mean_talk_s(tx, at.practice, planned.queue, now)
    staffed = len(book.queues[planned.queue].members) if planned.queue in book.queues else 1
    waited = now - at.received_at
    told, rings = hold(book.policies, waited, place, (mean, staffed)), bool(at.standing(now))
    return InLine(
        book=book,
        plan=planned,
        state=at.state,
        owner=at.owner,
        has_number=at.has_number,
        waited_s=waited.total_seconds(),
        hold=replace(told, longest_wait=told.longest_wait and not rings),
        rings=rings,
    )


def leave_line(desk: Desk, inquiry: str, how: Exit, letter: Letter, now: datetime) -> bool:
    """With a promise by name: choosing a callback is consent to that one, so it is owed whatever was opted out of
    (design section 7). False when she is no longer in the line."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    if at is None or at.state != "waiting":
        return False
    _, planned, told = recalled(desk.shelf, at)
    owed = promised(desk.new_id, planned, told.inquiry, at.owner, at.has_number)
    chosen = replace(owed, reason=how, kind="callback" if how == "callback_chosen" and at.has_number else owed.kind)
    try:
        left = leave(desk.db, Leaving(inquiry, how, chosen, letter), now)
    except Refused:
        return False
    if left:
        count_load(desk, at.practice, at.owner, now)
    return left
