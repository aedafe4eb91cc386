"""What time it is in this deployment: the real time, or a rehearsal's, which every process and restart shares."""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from routing.settings import Settings

CLOCK_FILE = "clock.json"


class ClockError(Exception):
    """The rehearsal's clock file cannot be read."""


def real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """At real instant ``began_at`` the rehearsal's clock showed ``instant``; since then it has gone ``speed`` times as
    fast as the real one."""

    instant: datetime
    speed: float
    began_at: datetime

    def at(self, real: datetime) -> datetime:
        seconds = (real - self.began_at).total_seconds() * self.speed
        return self.instant + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class ProcessClock:
    """``now()`` is aware and in UTC. Heartbeats, leases and time-outs of processes use real time instead."""

    rehearsal: Rehearsal | None = None
    real: Callable[[], datetime] = real_now

    def now(self) -> datetime:
        real = self.real()
        return self.rehearsal.at(real).astimezone(UTC) if self.rehearsal else real


def open_clock(settings: Settings, real: Callable[[], datetime] = real_now) -> ProcessClock:
    """The first process of a rehearsal fixes its clock in the data folder, the others follow it. Raises ClockError."""
    if settings.clock is None:
        return ProcessClock(None, real)
    if settings.environment == "production":
        raise ClockError("a rehearsal clock is refused in production")
    path = settings.data_dir / CLOCK_FILE
    if not path.exists():
        _fix(path, Rehearsal(settings.clock, settings.clock_speed, real()))
    return ProcessClock(_fixed(path), real)


def _fix(path: Path, rehearsal: Rehearsal) -> None:
    """Written aside and then linked, so that nobody reads half of it and the second writer changes nothing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(
        json.dumps(
            {
                "instant": rehearsal.instant.isoformat(),
                "speed": rehearsal.speed,
                "began_at": rehearsal.began_at.isoformat(),
            }
        )
    )
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _fixed(path: Path) -> Rehearsal:
    try:
        fixed = json.loads(path.read_text())
        return Rehearsal(
            datetime.fromisoformat(fixed["instant"]),
            float(fixed["speed"]),
            datetime.fromisoformat(fixed["began_at"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise ClockError(f"cannot read the rehearsal's clock, remove it: {path}") from wrong
