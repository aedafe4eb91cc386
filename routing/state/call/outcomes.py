"""How a talk ended, in a code: recording it ends the coordinator's wrap-up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import insert, select, update

from routing.state.database import Database
from routing.state.ledger import NewId, announce
from routing.state.tables import attempts, outcomes, reservations

TalkOutcome = Literal[
    "talked",
    "scheduled",
    "call_again",
    "declined",
    "wrong_number",
    "cut_off",
    "voicemail_left",
    "message_delivered",
    "no_response",
]
TALK_OUTCOMES: tuple[TalkOutcome, ...] = get_args(TalkOutcome)


@dataclass(frozen=True, slots=True)
class Recorded:
    """``fence`` of the reservation whose wrap-up it ends; ``note`` is sealed."""

    coordinator: str
    code: TalkOutcome
    by: str
    note: str | None = None


def record_outcome(db: Database, practice: str, said: Recorded, ids: NewId, now: datetime) -> int | None:
    """The fence of the wrap-up that ended; None when the coordinator was in none."""
    with db.writing() as tx:
        mine = (reservations.c.practice_id == practice) & (reservations.c.coordinator_id == said.coordinator)
        newest = select(reservations.c.id).where(mine, reservations.c.state == "wrapping")
        wrapping = tx.execute(newest.order_by(reservations.c.settled_at.desc()).limit(1)).scalar_one_or_none()
        if wrapping is None:
            return None
        done = tx.execute(
            update(reservations)
            .where(reservations.c.id == wrapping, reservations.c.state == "wrapping")
            .values(state="completed", wrap_until=now)
            .returning(reservations.c.lead_id, reservations.c.fence)
        ).first()
        if done is None:
            return None
        attempt = tx.execute(
            update(attempts)
            .where(attempts.c.reservation_id == wrapping)
            .values(result=said.code)
            .returning(attempts.c.id)
        ).scalar_one_or_none()
        row = ids("oc")
        tx.execute(
            insert(outcomes),
            {
                "id": row,
                "practice_id": practice,
                "lead_id": done.lead_id,
                "attempt_id": attempt,
                "code": said.code,
                "note": db.vault.seal(outcomes.c.note, row, said.note) if said.note else None,
                "recorded_by": said.by,
                "at": now,
            },
        )
        announce(tx, practice, "lead", done.lead_id, now)
        return int(done.fence)
