"""Whose talk it is, and the conference it goes to."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from routing.desk import Desk
from routing.links import Links
from routing.rules.book import Book
from routing.rules.transfer_targets import TransferRefused
from routing.state.call.moves import Move
from routing.state.conference import conferences, transfers
from routing.state.conference.conferences import Opening
from routing.state.conference.guests import is_asked, next_number
from routing.state.lookups import Underway, underway
from routing.transfers import UnknownCall


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody asks for something to be done with a live talk: at which desk, by which book in force, when, and whom
    the audit log names."""

    desk: Desk
    links: Links
    book: Book
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """A live talk. ``number`` is the next guest's."""

    call: Underway
    coordinator: str
    leg_sid: str
    number: int

    @property
    def sid(self) -> str:
        return self.call.sid or ""

    @property
    def account(self) -> str:
        return self.call.account or ""


def talk_of(asker: Asker, inquiry: str, who: str | None = None) -> Talk:
    """:raises UnknownCall: TransferRefused when nobody talks, the caller is between two people, or another than ``who``
    has her."""
    with asker.desk.db.reading() as tx:
        at = underway(tx, inquiry)
        if at is None or at.practice != asker.book.practice:
            raise UnknownCall
        leg = transfers.leg(tx, inquiry, at.step) if at.sid and at.account else None
        offer = at.offer(at.step)
        if leg is None or offer is None:
            raise TransferRefused("not_live")
        if transfers.is_open(tx, inquiry):
            raise TransferRefused("under_way")
        number = next_number(tx, inquiry)
    if who is not None and offer.coordinator != who:
        raise TransferRefused("not_yours")
    return Talk(at, offer.coordinator, leg.coordinator_sid, number)


def is_behind(desk: Desk) -> bool:
    """The answer was given without us: nobody is where we would send them any more."""
    return monotonic() > desk.by.until


def opening(asker: Asker, talk: Talk) -> Opening:
    at, url, new_id = talk.call, asker.links.to("room", talk.call.id, talk.call.step), asker.desk.new_id
    move = Move(new_id("mv"), at.practice, at.id, talk.leg_sid, talk.account, url, "conference", asker.now)
    return Opening(new_id("cf"), at.practice, at.id, at.lead, at.step, talk.leg_sid, talk.sid, talk.account, move)


def none_rung(desk: Desk, inquiry: str, *, supervises: bool) -> None:
    """Looked at before anybody is claimed; the row decides.

    :raises TransferRefused: ``under_way`` while another of that role is rung, or in.
    """
    with desk.db.reading() as tx:
        found = conferences.current(tx, inquiry)
        if found is not None and is_asked(tx, found.id, supervises=supervises):
            raise TransferRefused("under_way")
