"""The target's phone in the rows (see ``phones``): from when she is rung for, and what her call is to be."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from routing.state.conference.phones import Invitation, Phones
from routing.state.conference.transfers import BEFORE_ACCEPT
from routing.state.database import Database
from routing.state.tables import inquiries, transfers

ACCEPT_WITHIN = timedelta(seconds=20)
"""From when the target's phone was to ring (S-20)."""
TARGETS = Phones(transfers, "target_sid", "moving", BEFORE_ACCEPT)


def post(db: Database, transfer: str, now: datetime) -> Invitation | None:
    """Committed right before the request, which is made once: a lost answer is made good by the leg's own report, or
    the caller goes back. None when it is not wanted, or was posted before."""
    with db.writing() as tx:
        row = tx.execute(
            update(transfers)
            .where(transfers.c.id == transfer, transfers.c.state == "moving", transfers.c.until > now)
            .values(state="posting")
            .returning(transfers)
        ).first()
        if row is None:
            return None
        until = min(row.until, now + ACCEPT_WITHIN)
        tx.execute(update(transfers).where(transfers.c.id == transfer).values(until=until))
        call = tx.execute(
            select(inquiries.c.account, inquiries.c.tracking_number).where(inquiries.c.id == row.inquiry_id)
        ).one()
    return Invitation(transfer, call.account, row.number, call.tracking_number, row.invite_url, row.progress_url)
