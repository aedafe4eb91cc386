"""Is this request really Twilio's, and from which account? Pure: the raw bytes in, a verdict out.

Nothing of the request is logged, stored or handed on before the verdict (SEC-01 to SEC-04).
"""

import hmac
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import orjson

from gateway.provider.signed import Pairs, Refusal, RefusalCode, Signed, content_of, urls_of

MAX_SIGNATURE_CHARACTERS = 64
MAX_SETTINGS_CHARACTERS = 256
SHARED_KEY_ALGORITHM = "HMAC_SHA256"

Digest = Literal["sha1", "sha256"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The auth tokens of one account. The secondary one signs only after Twilio has promoted it."""

    primary: bytes = field(repr=False)
    secondary: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.primary or self.secondary == b"":
            raise ValueError("an auth token is empty")


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A webhook signing secret; it belongs to one account and speaks for no other."""

    account: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError("a shared key's secret is empty")


@dataclass(frozen=True, slots=True)
class Credentials:
    """``accounts``: account sid to its tokens; ``shared``: shared-key id to its secret. API keys never sign."""

    accounts: Mapping[str, Tokens]
    shared: Mapping[str, SharedKey] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Verified:
    """``key`` is ``primary``, ``secondary`` or a shared key's id; ``params`` holds the first value of each name.

    ``account`` is the one whose secret signed: the caller checks that the dialled number's practice belongs to it.
    """

    account: str
    key: str
    pairs: Pairs = field(default=(), repr=False)
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    json: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Answered with 403. The code names the rule that was broken, never a value of the request."""

    code: RefusalCode


Verdict = Verified | Refused


def verify(request: Signed, credentials: Credentials) -> Verdict:
    """Never raises, whatever bytes arrive (SEC-01 to SEC-04).

    A request that names no AccountSid (JSON; a WebSocket handshake) is checked against the only account; with several
    accounts its URL has to carry ``AccountSid``.
    """
    try:
        signature = _readable_signature(request.signature)
        content = content_of(request)
        signer = _signer(content.claims, request.settings, credentials)
        key = _matching_key(request, content.signed, signer, signature)
        return Verified(signer.account, key, content.pairs, _first_values(content.pairs), _json(content.document))
    except Refusal as refusal:
        return Refused(refusal.code)


@dataclass(frozen=True, slots=True)
class _Signer:
    account: str
    digest: Digest
    secrets: tuple[tuple[str, bytes], ...]


def _readable_signature(signature: bytes | None) -> bytes:
    if not signature:
        raise Refusal("signature_missing")
    if len(signature) > MAX_SIGNATURE_CHARACTERS or not signature.isascii():
        raise Refusal("signature_malformed")
    return signature


def _signer(claims: Pairs, settings: bytes | None, credentials: Credentials) -> _Signer:
    claimed = {value for name, value in claims if name == "AccountSid"}
    if len(claimed) > 1:
        raise Refusal("account")
    if settings is not None:
        return _shared_signer(claimed, settings, credentials)
    if not claimed and len(credentials.accounts) == 1:
        claimed = set(credentials.accounts)
    account = next(iter(claimed), "")
    tokens = credentials.accounts.get(account)
    if tokens is None:
        raise Refusal("account")
    secondary = () if tokens.secondary is None else (("secondary", tokens.secondary),)
    return _Signer(account, "sha1", (("primary", tokens.primary), *secondary))


def _shared_signer(claimed: set[str], settings: bytes, credentials: Credentials) -> _Signer:
    stated = _settings(settings)
    if stated["algorithm"] != SHARED_KEY_ALGORITHM:
        # A shared key signs with SHA-256 only; honouring a weaker word here would be a downgrade.
        raise Refusal("algorithm")
    shared = credentials.shared.get(stated["key"])
    if shared is None:
        raise Refusal("key")
    if claimed - {shared.account}:
        raise Refusal("account")
    return _Signer(shared.account, "sha256", ((stated["key"], shared.secret),))


def _settings(header: bytes) -> dict[str, str]:
    if len(header) > MAX_SETTINGS_CHARACTERS or not header.isascii():
        raise Refusal("settings")
    parts = [part.partition("=") for part in header.decode("ascii").split(",")]
    names = [name.strip() for name, _, _ in parts]
    if len(set(names)) != len(names) or not {"key", "algorithm"} <= set(names):
        raise Refusal("settings")
    return {name.strip(): value.strip() for name, _, value in parts}


def _matching_key(request: Signed, signed: bytes, signer: _Signer, signature: bytes) -> str:
    # The first try is the URL as configured with the primary key: one HMAC for nearly every request.
    for key, secret in signer.secrets:
        for url in urls_of(request):
            expected = b2a_base64(hmac.digest(secret, url + signed, signer.digest), newline=False)
            if hmac.compare_digest(expected, signature):
                return key
    raise Refusal("mismatch")


def _first_values(pairs: Pairs) -> Mapping[str, str]:
    return dict(reversed(pairs))


def _json(document: bytes | None) -> Any:
    if document is None:
        return None
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError:
        raise Refusal("body") from None
