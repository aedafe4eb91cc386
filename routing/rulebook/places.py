"""Where things are: ZIP codes, distance, and which listed city a typed one certainly means."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import zipcodes
from rapidfuzz.distance import DamerauLevenshtein

EVERY_ZIP: Callable[[], list[dict[str, str]]] = zipcodes.list_all
EARTH_RADIUS_KM = 6371.0
SHORTEST_MISSPELLED = 5
"""Letters a city must have before a misspelling of it is believed."""
STATE_AT_END = re.compile(r"^(?P<city>.*?)(?:,\s*|\s+)(?P<state>[A-Za-z]{2})\.?$")
WORDS_WRITTEN_OUT = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


@dataclass(frozen=True, slots=True)
class Place:
    """A ZIP's centre in degrees, its city, state and IANA zone."""

    lat: float
    long: float
    city: str
    state: str
    zone: str


@cache
def places() -> Mapping[str, Place]:
    """All US ZIPs with a position, indexed once per process (a search of the package's own takes 3 ms)."""
    return MappingProxyType(
        {
            entry["zip_code"]: Place(
                float(entry["lat"]), float(entry["long"]), entry["city"], entry["state"], entry["timezone"]
            )
            for entry in EVERY_ZIP()
            if float(entry["lat"] or 0)
        }
    )


def place(code: str) -> Place | None:
    """``code`` may be ZIP+4."""
    return places().get(code.strip()[:5])


@cache
def cities() -> frozenset[tuple[str, str]]:
    """Every city as (plain name, state), and as (plain name, "") for when no state was said."""
    named = {(plain_city(spot.city), spot.state) for spot in places().values()}
    return frozenset(named | {(name, "") for name, _ in named})


@cache
def city_names() -> frozenset[str]:
    """Every city's plain name: what a misspelled one is never taken for, if it is one of these."""
    return frozenset(name for name, _ in cities())


def kilometres(here: Place, there: Place) -> float:
    """Great-circle distance (haversine)."""
    lat, other_lat = math.radians(here.lat), math.radians(there.lat)
    north = math.sin((other_lat - lat) / 2) ** 2
    east = math.sin(math.radians(there.long - here.long) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(north + math.cos(lat) * math.cos(other_lat) * east))


def by_distance(here: Place, zips: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of ``zips`` (location id to ZIP), nearest first; equals keep their order, unplaced ones come last."""

    def distance(location: str) -> float:
        there = place(zips[location])
        return kilometres(here, there) if there else math.inf

    return tuple(sorted(zips, key=distance))


@dataclass(frozen=True, slots=True)
class Nearness(Mapping[str, tuple[str, ...]]):
    """Picked city (lower case) or ZIP to location ids, nearest first; a ZIP's order is worked out when asked for."""

    by_city: Mapping[str, tuple[str, ...]]
    zips: Mapping[str, str]
    """Location id to its ZIP, "" where the file gives none."""
    known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, key: str) -> tuple[str, ...]:
        asked = key.strip().casefold()
        if asked in self.by_city:
            return self.by_city[asked]
        code = asked[:5]
        if code not in self.known:
            self.known[code] = self.ordered(code)
        return self.known[code]

    def ordered(self, code: str) -> tuple[str, ...]:
        here = place(code) if code.isdecimal() and any(self.zips.values()) else None
        if here is None:
            raise KeyError(code)
        return by_distance(here, self.zips)

    def __iter__(self) -> Iterator[str]:
        yield from self.by_city
        yield from places() if any(self.zips.values()) else ()

    def __len__(self) -> int:
        return len(self.by_city) + (len(places()) if any(self.zips.values()) else 0)


def city_option(text: str, options: Sequence[str]) -> str | None:
    """The one option a typed city certainly means, else None and the person is asked (S-24). Options may carry their
    state ("St. Charles, IL"). A misspelling counts only if it is no city itself and no second option comes near."""
    city, state = city_and_state(text)
    fitting = [option for option in options if may_lie_in(state, *city_and_state(option))]
    exact = [option for option in fitting if city_and_state(option)[0] == city]
    if exact:
        return exact[0] if len(exact) == 1 else None
    if (city, state) in cities():
        return None
    near = [option for option in fitting if misspelled(city, city_and_state(option)[0])]
    return near[0] if len(near) == 1 else None


def city_and_state(text: str) -> tuple[str, str]:
    found = STATE_AT_END.match(text.strip())
    if found and found["state"].upper() in states():
        return plain_city(found["city"]), found["state"].upper()
    return plain_city(text), ""


@cache
def states() -> frozenset[str]:
    return frozenset(spot.state for spot in places().values())


def plain_city(text: str) -> str:
    words = re.findall(r"[^\W_]+", text.casefold().replace("'", ""))
    return " ".join(WORDS_WRITTEN_OUT.get(word, word) for word in words)


def may_lie_in(said: str, city: str, listed: str) -> bool:
    """Where only the typed city names a state, the listed one must exist there."""
    if not said:
        return True
    return said == listed if listed else (city, said) in cities()


def misspelled(typed: str, listed: str) -> bool:
    """One slip in a short name, two in one of ten letters and more."""
    if len(listed) < SHORTEST_MISSPELLED or typed[:1] != listed[:1]:
        return False
    return DamerauLevenshtein.distance(typed, listed) <= (2 if len(listed) >= 2 * SHORTEST_MISSPELLED else 1)
