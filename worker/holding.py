"""Which process has a row in hand, and whether it is there any more."""

import os
import platform
from datetime import UTC, datetime

from routing.desk import Desk
from routing.state import leases
from routing.state.leases import Holder


def holder(desk: Desk, pid: int) -> Holder:
    """A process of this machine, as rows name it."""
    return Holder(f"{platform.node()}-{pid}", real_time(desk))


def real_time(desk: Desk) -> datetime:
    """For leases, which are about processes."""
    return datetime.fromtimestamp(desk.by.real_ms() / 1000, UTC)


def is_dead(holder: str) -> bool:
    """A process of this machine that is there no more: of a worker that was killed with its children, say."""
    node, _, pid = holder.rpartition("-")
    if node != platform.node() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def dead_freed(desk: Desk, now: datetime) -> int:
    """What processes held that are there no more need not wait for the end of its lease."""
    real = real_time(desk)
    dead = [name for name in leases.holders(desk.db, real) if is_dead(name)]
    for name in dead:
        leases.drop(desk.db, Holder(name, real))
    return len(dead)
