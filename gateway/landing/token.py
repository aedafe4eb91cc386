"""The signed token a landing page fetches before it shows its form: when it was shown, and for one post only."""

import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from routing.state.sealed import derived, keyed

LABEL = "form tokens"
LIFETIME = timedelta(minutes=10)
"""SEC-20. Whoever takes longer is not refused: what comes without a good token is set aside and looked at."""
AHEAD = timedelta(seconds=5)
TOKEN = re.compile(r"(?P<at>[0-9]{10})\.(?P<nonce>[A-Za-z0-9]{16,64})\.(?P<mark>[0-9a-f]{64})")

Verdict = Literal["good", "missing", "wrong", "expired"]


@dataclass(frozen=True, slots=True)
class FormKeys:
    """Derived from the deployment's secret by label; ``previous`` while it is being changed."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, secret: str, previous: str | None = None) -> "FormKeys":
        return cls(derived(secret.encode(), LABEL), derived(previous.encode(), LABEL) if previous else None)


@dataclass(frozen=True, slots=True)
class Token:
    """``nonce`` is what makes a token good for one post; both are None unless the token is ours."""

    verdict: Verdict
    shown_at: datetime | None = None
    nonce: str | None = None


def issued(keys: FormKeys, practice: str, form: str, nonce: str, now: datetime) -> str:
    """``nonce``: 16 to 64 random letters and digits."""
    at = str(int(now.timestamp()))
    return f"{at}.{nonce}.{mark(keys.current, practice, form, f'{at}.{nonce}')}"


def token(keys: FormKeys, place: tuple[str, str], text: str, now: datetime) -> Token:
    """``place`` is the practice's and the form's id: a token of another form is none."""
    if not text:
        return Token("missing")
    found = TOKEN.fullmatch(text)
    if not found:
        return Token("wrong")
    signed = f"{found['at']}.{found['nonce']}"
    known = [key for key in (keys.current, keys.previous) if key]
    if not any([hmac.compare_digest(mark(key, *place, signed), found["mark"]) for key in known]):
        return Token("wrong")
    shown_at = datetime.fromtimestamp(int(found["at"]), UTC)
    if not now - LIFETIME <= shown_at <= now + AHEAD:
        return Token("expired", shown_at, found["nonce"])
    return Token("good", shown_at, found["nonce"])


def mark(key: bytes, practice: str, form: str, signed: str) -> str:
    return keyed(key, practice, form, signed).hex()
