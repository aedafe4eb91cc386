"""A supervisor listens to a live talk, whispers to its coordinator, or speaks to both."""

from dataclasses import dataclass, replace
from datetime import timedelta

from routing.conferences.joining import Invitation, asked, first_stop, guest
from routing.conferences.opening import Asker, Talk, none_rung, opening, talk_of
from routing.desk import release
from routing.pursuit import reseat
from routing.rules.asking import milliseconds
from routing.rules.conferring import ListenMode
from routing.rules.orderings import Advance, Preference
from routing.rules.transfer_targets import TransferRefused, UnknownTarget
from routing.state.call.moves import Move
from routing.state.conference import guests
from routing.state.conference.conferences import LISTENS
from routing.state.conference.guests import GuestAsked, ModeChange
from routing.state.ledger import Offer
from routing.state.live import claims, standing
from routing.state.live.availability import OFFER_MS
from routing.state.live.claims import Held
from routing.state.live.keys import NotSeated

MAY_LISTEN = ("supervisor", "admin")


@dataclass(frozen=True, slots=True)
class Listening:
    """``state`` of the supervisor's leg; ``mode`` as she is heard, ``wants`` what it is being changed to."""

    id: str
    state: str
    mode: str
    wants: str | None = None


@dataclass(frozen=True, slots=True)
class Ear:
    """``who`` wants to listen to ``call``."""

    call: str
    who: str
    mode: ListenMode


def listen(asker: Asker, ear: Ear) -> Listening:
    """Rings the supervisor's phone; who listens already is heard in another way from now on.

    :raises UnknownCall: UnknownTarget for who is no supervisor; TransferRefused ``not_monitored`` where this caller was
        not told, ``nobody_free`` when she is on a call; LiveStateDown when Redis does not answer.
    """
    desk, who = asker.desk, asker.book.coordinators.get(ear.who)
    if who is None or who.role not in MAY_LISTEN:
        raise UnknownTarget
    talk = talk_of(asker, ear.call)
    if not is_told(asker, talk):
        raise TransferRefused("not_monitored")
    changed = in_other_way(asker, talk, ear)
    if changed is not None:
        return changed
    if talk.coordinator == ear.who:
        raise TransferRefused("nobody_free")
    none_rung(desk, ear.call, supervises=True)
    offer = claimed(asker, talk, ear.who)
    plain = guest(asker, talk, Invitation(ear.call, "coordinator", ear.who, "supervision"), (who.id, who.phone))
    made = replace(plain, role="supervisor", mode=ear.mode)
    try:
        invited = asked(asker, GuestAsked(opening(asker, talk), made, offer))
    except TransferRefused:
        release(desk, Held(asker.book.practice, offer.coordinator, offer.fence), "returned", asker.now)
        raise
    return Listening(invited.id, "asked", ear.mode)


def is_told(asker: Asker, talk: Talk) -> bool:
    """The notice is spoken by the version the call began with; the one in force may have withdrawn the leave since."""
    began = asker.desk.shelf.version(talk.call.practice, talk.call.version)
    return began.policies.monitoring and asker.book.policies.monitoring


def in_other_way(asker: Asker, talk: Talk, ear: Ear) -> Listening | None:
    """The call and conference of the move are those of her seat."""
    move = Move(asker.desk.new_id("mv"), talk.call.practice, talk.call.id, "", "", "", ear.mode, asker.now)
    row = guests.change_mode(asker.desk.db, ModeChange(ear.call, ear.who, ear.mode, asker.by, move), asker.now)
    return Listening(row.id, row.state, row.mode, row.wants) if row is not None else None


def claimed(asker: Asker, talk: Talk, who: str) -> Offer:
    """She need not be available to listen, but nobody is offered to her meanwhile."""
    by, book, now = asker.desk.by, asker.book, asker.now
    look = standing.Look(milliseconds(now), by.real_ms(), lambda _: True)
    try:
        seen = by.live.snapshot_of(book, [who], look).candidates
    except NotSeated:
        reseat(by, book, now)
        seen = by.live.snapshot_of(book, [who], look).candidates
    step = max(made.step for made in talk.call.offers) + 1
    wanted = claims.Offer(book.practice, LISTENS, talk.call.id, step, asker.desk.new_id("rs"))
    won = by.live.claim(wanted, Preference((who,), {}, Advance("none")), seen, milliseconds(now))
    if won is None:
        raise TransferRefused("nobody_free")
    until = now + timedelta(milliseconds=OFFER_MS)
    return Offer(won.reservation, who, "call", LISTENS, step, first_stop(talk), won.fence, until)
