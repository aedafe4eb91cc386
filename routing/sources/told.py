"""The field types of the vendors' models: words, flags and instants in all the ways vendors write them."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from routing.sources.names import STANDARD

MAX_WORD = 4_000
FIRST_YEAR = 2000
MILLISECONDS_FROM = 100_000_000_000
"""An epoch of twelve digits and more counts milliseconds."""
STAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ?(?P<half>[AP]M)? ?"
    r"(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})",
    re.IGNORECASE,
)


def word(value: object) -> object:
    """Numbers are text as well: ids come as both."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    return value.strip() if isinstance(value, str) else value


def text_of(value: object) -> str:
    """Of an answer: several values are joined, and what is no word says nothing."""
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(one) for one in value)))
    return str(word(value)) if isinstance(value, str | int | float) else ""


def flag(value: object) -> object:
    if isinstance(value, str | int):
        return str(value).strip().lower() in {"true", "1", "yes"}
    return value


def instant(value: object) -> datetime | None:
    """None for what is not certainly an instant: a lead is not refused for the date somebody wrote on it."""
    if isinstance(value, str) and not value.strip().isdecimal():
        return written(value.strip())
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            number = int(value)
            at = datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS_FROM else number, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return at if at.year >= FIRST_YEAR else None
    return None


def written(text: str) -> datetime | None:
    """An ISO instant, or ``2026-11-21 10:20 PM -05:00``; without an offset it could be any of a day's instants."""
    found = STAMP.fullmatch(text)
    if not found:
        return None
    zone = "+00:00" if found["zone"].upper() in ("Z", "UTC") else found["zone"]
    try:
        if found["half"]:
            at = datetime.strptime(f"{found['day']} {found['time'][:5]} {found['half']} {zone}", "%Y-%m-%d %I:%M %p %z")
        else:
            at = datetime.fromisoformat(f"{found['day']}T{found['time']:0>5}{zone}")
        return at.astimezone(UTC) if at.year >= FIRST_YEAR else None
    except (ValueError, OverflowError):
        return None


Word = Annotated[str, BeforeValidator(word), Field(max_length=MAX_WORD)]
Id = Annotated[str, BeforeValidator(word), Field(min_length=1, max_length=200)]
Flag = Annotated[bool, BeforeValidator(flag)]
Instant = Annotated[datetime | None, BeforeValidator(instant)]


def named(*names: str) -> Any:
    """A field known by several names, the current one first."""
    return Field(default="", validation_alias=AliasChoices(*names))


class Told(BaseModel):
    """What a vendor may add is passed over; an empty or null field counts as not sent, so that an empty new name never
    hides a filled old one."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def without_empty_fields(cls, sent: Any) -> Any:
        if not isinstance(sent, Mapping):
            return sent
        return {name: value for name, value in sent.items() if value is not None and value != ""}

    def said(self) -> dict[str, str]:
        """What has a standard name, by that name."""
        words = {name: getattr(self, name) for name in type(self).model_fields if name in STANDARD}
        return {name: value for name, value in words.items() if value}


class Clicked(Told):
    """What most vendors pass on from the landing page."""

    utm_source: Word = ""
    utm_medium: Word = ""
    utm_campaign: Word = ""
    utm_term: Word = ""
    utm_content: Word = ""
    gclid: Word = named("gclid", "gcl_id", "google_click_id")
    gbraid: Word = ""
    wbraid: Word = ""
    fbclid: Word = ""
    msclkid: Word = ""
    ttclid: Word = ""
