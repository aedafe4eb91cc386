"""Several phones begin to ring for one caller, who stays in the line meanwhile (design section 7)."""

from dataclasses import dataclass, replace
from datetime import datetime

from routing.ahead import Seeking
from routing.desk import Desk, give_up, take_back
from routing.links import Links
from routing.pursuit import Found, Quest, phones_may_ring
from routing.rules.book import Book, Queue
from routing.rules.orderings import prefer, sticky
from routing.rules.receipt import Decision, Look
from routing.rules.ringing import together, wanted
from routing.searching import search
from routing.state.call import rings
from routing.state.call.rings import Phone, Round
from routing.state.database import DatabaseDown, Refused
from routing.state.ledger import Offer
from routing.state.lookups import Offered, Underway

EVERY_S = 2
"""The account starts a call a second, and a bell that came too early is rung again a second later."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A caller in the line; ``decision`` is written once its looks and effects are known."""

    seeks: Seeking
    decision: Decision

    @property
    def at(self) -> Underway:
        return self.seeks.at

    @property
    def quest(self) -> Quest:
        return self.seeks.quest

    @property
    def book(self) -> Book:
        return self.quest.book

    def has_waited(self, now: datetime) -> bool:
        """As long as anybody has to: then those that ring are the last."""
        return (now - self.at.received_at).total_seconds() >= self.book.policies.longest_wait_s


@dataclass(frozen=True, slots=True)
class Claims:
    offers: tuple[Offer, ...]
    looks: tuple[Look, ...]


def may_ring(desk: Desk, who: Waits, now: datetime) -> bool:
    """Where a call could not be made before, one phone at a time rings as ever."""
    at = who.at
    if at.account is None or at.sid is None or who.has_waited(now) or any(made.is_unmade for made in at.offers):
        return False
    return phones_may_ring(desk.by, who.book, at.account, now)


def is_for_several(desk: Desk, who: Waits, found: Found, now: datetime) -> bool:
    """Whether the one who was found is the first of several to ring."""
    queue = queue_of(who, found.offer)
    if queue is None or not found.looks:
        return False
    look = found.looks[-1]
    order = sticky(prefer(look.ordering, look.candidates, look.asked, look.draw), who.quest.sticky).order
    return together(queue, order, who.quest.sticky) and may_ring(desk, who, now)


def queue_of(who: Waits, made: Offer | Offered | None) -> Queue | None:
    """None for a rota, which always rings one after the other."""
    return who.book.queues.get(made.queue) if made else None


def ring(desk: Desk, links: Links, who: Waits, found: Found, now: datetime) -> None:
    """``found`` is the first; as many more as the queue wants at once are claimed beside her."""
    first, queue = found.offer, queue_of(who, found.offer)
    if first is None or queue is None:
        return
    claims = Claims((first,), found.looks)
    for further in range(1, wanted(queue, (), now)):
        here = at_stop(who.quest, first.plan_step)
        beside, _ = search(desk.by, replace(here, step=first.step + further, grace_s=EVERY_S * further), now)
        claims = added(claims, beside)
        if beside.offer is None:
            break
    begin(desk, links, who, claims, now)


def ring_more(desk: Desk, links: Links, who: Waits, now: datetime) -> None:
    """While some ring already: the next of a progressive queue, when her time has come."""
    standing = who.at.standing(now)
    queue, since = queue_of(who, standing[-1]), [made.created_at for made in standing]
    if queue is None or not wanted(queue, since, now) or not may_ring(desk, who, now):
        return
    found, _ = search(desk.by, at_stop(who.quest, standing[-1].plan_step), now)
    begin(desk, links, who, added(Claims((), ()), found), now)


def at_stop(quest: Quest, stop: int) -> Quest:
    """Somebody of this stop; whoever was to be asked before all others has been."""
    return replace(quest, plan=replace(quest.plan, steps=quest.plan.steps[: stop + 1]), plan_step=stop, sticky=None)


def added(claims: Claims, found: Found) -> Claims:
    """A look that found nobody decides nothing."""
    if found.offer is None:
        return claims
    return Claims((*claims.offers, found.offer), (*claims.looks, *found.looks))


def begin(desk: Desk, links: Links, who: Waits, claims: Claims, now: datetime) -> None:
    """Rows first; the clock rings for them."""
    if not claims.offers or who.at.account is None:
        return
    called = tuple(phone(desk, links, who, offer) for offer in claims.offers)
    decision = replace(who.decision, looks=claims.looks, effects=tuple(offer.id for offer in claims.offers))
    try:
        rings.ring(desk.db, Round(who.seeks.planned_in, decision, who.at.step, who.at.account, called), now)
    except DatabaseDown:
        for offer in claims.offers:
            give_up(desk, who.book, offer, now)
        raise
    except Refused:
        for offer in claims.offers:
            take_back(desk, who.book, offer, f"ring:{who.at.id}:{offer.step}", now)


def phone(desk: Desk, links: Links, who: Waits, offer: Offer) -> Phone:
    answer, news = links.to("ring", who.at.id, offer.step), links.to("rung", who.at.id, offer.step)
    return Phone(desk.new_id("rg"), offer, who.book.coordinators[offer.coordinator].phone, answer, news)
