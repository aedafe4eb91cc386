"""An account as the phone provider sees it, for all processes together: when it may start its next call, and whether
it refuses our login. Rows, not Redis: the clock makes requests when Redis is away, and one row a second costs nothing.

Times are milliseconds of real time since 1970 (design section 6).
"""

from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from routing.state.database import Database, Refused
from routing.state.tables import provider_accounts


@dataclass(frozen=True, slots=True)
class Resting:
    """An account whose login the provider refuses; ``code`` is what it said."""

    account: str
    since_ms: int
    code: str


def take_turn(db: Database, account: str, spacing_ms: int, real_ms: int) -> int:
    """0: this process may start a call now. Else the milliseconds until it is worth asking again."""
    known(db, account)
    row = provider_accounts.c
    with db.writing() as tx:
        won = tx.execute(
            update(provider_accounts)
            .where(row.account == account, row.next_call_ms <= real_ms)
            .values(next_call_ms=real_ms + spacing_ms)
        ).rowcount
        if won:
            return 0
        next_call_ms: int = tx.execute(select(row.next_call_ms).where(row.account == account)).scalar_one()
        return next_call_ms - real_ms


def rest(db: Database, account: str, code: str, until_ms: int, real_ms: int) -> bool:
    """The login was refused: no request before ``until_ms``. True for whoever noticed first."""
    known(db, account)
    row = provider_accounts.c
    with db.writing() as tx:
        later = update(provider_accounts).where(row.account == account)
        first = tx.execute(
            later.where(row.resting_since_ms.is_(None)).values(resting_since_ms=real_ms, probe_ms=until_ms, code=code)
        ).rowcount
        return first == 1


def admit(db: Database, account: str, probe_every_ms: int, real_ms: int) -> bool:
    """Whether a request may be made: always while the login is good, else one each ``probe_every_ms``."""
    row = provider_accounts.c
    with db.reading() as tx:
        resting = tx.execute(
            select(row.probe_ms).where(row.account == account, row.resting_since_ms.is_not(None))
        ).scalar_one_or_none()
    if resting is None:
        return True
    if resting > real_ms:
        return False
    with db.writing() as tx:
        probing = update(provider_accounts).where(row.account == account, row.probe_ms <= real_ms)
        return tx.execute(probing.values(probe_ms=real_ms + probe_every_ms)).rowcount == 1


def wake(db: Database, account: str) -> bool:
    """The login is accepted (again). True for whoever ended a rest."""
    row = provider_accounts.c
    mine = (row.account == account) & row.resting_since_ms.is_not(None)
    with db.reading() as tx:
        if tx.execute(select(row.account).where(mine)).first() is None:
            return False
    with db.writing() as tx:
        awake = update(provider_accounts).where(mine).values(resting_since_ms=None, probe_ms=None, code=None)
        return tx.execute(awake).rowcount == 1


def resting(db: Database) -> tuple[Resting, ...]:
    """For operators: each of these needs a new token or API key."""
    row = provider_accounts.c
    wanted = select(row.account, row.resting_since_ms, row.code).where(row.resting_since_ms.is_not(None))
    with db.reading() as tx:
        return tuple(Resting(*each) for each in tx.execute(wanted.order_by(row.account)))


def is_resting(tx: Connection, account: str) -> bool:
    row = provider_accounts.c
    mine = (row.account == account) & row.resting_since_ms.is_not(None)
    return tx.execute(select(row.account).where(mine)).first() is not None


def known(db: Database, account: str) -> None:
    with db.reading() as tx:
        if seen(tx, account):
            return
    try:
        with db.writing() as tx:
            tx.execute(
                insert(provider_accounts),
                {
                    "account": account,
                    "next_call_ms": 0,
                },
            )
    except Refused:
        return


def seen(tx: Connection, account: str) -> bool:
    row = provider_accounts.c
    return tx.execute(select(row.account).where(row.account == account)).first() is not None
