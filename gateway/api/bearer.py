"""Who asks: the bearer token of a request, or 401."""

from datetime import datetime

from starlette.exceptions import HTTPException

from gateway.tokens import Grant, is_granted, presented, scopes_of
from routing.state.database import Database
from routing.state.practice import tokens

CHALLENGE = {"www-authenticate": "Bearer"}


def bearer(db: Database, authorization: bytes | None, now: datetime) -> Grant:
    """:raises HTTPException: 401 for a token that is missing, unknown, revoked or expired; which one is not told."""
    shown = presented(authorization)
    stored = tokens.find(db, shown.id) if shown else None
    if shown is None or stored is None:
        raise HTTPException(401, headers=CHALLENGE)
    grant = Grant(stored.id, stored.practice, scopes_of(stored.scopes), stored.hash, stored.expires_at)
    if not is_granted(shown, grant, now):
        raise HTTPException(401, headers=CHALLENGE)
    tokens.used(db, stored, now)
    return grant


def authorization_of(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    """None also where there are two: nobody has to guess which one is meant."""
    found = [value for name, value in headers if name == b"authorization"]
    return found[0] if len(found) == 1 else None
