"""Personal and health text at rest: sealed columns, blind indexes and the keys for both (design section 3.9)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NONCE_BYTES = 12
KEY_ID_BYTES = 4


class SealBroken(ValueError):
    """A sealed value was moved, altered, or sealed under a key that is no longer known."""


class SealedBytes(bytes):
    """Bytes that came out of a vault; the only thing a sealed column takes."""


class Sealed(TypeDecorator[SealedBytes]):
    """A column that refuses plain text: key id, nonce, then AES-256-GCM."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: SealedBytes | None, dialect: Dialect) -> bytes | None:
        if value is not None and not isinstance(value, SealedBytes):
            raise TypeError("a sealed column takes only what a vault has sealed")
        return value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> SealedBytes | None:
        return None if value is None else SealedBytes(value)


def derived(secret: bytes, label: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"leadline", info=label.encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one secret, one per purpose."""

    secret: bytes = field(repr=False)
    sealing: bytes = field(init=False, repr=False)
    indexing: bytes = field(init=False, repr=False)
    linking: bytes = field(init=False, repr=False)
    naming: bytes = field(init=False, repr=False)
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        for label in ("sealing", "indexing", "linking", "naming"):
            object.__setattr__(self, label, derived(self.secret, label))
        object.__setattr__(self, "key_id", hashlib.sha256(self.sealing).digest()[:KEY_ID_BYTES])


class Vault:
    """Seals and unseals texts, finds contacts by keyed index, and signs what we hand out. ``previous`` opens what an
    older secret sealed."""

    def __init__(self, secret: bytes, previous: bytes | None = None) -> None:
        self._rings = (Keyring(secret), *((Keyring(previous),) if previous else ()))

    def seal(self, column: "Column[SealedBytes]", row_id: str, text: str) -> SealedBytes:
        return self.seal_bytes(column, row_id, text.encode())

    def seal_bytes(self, column: "Column[SealedBytes]", row_id: str, content: bytes) -> SealedBytes:
        ring, nonce = self._rings[0], secrets.token_bytes(NONCE_BYTES)
        return SealedBytes(ring.key_id + nonce + AESGCM(ring.sealing).encrypt(nonce, content, place(column, row_id)))

    def unseal(self, column: "Column[SealedBytes]", row_id: str, sealed: bytes) -> str:
        """:raises SealBroken: for a value of another row or column, or one altered or sealed under an unknown key."""
        try:
            return self.unseal_bytes(column, row_id, sealed).decode()
        except UnicodeDecodeError:
            raise SealBroken("what was sealed is no text") from None

    def unseal_bytes(self, column: "Column[SealedBytes]", row_id: str, sealed: bytes) -> bytes:
        """:raises SealBroken: as above."""
        ring = next((r for r in self._rings if sealed.startswith(r.key_id)), None)
        if ring is None:
            raise SealBroken("sealed under a key that is not known here")
        nonce, body = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES], sealed[KEY_ID_BYTES + NONCE_BYTES :]
        try:
            return AESGCM(ring.sealing).decrypt(nonce, body, place(column, row_id))
        except (InvalidTag, ValueError):  # a cut nonce is a ValueError
            raise SealBroken("altered, or moved from another row or column") from None

    def index(self, practice: str, contact: str) -> bytes:
        """The blind index to store for a number or an e-mail address; differs between practices."""
        return keyed(self._rings[0].indexing, practice, contact)

    def indexes(self, practice: str, contact: str) -> tuple[bytes, ...]:
        """Every index the contact may be stored under while keys rotate, current first."""
        return tuple(keyed(ring.indexing, practice, contact) for ring in self._rings)

    def sign(self, *parts: str) -> str:
        """A short tag for a URL of ours: 16 hex digits, 64 bits."""
        return keyed(self._rings[0].linking, *parts).hex()[:16]

    def signed(self, tag: str, *parts: str) -> bool:
        tags = [keyed(ring.linking, *parts).hex()[:16] for ring in self._rings]
        return any(hmac.compare_digest(tag.encode("ascii", "replace"), known.encode()) for known in tags)

    def name(self, prefix: str, *parts: str) -> str:
        """An id that is the same whenever the same provider ids come in, and says nothing about them."""
        return f"{prefix}_{keyed(self._rings[0].naming, *parts).hex()[:24]}"


def keyed(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, "\x1f".join(parts).encode(), "sha256")


def place(column: "Column[SealedBytes]", row_id: str) -> bytes:
    return f"{column.table.name}\x1f{column.name}\x1f{row_id}".encode()
