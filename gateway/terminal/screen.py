"""What `up` and `demo` show once everything answers: where to look and how to place the first call."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PracticeLines:
    """``numbers`` are tracking numbers in E.164, each with its campaign; ``token`` is the demo's own."""

    id: str
    name: str
    numbers: tuple[tuple[str, str], ...]
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """``phone_url`` is the demo phone; None where calls come from Twilio. ``clock`` is None in real time."""

    gateway_url: str
    phone_url: str | None
    redis: str
    data_dir: str
    practices: tuple[PracticeLines, ...]
    clock: datetime | None = None
    clock_speed: float = 1.0


def screen_text(screen: Screen) -> str:
    parts = [_addresses(screen), *(_practice(practice) for practice in screen.practices), *_first_call(screen)]
    return "\n\n".join(["Leadline is ready.", *parts, "Ctrl-C stops everything."]) + "\n"


def _addresses(screen: Screen) -> str:
    rows = [("demo phone", screen.phone_url)] if screen.phone_url else []
    rows += [
        ("API", f"{screen.gateway_url}/api/v1/openapi.json"),
        ("live state", screen.redis),
        ("data and logs", screen.data_dir),
    ]
    if screen.clock:
        rows.append(("clock", _clock(screen.clock, screen.clock_speed)))
    return "\n".join(f"  {label:<15}{text}" for label, text in rows)


def _clock(instant: datetime, speed: float) -> str:
    pace = "" if speed == 1 else f", {speed:g} times as fast as the real one"
    return f"began at {instant.strftime('%a %Y-%m-%d %H:%M %Z').strip()}{pace}"


def _practice(practice: PracticeLines) -> str:
    rows = [f"    {number}  {campaign}".rstrip() for number, campaign in practice.numbers]
    rows += [f"    API token  {practice.token}"] if practice.token else []
    return "\n".join([f"  {practice.name} ({practice.id})", *rows])


def _first_call(screen: Screen) -> list[str]:
    numbers = [number for practice in screen.practices for number, _ in practice.numbers]
    if not screen.phone_url or not numbers:
        return []
    return [f"Place a first call from another terminal:\n  python3 dev.py rehearse call --to {numbers[0]}"]
