"""What a source reports becomes a lead, enriches one, or waits: for the rest of it, or for the call it speaks of."""

from datetime import datetime, timedelta

from routing.desk import Busy, Desk
from routing.entry import Incoming, enter
from routing.rules.book import Book
from routing.state.database import Refused
from routing.state.lead import fetches, source_events
from routing.state.lead.identity import fill_in_known
from routing.state.lead.naming import join_known
from routing.state.lead.source_events import Reported, Standing, telling, tie_to_call

TRIES = 4
AGAIN = timedelta(seconds=20)
CALL_PATIENCE = timedelta(minutes=5)
"""A call that never came to us by then was taken elsewhere: its report is a lead like any other (B-3)."""
REST_PATIENCE = timedelta(minutes=10)
"""What was only half told is taken as it is."""
AT_ONCE = 100
TO_CALLS = ("call", "text")


def report(desk: Desk, book: Book, told: Reported, now: datetime) -> None:
    """:raises DatabaseDown: Busy; the source may send it again."""
    for _ in range(TRIES):
        try:
            noted = source_events.note(desk.db, desk.new_id("ev"), told, due_at(told, now), now)
        except Refused:
            continue
        settle(desk, book, noted, now)
        return
    raise Busy


def change(desk: Desk, book: Book, told: Reported, now: datetime) -> None:
    """A change of somebody known fills in what is missing, of the lead she was reported as too, and makes no
    inquiry."""
    who, event = told.entered.who, source_events.named(desk.db, told)
    if event:
        join_known(desk.db, event, who, desk.new_id, now)
        source_events.add(desk.db, told, due_at(told, now), now)
    fill_in_known(desk.db, book.practice, who, now)


def due_at(told: Reported, now: datetime) -> datetime:
    if told.kind in TO_CALLS:
        return now + AGAIN
    return now + REST_PATIENCE if told.is_partial else now


def settle(desk: Desk, book: Book, event: Standing, now: datetime) -> None:
    told = event.reported
    if event.state != "waiting":
        return
    if told.kind in TO_CALLS:
        if tie_to_call(desk.db, event, now):
            return
        if now - event.received_at < CALL_PATIENCE:
            source_events.look_again(desk.db, event.id, now + AGAIN)
            return
    elif told.is_partial and now - event.received_at < REST_PATIENCE:
        return
    if names_nobody(told):
        source_events.passed(desk.db, event.id, now)
        return
    become_lead(desk, book, event, now)


def names_nobody(told: Reported) -> bool:
    """A call without a number, or a form that was given up before anybody said how to reach her. A form that was sent
    has somebody behind it, even where we cannot read her number."""
    unfinished = told.is_partial or (told.kind in TO_CALLS and not told.call_sid)
    return told.entered.who.is_nobody and unfinished and not told.fetch


def become_lead(desk: Desk, book: Book, event: Standing, now: datetime) -> None:
    """Who cannot be reached is looked up at the source by her owner. Nothing where it was settled meanwhile."""
    inquiry = desk.db.vault.name("iq", book.practice, event.reported.dedupe_key)
    tied = telling(event.id, now)
    new = Incoming(book, inquiry, event.reported.entered, inquiry.encode(), besides=lambda reply: tied)
    try:
        enter(desk, new, now)
    except Busy:
        if source_events.known(desk.db, event.id).state == "waiting":
            raise


def bring(desk: Desk, book: Book, event: Standing, told: Reported, now: datetime) -> None:
    """What a vendor keeps of a report that only named it. Where its lead stands already, made for somebody nameless,
    it is filled in, and goes to the person's own lead if she has one.

    :raises DatabaseDown: Busy; may be brought again.
    """
    join_known(desk.db, event.id, told.entered.who, desk.new_id, now)
    report(desk, book, told, now)
    # The clock may have made the lead meanwhile, from what was known before.
    source_events.fill_in_lead(desk.db, event.id, now)


def look_up(desk: Desk, book: Book, event: Standing, now: datetime) -> None:
    """It cannot be fetched, or tells of nobody who could be reached: the owner of the lead, with all that is known by
    now, looks it up at the source and reads why. :raises: as above."""
    known = source_events.known(desk.db, event.id)
    if known.state == "waiting":
        become_lead(desk, book, known, now)
    fetches.say_why(desk.db, event.id, now)


def settle_due(desk: Desk, now: datetime) -> int:
    """For the worker's clock. What cannot be settled yet stands in nobody's way."""
    late = source_events.due(desk.db, now, AT_ONCE)
    for event in late:
        try:
            book = desk.shelf.book(event.reported.practice)
            if book is None:
                raise Busy
            settle(desk, book, event, now)
        except Busy:
            source_events.look_again(desk.db, event.id, now + AGAIN)
    return len(late)
