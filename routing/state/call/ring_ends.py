"""How it ends when several phones ring for one caller: the first key wins by compare-and-set on the inquiry's row, and
every other phone is made still."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.engine import Connection

from routing.state.call.moves import Move
from routing.state.call.offers import Acceptance, Accepted, Taken, taken
from routing.state.call.rings import Freed, freed, of
from routing.state.conference.transfers import planned
from routing.state.database import Database, Refused
from routing.state.inbox import file
from routing.state.ledger import NewId, Settled
from routing.state.tables import inquiries, moves, reservations, rings

FORGOTTEN = timedelta(seconds=90)
"""Longer than any offer: what has not been heard of since is nobody's phone any more."""


@dataclass(frozen=True, slots=True)
class Taking:
    """Somebody pressed the key; ``url`` is where the caller goes to meet her. ``covering`` as for any accept."""

    said: Acceptance
    url: str
    covering: Set[str]


@dataclass(frozen=True, slots=True)
class Won:
    """``freed`` are those who would have taken the caller as well."""

    taken: Taken
    freed: tuple[Freed, ...]


def take(db: Database, taking: Taking, ids: NewId, now: datetime) -> Won:
    """The inquiry's row comes first: of two keys in one moment the second waits for it and finds the caller gone, with
    nothing locked that the first still needs.

    :raises Refused: when somebody was first, the caller has left, or the offer has ended.
    """
    said = taking.said
    with db.writing() as tx:
        called = tx.execute(
            update(inquiries)
            .where(inquiries.c.id == said.inquiry, inquiries.c.state == "waiting")
            .values(state="connected", step=said.step)
            .returning(inquiries)
        ).first()
        won = tx.execute(
            update(reservations)
            .where(reservations.c.inquiry_id == said.inquiry, reservations.c.step == said.step)
            .where(reservations.c.state == "pending", reservations.c.expires_at > now)
            .values(state="accepted", accepted_at=now, leg_sid=said.leg_sid)
            .returning(reservations)
        ).first()
        if called is None or won is None:
            raise Refused("somebody else was first, or nobody waits")
        file(tx, said.letter, won.practice_id, said.inquiry, now)
        given = taken(tx, Accepted(won, called.channel, taking.covering), ids, now)
        tx.execute(update(rings).where(of(said.inquiry, said.step)).values(state="accepted", sid=said.leg_sid))
        meeting = Move(ids("mv"), won.practice_id, called.id, called.sid, called.account, taking.url, "taken", now)
        planned(tx, meeting, now)
        return Won(given, rescinded(tx, said, ids, now))


def rescinded(tx: Connection, said: Acceptance, ids: NewId, now: datetime) -> tuple[Freed, ...]:
    mine = rings.c.inquiry_id == said.inquiry
    others = select(rings).where(mine, rings.c.step != said.step, rings.c.settled_at.is_(None)).order_by(rings.c.step)
    ended = []
    for row in tx.execute(others).all():
        ended.append(freed(tx, reservations.c.id == row.reservation_id, "rescinded", now))
        silence(tx, row, ids("mv"), now)
    return tuple(each for each in ended if each)


def silence(tx: Connection, row: Row[Any], move: str, now: datetime) -> None:
    """A phone that rings stops; who has picked up hears how it came. One whose call nobody has heard of yet is made
    still when it reports itself."""
    if row.sid is None or row.code is not None:
        return
    url, kind = (row.url, "too_late") if row.answered_at else ("", "hang_up")
    planned(tx, Move(move, row.practice_id, row.inquiry_id, row.sid, row.account, url, kind, now), now)
    tx.execute(update(rings).where(rings.c.id == row.id).values(move_id=move))


@dataclass(frozen=True, slots=True)
class Standing:
    """An open ring with its offer, its caller and the request that silences it."""

    row: Row[Any]
    offer: str
    offer_settled_at: datetime | None
    call: str
    step: int
    call_sid: str
    move_code: str | None
    move_settled: bool


def standing(db: Database) -> tuple[Standing, ...]:
    """Oldest first."""
    wanted = (
        select(
            rings,
            reservations.c.state.label("offer"),
            reservations.c.settled_at.label("offer_settled_at"),
            inquiries.c.state.label("call"),
            inquiries.c.step.label("call_step"),
            inquiries.c.sid.label("call_sid"),
            moves.c.code.label("move_code"),
            moves.c.settled_at.label("move_settled_at"),
        )
        .join(reservations, reservations.c.id == rings.c.reservation_id)
        .join(inquiries, inquiries.c.id == rings.c.inquiry_id)
        .outerjoin(moves, moves.c.id == rings.c.move_id)
        .where(rings.c.settled_at.is_(None))
        .order_by(rings.c.created_at, rings.c.step)
    )
    with db.reading() as tx:
        return tuple(
            Standing(
                row=row,
                offer=row.offer,
                offer_settled_at=row.offer_settled_at,
                call=row.call,
                step=row.call_step,
                call_sid=row.call_sid,
                move_code=row.move_code,
                move_settled=row.move_settled_at is not None,
            )
            for row in tx.execute(wanted)
        )


def drop(db: Database, at: Standing, state: Settled, now: datetime) -> Freed | None:
    with db.writing() as tx:
        return freed(tx, reservations.c.id == at.row.reservation_id, state, now)


def still(db: Database, at: Standing, move: str, now: datetime) -> None:
    with db.writing() as tx:
        silence(tx, at.row, move, now)


def fetch(db: Database, at: Standing, move: Move, now: datetime) -> None:
    """The caller is sent on from where nobody has her; while such a request is open it is not made again."""
    open_ = (moves.c.call_sid == move.call_sid) & moves.c.settled_at.is_(None)
    with db.writing() as tx:
        if tx.execute(select(moves.c.id).where(open_)).first() is None:
            planned(tx, move, now)


def settle(db: Database, at: Standing, now: datetime) -> None:
    with db.writing() as tx:
        state = at.row.state if at.row.state == "accepted" else "over"
        mine = (rings.c.id == at.row.id) & rings.c.settled_at.is_(None)
        tx.execute(update(rings).where(mine).values(settled_at=now, state=state))
