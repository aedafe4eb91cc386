"""What must hold before this deployment can be relied on. Each check is told what was found and says what to change.

No text names a secret, an address or a practice, so it may be shown to whoever may see details.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from routing.settings import Settings
from routing.state.live.soundness import RedisFacts
from routing.state.schema import Schema

LAG = timedelta(seconds=30)
SKEW_MS = 2000
OLDEST_REDIS = (7, 0)


@dataclass(frozen=True, slots=True)
class Check:
    """``said`` is one line: what was found and, if ``ok`` is False, what to do. ``warns``: all works, but somebody has
    to see to something."""

    name: str
    ok: bool
    said: str
    warns: bool = False


@dataclass(frozen=True, slots=True)
class OpenBook:
    """One practice: the newest published version, the one this process works with, and when the newest was published
    if it is not that one."""

    newest: int
    at_hand: int | None
    published_at: datetime | None = None


def database(schema: Schema) -> Check:
    """F16: neither an older nor a newer one is worked with."""
    return Check("database", schema.fault is None, schema.fault or f"reachable, schema {schema.wanted}")


def down(name: str) -> Check:
    return Check(name, False, "does not answer")


def eviction(name: str, facts: RedisFacts) -> Check:
    """F05: with any other policy promises vanish silently."""
    if facts.version < OLDEST_REDIS:
        return Check(name, False, f"version {dotted(facts.version)}: Redis 7.0 or later, or Valkey, is wanted")
    if facts.policy != "noeviction":
        return Check(name, False, f"maxmemory-policy is {facts.policy}: set it to noeviction")
    return Check(name, True, f"version {dotted(facts.version)}, noeviction")


def persistence(name: str, facts: RedisFacts, settings: Settings) -> Check:
    """Wanted in production only; the embedded server is excused, for all it holds is made again from the rows."""
    if facts.persistent:
        return Check(name, True, "appends to a file")
    excused = settings.environment != "production" or settings.redis_embedded
    return Check(name, excused, "keeps nothing" if excused else "keeps nothing: set appendonly to yes")


def clock(facts: RedisFacts) -> Check:
    """F50: real time here against real time there."""
    ok = abs(facts.skew_ms) <= SKEW_MS
    return Check("clock", ok, f"{facts.skew_ms} ms from Redis" + ("" if ok else ": synchronise the clocks"))


def rulebooks(found: Iterable[OpenBook], now: datetime, lag: timedelta = LAG) -> Check:
    """F67: every practice has its newest book open here, or that one is not older than ``lag``."""
    books = list(found)
    if not books:
        return Check("rulebooks", False, "no practice is published")
    late = [book for book in books if book.published_at and now - book.published_at > lag]
    missing = sum(book.at_hand is None for book in late)
    said = f"{len(books)} published, {missing} not open here, {len(late) - missing} older than published"
    return Check("rulebooks", not late, said)


def credentials(settings: Settings) -> Check:
    """Without a token no webhook can be told from a forged one."""
    accounts = len(settings.twilio_accounts)
    said = f"{accounts} Twilio accounts" if accounts else "no Twilio account: set its SID and token"
    return Check("credentials", bool(accounts), said)


def webhook_url(settings: Settings) -> Check:
    """Signatures cover the URL as Twilio sees it, so it has to be the public one."""
    parts = urlsplit(settings.public_url)
    if settings.environment != "production":
        return Check("webhook_url", True, f"{parts.scheme}, {settings.environment}")
    if parts.scheme != "https":
        return Check("webhook_url", False, "LEADLINE_PUBLIC_URL is not https")
    if parts.username or parts.password:
        return Check("webhook_url", False, "LEADLINE_PUBLIC_URL holds a password: Twilio would sign without it")
    return Check("webhook_url", True, "https")


def legal_rules(overdue: Sequence[str]) -> Check:
    """They stay in force, as the strictest that is known."""
    if not overdue:
        return Check("legal_rules", True, "all reviewed")
    some = f"{overdue[0]} and {len(overdue) - 1} more" if len(overdue) > 1 else overdue[0]
    said = f"{some} in force but past review: have counsel read them, install the edition that follows"
    return Check("legal_rules", True, said, warns=True)


def failing(checks: Iterable[Check]) -> tuple[str, ...]:
    return tuple(check.name for check in checks if not check.ok)


def as_words(checks: Iterable[Check]) -> list[Mapping[str, object]]:
    return [{"name": check.name, "ok": check.ok, "said": check.said} for check in checks]


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
