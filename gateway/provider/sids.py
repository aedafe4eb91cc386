"""The shapes of Twilio's identifiers."""

import re
from collections.abc import Mapping
from types import MappingProxyType

SID_PREFIXES = MappingProxyType(
    {
        "AccountSid": ("AC",),
        "CallSid": ("CA",),
        "ConferenceSid": ("CF",),
        "ConversationSid": ("CH",),
        "DialCallSid": ("CA",),
        "MessageSid": ("SM", "MM", "IM"),
        "ParentCallSid": ("CA",),
        "QueueSid": ("QU",),
        "RecordingSid": ("RE",),
        "SmsMessageSid": ("SM", "MM"),
        "SmsSid": ("SM", "MM"),
    }
)
SID = re.compile(r"([A-Z]{2})[0-9a-f]{32}")


def misshapen_sids(params: Mapping[str, str]) -> tuple[str, ...]:
    """Names whose value is no sid of their kind (blank counts as absent).

    The signed text has no delimiters, so the end of one value can be moved into the next name without breaking the
    signature; a sid of the wrong shape betrays that (D10, SEC-06).
    """
    return tuple(name for name, prefixes in SID_PREFIXES.items() if not _is_sid(params.get(name, ""), prefixes))


def _is_sid(value: str, prefixes: tuple[str, ...]) -> bool:
    return not value or ((shape := SID.fullmatch(value)) is not None and shape[1] in prefixes)
