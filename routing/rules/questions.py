"""What people are asked: the forms of a practice, the sources that ask for it, and the menus its callers hear."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


def nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FormField:
    """``attribute`` is what an answer becomes; None keeps it as an answer only. ``keep_days`` None: as the lead.
    ``names`` are other names it is posted by, ``values`` what a page's words mean."""

    name: str
    label: str
    attribute: str | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    keep_days: int | None = None
    names: tuple[str, ...] = ()
    kind: Literal["text", "date", "moment"] = "text"
    values: Mapping[str, str] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Form:
    """``attributes`` is what using this page says by itself, its category included. ``consent`` is a template id.
    ``origins`` may post from a script, ``redirects`` are further pages to send a browser on to. A post with the
    ``honeypot`` field filled, or with ``token`` and no valid form token, is set aside."""

    id: str
    label: str
    campaign: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fields: tuple[FormField, ...] = ()
    consent: str | None = None
    redirect: str | None = None
    redirects: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    honeypot: str = "website"
    min_fill_s: int = 2
    token: bool = False


@dataclass(frozen=True, slots=True)
class LeadSource:
    """An outside source as this practice has set it up. ``secret``, ``previous``, ``key``, ``verify``, ``token`` and
    ``api_url`` name places (``env:NAME``, ``file:PATH``), never secrets. ``fields``: the vendor's field or path to
    ours; ``values``: per field of ours, the vendor's word to ours. With ``token`` the records are fetched that its
    webhook only names, from the vendor or, in tests, from ``api_url``."""

    id: str
    secret: str | None = None
    previous: str | None = None
    key: str | None = None
    verify: str | None = None
    kind: Literal["form", "call", "text", "chat"] = "form"
    campaign: str | None = None
    fields: Mapping[str, str] = field(default_factory=nothing)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    token: str | None = None
    api_url: str | None = None


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
