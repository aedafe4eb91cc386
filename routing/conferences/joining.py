"""A third party comes into the talk, or the caller is referred to an affiliate outside the practice."""

from dataclasses import dataclass, replace

from routing.conferences.holding import asking as holding
from routing.conferences.opening import Asker, Talk, none_rung, opening, talk_of
from routing.desk import take_back
from routing.rules.book import Affiliate, Book
from routing.rules.conferring import GuestKind
from routing.rules.transfer_targets import TransferRefused, UnknownTarget, Wish, stop
from routing.rules.transferring import Mode
from routing.state.conference import guests
from routing.state.conference.guests import Guest, GuestAsked
from routing.state.database import Refused
from routing.transfers import somebody

TRIES = 3


@dataclass(frozen=True, slots=True)
class Invitation:
    """``target`` is a coordinator's or an affiliate's id, or a number in E.164."""

    call: str
    kind: GuestKind
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Invited:
    id: str
    who: str


def join(asker: Asker, wish: Invitation, who: str) -> Invited:
    """Rings the third party; the two go on talking meanwhile. ``who`` has the caller.

    :raises UnknownCall: UnknownTarget, TransferRefused; LiveStateDown when Redis does not answer.
    """
    if wish.kind == "coordinator":
        return join_coordinator(asker, wish, who)
    talk = talk_of(asker, wish.call, who)
    phone, whom = wish.target, ""
    if wish.kind == "affiliate":
        affiliate = affiliate_of(asker.book, wish.target)
        phone, whom = affiliate.number, affiliate.id
    made = guest(asker, talk, wish, (whom, phone))
    return asked(asker, GuestAsked(opening(asker, talk), made))


def join_coordinator(asker: Asker, wish: Invitation, who: str) -> Invited:
    """She is claimed like anybody who is offered a call, so that nobody else rings her (I1)."""
    desk, book, now = asker.desk, asker.book, asker.now
    for extra in range(TRIES):
        talk = talk_of(asker, wish.call, who)
        none_rung(desk, wish.call, supervises=False)
        aim = Wish(wish.call, "coordinator", wish.target, "warm", wish.reason, asker.by)
        queue = stop(book, aim, talk.coordinator, now)
        offer, decision = somebody(desk, book, queue, (talk.call, aim, extra), now)
        made = guest(asker, talk, wish, (offer.coordinator, book.coordinators[offer.coordinator].phone))
        planned_in = desk.shelf.version(talk.call.practice, talk.call.version)
        at_stop = replace(offer, plan_step=first_stop(talk))
        try:
            return asked(asker, GuestAsked(opening(asker, talk), made, at_stop, decision, planned_in))
        except TransferRefused:
            take_back(desk, book, offer, f"join:{talk.call.id}:{offer.step}", now)
    raise TransferRefused("under_way")


def first_stop(talk: Talk) -> int:
    """Should the talk break off, the plan goes on from where it is."""
    offer = talk.call.offer(talk.call.step)
    return offer.plan_step if offer else 0


def hand_over(asker: Asker, wish: Invitation, mode: Mode) -> Invited:
    """The caller is held while the affiliate's phone rings, and is back with the one she had unless a key is pressed.

    :raises UnknownCall: UnknownTarget, TransferRefused.
    """
    talk, affiliate = talk_of(asker, wish.call), affiliate_of(asker.book, wish.target)
    made = replace(
        guest(asker, talk, wish, (affiliate.id, affiliate.number)),
        role="handover",
        mode=mode,
        contract=affiliate.contract or None,
        disclosure=affiliate.disclosure or None,
        owner=affiliate.owner,
    )
    return asked(asker, GuestAsked(opening(asker, talk), made, hold=holding(asker, talk)))


def affiliate_of(book: Book, target: str) -> Affiliate:
    if target not in book.affiliates:
        raise UnknownTarget
    return book.affiliates[target]


def guest(asker: Asker, talk: Talk, wish: Invitation, whom: tuple[str, str]) -> Guest:
    who, phone = whom
    call, number = talk.call.id, talk.number
    return Guest(
        id=asker.desk.new_id("gu"),
        number=number,
        role="third",
        kind=wish.kind,
        who=who,
        phone=phone,
        mode="talk",
        reason=wish.reason,
        by=asker.by,
        first=talk.coordinator,
        invite=asker.links.to("guest", call, number),
        progress=asker.links.to("guestleg", call, number),
    )


def asked(asker: Asker, asking: GuestAsked) -> Invited:
    """:raises TransferRefused: ``under_way`` when somebody else is rung for this call, or it has just ended."""
    try:
        guests.ask(asker.desk.db, asking, asker.now)
    except Refused:
        raise TransferRefused("under_way") from None
    return Invited(asking.guest.id, asking.guest.who)
