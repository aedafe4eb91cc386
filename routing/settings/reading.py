"""Reads the environment into settings and tells everything that is wrong with it at once."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from routing.settings import values
from routing.settings.accounts import ACCOUNT_SID, AccountsError, TwilioAccount, accounts_in
from routing.settings.refusals import refusals
from routing.settings.secret_key import DEVELOPMENT_KEY
from routing.settings.shape import Settings
from routing.settings.sockets import embedded_redis_url
from routing.settings.table import SETTINGS

Value = TypeVar("Value")

_NAMES = tuple(setting.name for setting in SETTINGS)


class SettingsError(Exception):
    """The environment cannot be used. ``problems`` has one clear line for each thing to change."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class _Reader:
    """Reads one value after another and collects what is wrong, so that all of it is told at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self.given = {name: text for name in _NAMES if (text := self._given(environ, name))}

    def _given(self, environ: Mapping[str, str], name: str) -> str | None:
        text, path = environ.get(name), environ.get(f"{name}_FILE")
        if text and path:
            self.problems.append(f"{name} and {name}_FILE are both set: keep one")
        if text or not path:
            return text
        return self._content(f"{name}_FILE", path)

    def _content(self, name: str, path: str) -> str | None:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{name} names a file that cannot be read: {path}")
            return None

    def text(self, name: str) -> str | None:
        return self.given.get(name)

    def parsed(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        """``parse`` raises ValueError with a text that continues the sentence that the name begins."""
        text = self.given.get(name)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError as wrong:
            self.problems.append(f"{name} {wrong}")
            return default

    def accounts(self) -> dict[str, TwilioAccount]:
        path = self.text("LEADLINE_TWILIO_ACCOUNTS_FILE")
        listed: dict[str, TwilioAccount] = {}
        if path is not None and (content := self._content("LEADLINE_TWILIO_ACCOUNTS_FILE", path)) is not None:
            try:
                listed = accounts_in(content)
            except AccountsError as wrong:
                self.problems.append(f"LEADLINE_TWILIO_ACCOUNTS_FILE {wrong}")
        plain = self._plain_account()
        return {plain.sid: plain, **listed} if plain else listed

    def _plain_account(self) -> TwilioAccount | None:
        sid = self.text("LEADLINE_TWILIO_ACCOUNT_SID")
        token, second = self.text("LEADLINE_TWILIO_AUTH_TOKEN"), self.text("LEADLINE_TWILIO_AUTH_TOKEN_SECONDARY")
        key, secret = self.text("LEADLINE_TWILIO_API_KEY_SID"), self.text("LEADLINE_TWILIO_API_KEY_SECRET")
        if (sid is None) != (token is None):
            self.problems.append("LEADLINE_TWILIO_ACCOUNT_SID and LEADLINE_TWILIO_AUTH_TOKEN go together: set both")
        if (key is None) != (secret is None):
            self.problems.append("LEADLINE_TWILIO_API_KEY_SID and LEADLINE_TWILIO_API_KEY_SECRET go together: set both")
        if sid is None or token is None:
            return None
        if not ACCOUNT_SID.fullmatch(sid):
            self.problems.append("LEADLINE_TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits")
        return TwilioAccount(sid, tuple(filter(None, (token, second))), frozenset(), key, secret)


def read(environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError with every problem at once."""
    reader = _Reader(environ)
    data_dir = Path(reader.text("LEADLINE_DATA_DIR") or ".leadline").absolute()
    host, port = reader.text("LEADLINE_HOST") or "127.0.0.1", reader.parsed("LEADLINE_PORT", values.port, 8080)
    named_redis = reader.parsed("LEADLINE_REDIS_URL", values.redis_url, "")
    redis_url = named_redis or embedded_redis_url(data_dir)
    practices = reader.text("LEADLINE_PRACTICES")
    settings = Settings(
        environment=reader.parsed("LEADLINE_ENVIRONMENT", values.environment, "production"),
        data_dir=data_dir,
        database_url=reader.parsed("LEADLINE_DATABASE_URL", values.database_url, f"sqlite:///{data_dir}/leadline.db"),
        redis_url=redis_url,
        jobs_redis_url=reader.parsed("LEADLINE_JOBS_REDIS_URL", values.redis_url, redis_url),
        redis_embedded=not named_redis,
        host=host,
        port=port,
        public_url=reader.parsed("LEADLINE_PUBLIC_URL", values.web_url, f"http://{values.host_in_url(host)}:{port}"),
        secret_key=reader.text("LEADLINE_SECRET_KEY") or DEVELOPMENT_KEY,
        secret_key_previous=reader.text("LEADLINE_SECRET_KEY_PREVIOUS"),
        twilio_accounts=MappingProxyType(reader.accounts()),
        twilio_shared_keys=MappingProxyType(reader.parsed("LEADLINE_TWILIO_SHARED_KEYS", values.pairs, {})),
        twilio_api_url=reader.parsed("LEADLINE_TWILIO_API_URL", values.web_url, "https://api.twilio.com"),
        fallback_number=reader.parsed("LEADLINE_FALLBACK_NUMBER", values.number, None),
        smtp_url=reader.parsed("LEADLINE_SMTP_URL", values.smtp_url, None),
        practices=Path(practices).absolute() if practices else None,
        clock=reader.parsed("LEADLINE_CLOCK", values.instant, None),
        clock_speed=reader.parsed("LEADLINE_CLOCK_SPEED", values.speed, 1.0),
    )
    problems = reader.problems + refusals(settings, reader.given)
    if problems:
        raise SettingsError(problems)
    return settings
