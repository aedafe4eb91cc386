"""Once a second each conference is taken a step further: the conference itself, the caller's hold, and every guest."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from routing.conferences.holding import taking_back
from routing.connection import talk_over
from routing.desk import Desk, release, wrap_up
from routing.going_on import ENDINGS
from routing.links import Links
from routing.rules.conferring import (
    Conferred,
    GuestRole,
    Holding,
    Invited,
    MoveState,
    of_conference,
    of_guest,
    of_hold,
)
from routing.state.call.moves import Move
from routing.state.call.talks import Talk
from routing.state.conference import conference_ends, conferences, guest_ends, guests, holds
from routing.state.conference.conference_ends import Ending
from routing.state.conference.conferences import ASKED_FOR, LOST, LOST_AFTER, Standing, Written
from routing.state.conference.guest_ends import Absence, Gone
from routing.state.conference.guest_rings import GUESTS
from routing.state.ledger import Settled
from routing.state.live.claims import Held

CODES: Mapping[str, Settled] = {"rejected": "rejected", "failed": "canceled"}
"""What a guest's offer ends as, by how her leg ended; anything else is a miss."""


def settle_all(desk: Desk, links: Links, now: datetime) -> tuple[tuple[str, int], ...]:
    """The guests whose phones are to be rung, with the number of the ring."""
    wait: list[str] = []
    for at in conferences.standings(desk.db, now):
        if settle(desk, links, at, now):
            settle_hold(desk, links, at, now)
            wait += [row.id for row in at.guests if settle_guest(desk, at, row, now)]
        elif at.row.settled_at is not None:
            for row in at.guests:
                dismiss(desk, at, row, now)
    return GUESTS.rung(desk.db, wait, now)


def settle(desk: Desk, links: Links, at: Standing, now: datetime) -> bool:
    """True while it goes on."""
    if at.row.settled_at is not None:
        return False
    way = of_conference(told(at, now))
    if way == "stay":
        code = "move_refused" if is_unmade(at, now) else LOST
        conference_ends.end(desk.db, Ending(at.row, "failed", code), now)
    elif way == "over":
        conference_ends.end(desk.db, Ending(at.row, "over", "call_over", stranded(desk, at, now)), now)
    elif way == "to_line":
        url = links.to("line", at.inquiry, at.call_step)
        move = moving(desk, at, ("to_line", at.row.caller_sid, url), now)
        step = max([at.call_step, *at.offers])
        conference_ends.to_line(desk.db, Ending(at.row, "over", "deserted", [move]), step, now)
    return way == "nothing"


def told(at: Standing, now: datetime) -> Conferred:
    row = at.row
    return Conferred(
        is_live=at.call_state == "connected",
        caller_in=row.caller_joined_at is not None,
        coordinator_in=row.coordinator_joined_at is not None,
        is_unmade=is_unmade(at, now),
        is_lost=row.asked_at <= now - LOST_AFTER,
        is_elsewhere=at.call_step != row.step,
        is_late=row.asked_at <= now - ASKED_FOR,
        is_deserted=at.deserted,
    )


def is_unmade(at: Standing, now: datetime) -> bool:
    """Refused, or not sent in time: the bridge is as it was. One in somebody's hands may yet be carried out."""
    move = at.moves.get(at.row.move_id or "")
    if move is None:
        return False
    unsent = move.attempts == 0 and (move.state == "void" or at.row.asked_at <= now - ASKED_FOR)
    return move.state == "refused" or (unsent and move.state in ("void", "new"))


def stranded(desk: Desk, at: Standing, now: datetime) -> list[Move]:
    """A coordinator who came to an empty conference: the caller hung up on the way."""
    if at.row.coordinator_joined_at is None or at.row.caller_joined_at is not None:
        return []
    return [moving(desk, at, ("hang_up", at.row.coordinator_sid, ""), now)]


def moving(desk: Desk, at: Standing, where: tuple[str, str, str], now: datetime) -> Move:
    """``where``: what for, which leg, and the URL it goes to."""
    kind, sid, url = where
    return Move(desk.new_id("mv"), at.row.practice_id, at.inquiry, sid, at.row.account, url, kind, now)


def settle_hold(desk: Desk, links: Links, at: Standing, now: datetime) -> None:
    row = at.hold
    if row is None:
        return
    way = of_hold(Holding(row.state, at.is_ready, move_of(at, row), row.resume_at <= now, row.remind_at <= now))
    if way == "hold":
        holds.hold(desk.db, row, moving(desk, at, ("hold", "", links.to("onhold", at.inquiry, row.step)), now), now)
    elif way == "held":
        holds.is_held(desk.db, row, now)
    elif way == "remind":
        holds.remind(
            desk.db, row, moving(desk, at, ("remind", "", links.to("reminder", at.inquiry, row.step)), now), now
        )
    elif way != "nothing":
        back = taking_back(desk, row.practice_id, at.inquiry, now)
        with desk.db.writing() as tx:
            if way == "resume":
                holds.resume(tx, row, back, "longest", now)
            elif way == "over":
                holds.over(tx, row, "resumed", now)
            else:
                holds.failed(tx, row, code_of(at, row), now)


def move_of(at: Standing, row: Written) -> MoveState:
    """One that was replaced by another of the same leg was not carried out."""
    move = at.moves.get(row.move_id or "")
    if move is None:
        return "none"
    if move.settled_at is None:
        return "open"
    if move.state == "void":
        return "refused" if move.code in ("replaced", "too_late", "withdrawn") else "gone"
    return cast("MoveState", move.state)


def code_of(at: Standing, row: Written) -> str:
    move = at.moves.get(row.move_id or "")
    return str(move.code or move.state) if move is not None else "refused"


def settle_guest(desk: Desk, at: Standing, row: Written, now: datetime) -> bool:
    """True when her phone is to be rung."""
    if row.wants and (move := move_of(at, row)) not in ("none", "open"):
        guests.mode_settled(desk.db, row, is_done=move == "done", code=code_of(at, row), now=now)
    offer = at.offers.get(row.offer_step) if row.offer_step is not None else None
    lost = offer is not None and offer.state != "pending"
    hold = at.hold.state if at.hold is not None else None
    way = of_guest(Invited(row.state, cast("GuestRole", row.role), at.is_ready, row.until <= now, lost, hold))
    if way == "late":
        absent(desk, at, row, row.code or "timeout", now)
    elif way == "not_held":
        absent(desk, at, row, "failed", now)
    return way == "ring"


def dismiss(desk: Desk, at: Standing, row: Written, now: datetime) -> None:
    """The conference is over: whoever is in it goes by herself, whoever was to come is told that nobody waits."""
    if row.state == "in":
        gone = guest_ends.left(desk.db, row, now, silence(desk, at, row, now))
        free(desk, gone, now)
    else:
        absent(desk, at, row, at.row.code or "call_over", now)


def absent(desk: Desk, at: Standing, row: Written, code: str, now: datetime) -> None:
    """Nobody has missed a call whose caller is gone, or that never rang."""
    waits = at.call_state == "connected" and at.row.settled_at is None
    how = CODES.get(code, "timeout") if row.sid and waits else "canceled"
    rings = silence(desk, at, row, now) if row.sid and row.code is None else None
    gone = Absence(row, code, how, rings, taking_back(desk, row.practice_id, at.inquiry, now))
    offer = at.offers.get(row.offer_step) if row.offer_step is not None else None
    if guest_ends.failed(desk.db, gone, now) and offer is not None and offer.state == "pending":
        release(desk, Held(row.practice_id, offer.coordinator, offer.fence), ENDINGS[how], now)


def silence(desk: Desk, at: Standing, row: Written, now: datetime) -> Move | None:
    return moving(desk, at, ("hang_up", row.sid, ""), now) if row.sid else None


def free(desk: Desk, gone: Gone | None, now: datetime) -> None:
    """Live state follows the rows."""
    if gone:
        wrap_up(desk, Held(gone.practice, gone.coordinator, gone.fence), gone.wrap_until, now)


def end_of(desk: Desk, inquiry: str, number: int, code: str | None, now: datetime) -> None:
    """A guest's leg is over, or she refused: at once what the clock would do a second later."""
    seen = guests.find(desk.db, inquiry, number)
    if seen is not None and seen.row.state == "heir":
        talk_over(desk, Talk(inquiry, seen.row.offer_step, None, "unknown"), now)
    if seen is None or seen.row.settled_at is not None:
        return
    if seen.row.state == "in":
        free(desk, guest_ends.left(desk.db, seen.row, now), now)
        return
    GUESTS.unreachable(desk.db, seen.row.id, code or "completed", now)
    with desk.db.reading() as tx:
        at = conferences.standing(tx, conferences.by_id(tx, seen.row.conference_id), now)
    for row in at.guests:
        if row.id == seen.row.id:
            absent(desk, at, row, row.code or "timeout", now)
