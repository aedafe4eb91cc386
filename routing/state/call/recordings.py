"""Recordings as rows: announced by the caller's own leg or by the provider, fetched, kept sealed, and deleted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.database import Database
from routing.state.ledger import NewId, announce
from routing.state.tables import inquiries, recordings

Kind = Literal["voicemail", "call"]
RING_AGAIN_S = (5, 15, 60, 300, 1800)
"""Between the rings for one recording; the last is repeated."""
RINGS = 60
"""About a day; what cannot be fetched by then is lost."""
UNTOLD = timedelta(seconds=30)
"""So long after its announcement a recording is asked for without having been reported as ready."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as a webhook tells of it. ``is_ready``: its file can be fetched."""

    inquiry: str
    account: str
    sid: str
    kind: Kind
    duration_s: int
    is_ready: bool
    keep_days: int


def note(tx: Connection, told: Heard, ids: NewId, now: datetime) -> bool:
    """Whether it was new. Reports come in any order and any number of times; ready stays ready."""
    mine = (recordings.c.account == told.account) & (recordings.c.sid == told.sid)
    known = tx.execute(select(recordings.c.id, recordings.c.state).where(mine)).first()
    if known and told.is_ready and known.state == "announced":
        tx.execute(
            update(recordings)
            .where(recordings.c.id == known.id, recordings.c.state == "announced")
            .values(state="available", duration_s=told.duration_s, due_at=now)
        )
    if known:
        return False
    of = tx.execute(select(inquiries.c.practice_id, inquiries.c.lead_id).where(inquiries.c.id == told.inquiry)).one()
    tx.execute(
        insert(recordings),
        {
            "id": ids("rc"),
            "practice_id": of.practice_id,
            "inquiry_id": told.inquiry,
            "lead_id": of.lead_id,
            "account": told.account,
            "sid": told.sid,
            "kind": told.kind,
            "state": "available" if told.is_ready else "announced",
            "duration_s": told.duration_s,
            "is_remote": True,
            "due_at": now if told.is_ready else now + UNTOLD,
            "ring": 0,
            "created_at": now,
            "expires_at": now + timedelta(days=told.keep_days),
        },
    )
    announce(tx, of.practice_id, "lead", of.lead_id, now)
    return True


@dataclass(frozen=True, slots=True)
class Due:
    """Something is to be asked of the provider: the file while ``is_wanted``, then that its copy be deleted."""

    id: str
    account: str
    sid: str
    is_wanted: bool
    ring: int


WAITING = ("announced", "available")


def due(db: Database, now: datetime, most: int) -> tuple[Due, ...]:
    """Claims what is due by putting its next ring off, so that several clocks do no harm."""
    with db.reading() as tx:
        wanted = select(recordings.c.id, recordings.c.ring).where(recordings.c.is_remote, recordings.c.due_at <= now)
        rows = tx.execute(wanted.order_by(recordings.c.due_at).limit(most)).all()
    if not rows:
        return ()
    found = []
    with db.writing() as tx:
        for row in rows:
            wait_s = RING_AGAIN_S[min(row.ring, len(RING_AGAIN_S) - 1)]
            claimed = tx.execute(
                update(recordings)
                .where(recordings.c.id == row.id, recordings.c.ring == row.ring)
                .values(ring=row.ring + 1, due_at=now + timedelta(seconds=wait_s))
                .returning(recordings)
            ).first()
            if claimed:
                wants = claimed.state in WAITING
                found.append(Due(row.id, claimed.account, claimed.sid, wants, claimed.ring))
    return tuple(found)


def asked_for(db: Database, recording: str) -> Due | None:
    """None for one of which the provider has nothing more."""
    with db.reading() as tx:
        row = tx.execute(select(recordings).where(recordings.c.id == recording, recordings.c.is_remote)).first()
    return Due(row.id, row.account, row.sid, row.state in WAITING, row.ring) if row else None


@dataclass(frozen=True, slots=True)
class Sound:
    content: bytes = field(repr=False)
    kind: str


def keep(db: Database, recording: str, sound: Sound, now: datetime) -> bool:
    """Sealed before the transaction; False when another worker was first, or it has been deleted meanwhile."""
    media = db.vault.seal_bytes(recordings.c.media, recording, sound.content)
    with db.writing() as tx:
        won = tx.execute(
            update(recordings)
            .where(recordings.c.id == recording, recordings.c.state.in_(WAITING))
            .values(state="fetched", media=media, media_kind=sound.kind, code=None, due_at=now)
            .returning(recordings.c.practice_id, recordings.c.lead_id)
        ).first()
        if won:
            announce(tx, won.practice_id, "lead", won.lead_id, now)
        return won is not None


def not_fetched(db: Database, recording: str, code: str, *, lost: bool) -> None:
    """``lost`` for good: the provider has no such file, or gave it to nobody for a day."""
    values = {"code": code, "state": "lost", "is_remote": False} if lost else {"code": code}
    with db.writing() as tx:
        tx.execute(
            update(recordings).where(recordings.c.id == recording, recordings.c.state.in_(WAITING)).values(**values)
        )


def deleted_there(db: Database, recording: str) -> None:
    """The provider's copy is gone; ours is the only one."""
    with db.writing() as tx:
        tx.execute(
            update(recordings)
            .where(recordings.c.id == recording, recordings.c.state.not_in(WAITING))
            .values(is_remote=False)
        )


def expire(db: Database, now: datetime, most: int) -> int:
    """Deletes what is kept no longer, and what was never fetched in all that time; how many. The rows stay."""
    over = recordings.c.state.not_in(("deleted", "lost")) & (recordings.c.expires_at <= now)
    with db.reading() as tx:
        ids = tx.execute(select(recordings.c.id).where(over).limit(most)).scalars().all()
    if not ids:
        return 0
    with db.writing() as tx:
        gone = tx.execute(
            update(recordings)
            .where(recordings.c.id.in_(ids), over)
            .values(state="deleted", media=None, due_at=now, ring=0)
            .returning(recordings.c.id, recordings.c.practice_id)
        ).all()
        for recording, practice in gone:
            audited(tx, practice, now, "clock", "recording_deleted", recording, reason="retention")
        return len(gone)


def play(db: Database, practice: str, recording: str, by: str, now: datetime) -> Sound | None:
    """Who hears it is written down first. None where the practice has no such sound."""
    with db.writing() as tx:
        row = tx.execute(
            select(recordings.c.media, recordings.c.media_kind).where(
                recordings.c.id == recording, recordings.c.practice_id == practice, recordings.c.state == "fetched"
            )
        ).first()
        if row is None:
            return None
        audited(tx, practice, now, by, "recording_played", recording)
    return Sound(db.vault.unseal_bytes(recordings.c.media, recording, row.media), row.media_kind)
