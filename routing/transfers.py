"""Attended transfers: a caller is held in a conference while the target's phone rings, and is never without a next
step (design section 7)."""

from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import cast

from routing.desk import Desk, count_load, release, take_back
from routing.links import Links
from routing.promising import promised
from routing.pursuit import Quest
from routing.recalling import recalled
from routing.rules.asking import milliseconds
from routing.rules.book import Book, Queue
from routing.rules.receipt import Decision
from routing.rules.transfer_targets import TransferRefused, Wish, aimed, stop
from routing.rules.transferring import Following, TransferState, Underway, following
from routing.searching import search
from routing.state.call.moves import Move
from routing.state.call.offers import Acceptance
from routing.state.conference import conferences, transfer_ends, transfers
from routing.state.conference.transfer_ends import Handed, Taking, Unsettled
from routing.state.conference.transfer_rings import TARGETS
from routing.state.conference.transfers import Asking, Leg, Standing, Wanted
from routing.state.database import Refused
from routing.state.inbox import answered
from routing.state.ledger import Offer, Promise
from routing.state.live.claims import Ending, Held
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated
from routing.state.lookups import Underway as Call
from routing.state.lookups import underway

TRIES = 3
ENDINGS: dict[Unsettled, Ending] = {"timeout": "missed", "rejected": "rejected", "canceled": "returned"}


class UnknownCall(LookupError):
    """The practice has no such call."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``target`` is who is being rung."""

    id: str
    target: str
    queue: str


def ask(desk: Desk, links: Links, book: Book, wish: Wish, now: datetime) -> Asked:
    """Claims somebody of the target, then sends the first coordinator's leg to the conference; she has the caller until
    then, and again whenever it comes to nothing.

    :raises UnknownCall: UnknownTarget, UnknownCategory, TransferRefused; LiveStateDown when Redis does not answer.
    """
    for extra in range(TRIES):
        call, leg = talk_of(desk, book, wish.call)
        queue = stop(book, wish, first_of(call), now)
        offer, decision = somebody(desk, book, queue, (call, wish, extra), now)
        planned_in = desk.shelf.version(call.practice, call.version)
        wanted = Wanted(
            id=desk.new_id("tr"),
            mode=wish.mode,
            reason=wish.reason,
            by=wish.by,
            first=first_of(call),
            number=book.coordinators[offer.coordinator].phone,
            invite=links.to("invite", call.id, offer.step),
            progress=links.to("invited", call.id, offer.step),
            category=wish.category,
            payer=wish.payer,
            location=wish.target if wish.kind == "location" else None,
        )
        url = links.to("conference", call.id, call.step)
        move = Move(
            desk.new_id("mv"), book.practice, call.id, leg.coordinator_sid, call.account or "", url, "transfer", now
        )
        try:
            transfers.ask(desk.db, Asking(planned_in, decision, call.step, wanted, offer, move), now)
        except Refused:
            take_back(desk, book, offer, f"transfer:{call.id}:{offer.step}", now)
            continue
        return Asked(wanted.id, offer.coordinator, offer.queue)
    raise TransferRefused("nobody_free")


def talk_of(desk: Desk, book: Book, call: str) -> tuple[Call, Leg]:
    with desk.db.reading() as tx:
        at = underway(tx, call)
        if at is None or at.practice != book.practice:
            raise UnknownCall
        leg = transfers.leg(tx, call, at.step) if at.sid and at.account else None
        if leg is None:
            raise TransferRefused("not_live")
        if transfers.is_open(tx, call) or conferences.is_busy(tx, call):
            raise TransferRefused("under_way")
    return at, leg


def first_of(call: Call) -> str:
    offer = call.offer(call.step)
    if offer is None:
        raise TransferRefused("not_live")
    return offer.coordinator


def somebody(
    desk: Desk, book: Book, queue: Queue, asked: tuple[Call, Wish, int], now: datetime
) -> tuple[Offer, Decision]:
    """Claims whoever of the queue comes first, the transferring coordinator excepted."""
    call, wish, extra = asked
    _, planned, told = recalled(desk.shelf, call)
    narrowed = replace(book, queues=MappingProxyType({**book.queues, queue.id: queue}))
    step = max(made.step for made in call.offers) + 1 + extra
    quest = Quest(narrowed, told.inquiry, aimed(planned, queue, wish), 0, step, {first_of(call): "transferring"})
    found, degraded = search(desk.by, quest, now)
    if degraded:
        raise LiveStateDown("no claim")
    if found.offer is None:
        raise TransferRefused("nobody_free")
    decision = Decision(
        id=desk.new_id("dc"),
        at=now,
        trigger="transfer",
        inquiry=told.inquiry,
        person=told.person,
        planned_at=told.planned_at,
        lead=call.lead,
        owner=call.owner,
        looks=found.looks,
        effects=(found.offer.id,),
    )
    return found.offer, decision


def accept(desk: Desk, links: Links, said: Acceptance, now: datetime) -> bytes | None:
    """The target pressed the key. None when the caller has left or is elsewhere by now (F38)."""
    repeated = answered(desk.db, said.letter.key)
    if repeated is not None:
        return repeated
    at = transfers.to_target(desk.db, said.inquiry, said.step, now)
    book = desk.shelf.book(at.row.practice_id) if at else None
    if at is None or book is None:
        return None
    url = links.to("released", said.inquiry, at.row.first_step)
    freed = Move(desk.new_id("mv"), book.practice, said.inquiry, at.call_sid, at.account, url, "release", now)
    try:
        handed = transfer_ends.accept(desk.db, Taking(book, said, freed), desk.new_id, now)
    except Refused:
        return answered(desk.db, said.letter.key)
    tell_live(desk, book, handed, now)
    return said.letter.answer


def tell_live(desk: Desk, book: Book, handed: Handed, now: datetime) -> None:
    """Live state follows the rows; what it misses now it is told by the clock."""
    try:
        desk.by.live.accept(Held(handed.practice, handed.target, handed.fence), "call", book.zone, milliseconds(now))
        if handed.left:
            first = Held(handed.practice, handed.left.coordinator, handed.left.fence)
            desk.by.live.wrap_up(first, milliseconds(handed.left.wrap_until), milliseconds(now))
    except (LiveStateDown, NotSeated):
        pass
    for owner in {handed.target, handed.previous}:
        count_load(desk, handed.practice, owner, now)


@dataclass(frozen=True, slots=True)
class Declined:
    """``code`` is ``rejected`` for a key, else how the target's leg ended."""

    inquiry: str
    step: int
    code: str


def decline(desk: Desk, links: Links, said: Declined, now: datetime) -> None:
    """The target refused or did not answer; the caller goes back at once."""
    at = transfers.to_target(desk.db, said.inquiry, said.step, now)
    if at is None or at.row.settled_at is not None or at.row.state not in transfers.BEFORE_ACCEPT:
        return
    TARGETS.unreachable(desk.db, at.id, said.code, now)
    at = transfers.to_target(desk.db, said.inquiry, said.step, now)
    if at is not None:
        settle(desk, links, at, now)


def settle_all(desk: Desk, links: Links, now: datetime) -> tuple[tuple[str, int], ...]:
    """Takes each transfer a step further; the targets whose phones are to be rung, with the number of the ring."""
    wait = [each.id for each in transfers.underway(desk.db, now) if settle(desk, links, each, now) == "ring"]
    return TARGETS.rung(desk.db, wait, now)


def settle(desk: Desk, links: Links, at: Standing, now: datetime) -> Following:
    way = following(told(at, now))
    if way in ("nothing", "ring"):
        return way
    how = outcome(at, now) if way != "over" else "canceled"
    code = {"stay": "move_refused", "over": "caller_left"}.get(way, how)
    moves = [*sent(desk, links, at, way, now), *silenced(desk, at, now)]
    owed = promise(desk, at) if way == "over" else None
    ending = transfer_ends.Ending(at, code, how, tuple(moves), owed)
    verb = {"give_back": transfer_ends.give_back, "to_line": transfer_ends.to_line}.get(way, transfer_ends.stay)
    if verb(desk.db, ending, now) and at.target_state == "pending":
        release(desk, Held(at.row.practice_id, at.row.target, at.target_fence), ENDINGS[how], now)
    return way


def told(at: Standing, now: datetime) -> Underway:
    """A move that was surely never made leaves the bridge as it was. Whoever cannot be sent for the caller is as good
    as gone."""
    unmade = at.move_state == "refused" or (at.move_state == "void" and at.move_attempts == 0)
    unreached = at.row.state == "returning" and at.move_state in ("refused", "void")
    return Underway(
        state=cast("TransferState", at.row.state),
        is_live=at.call_state == "connected",
        caller_in=at.row.caller_joined_at is not None,
        first_on=at.first_on and not unreached,
        target_pending=at.target_state == "pending",
        is_late=at.row.until <= now,
        move_open=at.move_state in ("new", "claimed", "posting", "ambiguous"),
        move_refused=unmade,
        is_deserted=at.deserted,
    )


def break_off(desk: Desk, at: Standing, now: datetime) -> None:
    """The conference ended under the caller before anybody had her: she waits in the line, where her call goes by its
    own answer."""
    ending = transfer_ends.Ending(at, "conference_ended", "canceled", tuple(silenced(desk, at, now)))
    if transfer_ends.to_line(desk.db, ending, now) and at.target_state == "pending":
        release(desk, Held(at.row.practice_id, at.row.target, at.target_fence), "returned", now)


def outcome(at: Standing, now: datetime) -> Unsettled:
    """What the target's offer ends as; a leg of ours that failed is not her miss."""
    if at.row.code == "rejected":
        return "rejected"
    return "timeout" if at.row.target_sid and at.row.until <= now and at.row.code != "failed" else "canceled"


def sent(desk: Desk, links: Links, at: Standing, way: Following, now: datetime) -> list[Move]:
    """The leg that goes elsewhere: the first coordinator's to the caller, or the caller's to the line."""
    row = at.row
    if way == "give_back":
        url, sid = links.to("conference", row.inquiry_id, row.first_step), at.first_sid
    elif way == "to_line":
        url, sid = links.to("line", row.inquiry_id, row.target_step), at.call_sid
    else:
        return []
    return [Move(desk.new_id("mv"), row.practice_id, row.inquiry_id, sid, at.account, url, way, now)]


def silenced(desk: Desk, at: Standing, now: datetime) -> list[Move]:
    """The target's phone stops ringing. One whose call nobody has heard of yet hears that nobody is waiting."""
    row = at.row
    if not row.target_sid or row.code or row.state not in transfers.BEFORE_ACCEPT:
        return []
    return [Move(desk.new_id("mv"), row.practice_id, row.inquiry_id, row.target_sid, at.account, "", "hang_up", now)]


def promise(desk: Desk, at: Standing) -> Promise | None:
    """Who left while being transferred is called back."""
    with desk.db.reading() as tx:
        call = underway(tx, at.row.inquiry_id)
    if call is None:
        return None
    _, planned, stated = recalled(desk.shelf, call)
    return replace(
        promised(desk.new_id, planned, stated.inquiry, call.owner, call.has_number), reason="left_in_transfer"
    )


def reached(desk: Desk, inquiry: str, step: int, sid: str, now: datetime) -> None:
    """The target's leg reports that it is there, should the answer to the request have been lost."""
    at = transfers.to_target(desk.db, inquiry, step, now)
    if at is not None and at.row.target_sid is None:
        TARGETS.is_ringing(desk.db, at.id, sid)
