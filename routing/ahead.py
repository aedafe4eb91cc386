"""Who is ahead in the line comes first: whoever is about to be offered to a caller ahead is offered to nobody who came
later (routing-semantics section 9)."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from routing.pursuit import Quest, Searchers, followed_lately, looked, staffed
from routing.recalling import Told, recalled
from routing.rules.asking import WHY_NOT_AGAIN
from routing.rules.book import Book
from routing.rules.waiting import stops_in_reach
from routing.state.call.line import callers_ahead
from routing.state.live.connection import LiveStateDown
from routing.state.lookups import Underway, underway
from routing.state.practice.shelf import Shelf

MOST = 20
"""So many of the oldest callers are thought of; behind them the clock's order holds from its next second on."""
PASS = timedelta(seconds=60)
"""Nobody is tried again for the same inquiry before that (routing-semantics section 3.1)."""


@dataclass(frozen=True, slots=True)
class Seeking:
    """A caller in the line, and what somebody is looked for with. ``planned_in`` is the rulebook she was planned with,
    the quest's the one in force; ``stops`` of the plan serve her by now."""

    at: Underway
    planned_in: Book
    told: Told
    quest: Quest
    stops: int


def seeking(shelf: Shelf, rules: Book, at: Underway, now: datetime) -> Seeking:
    planned_in, planned, told = recalled(shelf, at)
    # Of several phones that rang the one that took her need not have been the last.
    step = max(at.step, *(made.step for made in at.offers), 0) + 1
    last = at.offers[-1].coordinator if at.offers else None
    quest = Quest(rules, told.inquiry, planned, 0, step, lately_tried(at, now), last, planned.sticky_owner)
    return Seeking(at, planned_in, told, quest, reach(at, stops_in_reach(planned_in, planned, now)))


def lately_tried(at: Underway, now: datetime) -> Mapping[str, str]:
    """Who was offered this inquiry within the last pass."""
    return {
        made.coordinator: WHY_NOT_AGAIN.get(made.state, "tried")
        for made in at.offers
        if made.was_asked and (made.settled_at is None or now - made.settled_at < PASS)
    }


def reach(at: Underway, stops: int) -> int:
    """How many stops of the plan serve her: where all phones of a stop came to nothing, the next is tried at once."""
    rung = max((made.plan_step + 2 for made in at.offers if made.ring), default=0)
    return max(stops, at.reach, rung)


def behind_the_line(by: Searchers, shelf: Shelf, quest: Quest, now: datetime) -> Quest:
    """The same quest without those who are free for her and spoken for by callers ahead. Where no worker's clock serves
    the line, it holds nobody up."""
    if quest.inquiry.channel != "call" or not quest.plan.open:
        return quest
    with by.db.reading() as tx:
        before = callers_ahead(tx, quest.book.practice, quest.plan.waiting_key_ms, quest.inquiry.id, MOST)
    if not before or monotonic() > by.until:
        return quest
    try:
        if not followed_lately(by, quest.book.practice, now):
            return quest
        mine = frozenset(free_for(by, quest, len(quest.plan.steps), now))
        theirs = spoken_for(by, shelf, before, mine, now) if mine else frozenset()
    except LiveStateDown:
        return quest
    return replace(quest, tried={**dict.fromkeys(theirs, "spoken_for"), **quest.tried})


def spoken_for(by: Searchers, shelf: Shelf, before: tuple[str, ...], mine: Set[str], now: datetime) -> frozenset[str]:
    """Everybody ahead is served in thought, oldest first: which of ``mine`` are left to nobody else."""
    taken: dict[str, None] = {}
    for inquiry in before:
        if mine <= taken.keys():
            break
        with by.db.reading() as tx:
            at = underway(tx, inquiry)
        rules = shelf.book(at.practice) if at else None
        if at is None or rules is None or at.standing(now):
            continue
        who = seeking(shelf, rules, at, now)
        taken.update(dict.fromkeys([one for one in free_for(by, who.quest, who.stops, now) if one not in taken][:1]))
    return frozenset(mine & taken.keys())


def free_for(by: Searchers, quest: Quest, stops: int, now: datetime) -> list[str]:
    """Who could be claimed for her at this moment, first choice first."""
    found: dict[str, None] = {}
    for plan_step, step in enumerate(quest.plan.steps[:stops]):
        if staffed(quest.book, step, now):
            _, preference = looked(by, replace(quest, plan_step=plan_step), now)
            found.update(dict.fromkeys(preference.order))
    return list(found)
