"""Finding somebody: the stops of a plan are looked at in order, until a claim is won or the plan is at its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import Literal

from routing.rules.asking import asked_of_queue, asked_on_call, drawn, milliseconds, rungs
from routing.rules.book import Book, Coordinator, OrderingName
from routing.rules.candidates import Asked
from routing.rules.hours import verdict
from routing.rules.orderings import Advance, Preference, prefer, sticky
from routing.rules.receipt import Look
from routing.rules.ringing import rings_several, together
from routing.rules.values import Inquiry, Plan, Step
from routing.state.call.rings import sounding
from routing.state.database import Database
from routing.state.ledger import NewId, Offer
from routing.state.live import claims, standing
from routing.state.live.availability import OFFER_MS, Availability
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.live.loads import candidates_by_rows, standings_of
from routing.state.live.seats import seats
from routing.state.practice.provider_accounts import is_resting

GREETING_MS = 10_000
ON_CALL_MS = 20_000
CONSENT_MS = 15_000
"""On top of an ordinary offer."""
NO_CLOCK_MS = 5_000
"""The worker's clock follows once a second."""
LOOKS = 3
"""So often a stop is looked at again when the one we chose was taken meanwhile."""


@dataclass(frozen=True, slots=True)
class Quest:
    """Whom we look for: an inquiry with its plan, from stop ``plan_step`` on; ``step`` counts its offers. ``tried``
    maps coordinators to why they are not asked again in this pass."""

    book: Book
    inquiry: Inquiry
    plan: Plan
    plan_step: int
    step: int
    tried: Mapping[str, str]
    last_tried: str | None = None
    sticky: str | None = None
    account: str | None = None
    """The provider's account of a caller who can be put in the line while several phones ring; nobody is claimed then,
    for the line is served by the worker. None claims one in any case."""
    grace_s: int = 0
    """The offer lasts so much longer, as her call is one of several."""


@dataclass(frozen=True, slots=True)
class Found:
    """``reach``: nobody is claimed, for several phones are to ring; so many stops of the plan serve her from the line
    from the first. 0 otherwise."""

    offer: Offer | None
    looks: tuple[Look, ...]
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Searchers:
    """What a search looks with. ``real_ms`` is real time, for heartbeats only. ``until`` is when, on the process's
    monotonic clock in seconds, the answer has been given without us: a thread that comes later may not claim."""

    db: Database
    live: Availability
    new_id: NewId
    real_ms: Callable[[], int]
    until: float = inf


def pursue(by: Searchers, quest: Quest, now: datetime) -> Found:
    """:raises LiveStateDown: when Redis does not answer; nothing is claimed."""
    looks: list[Look] = []
    quest = without_sounding(by, quest)
    for plan_step in range(quest.plan_step, len(quest.plan.steps)):
        if not staffed(quest.book, quest.plan.steps[plan_step], now):
            continue
        here = replace(quest, plan_step=plan_step)
        for _ in range(LOOKS):
            look, preference = looked(by, here, now)
            if not preference.order:
                looks.append(look)
                break
            if ring_together(by, here, preference, now):
                return Found(None, (*looks, look), plan_step + 1)
            offer = claimed(by, here, look, preference, now)
            looks.append(replace(look, chosen=offer.coordinator, fence=offer.fence) if offer else look)
            if offer:
                return Found(offer, tuple(looks))
    return Found(recalled(by, quest, now), tuple(looks))


def ring_together(by: Searchers, quest: Quest, preference: Preference, now: datetime) -> bool:
    queue = quest.book.queues.get(quest.plan.steps[quest.plan_step].target)
    if quest.account is None or quest.inquiry.channel != "call" or not quest.plan.open or queue is None:
        return False
    wanted = together(queue, preference.order, quest.sticky)
    return wanted and phones_may_ring(by, quest.book, quest.account, now)


def phones_may_ring(by: Searchers, book: Book, account: str, now: datetime) -> bool:
    """Each phone is a request to the provider, made by a worker: without either, or where the caller is asked before
    each ring, one phone at a time rings as ever."""
    if book.policies.record_calls or not followed_lately(by, book.practice, now):
        return False
    with by.db.reading() as tx:
        return not is_resting(tx, account)


def followed_lately(by: Searchers, practice: str, now: datetime) -> bool:
    """A worker's clock has followed the rows within the last seconds. :raises LiveStateDown: when Redis is away."""
    followed = by.live.followed(practice)
    return followed is not None and milliseconds(now) - followed <= NO_CLOCK_MS


def without_sounding(by: Searchers, quest: Quest) -> Quest:
    """Whose phone still rings for another caller is left out, whatever live state says: hers would be busy."""
    if not rings_several(quest.book):
        return quest
    with by.db.reading() as tx:
        ringing = dict.fromkeys(sounding(tx, quest.book.practice), "ringing")
    return replace(quest, tried={**ringing, **quest.tried})


def staffed(book: Book, step: Step, now: datetime) -> bool:
    """A queue rings in its own open hours only; at night that is the rota, or a queue with hours of its own (A-24)."""
    return step.kind == "on_call" or verdict(book.queues[step.target].calendar, now).open


def recalled(by: Searchers, quest: Quest, now: datetime) -> Offer | None:
    """A copy of ourselves may have won the claim before we looked, so that the one it got seemed taken to us."""
    nobody = Preference((), {}, Advance("none"))
    last = quest.plan.steps[-1]
    look = Look(last.target, "ranked", (), asked_on_call({}, now), drawn(quest.inquiry, last, quest.step, None))
    return claimed(by, quest, look, nobody, now)


def looked(by: Searchers, quest: Quest, now: datetime) -> tuple[Look, Preference]:
    step = quest.plan.steps[quest.plan_step]
    draw = drawn(quest.inquiry, step, quest.step, quest.last_tried)
    asked, ordering = asked_here(quest, step, now)
    seen = seen_live(by, quest.book, step, now)
    preference = sticky(prefer(ordering, seen.candidates, asked, draw), quest.sticky)
    return Look(step.target, ordering, seen.candidates, asked, draw, seen.counts), preference


def asked_here(quest: Quest, step: Step, now: datetime) -> tuple[Asked, OrderingName]:
    if step.kind == "on_call":
        return asked_on_call(quest.tried, now), "top_down"
    queue = quest.book.queues[step.target]
    kind: Literal["live_call", "live_chat"] = "live_call" if quest.inquiry.channel == "call" else "live_chat"
    return asked_of_queue(queue, quest.plan, kind, quest.tried, now), queue.live_ordering


def seen_live(by: Searchers, book: Book, step: Step, now: datetime) -> standing.Snapshot:
    """Seats everybody from the rows first where live state was lost."""
    try:
        return snapshot(by, book, step, now)
    except NotSeated:
        reseat(by, book, now)
        return snapshot(by, book, step, now)


def snapshot(by: Searchers, book: Book, step: Step, now: datetime) -> standing.Snapshot:
    def on_shift(who: Coordinator) -> bool:
        return who.shifts is None or verdict(who.shifts, now).open

    if step.kind == "on_call":
        return by.live.snapshot_of(book, rungs(book, step), standing.Look(milliseconds(now), by.real_ms(), on_shift))
    queue, rolled = book.queues[step.target], {}
    if queue.live_ordering in ("fewest_in_window", "least_talk_time"):
        with by.db.reading() as tx:
            rolled = dict(standings_of(tx, book, queue, now))
    return by.live.snapshot(book, queue.id, standing.Look(milliseconds(now), by.real_ms(), on_shift, rolled))


def reseat(by: Searchers, book: Book, now: datetime) -> None:
    with by.db.reading() as tx:
        found, highest = seats(tx, book, now)
    by.live.seat(book, found, highest, milliseconds(now))


def claimed(by: Searchers, quest: Quest, look: Look, preference: Preference, now: datetime) -> Offer | None:
    if monotonic() > by.until:
        raise LiveStateDown("the answer was already given")
    lasts_ms = offer_ms(quest)
    reservation = by.new_id("rs")
    wanted = claims.Offer(quest.book.practice, look.target, quest.inquiry.id, quest.step, reservation, lasts_ms)
    won = by.live.claim(wanted, preference, look.candidates, milliseconds(now))
    if won is None:
        return None
    targets = [step.target for step in quest.plan.steps]
    return Offer(
        id=won.reservation,
        coordinator=won.coordinator,
        kind="call" if quest.inquiry.channel == "call" else "chat",
        queue=won.queue,
        step=quest.step,
        plan_step=targets.index(won.queue) if won.queue in targets else quest.plan_step,
        fence=won.fence,
        expires_at=now + timedelta(milliseconds=lasts_ms),
    )


def offer_ms(quest: Quest) -> int:
    """An offer outlives what is said before the ring, the ring and the whisper: the first follows the greeting, a rota
    rings for longer, and where calls are recorded the caller is asked first."""
    is_call = quest.inquiry.channel == "call"
    more = {
        GREETING_MS: is_call and quest.step == 0,
        ON_CALL_MS: quest.plan.steps[quest.plan_step].kind == "on_call",
        CONSENT_MS: is_call and quest.book.policies.record_calls,
        quest.grace_s * 1000: True,
    }
    return OFFER_MS + sum(ms for ms, holds in more.items() if holds)


def counted_at(plan: Plan, now: datetime) -> datetime:
    return now if plan.open else plan.next_opening or now


def assignee(by: Searchers, quest: Quest, now: datetime) -> tuple[str, tuple[Look, ...]]:
    """Who owns what is not offered now: chosen from rows alone, else the named owner of the plan's last stop. After
    hours those count who are on shift at the next opening (routing-semantics section 2)."""
    at = counted_at(quest.plan, now)
    looks = []
    for step in quest.plan.steps:
        if step.kind == "on_call":
            return step.owner, ()
        queue = quest.book.queues[step.target]
        with by.db.reading() as tx:
            members = candidates_by_rows(tx, quest.book, queue, at)
        asked = asked_of_queue(queue, quest.plan, "later", quest.tried, now)
        draw = drawn(quest.inquiry, step, quest.step, quest.last_tried)
        preference = sticky(prefer(queue.later_ordering, members, asked, draw), quest.sticky)
        chosen = preference.order[0] if preference.order else None
        looks.append(Look(step.target, queue.later_ordering, members, asked, draw, chosen=chosen))
        if chosen:
            return chosen, tuple(looks)
    return quest.plan.steps[-1].owner, tuple(looks)
