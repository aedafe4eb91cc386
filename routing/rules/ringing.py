"""Offer modes in which several phones ring for one caller: how many at once, and what becomes of each (see
routing-semantics section 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from routing.rules.book import Book, OfferMode, Queue

ONE_AT_A_TIME: OfferMode = "one_at_a_time"
NEXT_AFTER = timedelta(seconds=10)
"""Progressive: while the earlier ones go on ringing."""

RingState = Literal["new", "posting", "ringing", "accepted", "over"]
Silencing = Literal["no", "open", "done"]
"""Of the request that ends a leg: not made (or it came to nothing), under way, carried out."""
Following = Literal["nothing", "drop", "silence", "fetch", "settle"]
"""``drop``: the offer ends without a miss. ``silence``: her phone is to be still. ``fetch``: the caller sits alone."""


def rings_several(book: Book) -> bool:
    """Whether it has a queue in which several phones ring."""
    return any(queue.mode != ONE_AT_A_TIME for queue in book.queues.values())


def together(queue: Queue, order: Sequence[str], owner: str | None) -> bool:
    """One phone alone rings as ever, and a known owner who is free is asked before everybody else."""
    return queue.mode != ONE_AT_A_TIME and len(order) > 1 and order[0] != owner


def wanted(queue: Queue, ringing_since: Sequence[datetime], now: datetime) -> int:
    """How many further phones are to ring; ``ringing_since`` are those that stand."""
    if queue.mode == "simultaneous":
        return 0 if ringing_since else queue.phones
    is_early = bool(ringing_since) and now - max(ringing_since) < NEXT_AFTER
    return 0 if is_early or len(ringing_since) >= queue.phones else 1


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone that was to ring. ``offer`` and ``call`` are the states of her reservation and of the caller's inquiry;
    ``is_newest``: the inquiry is at this very offer. ``is_known``: we know her call; ``is_answered``: it was picked up;
    ``is_over``: it has ended. ``is_late``: it should have been made, or answered, by now. ``is_deserted``: for some
    seconds nobody has had the caller."""

    state: RingState
    offer: str
    call: str
    is_newest: bool = False
    is_known: bool = False
    is_answered: bool = False
    is_over: bool = False
    is_late: bool = False
    is_deserted: bool = False
    silencing: Silencing = "no"


def following(at: Phone) -> Following:
    if at.state == "accepted":
        return after_accept(at)
    if at.offer == "pending":
        unheard = at.is_late and not at.is_known
        return "drop" if unheard or at.call != "waiting" else "nothing"
    if at.is_over:
        return "settle"
    if not at.is_known:
        return "settle" if at.state == "new" or at.is_late else "nothing"
    # Who refused by key is hearing so, and hangs up by herself.
    is_told = at.offer == "rejected" and at.is_answered and not at.is_late
    return "nothing" if is_told else ended(at)


def after_accept(at: Phone) -> Following:
    if at.offer == "accepted":
        return "nothing"
    if at.call == "connected":
        if not at.is_newest:
            # Somebody else has her by now, and the transfer looks after the legs.
            return "settle"
        return "fetch" if at.is_deserted else "nothing"
    return "settle" if at.is_over else ended(at)


def ended(at: Phone) -> Following:
    if at.silencing == "no":
        return "silence"
    return "settle" if at.silencing == "done" else "nothing"
