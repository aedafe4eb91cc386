"""A guest's phone is picked up and a key pressed; and who has the caller when the coordinator leaves."""

from dataclasses import dataclass
from datetime import datetime

from routing.conferences.opening import is_behind
from routing.connection import talk_over
from routing.desk import Desk
from routing.links import Links
from routing.rules.asking import milliseconds
from routing.state.call.moves import Move
from routing.state.call.talks import Talk
from routing.state.conference import guest_ends, guests, succession
from routing.state.conference.guest_ends import Entry
from routing.state.conference.guest_rings import GUESTS
from routing.state.conference.guests import Seen
from routing.state.conference.succession import Seat, Succession
from routing.state.database import Refused
from routing.state.inbox import Letter, answered
from routing.state.live.claims import Held
from routing.state.live.connection import LiveStateDown
from routing.state.live.keys import NotSeated


def reached(desk: Desk, inquiry: str, number: int, sid: str) -> None:
    """Her leg reports that it is there, should the answer to the request have been lost."""
    seen = guests.find(desk.db, inquiry, number)
    if seen is not None and seen.row.sid is None:
        GUESTS.is_ringing(desk.db, seen.row.id, sid)


@dataclass(frozen=True, slots=True)
class KeyOne:
    inquiry: str
    number: int
    sid: str
    letter: Letter


def enter(desk: Desk, links: Links, pressed: KeyOne, now: datetime) -> bytes | None:
    """None when the caller has left, it is too late, or the conference is over."""
    repeated = answered(desk.db, pressed.letter.key)
    if repeated is not None:
        return repeated
    seen = guests.find(desk.db, pressed.inquiry, pressed.number)
    if seen is None:
        return None
    try:
        entered = guest_ends.enter(desk.db, entry(desk, links, seen, pressed, now), desk.new_id, now)
    except Refused:
        return answered(desk.db, pressed.letter.key)
    book = desk.shelf.book(entered.practice)
    try:
        if entered.fence is not None:
            held = Held(entered.practice, entered.who, entered.fence)
            desk.by.live.accept(held, "call", book.zone if book else "UTC", milliseconds(now))
        if entered.left:
            first = Held(entered.practice, entered.left.coordinator, entered.left.fence)
            desk.by.live.wrap_up(first, milliseconds(entered.left.wrap_until), milliseconds(now))
    except (LiveStateDown, NotSeated):
        pass
    return pressed.letter.answer


def entry(desk: Desk, links: Links, seen: Seen, pressed: KeyOne, now: datetime) -> Entry:
    row = seen.row
    inquiry, account = row.inquiry_id, seen.account
    back = Move(desk.new_id("mv"), row.practice_id, inquiry, "", "", "", "resume", now)
    url = links.to("handed", inquiry, row.number)
    freed = Move(desk.new_id("mv"), row.practice_id, inquiry, seen.coordinator_sid, account, url, "release", now)
    return Entry(inquiry, pressed.number, pressed.sid, pressed.letter, back, freed)


def succeeds(desk: Desk, inquiry: str, seat: Seat, now: datetime) -> Succession | None:
    """The conference has ended because its coordinator left: the guest has the caller. None where there is none."""
    found = None if is_behind(desk) else succession.succeed(desk.db, inquiry, seat, now)
    if found is not None:
        talk_over(desk, Talk(inquiry, found.left_step, None, "unknown"), now)
    return found
