"""Which location: level of care and payer strike out first, then distance orders the rest (design section 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.rules.book import Book, Location
from routing.rules.hours import verdict
from routing.rules.values import Inquiry

NOT_CHOSEN = frozenset({"number", "campaign", "rule"})
"""Sources of a location that a picked city or a ZIP overrules."""


@dataclass(frozen=True, slots=True)
class Located:
    """``location`` is None where nothing decided; ``reason`` then says why."""

    location: str | None
    reason: str


def locate(book: Book, inquiry: Inquiry, facts: Mapping[str, str], now: datetime, named: str | None = None) -> Located:
    """``named`` is the location a rule has set. A location that is none of the book's counts as not given."""
    fitting = [place for place in book.locations.values() if fits(place, facts)]
    if not book.locations:
        return Located(None, "no_locations")
    if not fitting:
        return Located(None, "general_intake")
    city, code = facts.get("city", "").casefold(), facts.get("zip", "")
    orders = [book.nearness[key] for key in (city, code) if key in book.nearness]
    office = facts.get("location", "")
    if office in book.locations and (office == named or chosen_by_person(inquiry)):
        return nearest(book, by_office(book, office), fitting, facts, now)
    if len({order[0] for order in orders}) > 1:
        return Located(None, "location_conflict")
    if orders and level_settled(book, facts):
        return nearest(book, orders[0], fitting, facts, now)
    if office in book.locations:
        return at_number(book, office, facts, fitting, now)
    if len(fitting) == 1:
        return Located(fitting[0].id, struck_reason(book, facts, struck=len(book.locations) > 1))
    return Located(None, "level_of_care_missing" if orders else "location_missing")


def known_levels(book: Book) -> frozenset[str]:
    return frozenset(level for place in book.locations.values() for level in place.levels_of_care)


def level_settled(book: Book, facts: Mapping[str, str]) -> bool:
    """Where levels of care matter, distance alone never decides (S-10)."""
    return "level_of_care" in facts or not known_levels(book)


def fits(place: Location, facts: Mapping[str, str]) -> bool:
    return (
        (not place.categories or facts.get("category", "") in ("", *place.categories))
        and (not place.levels_of_care or facts.get("level_of_care", "") in ("", *place.levels_of_care))
        and (not place.accepts or facts.get("payer", "") in ("", *place.accepts))
    )


def chosen_by_person(inquiry: Inquiry) -> bool:
    stated = inquiry.attributes.get("location")
    return stated is not None and stated.source not in NOT_CHOSEN


def by_office(book: Book, office: str) -> tuple[str, ...]:
    """The office itself, then the ones that stand in for it, then the rest in file order."""
    return tuple(dict.fromkeys((office, *book.locations[office].fallbacks, *book.locations)))


def at_number(book: Book, office: str, facts: Mapping[str, str], fitting: Sequence[Location], now: datetime) -> Located:
    """The dialled number's office, or the next that has the specialty (A-79)."""
    found = nearest(book, by_office(book, office), fitting, facts, now)
    if found.reason == "specialty_nearest":
        return Located(found.location, "specialty_mismatch")
    return found


def nearest(
    book: Book, order: Sequence[str], fitting: Sequence[Location], facts: Mapping[str, str], now: datetime
) -> Located:
    allowed = {place.id for place in fitting}
    ranked = [office for office in order if office in allowed]
    first = ranked[0]
    standing_in = next((office for office in stand_ins(book, first, ranked) if usable(book, office, now)), first)
    if standing_in != first:
        return Located(standing_in, "fallback_office")
    return Located(first, struck_reason(book, facts, struck=first != order[0]))


def stand_ins(book: Book, first: str, ranked: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, *(o for o in book.locations[first].fallbacks if o in ranked), *ranked)))


def usable(book: Book, office: str, now: datetime) -> bool:
    """Closed by hand sends people elsewhere (A-83); ordinary closing hours keep the office and take the night route."""
    return verdict(book.locations[office].calendar, now).reason != "manual_closure"


def struck_reason(book: Book, facts: Mapping[str, str], *, struck: bool) -> str:
    if "level_of_care" in facts and known_levels(book):
        return "level_of_care" if struck else "nearest_facility"
    return "specialty_nearest" if struck else "specialty_at_location"
