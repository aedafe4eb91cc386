"""The practice's templates, or plain words of our own where it wrote none, with names and times put in."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from routing.rules.book import Book

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
DAYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    }
)
Plain = Mapping[str, Mapping[str, str]]
"""Template to language to text."""


def worded(book: Book, plain: Plain, template: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Text and its language; a template without that language is said in the practice's first. KeyError for a template
    that neither knows."""
    texts = book.templates.get(template) or plain[template]
    spoken = next((each for each in (language, *book.languages, "en") if each in texts), None)
    chosen = spoken or next(iter(texts))
    known = {"practice": book.name, **values}
    return tidy(PLACEHOLDER.sub(lambda found: known.get(found.group(1), ""), texts[chosen])), chosen


def tidy(text: str) -> str:
    """Without the gaps that an empty placeholder leaves between commas."""
    return re.sub(r"\s+", " ", re.sub(r"(,\s*)+,", ",", re.sub(r"\s+([,.])", r"\1", text))).strip(" ,")


def opening(book: Book, at: datetime, language: str) -> dict[str, str]:
    """Day and time of the practice's own zone, as templates name them."""
    local = at.astimezone(ZoneInfo(book.zone))
    clock = f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
    return {"day": DAYS.get(language, DAYS["en"])[local.weekday()], "time": clock}
