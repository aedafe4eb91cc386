"""What the provider's refusals mean for us, as a table: code, then HTTP status where the code says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Meaning = Literal["gone", "later", "login", "never", "unsure"]
"""``gone``: the call is over or unknown. ``later``: not acted on, safe to repeat. ``login``: the account is refused, so
every request will be. ``never``: this request will not work however often. ``unsure``: it may have been acted on."""


@dataclass(frozen=True, slots=True)
class Code:
    meaning: Meaning
    words: str


CODES: Mapping[int, Code] = MappingProxyType(
    {
        10001: Code("login", "the account is not active"),
        10004: Code("later", "too many calls at once"),
        20003: Code("login", "the login is wrong"),
        20008: Code("login", "test credentials cannot do this"),
        20404: Code("gone", "there is no such call, conference or recording"),
        20429: Code("later", "too many requests at once"),
        20500: Code("unsure", "the provider failed"),
        20503: Code("unsure", "the provider is not available"),
        21205: Code("never", "the URL is not valid"),
        21210: Code("never", "the calling number is not verified"),
        21211: Code("never", "the number is not valid"),
        21212: Code("never", "the calling number is not valid"),
        21214: Code("never", "the number cannot be reached"),
        21215: Code("never", "the account may not call this country"),
        21216: Code("never", "the number is blocked"),
        21217: Code("never", "the number is not valid"),
        21219: Code("never", "the number is not verified"),
        21220: Code("gone", "the call is not in a state for this"),
        21405: Code("never", "a fallback without a URL"),
        21610: Code("never", "the recipient has opted out"),
        22005: Code("never", "the call waited a day in the provider's queue"),
        32011: Code("never", "the SIP address cannot be reached"),
    }
)
OPTED_OUT = 21610

STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {401: "login", 403: "login", 404: "gone", 408: "unsure", 429: "later"}
)


def meaning(status: int, code: int) -> Meaning:
    """``code`` is 0 or the status where the body had none. A failure of the server's leaves all open whatever it
    says (twilio section 7.5)."""
    if status >= 500:
        return "unsure"
    if known := CODES.get(code):
        return known.meaning
    return STATUSES.get(status, "never")
