"""Opens a process's handles from its settings: the one place where they are made."""

import secrets
import time
from base64 import b32encode

from routing.desk import Desk
from routing.pursuit import Searchers
from routing.settings import Settings
from routing.state.database import open_database
from routing.state.live.availability import Availability
from routing.state.live.connection import Breaker, open_live
from routing.state.practice.shelf import Shelf
from routing.state.sealed import Vault


def open_desk(settings: Settings, wait_s: float = 0.25) -> Desk:
    """``wait_s`` bounds the wait for the database's lock: short on the call path, longer in a worker. Opens no
    rulebook yet: ``shelf.start()`` does."""
    previous = settings.secret_key_previous
    vault = Vault(settings.secret_key.encode(), previous.encode() if previous else None)
    db = open_database(settings.database_url, vault, wait_s)
    live = Availability(open_live(settings.redis_url), Breaker(time.monotonic))
    return Desk(db, Shelf(db, settings.data_dir / "rulebooks"), Searchers(db, live, random_id, real_ms))


def random_id(prefix: str) -> str:
    """120 random bits: no id of ours can be guessed from another."""
    return f"{prefix}_{b32encode(secrets.token_bytes(15)).decode().lower()}"


def real_ms() -> int:
    """Real time, for heartbeats and leases of processes only."""
    return time.time_ns() // 1_000_000
