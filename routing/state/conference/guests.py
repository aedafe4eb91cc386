"""Whoever is rung into a conference, in the rows: a third party, somebody a caller is handed to, a supervisor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.conferring import GuestKind, GuestRole
from routing.rules.receipt import Decision
from routing.state.audit import audited
from routing.state.call.moves import Move
from routing.state.conference.conferences import Opening, opened
from routing.state.conference.holds import HoldAsked, put
from routing.state.conference.holds import current as hold_of
from routing.state.conference.transfers import planned
from routing.state.database import Database, Refused
from routing.state.ledger import Offer, announce, record_decision, reserve
from routing.state.tables import conferences, guests, inquiries, reservations

ANSWER_WITHIN = timedelta(seconds=40)
BEFORE_ENTRY = ("asked", "posting", "ringing")


@dataclass(frozen=True, slots=True)
class Guest:
    """``number`` counts the guests of a call, ``phone`` is theirs; ``first`` has the caller. ``owner`` follows a
    referral up."""

    id: str
    number: int
    role: GuestRole
    kind: GuestKind
    who: str
    phone: str
    mode: str
    reason: str
    by: str
    first: str
    invite: str
    progress: str
    contract: str | None = None
    disclosure: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class GuestAsked:
    """``offer`` reserves a coordinator, ``decision`` says why her; ``hold`` is the caller's, while she is handed on."""

    opening: Opening
    guest: Guest
    offer: Offer | None = None
    decision: Decision | None = None
    book: Book | None = None
    hold: HoldAsked | None = None


def ask(db: Database, asking: GuestAsked, now: datetime) -> None:
    """The phone rings once the talk sits in its conference.

    :raises Refused: when the talk is over, another of that role is under way, or she has another offer.
    """
    at, guest = asking.opening, asking.guest
    with db.writing() as tx:
        conference = opened(tx, at, now)
        if is_asked(tx, conference.id, supervises=guest.role == "supervisor"):
            raise Refused("another is under way")
        if asking.book and asking.decision:
            record_decision(tx, asking.book, asking.decision)
        if asking.offer:
            reserve(tx, at.practice, at.inquiry, at.lead, asking.offer, now)
        if asking.hold and hold_of(tx, at.inquiry) is None:
            put(tx, asking.hold, conference, now)
        tx.execute(insert(guests), row_of(db, asking, conference, now))
        audited(tx, at.practice, now, guest.by, ACTIONS[guest.role], at.inquiry, before=guest.first, after=told(guest))
        announce(tx, at.practice, "call", at.inquiry, now)


ACTIONS = {"third": "join_asked", "handover": "referral_asked", "supervisor": "listen_asked"}


def told(guest: Guest) -> str:
    """Who, as the audit log names her: a number is nobody's business there."""
    who = guest.who if guest.kind == "coordinator" else f"{guest.kind}:{guest.who}".rstrip(":")
    return f"{who} {guest.mode}" if guest.role == "supervisor" else who


def is_asked(tx: Connection, conference: str, *, supervises: bool) -> bool:
    role = guests.c.role == "supervisor"
    mine = (guests.c.conference_id == conference) & guests.c.settled_at.is_(None) & (role if supervises else ~role)
    return tx.execute(select(guests.c.id).where(mine)).first() is not None


def row_of(db: Database, asking: GuestAsked, conference: Row[Any], now: datetime) -> dict[str, Any]:
    guest, at = asking.guest, asking.opening
    return {
        "id": guest.id,
        "practice_id": at.practice,
        "inquiry_id": at.inquiry,
        "lead_id": at.lead,
        "conference_id": conference.id,
        "number": guest.number,
        "role": guest.role,
        "kind": guest.kind,
        "who": guest.who,
        "phone": db.vault.seal(guests.c.phone, guest.id, guest.phone),
        "mode": guest.mode,
        "reason": guest.reason,
        "made_by": guest.by,
        "first": guest.first,
        "first_step": at.step,
        "offer_step": asking.offer.step if asking.offer else None,
        "contract": guest.contract,
        "disclosure": guest.disclosure,
        "owner_id": guest.owner,
        "invite_url": guest.invite,
        "progress_url": guest.progress,
        "state": "asked",
        "due_at": now,
        "until": asking.offer.expires_at if asking.offer else now + ANSWER_WITHIN,
        "ring": 0,
        "created_at": now,
    }


def next_number(tx: Connection, inquiry: str) -> int:
    newest = select(func.max(guests.c.number)).where(guests.c.inquiry_id == inquiry)
    found = tx.execute(newest).scalar_one_or_none()
    return 0 if found is None else int(found) + 1


@dataclass(frozen=True, slots=True)
class Seen:
    """A guest with the conference and the call as they are now. ``coordinator_sid`` is whom a whispering supervisor is
    heard by."""

    row: Row[Any]
    room: str
    account: str
    coordinator_sid: str
    is_live: bool
    offer_state: str | None

    def is_wanted(self, now: datetime) -> bool:
        pending = self.offer_state in (None, "pending") and self.row.until > now
        return self.is_live and pending and self.row.state in BEFORE_ENTRY


def find(db: Database, inquiry: str, number: int) -> Seen | None:
    with db.reading() as tx:
        row = tx.execute(select(guests).where(guests.c.inquiry_id == inquiry, guests.c.number == number)).first()
        if row is None:
            return None
        at = tx.execute(select(conferences).where(conferences.c.id == row.conference_id)).one()
        call = tx.execute(select(inquiries.c.state).where(inquiries.c.id == inquiry)).scalar_one()
        offer = None
        if row.offer_step is not None:
            mine = (reservations.c.inquiry_id == inquiry) & (reservations.c.step == row.offer_step)
            offer = tx.execute(select(reservations.c.state).where(mine)).scalar_one()
        live = call == "connected" and at.settled_at is None
        return Seen(row, at.room, at.account, at.coordinator_sid, live, offer)


@dataclass(frozen=True, slots=True)
class ModeChange:
    """``move`` changes the supervisor's seat; one whose phone still rings is seated as she is to be."""

    inquiry: str
    who: str
    mode: str
    by: str
    move: Move


def change_mode(db: Database, change: ModeChange, now: datetime) -> Row[Any] | None:
    """None when she does not listen to this call."""
    mine = (guests.c.inquiry_id == change.inquiry) & (guests.c.who == change.who)
    open_ = mine & (guests.c.role == "supervisor") & guests.c.settled_at.is_(None)
    with db.writing() as tx:
        row = tx.execute(select(guests).where(open_)).first()
        if row is None:
            return None
        before = f"{row.who} {row.wants or row.mode}"
        audited(
            tx,
            row.practice_id,
            now,
            change.by,
            "listen_mode",
            row.inquiry_id,
            before=before,
            after=f"{row.who} {change.mode}",
        )
        if row.state == "in":
            reseat(tx, row, change, now)
        else:
            tx.execute(update(guests).where(guests.c.id == row.id).values(mode=change.mode))
        announce(tx, row.practice_id, "call", row.inquiry_id, now)
        return tx.execute(select(guests).where(guests.c.id == row.id)).one()


def reseat(tx: Connection, row: Row[Any], change: ModeChange, now: datetime) -> None:
    at = tx.execute(select(conferences).where(conferences.c.id == row.conference_id)).one()
    tx.execute(update(guests).where(guests.c.id == row.id).values(wants=change.mode, move_id=change.move.id))
    move, coaches = change.move, at.coordinator_sid if change.mode == "whisper" else None
    seat = Move(move.id, move.practice, move.inquiry, row.sid, at.account, "", change.mode, now, at.room, coaches)
    planned(tx, seat, now)


def mode_settled(db: Database, row: Row[Any], *, is_done: bool, code: str | None, now: datetime) -> None:
    """She is heard as she was until the change is carried out."""
    values = {"mode": row.wants, "wants": None, "code": None} if is_done else {"wants": None, "code": code}
    with db.writing() as tx:
        mine = (guests.c.id == row.id) & (guests.c.move_id == row.move_id) & guests.c.settled_at.is_(None)
        tx.execute(update(guests).where(mine).values(**values))
        announce(tx, row.practice_id, "call", row.inquiry_id, now)
