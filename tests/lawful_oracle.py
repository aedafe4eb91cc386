"""When may people be called: written a second time from the statutes' table, by other means than the rules use.

Seconds since 1970, whole-number arithmetic, the daylight saving rule of 2007 written out: no calendar, no zone names.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from holidays import country_holidays

TABLE = """
Alabama              AL C   8-20 8-20 8-20 8-20 8-20 8-20 -     no holidays
Alaska               AK KH
Arizona              AZ ZM
Arkansas             AR C
California           CA P
Colorado             CO M
Connecticut          CT E   9-20 9-20 9-20 9-20 9-20 9-20 9-20
Delaware             DE E
District of Columbia DC E
Florida              FL EC  8-20 8-20 8-20 8-20 8-20 8-20 8-20
Georgia              GA E
Hawaii               HI W
Idaho                ID MP
Illinois             IL C
Indiana              IN EC
Iowa                 IA C
Kansas               KS CM
Kentucky             KY EC  10-21 10-21 10-21 10-21 10-21 10-21 10-21
Louisiana            LA C   8-20 8-20 8-20 8-20 8-20 8-20 -     no holidays
Maine                ME E
Maryland             MD E   8-20 8-20 8-20 8-20 8-20 8-20 8-20
Massachusetts        MA E   8-20 8-20 8-20 8-20 8-20 8-20 8-20
Michigan             MI EC  9-21 9-21 9-21 9-21 9-21 9-21 9-21
Minnesota            MN C   9-21 9-21 9-21 9-21 9-21 9-21 9-21
Mississippi          MS C   8-20 8-20 8-20 8-20 8-20 8-20 -     no holidays
Missouri             MO C
Montana              MT M
Nebraska             NE CM
Nevada               NV PM  9-20 9-20 9-20 9-20 9-20 9-20 9-20
New Hampshire        NH E
New Jersey           NJ E
New Mexico           NM M   9-21 9-21 9-21 9-21 9-21 9-21 9-21
New York             NY E
North Carolina       NC E
North Dakota         ND CM
Ohio                 OH E
Oklahoma             OK C   8-20 8-20 8-20 8-20 8-20 8-20 8-20
Oregon               OR PM
Pennsylvania         PA E   8-21 8-21 8-21 8-21 8-21 -    -     no holidays
Rhode Island         RI E   9-18 9-18 9-18 9-18 9-18 -    -
South Carolina       SC E
South Dakota         SD CM
Tennessee            TN EC
Texas                TX CM  9-21 9-21 9-21 9-21 9-21 9-21 12-21
Utah                 UT M
Vermont              VT E
Virginia             VA E
Washington           WA P   8-20 8-20 8-20 8-20 8-20 8-20 8-20
West Virginia        WV E
Wisconsin            WI C
Wyoming              WY M
"""
CLOCKS = {"E": (-5, True), "C": (-6, True), "M": (-7, True), "Z": (-7, False), "P": (-8, True), "K": (-9, True)}
CLOCKS |= {"H": (-10, True), "W": (-10, False)}
"""Hours from UTC in winter, and whether clocks change. H is the Aleutians, W Hawaii, Z Arizona."""
ELSEWHERE = "ECMZPKHW"
HOUR, DAY = 3600, 86_400
FEDERAL = (range(8 * 60, 21 * 60),) * 7
SAFE = (*(range(10 * 60, 18 * 60),) * 5, range(0), range(0))
EPOCH = date(1970, 1, 1)


def lines() -> dict[str, list[str]]:
    return {line[21:23]: line[24:].split() for line in TABLE.strip().splitlines()}


def cell(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first) * 60, int(last) * 60) if first else range(0)


class Oracle:
    """One state, or "" for wherever in the nation."""

    def __init__(self, state: str, years: Iterable[int], *, requested: bool) -> None:
        clocks, *cells = lines()[state] if state else [ELSEWHERE]
        self.clocks = [CLOCKS[letter] for letter in clocks]
        own = [cell(text) for text in cells[:7]] or list(FEDERAL)
        is_safe = not requested or not state
        weeks = [FEDERAL, own, *([SAFE] if is_safe else [])]
        self.minutes = [bytes(all(m in week[day] for week in weeks) for m in range(1440)) for day in range(7)]
        closed = is_safe or cells[7:] == ["no", "holidays"]
        self.off = days_off(state, tuple(years)) if closed else frozenset[int]()

    def allows(self, second: int) -> bool:
        return all(self.allows_by(second + offset(second, *clock)) for clock in self.clocks)

    def allows_by(self, local: int) -> bool:
        day, second = divmod(local, DAY)
        return day not in self.off and bool(self.minutes[(day + 3) % 7][second // 60])


@lru_cache(maxsize=200)
def days_off(state: str, years: tuple[int, ...]) -> frozenset[int]:
    found: set[date] = set()
    for each in [None, state] if state else [None, *lines()]:
        found |= set(country_holidays("US", subdiv=each, years=years))
    return frozenset((day - EPOCH).days for day in found)


def offset(second: int, winter_h: int, changes: bool) -> int:
    if not changes:
        return winter_h * HOUR
    spring, autumn = turns((EPOCH + timedelta(days=second // DAY)).year)
    is_summer = spring + (2 - winter_h) * HOUR <= second < autumn + (1 - winter_h) * HOUR
    return (winter_h + is_summer) * HOUR


@lru_cache(maxsize=64)
def turns(year: int) -> tuple[int, int]:
    """Midnight, as if UTC, of the second Sunday in March and the first in November."""
    return sunday(date(year, 3, 8)), sunday(date(year, 11, 1))


def sunday(first: date) -> int:
    return (first - EPOCH).days * DAY + (6 - first.weekday()) * DAY


def next_ones(allowed: Sequence[bool]) -> list[int | None]:
    """For each step the first from it on that is allowed."""
    found: list[int | None] = [None] * len(allowed)
    upcoming: int | None = None
    for at in range(len(allowed) - 1, -1, -1):
        upcoming = at if allowed[at] else upcoming
        found[at] = upcoming
    return found


def seconds_of(at: datetime) -> int:
    return int(at.timestamp())
