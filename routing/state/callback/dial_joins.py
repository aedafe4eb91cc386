"""She calls us while a callback for her is being dialled: the dial is taken back, or, where a coordinator already has
it, the two are brought together. At no instant do two calls to her ring (S-19)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from routing.state.call.moves import Move
from routing.state.call.rings import Freed
from routing.state.callback.bars import on_the_line
from routing.state.callback.dial_legs import hold
from routing.state.callback.dials import end
from routing.state.conference.transfers import planned
from routing.state.database import Database
from routing.state.ledger import NewId, Offer, announce, reserve
from routing.state.tables import attempts, callbacks, dials, inquiries, reservations, rings

STILL_WITHIN = timedelta(seconds=5)
"""A phone that we asked to be still says so by then."""
MEETING = timedelta(seconds=30)
CALLED_IN = "called_in"


def called_in(db: Database, ids: NewId, now: datetime, most: int) -> tuple[Freed, ...]:
    """Every dial for somebody who is on the line with us by now; whose phone need not ring any more."""
    calls = exists().where(
        inquiries.c.person_id == callbacks.c.person_id, inquiries.c.channel == "call", inquiries.c.ended_at.is_(None)
    )
    wanted = (
        select(dials, callbacks.c.person_id)
        .join(callbacks, callbacks.c.id == dials.c.callback_id)
        .where(dials.c.settled_at.is_(None), dials.c.joined_by.is_(None), dials.c.state != "dropped", calls)
        .limit(most)
    )
    with db.reading() as tx:
        rows = tx.execute(wanted).all()
    freed = []
    for row in rows:
        with db.writing() as tx:
            freed.append(taken_back(tx, row, ids, now))
    return tuple(each for each in freed if each)


def taken_back(tx: Connection, row: Row[Any], ids: NewId, now: datetime) -> Freed | None:
    """One whose request is under way is left until it is known what came of it."""
    mine = (dials.c.id == row.id) & (dials.c.state == row.state) & dials.c.settled_at.is_(None)
    if row.state == "new":
        return end(tx, row, ("rescinded", CALLED_IN), now)
    if row.state == "created":
        dropped = update(dials).where(mine).values(state="dropped", due_at=now + STILL_WITHIN, code=CALLED_IN)
        if tx.execute(dropped.returning(dials.c.id)).first():
            hush(tx, row, row.sid, ids, now)
    if row.state == "accepted" and row.lead_answered_at is None:
        caller = on_the_line(tx, row.person_id)
        tx.execute(update(dials).where(mine).values(joined_by=caller))
        if row.lead_sid:
            hush(tx, row, row.lead_sid, ids, now)
    return None


def hush(tx: Connection, row: Row[Any], sid: str, ids: NewId, now: datetime) -> None:
    planned(tx, Move(ids("mv"), row.practice_id, row.inquiry_id, sid, row.account, "", "hang_up", now), now)


def awaited(tx: Connection, person: str | None) -> bool:
    """A coordinator has taken a callback for her, and is being connected with her at this moment."""
    mine = (callbacks.c.person_id == person) & (dials.c.state == "accepted") & dials.c.settled_at.is_(None)
    wanted = select(dials.c.id).join(callbacks, callbacks.c.id == dials.c.callback_id)
    return tx.execute(wanted.where(mine, dials.c.lead_answered_at.is_(None))).first() is not None


def expected(tx: Connection, practice: str) -> frozenset[str]:
    """Callers in the line whom a coordinator, who has just taken a callback for them, is about to have."""
    wanted = (
        select(inquiries.c.id)
        .join(callbacks, callbacks.c.person_id == inquiries.c.person_id)
        .join(dials, dials.c.callback_id == callbacks.c.id)
        .where(inquiries.c.practice_id == practice, inquiries.c.state == "waiting", callbacks.c.state == "dialling")
        .where(dials.c.state == "accepted", dials.c.settled_at.is_(None), dials.c.lead_answered_at.is_(None))
    )
    return frozenset(tx.execute(wanted).scalars())


@dataclass(frozen=True, slots=True)
class Meeting:
    """The call that she is waiting with, and the offer that its coordinator has in it."""

    inquiry: str
    step: int


def meet(db: Database, inquiry: str, step: int, ids: NewId, now: datetime) -> Meeting | None:
    """The coordinator's leg becomes one of the phones that ring for her call, which she goes on to take. None when
    nobody waits."""
    with db.writing() as tx:
        at = hold(tx, inquiry, step)
        if at is None or at.dial.state != "accepted" or at.dial.settled_at is not None:
            return None
        caller = at.dial.joined_by or on_the_line(tx, at.callback.person_id)
        waiting = (inquiries.c.id == caller) & (inquiries.c.state == "waiting")
        call = tx.execute(select(inquiries).where(waiting).with_for_update()).first()
        if call is None:
            return None
        had = tx.execute(
            update(reservations)
            .where(reservations.c.id == at.dial.reservation_id, reservations.c.state == "accepted")
            .values(state="rescinded", settled_at=now)
            .returning(reservations)
        ).first()
        if had is None:
            return None
        made = (attempts.c.id == at.dial.attempt_id) & attempts.c.ended_at.is_(None)
        tx.execute(update(attempts).where(made).values(ended_at=now, result="canceled", talk_s=0))
        over = {"state": "over", "settled_at": now, "code": CALLED_IN, "joined_by": call.id}
        tx.execute(update(dials).where(dials.c.id == at.dial.id).values(**over))
        tx.execute(update(callbacks).where(callbacks.c.id == at.callback.id).values(state="due"))
        return offered(tx, at.dial, (call, had), ids, now)


def offered(tx: Connection, dial: Row[Any], of: tuple[Row[Any], Row[Any]], ids: NewId, now: datetime) -> Meeting:
    call, had = of
    highest = select(func.max(reservations.c.step)).where(reservations.c.inquiry_id == call.id)
    step = max(call.step, tx.execute(highest).scalar_one() or 0) + 1
    offer = Offer(ids("rs"), had.coordinator_id, "call", had.queue, step, 0, had.fence, now + MEETING)
    reserve(tx, call.practice_id, call.id, call.lead_id, offer, now)
    tx.execute(update(inquiries).where(inquiries.c.id == call.id).values(step=step))
    row = {
        "id": ids("rg"),
        "practice_id": call.practice_id,
        "inquiry_id": call.id,
        "reservation_id": offer.id,
        "step": step,
        "coordinator_id": had.coordinator_id,
        "account": call.account,
        "number": dial.number,
        "shown": dial.shown,
        "url": dial.url,
        "progress_url": dial.progress_url,
        "state": "ringing",
        "sid": dial.sid,
        "answered_at": now,
        "due_at": now,
        "until": now + MEETING,
        "ring": 1,
        "created_at": now,
    }
    tx.execute(insert(rings), row)
    announce(tx, call.practice_id, "lead", call.lead_id, now)
    return Meeting(call.id, step)


def met_on(db: Database, sid: str) -> Meeting | None:
    """The call that the coordinator's leg was brought together with."""
    with db.reading() as tx:
        found = tx.execute(select(rings.c.inquiry_id, rings.c.step).where(rings.c.sid == sid)).first()
    return Meeting(*found) if found else None
