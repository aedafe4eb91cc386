"""Callbacks: each promise of a call gets a row, and in its turn a coordinator who is really there, whose phone is rung
first (design section 7)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from routing.desk import Desk, count_load, give_up, release, take_back, wrap_up
from routing.going_on import ENDINGS
from routing.links import Links
from routing.pursuit import Quest
from routing.recalling import recalled
from routing.rules.asking import WHY_NOT_AGAIN
from routing.rules.book import Book
from routing.rules.lawful.ledger import Via
from routing.rules.receipt import Decision
from routing.searching import patient_search
from routing.state.call.rings import Freed
from routing.state.callback import callbacks, dial_ends, dials
from routing.state.callback.bars import Bar, bar, put_off
from routing.state.callback.callbacks import Asked, Due, Kind, Owed, Unopened, open_callback
from routing.state.callback.dial_ends import Over
from routing.state.callback.dials import Begun, Phone
from routing.state.database import DatabaseDown, Refused
from routing.state.leases import Ring
from routing.state.ledger import Offer, Settled
from routing.state.live.claims import Held
from routing.state.lookups import Underway, underway

PASS = timedelta(minutes=10)
"""Whoever passed a callback on, or did not answer, is not asked for it again so soon."""
ASKED_FOR: Mapping[str, Via] = {"callback_chosen": "hold", "voicemail_left": "voicemail"}
"""Promises that the person chose; the others were made to her because she rang and nobody talked to her."""


def open_owed(desk: Desk, now: datetime, most: int) -> int:
    """A row for each promise of a call that has none."""
    found = callbacks.unopened(desk.db, most)
    for each in found:
        with desk.db.reading() as tx:
            at = underway(tx, each.inquiry)
        if at is None or desk.shelf.book(at.practice) is None:
            continue
        try:
            with desk.db.writing() as tx:
                open_callback(tx, owed(desk, at, each, now), desk.new_id, now)
        except Refused:
            # Another clock was first.
            continue
        count_load(desk, at.practice, at.owner, now)
    return len(found)


def owed(desk: Desk, at: Underway, promise: Unopened, now: datetime) -> Owed:
    """Asked for from the line: when it is her turn, with her place. Whoever only hung up has left the line and comes
    after those who were on it then. Told that we are closed: at the opening. At night, told "as soon as possible" and
    choosing it: now, which is a time of hers. A promise by hand is no wish of hers, whatever its reason is called, and
    is kept when it is due."""
    _, planned, told = recalled(desk.shelf, at)
    on_call = bool(planned.steps) and planned.steps[0].kind == "on_call"
    rang: Via | None = "call" if told.inquiry.channel == "call" else None
    via = None if promise.by_hand else ASKED_FOR.get(promise.reason, rang)
    chosen_at = promise.created_at if on_call and via == "hold" else None
    at_once = (planned.open or on_call) and not promise.by_hand
    waits_since = planned.effective_start if at_once else promise.due_at
    if at_once and via == "call":
        waits_since = promise.created_at
    kind: Kind = "time" if chosen_at else "voicemail" if via == "voicemail" and at_once else "turn"
    return Owed(
        practice=at.practice,
        lead=at.lead,
        person=at.person,
        inquiry=at.id,
        task=promise.task,
        kind=kind if at_once else "opening",
        due_at=promise.created_at if at_once else promise.due_at,
        waiting_key=callbacks.key_at(planned.effective_start, at.waiting_key, waits_since),
        asked=Asked(via, at.received_at if via == "call" else promise.created_at, chosen_at) if via else None,
    )


def call_back(desk: Desk, links: Links, due: Due, now: datetime) -> Ring | None:
    """The bell of a dial, if somebody could be claimed for it. The owner is asked first, then the plan in its order."""
    with desk.db.reading() as tx:
        row = callbacks.found(tx, due.id)
        at = underway(tx, row.inquiry_id) if row else None
        rules = desk.shelf.book(due.practice)
        if row is None or at is None or rules is None:
            return None
        at_earliest = max(now, row.due_at)
        why = bar(tx, desk.db.vault, rules, row, at_earliest)
    if why:
        put_off_now(desk, at, row, why, now)
        return None
    planned_in, quest, decision = sought(desk, rules, at, now)
    if is_resting(desk, at):
        return None
    phone_of = shown_on(desk, rules, at)
    if phone_of is None:
        put_off_now(desk, at, row, Bar("no_number_to_show", "person"), now)
        return None
    found, _ = patient_search(desk.by, quest, now)
    if found.offer is None:
        return None
    decision = replace(decision, looks=found.looks, effects=(found.offer.id,))
    phone = phone_to(desk, links, (at.id, rules), found.offer, phone_of)
    return begun(desk, Begun(rules, planned_in, decision, row.id, at_earliest, phone), now)


def put_off_now(desk: Desk, at: Underway, row: Any, why: Bar, now: datetime) -> None:
    """A state that waiting changes by itself is not written down each second."""
    if why.state == "due" and why.until is None:
        return
    with desk.db.writing() as tx:
        put_off(tx, row, why, now)
    if why.state != "due":
        count_load(desk, at.practice, at.owner, now)


def is_resting(desk: Desk, at: Underway) -> bool:
    """While the provider refuses our login nobody is claimed for a ring that cannot be made (F33)."""
    with desk.db.reading() as tx:
        _, _, account = callbacks.came_by(tx, at.id)
        return callbacks.resting(tx, account)


def sought(desk: Desk, rules: Book, at: Underway, now: datetime) -> tuple[Book, Quest, Decision]:
    """As for a live call, with the place in the line that she has kept."""
    planned_in, planned, told = recalled(desk.shelf, at)
    step = max(at.step, *(made.step for made in at.offers), 0) + 1
    last = at.offers[-1].coordinator if at.offers else None
    with desk.db.reading() as tx:
        unrung = callbacks.unrung(tx, at.id)
    inquiry = replace(told.inquiry, channel="call")
    quest = Quest(
        rules, inquiry, planned, 0, step, lately_tried(at, unrung, now), last, at.owner, grace_s=dials.GRACE_S
    )
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger="callback",
        inquiry=told.inquiry,
        person=told.person,
        planned_at=told.planned_at,
        lead=at.lead,
        owner=at.owner,
    )
    return planned_in, quest, decision


def lately_tried(at: Underway, unrung: frozenset[int], now: datetime) -> Mapping[str, str]:
    """``unrung``: steps whose phone was never asked for, through no fault of hers."""
    return {
        made.coordinator: WHY_NOT_AGAIN.get(made.state, "tried")
        for made in at.offers
        if made.was_asked and (made.settled_at is None or now - made.settled_at < PASS)
        if made.state not in ("accepted", "wrapping", "completed") and made.step not in unrung
    }


def shown_on(desk: Desk, rules: Book, at: Underway) -> tuple[str, str] | None:
    """The provider's account, if she called, and a number: the one she called, else one of her campaign, else any of
    the practice's."""
    with desk.db.reading() as tx:
        dialled, campaign, account = callbacks.came_by(tx, at.id)
    ours = rules.tracking_numbers
    of_campaign = (number for number, tracked in ours.items() if tracked.campaign == campaign)
    shown = dialled if dialled in ours else next(of_campaign, next(iter(ours), None))
    return (account, shown) if shown else None


def phone_to(desk: Desk, links: Links, of: tuple[str, Book], offer: Offer, shown: tuple[str, str]) -> Phone:
    inquiry, rules = of
    return Phone(
        desk.new_id("dl"),
        offer,
        account=shown[0],
        number=rules.coordinators[offer.coordinator].phone,
        shown=shown[1],
        url=links.to("callback", inquiry, offer.step),
        progress=links.to("callbackleg", inquiry, offer.step),
    )


def begun(desk: Desk, new: Begun, now: datetime) -> Ring | None:
    offer = new.phone.offer
    try:
        why = dials.begin(desk.db, new, now)
    except DatabaseDown:
        give_up(desk, new.rules, offer, now)
        raise
    except Refused:
        take_back(desk, new.rules, offer, f"callback:{new.decision.inquiry.id}:{offer.step}", now)
        return None
    if why:
        give_up(desk, new.rules, offer, now)
        return None
    return Ring(new.phone.id, 1)


def free(desk: Desk, who: Freed | None, settled_as: Settled, now: datetime) -> None:
    """Live state follows the rows; what it misses now it is told by the clock."""
    if who:
        release(desk, Held(who.practice, who.coordinator, who.fence), ENDINGS[settled_as], now)


def call_over(desk: Desk, over: Over, now: datetime) -> None:
    """The talk, or the attempt, has ended."""
    ended = dial_ends.call_over(desk.db, over, desk.shelf.books, desk.new_id, now)
    if ended is None:
        return
    wrap_up(desk, Held(ended.practice, ended.coordinator, ended.fence), ended.wrap_until, now)
    count_load(desk, ended.practice, ended.coordinator, now)
