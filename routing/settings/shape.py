"""The settings of one process, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from routing.settings.accounts import TwilioAccount, account_of
from routing.settings.values import Environment


@dataclass(frozen=True, slots=True)
class Settings:
    """Secrets, and addresses that may hold a password, are left out of ``repr``."""

    environment: Environment
    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    jobs_redis_url: str = field(repr=False)
    redis_embedded: bool
    """True: nobody named a server, so the one of the data folder is meant."""
    host: str
    port: int
    public_url: str
    """Without a slash at its end."""
    secret_key: str = field(repr=False)
    secret_key_previous: str | None = field(repr=False)
    twilio_accounts: Mapping[str, TwilioAccount]
    """By account SID."""
    twilio_shared_keys: Mapping[str, str] = field(repr=False)
    """Key id to secret."""
    twilio_api_url: str
    fallback_number: str | None
    smtp_url: str | None = field(repr=False)
    practices: Path | None
    clock: datetime | None
    clock_speed: float

    def account_of(self, practice: str) -> TwilioAccount | None:
        return account_of(self.twilio_accounts, practice)
