"""How good a secret key is, as far as its text can tell."""

import string

DEVELOPMENT_KEY = "leadline-development-key-which-everybody-knows"
"""Used when none is given outside production, which refuses it."""

_TELLTALES = ("changeme", "change-me", "change_me", "development", "example", "password")
_LEAST_BITS = 32 * 8
_LEAST_DISTINCT = 10


def weakness(key: str) -> str | None:
    """What is wrong with the key, in words that follow its name; None for 32 random bytes or more, written as
    hexadecimal (64 digits) or base64 (43 letters)."""
    if key == DEVELOPMENT_KEY or any(word in key.lower() for word in _TELLTALES):
        return "is a sample, not a secret"
    if len(key) * _bits_per_letter(key) < _LEAST_BITS:
        return "is too short"
    if len(set(key)) < _LEAST_DISTINCT or key in (key + key)[1:-1]:
        return "repeats itself"
    return None


def _bits_per_letter(key: str) -> int:
    if key.isdecimal():
        return 3
    return 4 if set(key) <= set(string.hexdigits) else 6
