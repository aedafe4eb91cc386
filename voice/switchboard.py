"""A call, webhook by webhook: each function takes what Twilio posted and gives the TwiML to go on with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from routing import connection
from routing import desk as at_desk
from routing.desk import Arrival, Desk, Reply
from routing.going_on import Missed, go_on
from routing.links import Links
from routing.rulebook.numbers import e164, is_withheld
from routing.rules import canonical
from routing.rules.book import Book
from routing.rules.values import Inquiry, Stated
from routing.settings.accounts import TwilioAccount, account_of
from routing.state.admissions import Source
from routing.state.call.messages import consent_of
from routing.state.call.offers import Acceptance
from routing.state.call.talks import Talk, leg_answered
from routing.state.inbox import Letter
from routing.state.ledger import Settled
from voice.answers import connected, goodbye, nobody_waiting, passed_on, spoken, spoken_again, whispered
from voice.conference import caller_to_conference
from voice.webhooks import CallWebhook, DialEnded, KeyPressed

ACCEPT_KEY, PASS_KEY = "1", "2"
SETTLED_BY: Mapping[str, Settled] = MappingProxyType(
    {
        "no-answer": "timeout",
        "busy": "timeout",
        "completed": "timeout",
        "answered": "timeout",
        "failed": "canceled",
        "canceled": "canceled",
    }
)
"""``completed`` without an accepted offer is a mailbox, or somebody who hung up in the whisper (F37, F41)."""


class UnknownNumber(LookupError):
    """Nobody here has published the dialled number."""


class ForeignAccount(PermissionError):
    """The account that signed does not own the dialled number's practice."""


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What calls are answered with. ``accounts`` are Twilio's, by account SID."""

    desk: Desk
    links: Links
    accounts: Mapping[str, TwilioAccount]

    def in_time(self, until: float) -> "Switchboard":
        """The same, for an answer that is given at ``until`` on the monotonic clock, with or without us."""
        return replace(self, desk=replace(self.desk, by=replace(self.desk.by, until=until)))


@dataclass(frozen=True, slots=True)
class Leg:
    """The offer a URL of ours belongs to."""

    inquiry: str
    step: int


def incoming(board: Switchboard, call: CallWebhook, now: datetime) -> bytes:
    """:raises UnknownNumber: when no practice here has the dialled number and the account has more than one.
    :raises ForeignAccount: when the practice belongs to another account.
    """
    arrival = arrived(board, call, now)
    return at_desk.receive(board.desk, arrival, lambda reply: spoken(board.links, reply), now)


def arrived(board: Switchboard, call: CallWebhook, now: datetime) -> Arrival:
    """:raises UnknownNumber: and ForeignAccount, as above."""
    book = dialled_practice(board, call)
    contact = None if is_withheld(call.caller) else e164(call.caller)
    inquiry = Inquiry(
        id=inquiry_id(board, call),
        channel="call",
        received_at=now,
        attributes=MappingProxyType({"tracking_number": Stated(call.called, "number")}),
    )
    extras = canonical.dumps(call.extras) if call.extras else None
    source = Source(call.account, call.sid, call.called, contact, extras)
    return Arrival(book, inquiry, source, key(call, "incoming"))


def dialled_practice(board: Switchboard, call: CallWebhook) -> Book:
    """A number that nobody published still reaches general intake where the account has one practice only (F30)."""
    book = board.desk.shelf.by_number(call.called)
    if book is None:
        mine = [held for held in board.desk.shelf.books.values() if owns(board, call.account, held)]
        if len(mine) != 1:
            raise UnknownNumber
        return mine[0]
    if not owns(board, call.account, book):
        raise ForeignAccount
    return book


def owns(board: Switchboard, account: str, book: Book) -> bool:
    owner = account_of(board.accounts, book.practice)
    return owner is not None and owner.sid == account


def inquiry_id(board: Switchboard, call: CallWebhook) -> str:
    """The same for every copy of the webhook, on every gateway."""
    return board.desk.db.vault.name("iq", call.account, call.sid)


def key(call: CallWebhook, what: str, *more: str) -> str:
    return ":".join((call.account, what, call.sid, call.status, *more))


def whisper(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> bytes:
    """Changes nothing, so it has no row: asked again it is said again."""
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    if offer is None or not offer.is_pending:
        return nobody_waiting(offer)
    return whispered(board.links, offer, leg.inquiry, leg.step)


def pressed(board: Switchboard, leg: Leg, call: KeyPressed, now: datetime) -> bytes:
    """Accept by key is explicit; any other key passes the caller on (F37)."""
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    letter_key = key(call, "accept", leg.inquiry, str(leg.step), call.digits)
    if call.digits == ACCEPT_KEY:
        said = Acceptance(leg.inquiry, leg.step, call.sid, Letter(letter_key, connected(offer)))
        return connection.accept(board.desk, said, now) or nobody_waiting(offer)
    said = Acceptance(leg.inquiry, leg.step, call.sid, Letter(letter_key, passed_on(offer)))
    return connection.decline(board.desk, said, now)


def dialled(board: Switchboard, leg: Leg, call: DialEnded, now: datetime) -> bytes:
    """The dialled leg is over: a talk ends, or the next coordinator is tried."""
    offer = connection.offering(board.desk, leg.inquiry, leg.step)
    letter_key = key(call, "dialled", leg.inquiry, str(leg.step), call.dial_status)
    if call.is_over:
        connection.hang_up(board.desk, leg.inquiry, Letter(letter_key, goodbye(offer)), now)
        return goodbye(offer)
    seated = caller_to_conference(board.desk, board.links, leg.inquiry, leg.step, now)
    if seated is not None:
        return seated
    connection.talk_over(board.desk, Talk(leg.inquiry, leg.step, call.talk_s, "waits"), now)
    missed = Missed(leg.inquiry, leg.step, SETTLED_BY.get(call.dial_status, "canceled"), letter_key)

    def said(reply: Reply) -> bytes:
        said_yes = consent_of(board.desk.db, leg.inquiry) if reply.book.policies.record_calls else None
        return spoken_again(board.links, reply, cut_short=bool(offer and offer.was_accepted), consent=said_yes)

    return go_on(board.desk, missed, said, now) or goodbye(offer)


def progress(board: Switchboard, leg: Leg, call: CallWebhook, now: datetime) -> None:
    """The coordinator's leg reports: when it was picked up, and its end in case the dial's own report is lost."""
    if call.status == "in-progress":
        leg_answered(board.desk.db, leg.inquiry, leg.step, now)
    if call.is_over:
        connection.talk_over(board.desk, Talk(leg.inquiry, leg.step, None, "unknown"), now)


def status(board: Switchboard, call: CallWebhook, now: datetime) -> bool:
    """The caller's leg reports, in any order and any number of times (F26). False when it is over and the rows do not
    know it (yet): its first webhook may still be under way."""
    if not call.is_over:
        return True
    return connection.hang_up(board.desk, inquiry_id(board, call), Letter(key(call, "status"), b""), now)
