"""Is it the time for it: the time she chose, how often she was tried, the hours wherever she may be."""

from datetime import datetime, timedelta

from routing.rules.lawful.case import Approach, Denial
from routing.rules.lawful.rows import CapRow
from routing.rules.lawful.us_caps import DEFAULT_CAP, STATE_CAPS
from routing.rules.lawful.windows import Window, all_open, shut, windows

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
CRISIS_PAUSE = timedelta(hours=72)
AT_ANY_HOUR = frozenset({"answer", "opt_out_confirmation"})


def too_early(approach: Approach, at: datetime) -> Denial | None:
    """A time she named is never dialled earlier (routing-semantics section 11)."""
    asked = approach.request(at)
    if approach.way != "call" or asked is None or asked.chosen_at is None or asked.chosen_at <= at:
        return None
    return Denial("before_chosen_time", asked.chosen_at)


def too_often(approach: Approach, at: datetime) -> Denial | None:
    """Caps defer, they never drop. Choosing a time begins anew: what was tried before she asked does not count."""
    if approach.purpose in AT_ANY_HOUR:
        return None
    chosen = approach.chosen(at)
    tried = sorted(each.at for each in approach.case.attempts if chosen is None or each.at >= chosen.at)
    standards = approach.case.standards
    rows = caps(approach)
    per_day = min(standards.attempts_per_day, *(row.per_day for row in rows))
    per_week = min(standards.attempts_per_week, *(row.per_week for row in rows if row.per_week))
    free = [tried[-most] + span for most, span in ((per_day, DAY), (per_week, WEEK)) if len(tried) >= most]
    later = max(free, default=at)
    return Denial("cap_reached", later) if later > at else None


def out_of_hours(approach: Approach, at: datetime) -> Denial | None:
    those = binding_hours(approach, at)
    closed = shut(those, at)
    return Denial(closed[0], all_open(those, at)) if closed else None


def after_a_crisis(approach: Approach, at: datetime) -> Denial | None:
    """No marketing for three days after words of a crisis."""
    heard = approach.case.crisis_at
    if approach.purpose != "solicitation" or heard is None or at >= heard + CRISIS_PAUSE:
        return None
    return Denial("crisis_pause", heard + CRISIS_PAUSE)


def binding_hours(approach: Approach, at: datetime) -> tuple[Window, ...]:
    """None for an answer to what she just sent and for a time she named herself."""
    if approach.purpose in AT_ANY_HOUR or approach.chosen(at):
        return ()
    case = approach.case
    return windows(case.places, approach.way, case.standards, requested=approach.request(at) is not None)


def caps(approach: Approach) -> list[CapRow]:
    states = sorted({place.state for place in approach.case.places})
    return [DEFAULT_CAP, *(STATE_CAPS[state] for state in states if state in STATE_CAPS)]
