"""A text as it comes in: whose number it reached, who wrote, and the names of everything that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from routing.desk import Desk
from routing.links import Links
from routing.rules import canonical
from routing.rules.book import Book
from routing.rules.questions import Menu
from routing.rules.values import Inquiry, Stated
from routing.rules.wording.intent import heard
from routing.rules.wording.plain import plain
from routing.settings.accounts import TwilioAccount, account_of
from routing.state.admissions import Source
from routing.state.text.conversations import Address, Message
from sms.webhooks import TextArrived


class UnknownNumber(LookupError):
    """Nobody here has published the number that was written to."""


class ForeignAccount(PermissionError):
    """The account that signed does not own the number's practice."""


class Unanswerable(LookupError):
    """From a channel that is not answered here, or from somebody who cannot be answered."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What texts are answered with. ``accounts`` are Twilio's, by account SID."""

    desk: Desk
    links: Links
    accounts: Mapping[str, TwilioAccount]


@dataclass(frozen=True, slots=True)
class Came:
    """``key`` is its inbox key; ``id`` and ``inquiry`` are the same for every copy of the webhook."""

    book: Book
    key: str
    id: str
    inquiry: str
    sid: str
    address: Address
    body: str = field(repr=False)
    segments: int
    media: tuple[Mapping[str, str], ...] = field(repr=False)
    extras: str | None = field(repr=False)
    opt_out_type: str
    is_late: bool = False
    """Answered without the rows, and written down now."""
    told: Stated | None = None
    """The campaign, where something else than the number says it: a send that this text answers, or the chat's page."""

    @property
    def contact(self) -> str:
        return self.address.contact or ""

    @property
    def may_answer(self) -> bool:
        """Only a number that is marked for texts is a registered sender: from others carriers take none (30034)."""
        tracked = self.book.tracking_numbers.get(self.address.ours or "")
        return tracked is not None and tracked.texts

    @property
    def campaign(self) -> str | None:
        tracked = self.book.tracking_numbers.get(self.address.ours or "")
        return self.told.value if self.told else (tracked.campaign or None) if tracked else None

    def message(self, inquiry: str | None, campaign: str | None) -> Message:
        return Message(
            id=self.id,
            channel=self.address.channel,
            author="person",
            purpose="said",
            body=self.body,
            status="received",
            segments=self.segments,
            media=self.media,
            campaign=campaign,
            account=self.address.account,
            sid=self.sid,
            inquiry=inquiry,
        )

    def source(self) -> Source:
        return Source(self.address.account, self.sid, self.address.ours, self.contact, self.extras)


def arrived(reception: Reception, text: TextArrived, *, late: bool = False) -> Came:
    """:raises UnknownNumber: ForeignAccount, and Unanswerable."""
    book = practice_of(reception, text)
    if text.channel is None or text.contact is None:
        raise Unanswerable
    vault = reception.desk.db.vault
    return Came(
        book=book,
        key=f"{text.account}:text:{text.sid}",
        id=vault.name("ms", text.account, text.sid),
        inquiry=vault.name("iq", text.account, text.sid),
        sid=text.sid,
        address=Address(text.channel, text.account, text.ours, text.contact),
        body=plain(text.body),
        segments=text.segments,
        media=text.media,
        extras=canonical.dumps(told) if (told := without_media(text.extras)) else None,
        opt_out_type=text.opt_out_type.upper(),
        is_late=late,
    )


def without_media(extras: Mapping[str, str]) -> dict[str, str]:
    """References are kept with the message."""
    return {name: value for name, value in extras.items() if not name.startswith("Media")}


def practice_of(reception: Reception, text: TextArrived) -> Book:
    """A number that nobody published still reaches general intake where the account has one practice only (F30)."""
    shelf = reception.desk.shelf
    book = shelf.by_number(text.ours)
    if book is None:
        mine = [held for held in shelf.books.values() if owns(reception, text.account, held)]
        if len(mine) != 1:
            raise UnknownNumber
        return mine[0]
    if not owns(reception, text.account, book):
        raise ForeignAccount
    return book


def owns(reception: Reception, account: str, book: Book) -> bool:
    owner = account_of(reception.accounts, book.practice)
    return owner is not None and owner.sid == account


def inquiry_of(came: Came, *, crisis: bool, now: datetime) -> Inquiry:
    """What the text says for certain: the number it was sent to, and a category of the practice's own menus by their
    phrases. What is unclear goes to general intake by the plan, never by a guess."""
    given = {"tracking_number": Stated(came.address.ours or "", "number"), **wanted(came.book, came)}
    if came.told:
        given["campaign"] = came.told
    return Inquiry(id=came.inquiry, channel="text", received_at=now, attributes=MappingProxyType(given), crisis=crisis)


def wanted(book: Book, came: Came) -> dict[str, Stated]:
    """By the menu of the number, else by the first menu that asks for the category."""
    menus = (book.menu_of(came.address.ours or ""), *book.menus.values())
    menu: Menu | None = next((each for each in menus if each and each.attribute == "category"), None)
    if menu is None:
        return {}
    said = heard(menu, "", came.body)
    return {"category": Stated(said.value, "typed", phrase=said.because)} if said.value else {}
