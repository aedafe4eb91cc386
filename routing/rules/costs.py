"""What a campaign costs and what its leads have cost, in exact decimals."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Counted = Literal["per_lead", "per_month"]
CENT = Decimal("0.01")
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CampaignCost:
    """``per_lead`` is paid for each, ``per_month`` for a calendar month of the practice; with both, both are paid."""

    per_lead: Decimal | None = None
    per_month: Decimal | None = None
    currency: str = "USD"

    @property
    def counted(self) -> tuple[Counted, ...]:
        """From which of the two a lead's cost is made."""
        lead: tuple[Counted, ...] = ("per_lead",) if self.per_lead is not None else ()
        month: tuple[Counted, ...] = ("per_month",) if self.per_month is not None else ()
        return lead + month


def cost_of(cost: CampaignCost, lost: int, leads: int, months: Decimal) -> Decimal:
    """Of ``lost`` of the campaign's ``leads`` of a time that is so many months long, to the cent: its price for each,
    and of what the campaign cost in that time the part of each lead."""
    each = cost.per_lead or Decimal(0)
    whole = (cost.per_month or Decimal(0)) * months
    # The division comes last, so that a third of a price is not cut twice.
    return (each * lost + whole * lost / leads).quantize(CENT, ROUND_HALF_UP)


def months_between(since: datetime, until: datetime, zone: str) -> Decimal:
    """Calendar months of the practice from ``since`` to ``until``; of a month that is not whole its share in time."""
    months, local, until = Decimal(0), ZoneInfo(zone), until.astimezone(UTC)
    at = since.astimezone(local)
    while at < until:
        first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        following = (first + timedelta(days=32)).replace(day=1)
        end = min(following, until.astimezone(local))
        months += Decimal(microseconds(at, end)) / Decimal(microseconds(first, following))
        at = following
    return months


def microseconds(since: datetime, until: datetime) -> int:
    """Of real time, across a change of the clocks as well: within one zone Python would count the clock's."""
    return (until.astimezone(UTC) - since.astimezone(UTC)) // MICROSECOND
