"""The holidays a practice file asks for, as dates."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from routing.rulebook.models_hours import Holidays

YEARS_AHEAD = 3


@lru_cache(maxsize=64)
def holiday_dates(wanted: Holidays) -> Mapping[date, str]:
    """Every holiday of the three years; ValueError where the country has no such subdivision or category."""
    years = range(wanted.from_year, wanted.from_year + YEARS_AHEAD)
    try:
        found = country_holidays(wanted.country, subdiv=wanted.subdivision, years=years, categories=wanted.categories)
    except NotImplementedError:
        raise ValueError(f"there are no holidays for {wanted.country} {wanted.subdivision}") from None
    return {day: name for day, name in sorted(found.items()) if not wanted.only or name in wanted.only}


def unknown_holidays(wanted: Holidays) -> tuple[str, ...]:
    named = set(holiday_dates(wanted).values())
    return tuple(name for name in wanted.only if name not in named)
