"""API bearer tokens: ``leadline_<id>_<secret>``, recognisable to leak scanners; only their hash is ever stored."""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Literal, get_args

TokenScope = Literal["read", "availability", "leads", "calls", "supervise", "reports", "admin"]
SCOPES: frozenset[TokenScope] = frozenset(get_args(TokenScope))

SECRET_BYTES = 32
SECRET_DIGITS = 43
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOKEN_ID = re.compile(r"[a-z0-9]{4,32}")
TOKEN = re.compile(rf"leadline_({TOKEN_ID.pattern})_([0-9A-Za-z]{{{SECRET_DIGITS}}})")
BEARER = re.compile(rf"[Bb]earer +({TOKEN.pattern})")


class UnknownScope(ValueError):
    """Nobody gets a scope we have no rule for."""


@dataclass(frozen=True, slots=True)
class Minted:
    """``text`` is shown once to whoever asked for it; ``digest`` is what is stored."""

    id: str
    text: str = field(repr=False)
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request brought: well shaped, not yet known to be true."""

    id: str
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """The stored row of a token."""

    id: str
    practice: str
    scopes: frozenset[TokenScope]
    digest: bytes = field(repr=False)
    expires_at: datetime | None = None


def mint(token_id: str, entropy: Callable[[int], bytes] = secrets.token_bytes) -> Minted:
    """Raises ValueError when the id is not 4 to 32 lower-case letters or digits."""
    if not TOKEN_ID.fullmatch(token_id):
        raise ValueError("a token id is 4 to 32 lower-case letters or digits")
    text = f"leadline_{token_id}_{base62(entropy(SECRET_BYTES))}"
    return Minted(token_id, text, digest_of(text))


def presented(authorization: bytes | None) -> Presented | None:
    """From the ``Authorization`` header, the only place a token is read from."""
    if authorization is None or not authorization.isascii():
        return None
    match = BEARER.fullmatch(authorization.decode("ascii"))
    return Presented(match[2], digest_of(match[1])) if match else None


def is_granted(shown: Presented, grant: Grant, now: datetime) -> bool:
    """Whether the token is the granted one and still lives. The comparison takes the same time wherever it differs."""
    alive = grant.expires_at is None or now < grant.expires_at
    return compare_digest(shown.digest, grant.digest) and shown.id == grant.id and alive


def permits(grant: Grant, scope: TokenScope, practice: str) -> bool:
    """``admin`` holds every scope of its own practice; no token reaches another practice."""
    return grant.practice == practice and (scope in grant.scopes or "admin" in grant.scopes)


def scopes_of(words: Iterable[str]) -> frozenset[TokenScope]:
    """Raises UnknownScope, naming the scopes there are."""
    wanted = set(words)
    if not wanted or wanted - SCOPES:
        raise UnknownScope("scopes are: " + ", ".join(sorted(SCOPES)))
    return frozenset(scope for scope in SCOPES if scope in wanted)


def digest_of(text: str) -> bytes:
    # 256 random bits need no slow password hash.
    return sha256(text.encode("ascii")).digest()


def base62(secret: bytes) -> str:
    """Of 32 bytes: always 43 digits, leading zeros kept."""
    number = int.from_bytes(secret, "big")
    digits = []
    for _ in range(SECRET_DIGITS):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))
