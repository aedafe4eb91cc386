"""What people are asked: the forms of a practice and the menus its callers hear."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class FormField:
    """``attribute`` is what an answer becomes; None keeps it as an answer only. ``keep_days`` None: as the lead."""

    name: str
    label: str
    attribute: str | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """``attributes`` is what using this page says by itself, its category included. ``consent`` is a template id."""

    id: str
    label: str
    campaign: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fields: tuple[FormField, ...] = ()
    consent: str | None = None
    redirect: str | None = None


@dataclass(frozen=True, slots=True)
class MenuChoice:
    key: str
    value: str
    say: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """One question to a caller. ``ask`` is the template spoken, ``attribute`` what the chosen value becomes."""

    id: str
    ask: str
    attribute: str
    choices: tuple[MenuChoice, ...]
