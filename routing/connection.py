"""What becomes of an offer: accepted, refused, talked to its end, left by the caller. All of it may be repeated."""

from dataclasses import dataclass, replace
from datetime import datetime

from routing.desk import Desk, count_load, release, settled_elsewhere, wrap_up
from routing.promising import owed, promised
from routing.recalling import recalled
from routing.rules.asking import milliseconds
from routing.rules.book import Book
from routing.rules.hours import add_open_seconds
from routing.rules.mismatch import MISMATCH, still_wanted
from routing.rules.values import Person, Plan
from routing.state.call import offers, talks
from routing.state.call.moves import arrived
from routing.state.call.offers import Acceptance
from routing.state.call.talks import SHORT_CALL, Departure, GivenUp, Talk
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.state.ledger import Promise
from routing.state.live.claims import Held
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.lookups import underway

TAKEN = ("accepted", "wrapping", "completed")


@dataclass(frozen=True, slots=True)
class Offering:
    """One offer as its whisper tells it. ``is_pending`` is False once it was settled or the caller has left,
    ``was_accepted`` True once somebody had taken it."""

    book: Book
    plan: Plan
    person: Person
    coordinator: str
    step: int
    is_pending: bool
    was_accepted: bool


def offering(desk: Desk, inquiry: str, step: int) -> Offering | None:
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    made = at.offer(step) if at else None
    if at is None or made is None:
        return None
    book, planned, told = recalled(desk.shelf, at)
    pending = made.state == "pending" and at.state == "offered"
    return Offering(book, planned, told.person, made.coordinator, made.step, pending, made.state in TAKEN)


def current_offer(desk: Desk, inquiry: str, now: datetime) -> Offering | None:
    """The offer that stands; her call has arrived where it was sent, so it needs no further request."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    if at is None or at.state != "offered" or at.sid is None:
        return None
    with desk.db.writing() as tx:
        arrived(tx, at.sid, now)
    offer = offering(desk, inquiry, at.step)
    return offer if offer and offer.is_pending else None


def accept(desk: Desk, said: Acceptance, now: datetime) -> bytes | None:
    """The coordinator pressed the key. None when the offer is no longer theirs: the caller left, it expired, or it
    went to somebody else."""
    repeated = answered(desk.db, said.letter.key)
    if repeated is not None:
        return repeated
    try:
        taken = offers.accept(desk.db, said, desk.new_id, now, covering(desk))
    except Refused:
        return answered(desk.db, said.letter.key)
    book = desk.shelf.book(taken.practice)
    try:
        held = Held(taken.practice, taken.coordinator, taken.fence)
        desk.by.live.accept(held, taken.kind, book.zone if book else "UTC", milliseconds(now))
    except (LiveStateDown, NotSeated):
        pass
    for owner in {taken.coordinator, taken.previous_owner}:
        count_load(desk, taken.practice, owner, now)
    return said.letter.answer


def covering(desk: Desk) -> frozenset[str]:
    """The practices in which whoever answers another's lead covers for the owner (S-21)."""
    return frozenset(practice for practice, book in desk.shelf.books.items() if book.policies.cover)


def decline(desk: Desk, said: Acceptance, now: datetime) -> bytes:
    """The coordinator refused by key; the caller's leg asks for the next one by itself."""
    repeated = answered(desk.db, said.letter.key)
    if repeated is not None:
        return repeated
    try:
        offers.decline(desk.db, said, "rejected", now)
    except Refused:
        return settled_elsewhere(desk, said.letter.key)
    return said.letter.answer


def talk_over(desk: Desk, talk: Talk, now: datetime) -> bool:
    """Wrap-up begins; True for whichever report came first."""
    ended = talks.talk_over(desk.db, replace(talk, follow_up=follow_up(desk, talk, now)), now)
    if ended is None:
        return False
    wrap_up(desk, Held(ended.practice, ended.coordinator, ended.fence), ended.wrap_until, now)
    count_load(desk, ended.practice, ended.coordinator, now)
    return True


def follow_up(desk: Desk, talk: Talk, now: datetime) -> Promise | None:
    """Somebody else has talked to a caller who asked for a service: whoever has that service still owes her (A-34)."""
    with desk.db.reading() as tx:
        at = underway(tx, talk.inquiry)
    made = at.offer(talk.step) if at else None
    if at is None or made is None:
        return None
    book, planned, told = recalled(desk.shelf, at)
    wanted = still_wanted(book, planned, made.queue)
    if wanted is None:
        return None
    due_at = add_open_seconds(wanted.calendar, now, book.categories[planned.category or ""].response_target_s)
    kind = owed(planned, told.inquiry, at.has_number)
    return Promise(desk.new_id("tk"), kind, wanted.owner, MISMATCH, due_at, wanted.id)


def hang_up(desk: Desk, inquiry: str, letter: Letter, now: datetime) -> bool:
    """The caller's leg is over: a talk ends, or she left before anybody had her. False when the rows do
    not know the call."""
    with desk.db.reading() as tx:
        at = underway(tx, inquiry)
    if at is None or at.state == "ended":
        return at is not None
    book, planned, told = recalled(desk.shelf, at)
    owed = promised(desk.new_id, planned, told.inquiry, at.owner, at.has_number)
    talk = Talk(inquiry, at.step, None, "gone", replace(owed, reason="cut_short"))
    if at.state == "connected":
        talk_over(desk, talk, now)
        return True
    outcome: GivenUp = "short" if now - at.received_at < SHORT_CALL else "abandoned"
    gone = Departure(inquiry, outcome, replace(owed, reason=outcome), letter)
    try:
        left = talks.caller_left(desk.db, gone, now)
    except Refused:
        return True
    if left is None:
        # Somebody pressed the key in the same moment: then it was a talk, if a short one.
        talk_over(desk, talk, now)
        return True
    for who in left.freed:
        release(desk, Held(who.practice, who.coordinator, who.fence), "returned", now)
    count_load(desk, book.practice, at.owner, now)
    return True
