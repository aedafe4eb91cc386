"""What a source sends and what it says, as values: the same for every vendor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from gateway.posted import Posted
from routing.rules.questions import LeadSource, nothing

Kind = Literal["form", "call", "text", "chat"]
SHORTEST_KEY = 20
"""Letters of a key that alone keeps strangers out."""
Proof = Literal["missing", "mismatch", "stale", "unset", "shape"]


class Unsigned(Exception):
    """Whoever sent this has not proved to be the source. ``missing`` means 401, everything else 403."""

    def __init__(self, code: Proof) -> None:
        super().__init__(code)
        self.code = code

    @property
    def status(self) -> int:
        return 401 if self.code == "missing" else 403


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it arrived. ``url`` is the address the vendor was given, query included, built from our public URL;
    header names are lower case; ``key`` is the last part of the path for vendors that do not sign."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=nothing, repr=False)
    body: bytes = field(default=b"", repr=False)
    key: str | None = field(default=None, repr=False)

    @property
    def posted(self) -> Posted:
        return Posted(self.headers.get("content-type", ""), self.body)


@dataclass(frozen=True, slots=True)
class Setup:
    """A source as this practice runs it, secrets resolved. More than one secret or key while they change."""

    source: LeadSource
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    verify: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not all(self.secrets):
            raise ValueError("a source's secret is empty: anybody could sign with it")
        if any(len(key) < SHORTEST_KEY for key in self.keys):
            raise ValueError(f"a key that stands in a URL has fewer than {SHORTEST_KEY} letters")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a vendor's handshake wants to read in the answer."""

    text: str


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

    ``is_partial``: more is to come, or it tells of nobody who could be answered. ``fetch`` is the id under which the
    vendor keeps what it did not send. ``enriches_only``: a change of somebody known, which makes no inquiry.
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


@dataclass(frozen=True, slots=True)
class Source:
    """A vendor. ``prove`` raises Unsigned before anything is read; ``read`` raises Malformed or pydantic's
    ValidationError, and gives () for what is no news of a lead; ``challenge`` answers a handshake by GET."""

    slug: str
    prove: Callable[[Delivery, Setup, datetime], None]
    read: Callable[[Delivery, Setup, datetime], tuple[Heard, ...]]
    challenge: Callable[[Delivery, Setup], Challenge] | None = None
