"""From the places a practice file names (``env:NAME``, ``file:PATH``) to the secrets of a source."""

from collections.abc import Mapping
from pathlib import Path

from gateway.sources.vendor import Setup
from routing.rules.questions import LeadSource
from routing.settings.places import secret_at


def set_up(source: LeadSource, environment: Mapping[str, str], folder: Path) -> Setup:
    """``folder`` is where a relative ``file:`` is looked for. A place that holds nothing gives no secret, and whoever
    sends is refused as ``unset``.

    :raises ValueError: for a key that is too short for a URL.
    """
    found = {name: secret_at(getattr(source, name), environment, folder) for name in ("secret", "key", "previous")}
    secrets, keys = (tuple(filter(None, (found[name],))) for name in ("secret", "key"))
    older = tuple(filter(None, (found["previous"],)))
    verify = secret_at(source.verify, environment, folder)
    if source.secret:
        return Setup(source, secrets + older, (), verify)
    return Setup(source, (), keys + older, verify)
