"""A lead that a page, a source or a list brings comes to the desk: once, however often it is sent; set aside and never
dropped when it looks wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from routing import desk as at_desk
from routing.desk import Arrival, Busy, Desk, Reply
from routing.rules import canonical
from routing.rules.book import Book
from routing.rules.entered import Entered
from routing.rules.values import Inquiry, Stated
from routing.state.admissions import Beside, Source
from routing.state.database import Refused
from routing.state.lead import entries, quarantine
from routing.state.lead.entries import TOKEN_USED, Also, Entry, answered_any, is_used, posts_of_number
from routing.state.lead.quarantine import Held, Letting, Suspect
from routing.state.text.conversations import ThreadOpen

TRIES = 4
MOST_A_DAY = 3
"""Forms for one number within a day (SEC-20); what comes after them is looked at first."""
FORM = "form:"

Besides = Callable[[Reply], Also | None]
"""What a channel writes with a lead, once it is known where it went."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """``id`` names the inquiry and is the same for every copy; ``answer`` is what every copy is told. ``traps`` are
    why it looks wrong."""

    book: Book
    id: str
    entered: Entered
    answer: bytes
    traps: tuple[str, ...] = ()
    besides: Besides | None = None


def enter(desk: Desk, new: Incoming, now: datetime) -> bytes:
    """The answer that was kept with it, which may be that of an earlier copy.

    :raises DatabaseDown: nothing was written. :raises Busy: others were first four times.
    """
    for _ in range(TRIES):
        repeated = answered_any(desk.db, new.entered.keys)
        if repeated is not None:
            return repeated
        traps = caught(desk, new, now)
        try:
            if not traps:
                return admit(desk, new, now)
            name = new.id.replace("iq_", "qr_", 1)
            quarantine.set_aside(desk.db, new.book, Suspect(name, Entry(new.entered, new.answer), traps), now)
            return new.answer
        except (Refused, Busy, ThreadOpen):
            continue
    repeated = answered_any(desk.db, new.entered.keys)
    if repeated is None:
        raise Busy
    return repeated


def caught(desk: Desk, new: Incoming, now: datetime) -> tuple[str, ...]:
    entered, practice = new.entered, new.book.practice
    traps = list(new.traps)
    if is_used(desk.db, practice, entered.nonce):
        traps.append(TOKEN_USED)
    if entered.via.startswith(FORM) and entered.who.number:
        often = posts_of_number(desk.db, practice, entered.who.number, now) >= MOST_A_DAY
        traps += ["number_often"] if often else []
    return tuple(traps)


def admit(desk: Desk, new: Incoming, now: datetime) -> bytes:
    entered = new.entered

    def beside(reply: Reply) -> Beside:
        also = new.besides(reply) if new.besides else None
        return entries.beside(desk.db.vault, Entry(entered, new.answer, also), desk.new_id, now)

    inquiry = Inquiry(
        id=new.id,
        channel="form",
        received_at=entered.at.astimezone(UTC),
        attributes=MappingProxyType(dict(entered.attributes)),
        is_test=entered.is_test,
    )
    arrival = Arrival(
        new.book,
        inquiry,
        source_of(entered),
        entered.keys[0],
        beside=beside,
        wanted_at=later(entered.chosen_at or entered.wanted_at, now),
        asked_at=entered.asked_at,
    )
    return at_desk.receive(desk, arrival, lambda reply: new.answer, now)


def later(at: datetime | None, now: datetime) -> datetime | None:
    return at if at and at > now else None


def source_of(entered: Entered) -> Source:
    """She is recognised by all she said; what has no place of its own is kept sealed."""
    tracking = entered.attributes.get("tracking_number", Stated("")).value or None
    who = entered.who
    return Source(None, None, tracking, who.number, canonical.dumps(entered.told), who)


def let_in(desk: Desk, book: Book, held: Held, by: str, now: datetime) -> str | None:
    """What was set aside becomes a lead; its clock runs from when it came. The inquiry's id, or None when somebody
    decided first."""
    wish = Letting(book.practice, held.id, "entered", by)
    keys = (f"quarantine:{book.practice}:{held.id}",)
    entered = replace(held.entered, keys=keys, nonce=None, via=held.entered.via.replace(FORM, "let_in:", 1))
    mine = desk.db.vault.name("iq", book.practice, held.id)

    def settled(reply: Reply) -> Also:
        return lambda tx, admission: quarantine.settle(tx, wish, now)

    try:
        enter(desk, Incoming(book, mine, entered, mine.encode(), besides=settled), now)
    except Busy:
        return None
    return mine
