"""Whether a coordinator wants her threads on her own phone: STOP ends it and START begins it again."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from routing.state.audit import audited
from routing.state.sealed import Vault
from routing.state.tables import desired_statuses, relay_stops, sends

RELAY = "relay"
"""The purpose of such sends."""


def has_ended(tx: Connection, practice: str, coordinator: str) -> bool:
    mine = (relay_stops.c.practice_id == practice) & (relay_stops.c.coordinator_id == coordinator)
    return tx.execute(select(relay_stops.c.at).where(mine)).first() is not None


def is_reachable(tx: Connection, practice: str, coordinator: str) -> bool:
    """She says that she is available, and has not ended the relay."""
    hers = (desired_statuses.c.practice_id == practice) & (desired_statuses.c.coordinator_id == coordinator)
    status = tx.execute(select(desired_statuses.c.status).where(hers)).scalar_one_or_none()
    return status == "available" and not has_ended(tx, practice, coordinator)


def end_relay(tx: Connection, practice: str, coordinator: str, by: str, now: datetime) -> None:
    """Nothing that was not claimed yet is sent any more. ``by`` is whom the audit log names."""
    if has_ended(tx, practice, coordinator):
        return
    tx.execute(insert(relay_stops), {"practice_id": practice, "coordinator_id": coordinator, "at": now})
    audited(tx, practice, now, by, "relay", coordinator, before="on", after="off")


def begin_relay(tx: Connection, practice: str, coordinator: str, now: datetime) -> None:
    mine = (relay_stops.c.practice_id == practice) & (relay_stops.c.coordinator_id == coordinator)
    if tx.execute(delete(relay_stops).where(mine)).rowcount:
        audited(tx, practice, now, coordinator, "relay", coordinator, before="off", after="on")


def withdraw(tx: Connection, vault: Vault, practice: str, phone: str, now: datetime) -> None:
    """Whatever was not given to the provider yet never will be."""
    hers = (sends.c.practice_id == practice) & sends.c.recipient_index.in_(vault.indexes(practice, phone))
    open_ones = (sends.c.purpose == RELAY) & sends.c.settled_at.is_(None) & sends.c.state.in_(("new", "claimed"))
    gone = {"state": "withdrawn", "code": "relay_ended", "settled_at": now, "lease_until": None}
    tx.execute(update(sends).where(hers, open_ones).values(**gone))
