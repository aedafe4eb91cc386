"""The seats of a transfer: who starts its conference, who ends it, and what each of them hears first."""

from datetime import datetime

from routing import connection
from routing.conferences.opening import is_behind
from routing.desk import Desk
from routing.links import Links
from routing.state.conference import transfers
from routing.state.conference.transfers import Standing
from routing.waiting import in_line
from voice import seats
from voice.answers import context
from voice.twiml import Said, Seat, asking_for_key, conferring
from voice.words import Words, language_of, reason_in


def caller_to_conference(desk: Desk, links: Links, inquiry: str, step: int, now: datetime) -> bytes | None:
    """Her dial is over because the coordinator's leg was moved: she hears music until the target of a transfer accepts,
    or the talk goes on there. None if offer ``step`` was not moved. Said again for a copy of the webhook."""
    if is_behind(desk):
        return None
    room = transfers.caller_joins(desk.db, inquiry, step, now)
    return caller_seat(desk, links, inquiry, room, now) if room else seats.caller(desk, links, inquiry, step, now)


def caller_seat(desk: Desk, links: Links, inquiry: str, room: transfers.Room, now: datetime) -> bytes:
    at = in_line(desk, inquiry, now)
    words = Words(at.book, language_of(at.book, at.plan.facts.get("language"))) if at else None
    said = [words.say("transfer-hold")] if words else []
    return conferring(said, seat(links, inquiry, room, ends=True))


def seat(links: Links, inquiry: str, room: transfers.Room, *, starts: bool = False, ends: bool = False) -> Seat:
    """The caller ends it; so does whoever has her. The first coordinator may leave before that."""
    wait, action = links.to("held", inquiry, room.step), links.to("conferred", inquiry, room.step)
    return Seat(room.transfer, wait, action, starts, ends)


def first_waits(desk: Desk, links: Links, at: Standing) -> bytes:
    said = [coordinators_word(desk, at, "transfer-first", at.row.target)]
    return conferring(said, seat(links, at.row.inquiry_id, at.room))


def first_has_her_back(desk: Desk, links: Links, at: Standing) -> bytes:
    said = [coordinators_word(desk, at, "transfer-back", at.row.first)]
    return conferring(said, seat(links, at.row.inquiry_id, at.room, starts=True, ends=True))


def first_stays(links: Links, at: Standing) -> bytes:
    return conferring([], seat(links, at.row.inquiry_id, at.room, starts=True))


def target_joins(links: Links, at: Standing) -> bytes:
    return conferring([], seat(links, at.row.inquiry_id, at.room, starts=True, ends=True))


def coordinators_word(desk: Desk, at: Standing, template: str, who: str) -> Said:
    """In the practice's first language, with a coordinator's name."""
    book = desk.shelf.book(at.row.practice_id)
    if book is None:
        return Said("")
    known = book.coordinators.get(who)
    return Words(book, book.languages[0]).say(template, coordinator=known.name if known else "")


def invitation(desk: Desk, links: Links, at: Standing) -> bytes | None:
    """Campaign, answers so far and the reason, before any key (S-20). No name: a mailbox may have picked up."""
    row = at.row
    offer = connection.offering(desk, row.inquiry_id, row.target_step)
    if offer is None:
        return None
    words = Words(offer.book, offer.book.languages[0])
    first = offer.book.coordinators.get(row.first)
    category = offer.book.categories.get(row.category or "")
    told = {
        **context(offer, words.language),
        "coordinator": first.name if first else "",
        "requested": (category.relay or category.label) if category else "",
        "payer": row.payer or offer.plan.facts.get("payer", ""),
        "reason": reason_in(words.language, row.reason),
    }
    if told["requested"].casefold() in (told["category"].casefold(), told["payer"].casefold()):
        told["requested"] = ""
    prompt = words.say("transfer-whisper", **told)
    return asking_for_key([prompt], links.to("join", row.inquiry_id, row.target_step), [words.say("no-key-pressed")])
