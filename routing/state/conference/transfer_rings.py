"""The target's phone in the rows: rung for, posted once, reported by its own leg or by the answer to the request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from routing.state.conference.transfers import BEFORE_ACCEPT, RING_AGAIN, Standing
from routing.state.database import Database
from routing.state.tables import inquiries, transfers

ACCEPT_WITHIN = timedelta(seconds=20)
"""From when the target's phone was to ring (S-20)."""


def rung(db: Database, found: Sequence[Standing], now: datetime) -> tuple[tuple[str, int], ...]:
    """Row and number of the ring, for those whose target is to be called and was not rung for lately."""
    ids = [each.id for each in found]
    if not ids:
        return ()
    with db.writing() as tx:
        told = tx.execute(
            update(transfers)
            .where(transfers.c.id.in_(ids), transfers.c.state == "moving", transfers.c.due_at <= now)
            .values(ring=transfers.c.ring + 1, due_at=now + RING_AGAIN)
            .returning(transfers.c.id, transfers.c.ring)
        ).all()
    return tuple((row.id, row.ring) for row in told)


@dataclass(frozen=True, slots=True)
class Invitation:
    """The target's call as it is to be made."""

    transfer: str
    account: str
    number: str
    shown: str
    url: str
    progress: str


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


def is_ringing(db: Database, transfer: str, sid: str) -> None:
    """The answer to the request or the leg's own report, whichever comes first."""
    with db.writing() as tx:
        mine = transfers.c.id == transfer
        tx.execute(update(transfers).where(mine, transfers.c.target_sid.is_(None)).values(target_sid=sid))
        tx.execute(update(transfers).where(mine, transfers.c.state == "posting").values(state="ringing"))


def not_posted(db: Database, transfer: str, due_at: datetime) -> None:
    """Surely not acted on: it may be tried again."""
    with db.writing() as tx:
        mine = (transfers.c.id == transfer) & (transfers.c.state == "posting")
        tx.execute(update(transfers).where(mine).values(state="moving", due_at=due_at))


def unreachable(db: Database, transfer: str, code: str, now: datetime) -> None:
    """The target's phone cannot be rung or was not answered: the time for it is over."""
    with db.writing() as tx:
        mine = (transfers.c.id == transfer) & transfers.c.state.in_(BEFORE_ACCEPT)
        tx.execute(update(transfers).where(mine).values(until=now, code=code))
