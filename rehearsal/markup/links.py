"""URLs in TwiML: resolved, checked more strictly than Twilio does, and split from their connection overrides."""

import re
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urljoin, urlsplit

OVERRIDE_RANGES = MappingProxyType(
    {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)},
)
RETRIED = frozenset({"4xx", "5xx", "ct", "rt", "all"})
INLINE = "inline:"
"""Stands for the URL of a document that REST was given in words: its links are absolute."""
_PHONE_NUMBER = re.compile(r"(\+|%2[Bb])\d{10,}")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the part after ``#`` asks of Twilio's connection: attempts, what is repeated, seconds altogether."""

    retries: int = 1
    retried: frozenset[str] = frozenset({"ct"})
    total_s: float = 15.0

    def repeats(self, what: str) -> bool:
        return what in self.retried or "all" in self.retried


class BadLink(ValueError):
    """``code`` is Twilio's error code, or the name of the rule of ours that Twilio would not have checked."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why


def resolve(document_url: str, link: str) -> str:
    """The absolute URL that ``link`` means in the document at ``document_url``. Raises ``BadLink``."""
    if not link or link != link.strip() or re.search(r"[\x00-\x20\x7f]", link):
        raise BadLink("11100", "the URL is empty or holds white space")
    url = urljoin(document_url, link)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadLink("11100", "the URL is not http or https")
    if "_" in parts.hostname:
        raise BadLink("11100", "Twilio calls no host name with an underscore")
    read_overrides(url)
    return url


def check_ours(document_url: str, url: str) -> None:
    """Rules for URLs that come back to us: same origin, sorted query, no phone number. Raises ``BadLink``."""
    here, there = urlsplit(document_url), urlsplit(url)
    if document_url != INLINE and (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise BadLink("origin", "the URL leaves the gateway, and its token with it")
    names = [name for name, _ in parse_qsl(there.query, keep_blank_values=True)]
    if names != sorted(names):
        raise BadLink("query-order", "Twilio may re-sort the query but signs its first order: emit it sorted")
    if _PHONE_NUMBER.search(there.path + "?" + there.query):
        raise BadLink("I12", "the URL holds a phone number")


def read_overrides(url: str) -> Overrides:
    """The connection overrides after ``#``. Raises ``BadLink`` 11243 for a key or value that Twilio does not know."""
    fragment = urlsplit(url).fragment
    if not fragment:
        return Overrides()
    found = dict(parse_qsl(fragment, keep_blank_values=True))
    retried = frozenset(found.get("rp", "ct").split(","))
    if not retried <= RETRIED:
        raise BadLink("11243", "rp names an unknown kind of failure")
    for key in found.keys() - {"rp", "e", "sni"}:
        low, high = OVERRIDE_RANGES.get(key, (1, 0))
        if not found[key].isdigit() or not low <= int(found[key]) <= high:
            raise BadLink("11243", "a connection override is unknown or out of range")
    return Overrides(int(found.get("rc", "1")), retried, int(found.get("tt", "15000")) / 1000)
