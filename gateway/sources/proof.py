"""How vendors prove who they are: signatures over the raw bytes, keys in the URL, and how old a message may be."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from gateway.sources.vendor import Delivery, Setup, Unsigned

AHEAD = timedelta(minutes=5)
"""How far a vendor's clock may be ahead of ours."""
KEPT = timedelta(days=30)
"""How long the inbox remembers a delivery (SEC-05): what is older than that could come a second time unnoticed."""


def hmac_base64(secret: bytes, text: bytes, digest: str) -> bytes:
    return b64encode(hmac.digest(secret, text, digest))


def hmac_hex(secret: bytes, text: bytes, digest: str) -> bytes:
    return hmac.digest(secret, text, digest).hex().encode()


def shown(delivery: Delivery, header: str) -> str:
    """:raises Unsigned: if the header is not there."""
    value = delivery.headers.get(header)
    if not value:
        raise Unsigned("missing")
    return value


def signed_by(setup: Setup, signature: str, expected: Callable[[bytes], bytes]) -> None:
    """``expected`` gives the signature that a secret would make. :raises Unsigned: if none of the secrets made it."""
    must_match(signature, (expected(secret) for secret in setup.secrets), known=bool(setup.secrets))


def keyed_by(setup: Setup, key: str | None) -> None:
    """:raises Unsigned: if the key of the URL is none of the practice's."""
    if not key:
        raise Unsigned("missing")
    must_match(key, setup.keys, known=bool(setup.keys))


def must_match(given: str, wanted: Iterable[bytes], *, known: bool) -> None:
    if not known:
        raise Unsigned("unset")
    # All are compared, so that the time tells nothing about which one it was.
    found = [hmac.compare_digest(one, given.encode(errors="surrogatepass")) for one in wanted if one]
    if not any(found):
        raise Unsigned("mismatch")


def recent(at: datetime, now: datetime, age: timedelta) -> None:
    """:raises Unsigned: for a message older than ``age``, or of a time to come."""
    if not now - age <= at <= now + AHEAD:
        raise Unsigned("stale")


def is_remembered(at: datetime | None, now: datetime) -> bool:
    """A signed body whose own time is older than the inbox's memory is passed over, not refused: vendors report
    changes of old calls as well, and stop sending where they are refused too often."""
    return at is None or now - at <= KEPT
