"""Where we may call or text: a list of regions, and nothing that costs extra or is nobody's own line (SEC-12)."""

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberType

Refusal = Literal["malformed", "region", "not_in_use", "premium", "shared_cost", "pager", "company", "toll_free"]

DEFAULT_REGIONS = frozenset({"US"})
"""+1 is no country: the Caribbean shares it and costs many times as much. PR, VI and CA are to be named."""

KINDS: Mapping[int, Refusal] = MappingProxyType(
    {
        PhoneNumberType.PREMIUM_RATE: "premium",
        PhoneNumberType.SHARED_COST: "shared_cost",
        PhoneNumberType.PAGER: "pager",
        PhoneNumberType.UAN: "company",
        PhoneNumberType.TOLL_FREE: "toll_free",
    }
)
PREMIUM_PREFIXES = frozenset({"900", "976"})


def refusal(number: str, regions: Set[str] = DEFAULT_REGIONS) -> Refusal | None:
    """Why this E.164 number may not be called or texted; None if it may. ``regions`` are ISO country codes."""
    if not number.startswith("+"):
        return "malformed"
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "malformed"
    if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) != number:
        return "malformed"
    if is_premium_in_north_america(parsed):
        return "premium"
    if not phonenumbers.is_valid_number(parsed):
        return "not_in_use"
    if phonenumbers.region_code_for_number(parsed) not in regions:
        return "region"
    return KINDS.get(phonenumbers.number_type(parsed))


def is_premium_in_north_america(number: phonenumbers.PhoneNumber) -> bool:
    """976 costs extra both as area code and as exchange."""
    national = str(number.national_number)
    return number.country_code == 1 and bool(PREMIUM_PREFIXES & {national[:3]} or national[3:6] == "976")
