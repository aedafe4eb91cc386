"""What a practice may decide in place of a row: only what no checked source settles, with name, reason and dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from routing.rules.lawful.ledger import ScrubKind
from routing.rules.lawful.rows import HoursRow, Week, within
from routing.rules.lawful.us_hours import FEDERAL, FIGURES, NATION_SAFE, WITHOUT_FIGURES

HOURS: Mapping[str, HoursRow] = MappingProxyType(
    {row.id: row for row in (FEDERAL, NATION_SAFE, *FIGURES, *WITHOUT_FIGURES)}
)
ONE_PURPOSE_ONLY = "revoke.all"
WIDER_INCLUDES_NARROWER = "consent.scope"
SWITCHES: Mapping[str, date | None] = MappingProxyType(
    {ONE_PURPOSE_ONLY: date(2027, 1, 31), WIDER_INCLUDES_NARROWER: None}
)
"""Rules without hours, and the last day on which they may be decided. Until 2027-01-31 (FCC DA 26-12) a withdrawal for
one purpose may be read as that; the other lets a wider consent include a narrower purpose."""


@dataclass(frozen=True, slots=True)
class Override:
    """In force from ``first`` to ``last``, local days, both included. ``week`` is for rules of hours only."""

    rule: str
    approved_by: str
    reason: str
    first: date
    last: date
    week: Week | None = None

    def holds_on(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class ContactTerms:
    """What a practice file says. ``territories``: a number that tells no place may be in Puerto Rico or the Virgin
    Islands. ``consent_stale_s``: how old a consent read from the CRM may be. ``scrubs``: lists that a number is to be
    compared with."""

    approvals: tuple[Override, ...] = ()
    territories: bool = False
    consent_stale_s: int = 86_400
    scrubs: tuple[ScrubKind, ...] = ()


def objections(override: Override) -> Iterable[tuple[str, str]]:
    """Key of the practice file and what is wrong with it; nothing for an override that may be used."""
    row = HOURS.get(override.rule)
    if row is None and override.rule not in SWITCHES:
        yield "rule", f"there is no rule `{override.rule}` of lawful contact"
        return
    if row and not row.source.may_be_decided:
        yield "rule", f"`{override.rule}` rests on {row.source.cited[0]} and binds; `quiet_hours` may tighten it"
    if row is None and override.week is not None:
        yield "hours", f"`{override.rule}` has no hours"
    if row and override.week is None:
        yield "hours", "say which `hours` hold instead"
    if override.week and FEDERAL.week and not within(override.week, FEDERAL.week):
        yield "hours", "never before 08:00 or after 21:00 (47 CFR 64.1200(c)(1))"
    yield from wrong_dates(override)


def wrong_dates(override: Override) -> Iterable[tuple[str, str]]:
    until = SWITCHES.get(override.rule)
    if override.last < override.first:
        yield "last", "`last` lies before `first`"
    if (override.last - override.first).days > 366:
        yield "last", "an approval lasts a year at most"
    if until and override.last > until:
        yield "last", f"`{override.rule}` may only be decided until {until}"
