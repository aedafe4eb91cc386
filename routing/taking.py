"""What becomes of the phones that ring for one caller: the first key wins, the others are made still, and none of it
minds being said twice or late (design section 7)."""

from dataclasses import replace
from datetime import datetime, timedelta

from routing.desk import Desk, count_load, release
from routing.going_on import ENDINGS
from routing.links import Links
from routing.rules.asking import milliseconds
from routing.rules.book import Book
from routing.rules.ringing import Phone, Silencing, following
from routing.state.call import ring_ends, rings
from routing.state.call.moves import Move
from routing.state.call.offers import Acceptance, Taken, decline
from routing.state.call.ring_ends import Standing, Taking
from routing.state.call.rings import Freed, LegOver
from routing.state.database import Refused
from routing.state.inbox import answered
from routing.state.ledger import Settled
from routing.state.live.claims import Held
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.lookups import underway

DESERTED = timedelta(seconds=5)
"""So long after the talk her own report should have told what becomes of the caller."""
WITHDRAWN = "withdrawn"


def is_wanted(desk: Desk, inquiry: str, step: int) -> bool:
    """The caller waits, and offer ``step`` of hers still stands."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    made = at.offer(step) if at else None
    return at is not None and at.state == "waiting" and made is not None and made.state == "pending"


def take(desk: Desk, links: Links, said: Acceptance, now: datetime) -> bytes | None:
    """She pressed the key. None when somebody was first, the caller has left, or the offer has ended."""
    repeated = answered(desk.db, said.letter.key)
    if repeated is not None:
        return repeated
    with desk.db.reading() as tx:
        at = underway(tx, said.inquiry)
    book = desk.shelf.book(at.practice) if at else None
    if at is None or at.state != "waiting" or book is None:
        return None
    covering = frozenset({book.practice}) if book.policies.cover else frozenset[str]()
    taking = Taking(said, links.to("offer", said.inquiry, said.step), covering)
    try:
        won = ring_ends.take(desk.db, taking, desk.new_id, now)
    except Refused:
        return answered(desk.db, said.letter.key)
    tell_live(desk, book, won.taken, now)
    for other in won.freed:
        give_back(desk, other, "rescinded", now)
    return said.letter.answer


def tell_live(desk: Desk, book: Book, taken: Taken, now: datetime) -> None:
    """Live state follows the rows; what it misses now it is told by the clock."""
    try:
        held = Held(taken.practice, taken.coordinator, taken.fence)
        desk.by.live.accept(held, "call", book.zone, milliseconds(now))
    except (LiveStateDown, NotSeated):
        pass
    for owner in {taken.coordinator, taken.previous_owner}:
        count_load(desk, taken.practice, owner, now)


def give_back(desk: Desk, who: Freed, settled_as: Settled, now: datetime) -> None:
    release(desk, Held(who.practice, who.coordinator, who.fence), ENDINGS[settled_as], now)


def refuse(desk: Desk, said: Acceptance, now: datetime) -> bytes:
    """She passed; the others go on ringing."""
    if answered(desk.db, said.letter.key) is None:
        with desk.db.reading() as tx:
            at = underway(tx, said.inquiry)
        made = at.offer(said.step) if at else None
        try:
            if decline(desk.db, said, "rejected", now) and at and made:
                give_back(desk, Freed(at.practice, made.coordinator, made.fence), "rejected", now)
        except Refused:
            # A copy was first.
            return said.letter.answer
    return said.letter.answer


def leg_over(desk: Desk, leg: LegOver, now: datetime) -> None:
    """Her leg has ended, pressed or not."""
    who = rings.over(desk.db, leg, now)
    if who:
        give_back(desk, who, leg.settled_as, now)


def call_unmade(desk: Desk, ring: str, code: str, now: datetime) -> None:
    """The provider did not take the call: her offer ends as if never made, and the next is offered one at a time."""
    who = rings.unmade(desk.db, ring, code, now)
    if who:
        give_back(desk, who, "canceled", now)


def settle_all(desk: Desk, links: Links, now: datetime) -> tuple[tuple[str, int], ...]:
    """Takes each phone a step further; those to be called, with the number of the ring."""
    for each in ring_ends.standing(desk.db):
        settle(desk, links, each, now)
    return rings.due(desk.db, now)


def settle(desk: Desk, links: Links, at: Standing, now: datetime) -> None:
    way = following(told(at, now))
    if way == "drop":
        drop(desk, links, at, now)
    elif way == "silence":
        ring_ends.still(desk.db, at, desk.new_id("mv"), now)
    elif way == "fetch":
        url = links.to("offer", at.row.inquiry_id, at.row.step)
        row = at.row
        move = Move(desk.new_id("mv"), row.practice_id, row.inquiry_id, at.call_sid, row.account, url, "alone", now)
        ring_ends.fetch(desk.db, at, move, now)
    elif way == "settle":
        ring_ends.settle(desk.db, at, now)


def told(at: Standing, now: datetime) -> Phone:
    row, ended = at.row, at.offer_settled_at
    return Phone(
        state=row.state,
        offer=at.offer,
        call=at.call,
        is_newest=at.step == row.step,
        is_known=row.sid is not None,
        is_answered=row.answered_at is not None,
        is_over=row.code is not None or row.created_at <= now - ring_ends.FORGOTTEN,
        is_late=row.until <= now,
        is_deserted=ended is not None and ended <= now - DESERTED,
        silencing=silencing(at),
    )


def silencing(at: Standing) -> Silencing:
    """A caller who leaves withdraws every request of her call: that one is made again."""
    if at.row.move_id is None or at.move_code == WITHDRAWN:
        return "no"
    return "done" if at.move_settled else "open"


def drop(desk: Desk, links: Links, at: Standing, now: datetime) -> None:
    """No miss of hers. A call that was never heard of counts as one that cannot be made."""
    if at.call == "waiting":
        call_unmade(desk, at.row.id, "too_late" if at.row.state == "new" else "unheard", now)
        return
    state: Settled = "rescinded" if at.call == "connected" else "canceled"
    who = ring_ends.drop(desk.db, at, state, now)
    if who:
        give_back(desk, who, state, now)
    settle(desk, links, replace(at, offer=state), now)
