"""Calls that somebody has on the line: handed on, put on hold, joined by a third, listened to."""

from collections.abc import Callable
from typing import TypeVar

from gateway.api.asking import Asked, FieldRefused, NotHere
from gateway.api.conference_models import (
    CallNow,
    ConferenceNow,
    GuestMade,
    GuestNow,
    HoldNow,
    JoinWanted,
    ListenMade,
    ListenWanted,
    OfCoordinator,
    TransferNow,
)
from gateway.api.models import Nothing
from gateway.api.transfer_models import TransferMade, TransferWanted
from routing import transfers
from routing.conferences import holding, joining, listening
from routing.conferences.joining import Invitation
from routing.conferences.listening import Ear
from routing.conferences.opening import Asker
from routing.rules.transfer_targets import UnknownCategory, UnknownTarget, Wish
from routing.state.call.calls import call_seen
from routing.state.conference.conferences import Written
from routing.transfers import UnknownCall
from worker.destinations import refusal

Got = TypeVar("Got")


def transfer(asked: Asked, wanted: TransferWanted) -> TransferMade:
    """:raises TransferRefused: nothing was written and the talk goes on."""
    kind, target = wanted.to.named
    if kind == "affiliate":
        return referral(asked, wanted, target)
    sets = wanted.sets
    wish = Wish(asked.ids["id"], kind, target, wanted.mode, wanted.reason, asked.by, sets.category, sets.payer)
    made = known(f"to.{kind}", lambda: transfers.ask(asked.desk, asked.house.board.links, asked.book, wish, asked.now))
    return TransferMade(id=made.id, coordinator=made.target, queue=made.queue)


def referral(asked: Asked, wanted: TransferWanted, target: str) -> TransferMade:
    """The lead stays in the practice, so nothing of it is set."""
    if wanted.sets.category or wanted.sets.payer:
        raise FieldRefused("sets", "not_of_affiliate")
    check_destination(asked, "to.affiliate", affiliate_number(asked, target))
    wish = Invitation(asked.ids["id"], "affiliate", target, wanted.reason)
    made = known("to.affiliate", lambda: joining.hand_over(asker(asked), wish, wanted.mode))
    return TransferMade(id=made.id, affiliate=made.who)


def known(field: str, act: Callable[[], Got]) -> Got:
    """:raises NotHere: FieldRefused for a target or category that the practice does not have."""
    try:
        return act()
    except UnknownCall:
        raise NotHere from None
    except UnknownCategory:
        raise FieldRefused("sets.category", "unknown") from None
    except UnknownTarget:
        raise FieldRefused(field, "unknown") from None


def affiliate_number(asked: Asked, target: str) -> str | None:
    found = asked.book.affiliates.get(target)
    return found.number if found else None


def check_destination(asked: Asked, field: str, number: str | None) -> None:
    """:raises FieldRefused: for a number we may not call, or one of our own that leads back to us."""
    if number is None:
        return
    if asked.desk.shelf.by_number(number) is not None:
        raise FieldRefused(field, "own_number")
    if why := refusal(number):
        raise FieldRefused(field, f"destination_{why}")


def asker(asked: Asked) -> Asker:
    return Asker(asked.desk, asked.house.board.links, asked.book, asked.by, asked.now)


def hold(asked: Asked, wanted: OfCoordinator) -> HoldNow:
    """:raises TransferRefused: nothing was written and the talk goes on."""
    who, call = asked.named(wanted.coordinator), asked.ids["id"]
    return hold_now(known("coordinator", lambda: holding.hold(asker(asked), call, who)))


def resume(asked: Asked, wanted: OfCoordinator) -> HoldNow:
    who, call = asked.named(wanted.coordinator), asked.ids["id"]
    return hold_now(known("coordinator", lambda: holding.resume(asker(asked), call, who)))


def hold_now(row: Written) -> HoldNow:
    return HoldNow(
        id=row.id,
        state=row.state,
        coordinator=row.coordinator_id,
        held_at=row.held_at,
        resumes_at=row.resume_at,
        over_at=row.over_at,
        code=row.code,
    )


def join(asked: Asked, wanted: JoinWanted) -> GuestMade:
    """:raises TransferRefused: nothing was written and the talk goes on."""
    kind, target = wanted.to.named
    who = asked.named(wanted.coordinator)
    number = {"number": target, "affiliate": affiliate_number(asked, target)}.get(kind)
    check_destination(asked, f"to.{kind}", number)
    wish = Invitation(asked.ids["id"], kind, target, wanted.reason)
    made = known(f"to.{kind}", lambda: joining.join(asker(asked), wish, who))
    return GuestMade(id=made.id, who=made.who)


def listen(asked: Asked, wanted: ListenWanted) -> ListenMade:
    """:raises TransferRefused: nothing was written, nobody listens."""
    ear = Ear(asked.ids["id"], wanted.supervisor, wanted.mode)
    made = known("supervisor", lambda: listening.listen(asker(asked), ear))
    return ListenMade(id=made.id, state=made.state, mode=made.mode, wants=made.wants)


def shown(asked: Asked, _: Nothing) -> CallNow:
    with asked.desk.db.reading() as tx:
        seen = call_seen(tx, asked.practice, asked.ids["id"])
    if seen is None:
        raise NotHere
    call, at, moved = seen.call, seen.conference, seen.transfer
    return CallNow(
        id=call.id,
        lead=call.lead_id,
        state=call.state,
        coordinator=seen.coordinator,
        received_at=call.received_at,
        ended_at=call.ended_at,
        conference=ConferenceNow(id=at.id, state=at.state, code=at.code) if at is not None else None,
        hold=hold_now(seen.hold) if seen.hold is not None else None,
        transfer=transfer_now(moved) if moved is not None else None,
        guests=[GuestNow.model_validate(row) for row in seen.guests],
    )


def transfer_now(row: Written) -> TransferNow:
    names = ("id", "state", "mode", "target", "reason", "code", "settled_at")
    return TransferNow.model_validate({name: getattr(row, name) for name in names})
