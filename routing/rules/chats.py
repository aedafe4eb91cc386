"""A practice's web chat: where its widget may stand, and what writing there already says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Chat:
    """``origins`` are the sites whose pages may open a chat, letter by letter. ``consent`` is the template somebody
    agrees to who leaves a number, ``number`` the tracking number shown to who would rather call."""

    origins: tuple[str, ...] = ()
    campaign: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    consent: str | None = None
    number: str | None = None
