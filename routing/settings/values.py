"""How the text of one setting becomes its value. Each raises ValueError with words that follow the setting's name."""

import math
import re
from datetime import datetime
from typing import Literal, cast
from urllib.parse import SplitResult, urlsplit

Environment = Literal["production", "development", "demo"]

E164 = re.compile(r"\+[1-9]\d{6,14}")


def host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def environment(text: str) -> Environment:
    if text not in ("production", "development", "demo"):
        raise ValueError("must be production, development or demo")
    return cast(Environment, text)


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError("must be a number from 1 to 65535")
    return int(text)


def database_url(text: str) -> str:
    """``postgres://`` and ``postgresql://`` mean psycopg, the only driver there is."""
    scheme, _, rest = text.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and rest:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return text
    raise ValueError("must begin with postgresql:// or sqlite:/// and a path")


def redis_url(text: str) -> str:
    if not re.match(r"(redis|rediss|unix)://.", text):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return text


def web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be a web address without query, such as https://leads.example.org")
    return text.rstrip("/")


def smtp_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not has_port(parts):
        raise ValueError("must begin with smtp:// or smtps:// and name a server; a password is percent-encoded")
    return text


def has_port(parts: SplitResult) -> bool:
    """Or none. What is wrong with it may be part of a password, so it is not repeated."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def number(text: str) -> str:
    if not E164.fullmatch(text):
        raise ValueError("must be a phone number such as +18505550100")
    return text


def pairs(text: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    if any(not name or not secret for name, _, secret in pairs):
        raise ValueError("must look like id=secret,id=secret")
    return {name: secret for name, _, secret in pairs}


def instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise ValueError("must be an instant such as 2026-11-17T14:00:00-05:00") from wrong
    if instant.tzinfo is None:
        raise ValueError("must name its offset, such as 2026-11-17T14:00:00-05:00")
    return instant


def speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise ValueError("must be a number above 0")
    return speed
