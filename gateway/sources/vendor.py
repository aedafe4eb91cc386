"""What a vendor's module works with at the door: a delivery, the setup that proves it, and what it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gateway.posted import Posted
from routing.rules.questions import LeadSource, nothing
from routing.sources.heard import Heard

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
class Source:
    """A vendor. ``prove`` raises Unsigned before anything is read; ``read`` raises Malformed or pydantic's
    ValidationError, and gives () for what is no news of a lead; ``challenge`` answers a handshake by GET."""

    slug: str
    prove: Callable[[Delivery, Setup, datetime], None]
    read: Callable[[Delivery, Setup, datetime], tuple[Heard, ...]]
    challenge: Callable[[Delivery, Setup], Challenge] | None = None
