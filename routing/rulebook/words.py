"""The small types of a practice file: ids, numbers, times, and the entry all others are made of."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from routing.rulebook.numbers import e164

SLUG = re.compile(r"[a-zA-Z0-9-]{1,64}")
RULE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
SECRET = re.compile(r"env:[A-Z][A-Z0-9_]*|file:/?[\w./-]+")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ZIP = re.compile(r"\d{5}")
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def slug(value: object) -> str:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise ValueError("an id is made of letters, digits and hyphens, 64 at most")
    return value


def rule_name(value: object) -> str:
    if not isinstance(value, str) or not RULE_NAME.fullmatch(value):
        raise ValueError("a rule's name is the reason it gives: [a-z0-9_], beginning with a letter")
    return value


def amount(value: object) -> Decimal:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise ValueError("an amount is written like 85 or 85.00")
    return Decimal(value)


def phone(value: object) -> str:
    if not isinstance(value, str) or e164(value) != value:
        raise ValueError('not a phone number: write it as "+18475550110"')
    return value


def secret(value: object) -> str:
    if not isinstance(value, str) or not SECRET.fullmatch(value):
        raise ValueError("a secret is never written here: name its place as env:NAME or file:PATH")
    return value


def zone(value: object) -> str:
    try:
        return ZoneInfo(str(value)).key
    except (KeyError, OSError, ValueError):
        raise ValueError("not a time zone: write it like America/Chicago") from None


def day(value: object) -> date:
    if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
        raise ValueError("write a date as 2026-11-26")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such date") from None


def zip_code(value: object) -> str:
    if not isinstance(value, str) or not ZIP.fullmatch(value):
        raise ValueError("a ZIP has five digits")
    return value


def origin(value: object) -> str:
    """The scheme and host of a page as a browser names them: compared letter by letter."""
    if not isinstance(value, str) or not ORIGIN.fullmatch(value):
        raise ValueError("an origin is written like https://www.example.org, without a path or a final slash")
    return value


def as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Slug = Annotated[str, BeforeValidator(slug)]
RuleName = Annotated[str, BeforeValidator(rule_name)]
Amount = Annotated[Decimal, BeforeValidator(amount)]
Phone = Annotated[str, BeforeValidator(phone)]
Secret = Annotated[str, BeforeValidator(secret)]
Zone = Annotated[str, BeforeValidator(zone)]
Day = Annotated[date, BeforeValidator(day)]
Zip = Annotated[str, BeforeValidator(zip_code)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Text = Annotated[str, Field(min_length=1)]
Words = Annotated[tuple[Text, ...], BeforeValidator(as_list)]
"""One word or a list of them."""
Seconds = Annotated[int, Field(ge=0, le=366 * 86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Attributes = Mapping[str, Text]
Conditions = Mapping[str, Words]
