"""A guest's phone in the rows (see ``phones``): from when she is rung for, and what her call is to be."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from routing.state.conference.guests import BEFORE_ENTRY
from routing.state.conference.phones import Invitation, Phones
from routing.state.database import Database
from routing.state.tables import conferences, guests, inquiries

ANSWER_WITHIN = timedelta(seconds=30)
"""From when the phone was to ring: the ring, the whisper and the key."""
GUESTS = Phones(guests, "sid", "asked", BEFORE_ENTRY)


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
