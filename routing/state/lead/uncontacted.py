"""Leads that were closed without contact, each under its one cause: what the rows and receipts say, counted."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.engine import Connection

from routing.rules.book import Book
from routing.rules.costs import Counted, cost_of, months_between
from routing.rules.lost import GROUPS, Group, Lost, LostCause, cause_of
from routing.rules.retrying import cadence_of
from routing.state.tables import assignments, attempts, decisions, leads

MOST = 10_000
NEVER_REACHED_HER = ("failed", "canceled")
FAR_SIDE = ("duplicate", "spam")
"""Closed for what they are, not for want of contact."""
DECLINED = ("declined", "wrong_number", "not_eligible")
EVERY_WAY = frozenset({"call", "text", "email"})


@dataclass(frozen=True, slots=True)
class LostCost:
    """What ``leads`` of one campaign that were lost for one cause have cost. ``campaign`` is empty for leads of none.
    ``cost`` None: nobody has said what the campaign costs. ``counted``: from which of its prices."""

    cause: LostCause
    campaign: str
    leads: int
    cost: Decimal | None = None
    currency: str | None = None
    counted: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncontacted:
    """Of the leads that came in from ``since`` to before ``until``. ``blocked_untried`` of those never attempted could
    not lawfully be. ``costs`` has a line for each cause and campaign."""

    leads: int
    uncontacted: int
    causes: Mapping[LostCause, int]
    groups: Mapping[Group, int]
    campaigns: Mapping[str, Mapping[LostCause, int]]
    never_attempted: int
    blocked_untried: int
    costs: tuple[LostCost, ...] = ()

    @property
    def known_cost(self) -> Mapping[str, Decimal]:
        """By currency, of the lines whose cost is known."""
        found: dict[str, Decimal] = {}
        for line in self.costs:
            if line.cost is not None and line.currency is not None:
                found[line.currency] = found.get(line.currency, Decimal(0)) + line.cost
        return found

    @property
    def leads_of_unknown_cost(self) -> int:
        return sum(line.leads for line in self.costs if line.cost is None)

    @property
    def never_attempted_share(self) -> float:
        return round(self.never_attempted / self.leads, 4) if self.leads else 0.0


def uncontacted(tx: Connection, book: Book, since: datetime, until: datetime) -> Uncontacted:
    """Rehearsals and merged leads are left out."""
    came = (leads.c.practice_id == book.practice) & (leads.c.clock_started_at >= since)
    came &= (leads.c.clock_started_at < until) & ~leads.c.is_test & leads.c.merged_into.is_(None)
    whole = tx.execute(select(func.count()).select_from(leads).where(came)).scalar_one()
    lost = came & leads.c.closed_at.is_not(None) & leads.c.contacted_at.is_(None)
    lost &= func.coalesce(leads.c.close_cause, "").not_in(FAR_SIDE)
    rows = tx.execute(select(leads).where(lost).order_by(leads.c.id).limit(MOST)).all()
    told = [(row, lost_of(tx, book, row)) for row in rows]
    causes = Counter(cause_of(each) for _, each in told)
    by_campaign: dict[str, Counter[LostCause]] = {}
    for row, each in told:
        by_campaign.setdefault(row.campaign or "", Counter())[cause_of(each)] += 1
    untried = [each for _, each in told if not each.attempts]
    groups: Counter[Group] = Counter()
    for cause, count in causes.items():
        groups[GROUPS[cause]] += count
    return Uncontacted(
        leads=int(whole),
        uncontacted=len(told),
        causes=dict(causes),
        groups=dict(groups),
        campaigns={name: dict(counts) for name, counts in sorted(by_campaign.items())},
        never_attempted=len(untried),
        blocked_untried=sum(1 for each in untried if cause_of(each) == "consent_blocked"),
        costs=lost_costs(book, by_campaign, came_by_campaign(tx, came), months_between(since, until, book.zone)),
    )


def came_by_campaign(tx: Connection, came: ColumnElement[bool]) -> Mapping[str, int]:
    """Leads of the time, lost or not: a month's price is shared by all of them."""
    counted = select(leads.c.campaign, func.count()).where(came).group_by(leads.c.campaign)
    return {campaign or "": int(count) for campaign, count in tx.execute(counted)}


def lost_costs(
    book: Book, lost: Mapping[str, Mapping[LostCause, int]], whole: Mapping[str, int], months: Decimal
) -> tuple[LostCost, ...]:
    found = []
    for campaign, counts in lost.items():
        entry = book.campaigns.get(campaign)
        paid = entry.cost if entry else None
        for cause, count in counts.items():
            line = LostCost(cause, campaign, count)
            if paid:
                cost = cost_of(paid, count, whole[campaign], months)
                line = replace(line, cost=cost, currency=paid.currency, counted=paid.counted)
            found.append(line)
    return tuple(sorted(found, key=lambda line: (list(GROUPS).index(line.cause), line.campaign)))


def lost_of(tx: Connection, book: Book, row: Row[Any]) -> Lost:
    owned_at, moved_at = ownership(tx, row.id)
    entry = first_receipt(tx, row.id)
    failing = {who: why for look in entry.get("looks", ()) for who, why in look["failing"].items()}
    allowed = entry.get("plan", {}).get("allowed")
    tried = attempts_of(tx, row.id)
    misrouted = row.category != row.routed_category
    return Lost(
        started_at=row.clock_started_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        owned_at=owned_at,
        failing=failing,
        somebody=not failing or any(look["chosen"] for look in entry["looks"]),
        blocked=row.close_cause == "consent_blocked" or (allowed is not None and not EVERY_WAY & set(allowed)),
        broken=entry.get("trigger") == "degraded" and not tried,
        moved_at=moved_at,
        misrouted=misrouted and not tried,
        attempts=tried,
        wanted_attempts=len(cadence_of(book.cadences.values(), row.category).attempts_s),
        declined=row.close_cause in DECLINED,
    )


def ownership(tx: Connection, lead: str) -> tuple[datetime | None, datetime | None]:
    """When it first had an owner, and when it was moved for a mismatch."""
    rows = tx.execute(select(assignments).where(assignments.c.lead_id == lead).order_by(assignments.c.since)).all()
    moved = (row.since for row in rows if row.reason in ("specialty_mismatch", "wrong_route", "location_mismatch"))
    return (rows[0].since if rows else None), min(moved, default=None)


def first_receipt(tx: Connection, lead: str) -> dict[str, Any]:
    found = select(decisions.c.receipt).where(decisions.c.lead_id == lead).order_by(decisions.c.at, decisions.c.id)
    text = tx.execute(found.limit(1)).scalar_one_or_none()
    return cast("dict[str, Any]", json.loads(text)) if text else {}


def attempts_of(tx: Connection, lead: str) -> tuple[datetime, ...]:
    """By people of ours; what never reached her is none."""
    mine = (attempts.c.lead_id == lead) & attempts.c.is_human
    made = select(attempts.c.started_at).where(mine, func.coalesce(attempts.c.result, "").not_in(NEVER_REACHED_HER))
    return tuple(tx.execute(made.order_by(attempts.c.started_at)).scalars())
