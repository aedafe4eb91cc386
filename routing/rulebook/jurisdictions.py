"""Where a person may be: every state and time zone that a stated ZIP, a stated state and an area code allow."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

import phonenumbers
import zipcodes
from phonenumbers.timezone import time_zones_for_geographical_number

from routing.rulebook.places import place
from routing.rules.lawful.states import ATLANTIC, EVERY_ZONE, ZONES, Jurisdiction, anywhere_in

EVERY_ZIP: Callable[[], list[dict[str, Any]]] = zipcodes.list_all
TERRITORIES: Mapping[str, str] = MappingProxyType(
    {
        "AS": "Pacific/Pago_Pago",
        "GU": "Pacific/Guam",
        "MP": "Pacific/Saipan",
        "PR": ATLANTIC,
        "VI": "America/St_Thomas",
    }
)
"""None of the 51, so that only the safe default holds there."""
OURS = frozenset({"US", *TERRITORIES})
NORTH_AMERICA = 1


@dataclass(frozen=True, slots=True)
class Signs:
    """What points to a place. ``number`` is E.164; ``states`` are two letters each, stated or those of an address."""

    number: str | None = None
    zip: str | None = None
    states: tuple[str, ...] = ()


def candidates(signs: Signs, *, territories: bool = False) -> frozenset[Jurisdiction]:
    """All of them, never a guess: numbers move with people. A number that tells nothing (toll-free, new, foreign) may
    be in any zone; the state then is that which was stated, or unknown."""
    stated = frozenset(stated_places(signs))
    by_number = of_number(signs.number) if signs.number else frozenset()
    if by_number or (stated and not signs.number):
        return stated | by_number
    state = "US" if any(each.state in ZONES for each in stated) else ""
    zones = (*EVERY_ZONE, ATLANTIC) if territories else EVERY_ZONE
    return stated | {Jurisdiction(state, zone) for zone in (*zones, *foreign_zones(signs.number))}


def stated_places(signs: Signs) -> Iterator[Jurisdiction]:
    here = place(signs.zip) if signs.zip else None
    if here and here.zone in available_zones():
        yield Jurisdiction(here.state, here.zone)
    elif here and here.state in ZONES:
        yield from anywhere_in(here.state)
    for state in (said.strip().upper() for said in signs.states):
        yield from anywhere_in(state) if state in ZONES else ()
        yield from (Jurisdiction(state, zone) for code, zone in TERRITORIES.items() if code == state)


def of_number(number: str) -> frozenset[Jurisdiction]:
    """Empty where the area code belongs to no state."""
    return area_codes().get(number[2:5], frozenset()) if number.startswith("+1") else frozenset()


def foreign_zones(number: str | None) -> Iterator[str]:
    """Of a number from elsewhere; its zones come on top, whatever the person says."""
    if number is None:
        return
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return
    region = phonenumbers.region_code_for_number(parsed)
    if region and region not in OURS:
        yield from (zone for zone in time_zones_for_geographical_number(parsed) if zone in available_zones())


@cache
def area_codes() -> Mapping[str, frozenset[Jurisdiction]]:
    """Area code to its state in every zone. An area code keeps to one state; the ZIPs of others that list it lie on
    the border, so the state with most ZIPs has it."""
    zips: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in EVERY_ZIP():
        for code in entry["area_codes"]:
            zips[code].append(entry)
    found = {code: of_area(code, entries) for code, entries in zips.items() if is_ours(code)}
    return MappingProxyType(found)


def of_area(code: str, entries: list[dict[str, Any]]) -> frozenset[Jurisdiction]:
    state: str = Counter(entry["state"] for entry in entries).most_common(1)[0][0]
    zones = {str(entry["timezone"]) for entry in entries if entry["state"] == state} | zones_by_prefix(code)
    return frozenset(Jurisdiction(state, zone) for zone in zones & available_zones())


def is_ours(code: str) -> bool:
    return phonenumbers.region_code_for_number(sample(code)) in OURS


def zones_by_prefix(code: str) -> frozenset[str]:
    return frozenset(time_zones_for_geographical_number(sample(code)))


def sample(code: str) -> phonenumbers.PhoneNumber:
    return phonenumbers.PhoneNumber(country_code=NORTH_AMERICA, national_number=int(f"{code}5550100"))


@cache
def available_zones() -> frozenset[str]:
    return frozenset(available_timezones())
