"""A guest's phone in the rows: rung for, posted once, reported by its own leg or by the answer to the request."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from routing.state.conference.guests import BEFORE_ENTRY
from routing.state.conference.transfer_rings import Invitation
from routing.state.conference.transfers import RING_AGAIN
from routing.state.database import Database
from routing.state.tables import conferences, guests, inquiries

ANSWER_WITHIN = timedelta(seconds=30)
"""From when the phone was to ring: the ring, the whisper and the key."""


def rung(db: Database, ids: Sequence[str], now: datetime) -> tuple[tuple[str, int], ...]:
    """Row and number of the ring, for those not rung for lately."""
    if not ids:
        return ()
    with db.writing() as tx:
        told = tx.execute(
            update(guests)
            .where(guests.c.id.in_(ids), guests.c.state == "asked", guests.c.due_at <= now)
            .values(ring=guests.c.ring + 1, due_at=now + RING_AGAIN)
            .returning(guests.c.id, guests.c.ring)
        ).all()
    return tuple((row.id, row.ring) for row in told)


def post(db: Database, guest: str, now: datetime) -> Invitation | None:
    """Committed right before the request, which is made once. None when it is not wanted, or was posted before."""
    with db.writing() as tx:
        row = tx.execute(
            update(guests)
            .where(guests.c.id == guest, guests.c.state == "asked", guests.c.until > now)
            .values(state="posting")
            .returning(guests)
        ).first()
        if row is None:
            return None
        until = now + ANSWER_WITHIN if row.offer_step is None else min(row.until, now + ANSWER_WITHIN)
        tx.execute(update(guests).where(guests.c.id == guest).values(until=until))
        account = tx.execute(select(conferences.c.account).where(conferences.c.id == row.conference_id)).scalar_one()
        shown = tx.execute(select(inquiries.c.tracking_number).where(inquiries.c.id == row.inquiry_id)).scalar_one()
    phone = db.vault.unseal(guests.c.phone, row.id, row.phone)
    return Invitation(guest, account, phone, shown, row.invite_url, row.progress_url)


def is_ringing(db: Database, guest: str, sid: str) -> None:
    with db.writing() as tx:
        mine = guests.c.id == guest
        tx.execute(update(guests).where(mine, guests.c.sid.is_(None)).values(sid=sid))
        tx.execute(update(guests).where(mine, guests.c.state == "posting").values(state="ringing"))


def not_posted(db: Database, guest: str, due_at: datetime) -> None:
    """Surely not acted on: it may be tried again."""
    with db.writing() as tx:
        mine = (guests.c.id == guest) & (guests.c.state == "posting")
        tx.execute(update(guests).where(mine).values(state="asked", due_at=due_at))


def unreachable(db: Database, guest: str, code: str, now: datetime) -> None:
    """The phone cannot be rung or was not answered: the time for it is over."""
    with db.writing() as tx:
        mine = (guests.c.id == guest) & guests.c.state.in_(BEFORE_ENTRY)
        tx.execute(update(guests).where(mine).values(until=now, code=code))
