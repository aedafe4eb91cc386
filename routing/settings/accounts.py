"""The Twilio accounts of a deployment: whose token signs a webhook and who pays for a call."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")


class AccountsError(ValueError):
    """The list of accounts cannot be used; the text is one line and holds no secret."""


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """One account or subaccount. Any of ``tokens`` (primary, then secondary) may have signed a webhook; REST uses the
    API key if there is one, else the primary token. ``practices`` empty: every practice no other account names."""

    sid: str
    tokens: tuple[str, ...] = field(repr=False)
    practices: frozenset[str] = frozenset()
    api_key_sid: str | None = None
    api_key_secret: str | None = field(default=None, repr=False)

    @property
    def rest_login(self) -> tuple[str, str]:
        """User name and password of a REST request."""
        if self.api_key_sid and self.api_key_secret:
            return self.api_key_sid, self.api_key_secret
        return self.sid, self.tokens[0]


def account_of(accounts: Mapping[str, TwilioAccount], practice: str) -> TwilioAccount | None:
    """The account that names the practice, else the one that names none."""
    named = [account for account in accounts.values() if practice in account.practices]
    for_all = [account for account in accounts.values() if not account.practices]
    return next(iter(named + for_all), None)


def accounts_in(text: str) -> dict[str, TwilioAccount]:
    """The accounts of ``LEADLINE_TWILIO_ACCOUNTS_FILE``: ``[{"sid", "auth_token", "secondary", "practices"}]``, of
    which the last two may be missing; ``api_key_sid`` and ``api_key_secret`` may be added."""
    try:
        rows = json.loads(text)
    except ValueError as wrong:
        raise AccountsError("is not JSON") from wrong
    if not isinstance(rows, list):
        raise AccountsError("must be a JSON list")
    accounts = [_account(place, row) for place, row in enumerate(rows, start=1)]
    found = {account.sid: account for account in accounts}
    if len(found) != len(accounts):
        raise AccountsError("names an account twice")
    _refuse_shared_practices(accounts)
    return found


def _account(place: int, row: object) -> TwilioAccount:
    if not isinstance(row, dict):
        raise AccountsError(f"entry {place} must be an object")
    fields = cast(dict[str, object], row)
    unknown = fields.keys() - {"sid", "auth_token", "secondary", "practices", "api_key_sid", "api_key_secret"}
    if unknown:
        raise AccountsError(f"entry {place} has an unknown key: {sorted(unknown)[0]}")
    practices = fields.get("practices", [])
    if not isinstance(practices, list) or not all(isinstance(name, str) for name in practices):
        raise AccountsError(f"entry {place}: practices must be a list of practice ids")
    texts = {key: _text(place, key, fields.get(key)) for key in fields.keys() - {"practices"}}
    sid, token = texts.get("sid"), texts.get("auth_token")
    if sid is None or not ACCOUNT_SID.fullmatch(sid):
        raise AccountsError(f"entry {place}: sid must be AC and 32 hexadecimal digits")
    if token is None:
        raise AccountsError(f"entry {place}: auth_token is missing")
    tokens = tuple(text for text in (token, texts.get("secondary")) if text)
    return TwilioAccount(sid, tokens, frozenset(practices), texts.get("api_key_sid"), texts.get("api_key_secret"))


def _text(place: int, key: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise AccountsError(f"entry {place}: {key} must be text")
    return value


def _refuse_shared_practices(accounts: list[TwilioAccount]) -> None:
    names = [name for account in accounts for name in account.practices]
    if len(names) != len(set(names)):
        raise AccountsError("gives one practice to two accounts")
