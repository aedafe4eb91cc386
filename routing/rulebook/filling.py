"""The practice's templates, or plain words of our own where it wrote none, with names and times put in: by Jinja2 in
its sandbox, for the words come from outside. What a template may hold is checked when it is published
(``check_templates``), so that none fails while somebody is on the line."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template
from jinja2.exceptions import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from routing.rules.book import Book

NAMES = frozenset(
    {
        "campaign",
        "category",
        "coordinator",
        "day",
        "dialled",
        "language",
        "location",
        "minutes",
        "mode",
        "number",
        "options",
        "patient",
        "payer",
        "person",
        "position",
        "practice",
        "reason",
        "requested",
        "time",
    }
)
"""All that is ever put in; each a text."""
NOTHING: Mapping[str, str] = MappingProxyType(dict.fromkeys(NAMES, ""))
WRITTEN = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
"""For words that are spoken or sent as plain text; TwiML is escaped where it is built."""
WRITTEN.globals.clear()
KEPT = 4_096
"""So many templates are kept compiled: 10 microseconds to fill instead of 500."""
DAYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    }
)
Plain = Mapping[str, Mapping[str, str]]
"""Template to language to text."""


class Unfilled(LookupError):
    """The template wants something that is not known here."""


@lru_cache(maxsize=KEPT)
def ready(text: str) -> Template:
    return WRITTEN.from_string(text)


def filled(text: str, known: Mapping[str, str]) -> str:
    """:raises Unfilled: where it wants a name that ``known`` lacks."""
    try:
        return tidy(ready(text).render(known))
    except UndefinedError:
        raise Unfilled from None


def worded(book: Book, plain: Plain, template: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Text and its language; a template without that language is said in the practice's first, and of what is not
    known nothing is said. KeyError for a template that neither knows."""
    texts = book.templates.get(template) or plain[template]
    spoken = next((each for each in (language, *book.languages, "en") if each in texts), None)
    chosen = spoken or next(iter(texts))
    return filled(texts[chosen], {**NOTHING, "practice": book.name, **values}), chosen


def tidy(text: str) -> str:
    """Without the gaps that an empty name leaves between commas."""
    return re.sub(r"\s+", " ", re.sub(r"(,\s*)+,", ",", re.sub(r"\s+([,.])", r"\1", text))).strip(" ,")


def opening(book: Book, at: datetime, language: str) -> dict[str, str]:
    """Day and time of the practice's own zone, as templates name them."""
    local = at.astimezone(ZoneInfo(book.zone))
    clock = f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"
    return {"day": DAYS.get(language, DAYS["en"])[local.weekday()], "time": clock}
