"""The seats of a talk in a conference: who starts it, who ends it, and who is heard by whom."""

from datetime import datetime

from routing.conferences.entering import succeeds
from routing.desk import Desk
from routing.links import Links
from routing.state.conference import conferences
from routing.state.conference.guests import Seen
from routing.state.conference.succession import Seat as Left
from routing.state.conference.succession import Succession
from voice.twiml import Seat, conferring


def caller(desk: Desk, links: Links, inquiry: str, step: int, now: datetime) -> bytes | None:
    """Her dial is over because the coordinator's leg was moved. None if it is over for another reason."""
    at = conferences.caller_joins(desk.db, inquiry, step, now)
    return ending_seat(links, inquiry, at.room, at.step) if at else None


def ending_seat(links: Links, inquiry: str, room: str, step: int) -> bytes:
    """Caller and coordinator: when either leaves, the conference is over, so that nobody is left alone in it."""
    return conferring([], Seat(room, links.to("held", inquiry, step), links.to("left", inquiry, step), True, True))


def caller_of_guest(desk: Desk, links: Links, inquiry: str, word: str, now: datetime) -> bytes | None:
    """The coordinator has left a talk of three: the other two go on in a conference of their own. None where there
    was no third. ``word`` names the seat that was left."""
    found = succeeds(desk, inquiry, Left("caller", word), now)
    return heirs_seat(links, inquiry, found) if found else None


def heir_of_coordinator(desk: Desk, links: Links, inquiry: str, word: str, now: datetime) -> bytes | None:
    """The same for the guest. None where the talk is over for her too."""
    found = succeeds(desk, inquiry, Left("guest", word), now)
    return heirs_seat(links, inquiry, found) if found else None


def heirs_seat(links: Links, inquiry: str, found: Succession) -> bytes:
    wait, action = links.to("held", inquiry, found.step), links.to("onward", inquiry, found.number)
    return conferring([], Seat(found.room, wait, action, True, True))


def guest_seat(links: Links, seen: Seen) -> bytes:
    """She comes into what goes on, and leaves it without ending it."""
    row = seen.row
    wait, action = links.to("held", row.inquiry_id, row.first_step), links.to("guestleft", row.inquiry_id, row.number)
    listens = row.role == "supervisor" and row.mode == "listen"
    coaches = seen.coordinator_sid if row.role == "supervisor" and row.mode == "whisper" else ""
    return conferring([], Seat(seen.room, wait, action, muted=listens, coaches=coaches))
