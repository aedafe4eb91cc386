"""The fifty states and the District of Columbia, with every time zone a person there may live in (49 CFR part 71)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
ARIZONA, PACIFIC, HAWAII = "America/Phoenix", "America/Los_Angeles", "Pacific/Honolulu"
ALASKA, ALEUTIANS, ATLANTIC = "America/Anchorage", "America/Adak", "America/Puerto_Rico"

WHOLLY: Mapping[str, str] = MappingProxyType(
    {
        EASTERN: "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
        CENTRAL: "AL AR IA IL LA MN MO MS OK WI",
        MOUNTAIN: "CO MT NM UT WY",
        PACIFIC: "CA WA",
        HAWAII: "HI",
    }
)
DIVIDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AK": (ALASKA, ALEUTIANS),
        "AZ": (ARIZONA, MOUNTAIN),
        "FL": (EASTERN, CENTRAL),
        "ID": (MOUNTAIN, PACIFIC),
        "IN": (EASTERN, CENTRAL),
        "KS": (CENTRAL, MOUNTAIN),
        "KY": (EASTERN, CENTRAL),
        "MI": (EASTERN, CENTRAL),
        "ND": (CENTRAL, MOUNTAIN),
        "NE": (CENTRAL, MOUNTAIN),
        "NV": (PACIFIC, MOUNTAIN),
        "OR": (PACIFIC, MOUNTAIN),
        "SD": (CENTRAL, MOUNTAIN),
        "TN": (EASTERN, CENTRAL),
        "TX": (CENTRAL, MOUNTAIN),
    }
)
"""The Navajo Nation of Arizona keeps daylight saving time, the rest of that state does not."""

ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict(sorted([*DIVIDED.items(), *((state, (zone,)) for zone, all_in in WHOLLY.items() for state in all_in.split())]))
)
EVERY_ZONE = (EASTERN, CENTRAL, MOUNTAIN, ARIZONA, PACIFIC, ALASKA, ALEUTIANS, HAWAII)


@dataclass(frozen=True, slots=True, order=True)
class Jurisdiction:
    """Where a person may be. ``state`` is two letters; ``US`` where only the state is open, "" where nothing is known.
    What is not one of the 51 counts as unknown."""

    state: str
    zone: str

    @property
    def is_known(self) -> bool:
        return self.state == "US" or self.state in ZONES


NOWHERE_KNOWN = frozenset(Jurisdiction("", zone) for zone in EVERY_ZONE)


def anywhere_in(state: str) -> frozenset[Jurisdiction]:
    """KeyError for what is not one of the 51."""
    return frozenset(Jurisdiction(state, zone) for zone in ZONES[state])
