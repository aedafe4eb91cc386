"""The lawful clock: how much of a wait left any way open to answer her (routing-semantics section 13)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from routing.rules.calendars import in_utc
from routing.rules.hours import laid_out
from routing.rules.lawful.case import CHOSEN_HOLDS, Approach, Contactable
from routing.rules.lawful.ledger import REQUEST_LASTS, Purpose
from routing.rules.lawful.permission import opted_out, unasked
from routing.rules.lawful.scrubs import SCRUB_LASTS, unscrubbed
from routing.rules.lawful.timing import binding_hours, too_early
from routing.rules.lawful.windows import Window, shut
from routing.rules.values import ContactWay

COUNTED: tuple[ContactWay, ...] = ("call", "text", "email")


@dataclass(frozen=True, slots=True)
class Wait:
    """She waited from ``start`` to before ``end``. In ``with_us`` she was on the line or in a chat herself, where an
    answer is lawful at any hour."""

    start: datetime
    end: datetime
    with_us: Sequence[tuple[datetime, datetime]] = ()

    def is_with_us(self, at: datetime) -> bool:
        return any(first <= at < last for first, last in self.with_us)


def lawful_seconds(case: Contactable, purpose: Purpose, wait: Wait) -> int:
    """Whole seconds in which at least one way was allowed and inside its hours, by what she had said and what had been
    tried by then. A cap does not stop this clock: it says that we have tried."""
    start, end = in_utc(wait.start), max(in_utc(wait.start), in_utc(wait.end))
    approaches = [Approach(case, way, purpose) for way in COUNTED if way not in case.barred]
    turns = {*facts(case), *(turn for span in wait.with_us for turn in span)}
    cuts = sorted({start, end, *(cut for cut in turns if start < cut < end)})
    stretches = (
        until - since if wait.is_with_us(since) else open_for(hours_allowed(approaches, since), since, until)
        for since, until in pairwise(cuts)
    )
    return sum(stretches, timedelta()) // timedelta(seconds=1)


def facts(case: Contactable) -> Iterator[datetime]:
    """The instants from which something else is known of her, or holds no longer."""
    for asked in case.requests:
        yield from (asked.at, max(asked.at, asked.chosen_at or asked.at) + REQUEST_LASTS)
        yield from (asked.chosen_at, asked.chosen_at + CHOSEN_HOLDS) if asked.chosen_at else ()
    yield from (each.at for each in case.opt_outs)
    yield from (turn for each in case.consents for turn in (each.at, each.at + REQUEST_LASTS))
    yield from (each.at for each in case.attempts)
    yield from (turn for each in case.scrubs for turn in (each.at, each.at + SCRUB_LASTS + timedelta.resolution))
    after_stale = case.standards.stale_after + timedelta.resolution
    yield from (each.read_at + after_stale for each in case.consents if each.read_at)


def hours_allowed(approaches: Sequence[Approach], at: datetime) -> list[tuple[Window, ...]]:
    """Of each way that was allowed, the hours that bound it; the same until the next fact."""
    known = [as_of(each, at) for each in approaches]
    return [
        binding_hours(each, at)
        for each in known
        if not (opted_out(each, at) or unasked(each, at) or unscrubbed(each, at) or too_early(each, at))
    ]


def open_for(ways: Sequence[tuple[Window, ...]], start: datetime, end: datetime) -> timedelta:
    """How much of the stretch was inside the hours of any of them."""
    calendars = {window.calendar for windows in ways for window in windows}
    days = range(start.toordinal(), end.toordinal() + 1)
    found = {cut for calendar in calendars for day in days for cut in laid_out(calendar, day).cuts}
    cuts = [start, *sorted(cut for cut in found if start < cut < end), end]
    spans = (until - since for since, until in pairwise(cuts) if any(shut(each, since) is None for each in ways))
    return sum(spans, timedelta())


def as_of(approach: Approach, at: datetime) -> Approach:
    """Requests and consents say themselves from when on they count."""
    case = approach.case
    said = tuple(each for each in case.opt_outs if each.at <= at)
    tried = tuple(each for each in case.attempts if each.at <= at)
    return replace(approach, case=replace(case, opt_outs=said, attempts=tried))
