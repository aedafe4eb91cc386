"""An offer came to nothing: the next of the plan, or a promise at its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from routing.ahead import behind_the_line
from routing.desk import TRIES, Answer, Desk, Reply, give_up, release, settled_elsewhere, take_back
from routing.promising import promised
from routing.pursuit import Quest
from routing.recalling import recalled
from routing.rules.asking import WHY_NOT_AGAIN
from routing.rules.receipt import Decision, Trigger
from routing.searching import may_wait, patient_search
from routing.state.call import offers
from routing.state.call.offers import Turn
from routing.state.database import DatabaseDown, Refused
from routing.state.inbox import Letter, answered
from routing.state.ledger import Settled
from routing.state.live.claims import Ending, Held
from routing.state.lookups import Offered, Underway, underway

UNTAKEN = ("pending", "rejected", "timeout", "canceled", "rescinded")
"""Whoever took the call and was cut off is in her wrap-up, which goes on."""


ENDINGS: Mapping[str, Ending] = MappingProxyType(
    {"rejected": "rejected", "timeout": "missed", "canceled": "returned", "rescinded": "returned"}
)
"""What an offer that ended so makes of its coordinator."""


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
    book, planned, told = recalled(desk.shelf, at)
    last = at.offer(missed.step) or at.offers[-1]
    tried = {made.coordinator: WHY_NOT_AGAIN.get(made.state, "tried") for made in at.offers if made.was_asked}
    tried[last.coordinator] = WHY_NOT_AGAIN[settled(last, missed)]
    quest = Quest(
        book, told.inquiry, planned, last.plan_step, step, tried, last.coordinator, planned.sticky_owner, at.account
    )
    found, degraded = patient_search(desk.by, behind_the_line(desk.by, desk.shelf, quest, now), now)
    owner = found.offer.coordinator if found.offer else at.owner
    waits = may_wait(told.inquiry, planned, found, degraded=degraded)
    promise = None if found.offer or waits else promised(desk.new_id, planned, told.inquiry, owner, at.has_number)
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
