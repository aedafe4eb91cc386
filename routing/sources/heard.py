"""What a source says, as values: the same for every vendor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from routing.rules.questions import nothing

Kind = Literal["form", "call", "text", "chat"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a vendor's model understood, before names and numbers are standard. ``said`` goes by our names,
    ``questions`` by the vendor's; ``document`` is everything that came, for the practice's own map and for sealing."""

    kind: Kind
    source_id: str
    document: Mapping[str, Any] = field(repr=False)
    said: Mapping[str, str] = field(default_factory=nothing, repr=False)
    questions: Mapping[str, str] = field(default_factory=nothing, repr=False)
    happened_at: datetime | None = None
    is_partial: bool = False
    is_test: bool = False
    fetch: str | None = None
    enriches_only: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Who got in touch: E.164 or None, a checked address or None, names as said."""

    phone: str | None = None
    email: str | None = None
    name: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Marketing:
    """What brought the person here, verbatim. ``ids``: click ids, UTM values and the vendor's own ids by name."""

    campaign: str = ""
    ad_group: str = ""
    keyword: str = ""
    landing_page: str = ""
    referrer: str = ""
    ids: Mapping[str, str] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """One thing a source reports. Events of one ``dedupe_key`` are about the same inquiry: the first makes it, the
    others enrich it.

    ``is_partial``: more is to come. ``fetch`` is the id under which the vendor keeps what it did not send.
    ``enriches_only``: a change of somebody known, which makes no inquiry.
    ``doubts``: field to why its value was not taken over (it stands in ``document``). ``location_hint`` is nobody's
    wish: a label or place the vendor gives, which decides nothing.
    """

    source: str
    kind: Kind
    source_id: str
    dedupe_key: str
    happened_at: datetime
    is_partial: bool
    is_test: bool
    contact: Contact = field(default_factory=Contact, repr=False)
    marketing: Marketing = field(default_factory=Marketing, repr=False)
    call_sid: str | None = None
    tracking_number: str | None = None
    dialled_number: str | None = None
    location_hint: str = ""
    answers: Mapping[str, str] = field(default_factory=nothing, repr=False)
    fetch: str | None = None
    enriches_only: bool = False
    doubts: Mapping[str, str] = field(default_factory=nothing)
    document: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
