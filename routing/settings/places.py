"""From the places a practice file names (``env:NAME``, ``file:PATH``) to the secrets that lie there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from routing.settings.shape import Settings

MOST_BYTES = 4_096


def folder_of(settings: Settings) -> Path:
    """Where a relative ``file:`` of a practice file is looked for: beside the practice files."""
    return settings.practices or settings.data_dir


def secret_at(place: str | None, environment: Mapping[str, str], folder: Path) -> bytes | None:
    """None where nothing lies there."""
    if place is None:
        return None
    kind, _, name = place.partition(":")
    if kind == "env":
        return environment.get(name, "").strip().encode() or None
    try:
        return (folder / name).read_bytes()[:MOST_BYTES].strip() or None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Places:
    """Where a process finds what practice files name."""

    environment: Mapping[str, str] = field(repr=False)
    folder: Path

    def at(self, place: str | None) -> str:
        """Empty where nothing lies there."""
        return (secret_at(place, self.environment, self.folder) or b"").decode("latin-1")
