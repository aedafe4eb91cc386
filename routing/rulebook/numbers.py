"""The one place where a phone number is written as E.164."""

import re

import phonenumbers

WITHHELD_WORDS = frozenset({"", "anonymous", "blocked", "private", "restricted", "unavailable", "unknown"})
WITHHELD_KEYPAD = frozenset({"+266696687", "+7378742833", "+86282452253", "+2562533", "+8656696"})
"""The same words spelled on a keypad, as some carriers send them."""

WRITTEN_NUMBER = re.compile(r"(?:tel:)?[+\d\s().\-/]+(?:(?:x|ext\.?|#)\s*\d{1,6})?", re.IGNORECASE)
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | dict.fromkeys("\u200e\u202a\u202c"))

TEXTLESS = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PAGER,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)
"""Kinds of numbers that are nobody's mobile."""


def e164(text: str, region: str = "US") -> str | None:
    """None for what cannot be dialled: withheld, too short, words, sip or client addresses. An extension is dropped.
    Numbers only have to be possible, not assigned, so that the fictitious 555-01xx numbers serve."""
    written = text.translate(DASHES).strip()
    if is_withheld(written) or not WRITTEN_NUMBER.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_withheld(text: str) -> bool:
    """Caller ids that name nobody; two calls with one are never the same person (routing-semantics section 12)."""
    written = text.strip().casefold()
    return written in WITHHELD_WORDS or written in WITHHELD_KEYPAD


def takes_texts(number: str) -> bool:
    """Whether this kind of number (E.164) may take texts. In the United States landlines and mobiles look alike."""
    return phonenumbers.number_type(phonenumbers.parse(number)) not in TEXTLESS
