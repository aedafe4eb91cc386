"""The lawful clock: how much of a stretch of time left any way open to reach her (routing-semantics section 13)."""

from datetime import datetime, timedelta
from itertools import pairwise

from routing.rules.calendars import in_utc
from routing.rules.hours import ground_at, laid_out
from routing.rules.lawful.case import Approach, Contactable
from routing.rules.lawful.ledger import Purpose
from routing.rules.lawful.permission import opted_out, unasked
from routing.rules.lawful.timing import binding_hours
from routing.rules.lawful.windows import Window
from routing.rules.values import ContactWay

COUNTED: tuple[ContactWay, ...] = ("call", "text", "email")


def lawful_seconds(case: Contactable, purpose: Purpose, start: datetime, end: datetime) -> int:
    """Whole seconds of ``[start, end)`` in which at least one way was allowed and inside its hours; what she said by
    ``start`` counts. A cap does not stop this clock: it says that we have tried."""
    start, end = in_utc(start), max(in_utc(start), in_utc(end))
    approaches = [Approach(case, way, purpose) for way in COUNTED if way not in case.barred]
    ways = [
        binding_hours(approach, start)
        for approach in approaches
        if not (opted_out(approach, start) or unasked(approach, start))
    ]
    cuts = sorted({start, end, *(cut for those in ways for each in those for cut in changes(each, start, end))})
    stretches = (until - since for since, until in pairwise(cuts) if any(open_at(those, since) for those in ways))
    return sum(stretches, timedelta()) // timedelta(seconds=1)


def changes(window: Window, start: datetime, end: datetime) -> list[datetime]:
    days = range(start.toordinal(), end.toordinal() + 1)
    return [cut for day in days for cut in laid_out(window.calendar, day).cuts if start < cut < end]


def open_at(those: tuple[Window, ...], at: datetime) -> bool:
    return all(ground_at(each.calendar, at).open for each in those)
