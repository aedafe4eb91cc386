"""Signs webhooks as Twilio does, independently of the gateway's own check."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An account's auth token (HMAC-SHA1) or, with ``shared_key`` naming it, a SharedKey's secret (HMAC-SHA256)."""

    secret: str = field(repr=False)
    shared_key: str | None = None


def signed_text(url: str, fields: Iterable[tuple[str, str]]) -> str:
    """The signed text: the URL as requested, then each name with each distinct value, sorted, without separators."""
    return url + "".join(name + value for name, value in sorted(set(fields)))


def signature(key: SigningKey, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """``fields`` are those of a form body; a GET and a JSON post sign the URL alone."""
    digest = hashlib.sha256 if key.shared_key else hashlib.sha1
    signed = hmac.new(key.secret.encode(), signed_text(url, fields).encode(), digest)
    return base64.b64encode(signed.digest()).decode()


def voice_url(url: str) -> str:
    """The URL a voice webhook signs: no user part, no fragment, and over https no port."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and parts.port is not None:
        host = host.rpartition(":")[0]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def signed_headers(key: SigningKey, url: str, fields: Mapping[str, str], token: str) -> dict[str, str]:
    """``token`` tells retries apart for Twilio; it is not covered by the signature."""
    headers = {
        "X-Twilio-Signature": signature(key, url, fields.items()),
        "I-Twilio-Idempotency-Token": token,
        "User-Agent": "TwilioProxy/1.1",
    }
    if key.shared_key:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={key.shared_key},algorithm=HMAC_SHA256"
    return headers
