"""Calendars with the ones above them: practice, then office, then queue (routing-semantics section 10)."""

from routing.rulebook.holiday_days import holiday_dates
from routing.rulebook.models import Practice
from routing.rulebook.models_hours import WHOLE_DAY, Hours
from routing.rulebook.models_people import Coordinator, Rota
from routing.rulebook.models_routing import Location, Queue
from routing.rules.calendars import EVERY_DAY, Calendar, HoursRule


def practice_calendar(practice: Practice) -> Calendar:
    """Days closed by hand come before holidays, so that their name is the reason given."""
    return Calendar(practice.zone, (*own_rules(practice), *holiday_rules(practice)), (), None)


def office_calendar(place: Location, above: Calendar) -> Calendar:
    return Calendar(place.zone, own_rules(place), (), above, frozenset(place.opts_out_of))


def queue_calendar(queue: Queue, above: Calendar) -> Calendar:
    return Calendar(above.zone, own_rules(queue), (), above, frozenset(queue.opts_out_of))


def rota_calendar(rota: Rota) -> Calendar:
    """On call has hours of its own: a holiday is when it is needed."""
    return Calendar(rota.zone, own_rules(rota))


def shift_calendar(coordinator: Coordinator) -> Calendar | None:
    shifts = coordinator.shifts
    return Calendar(shifts.zone, own_rules(shifts)) if shifts else None


def own_rules(hours: Hours) -> tuple[HoursRule, ...]:
    closed = (days.rule("closed") for days in hours.closed)
    opened = (days.rule("open") for days in hours.opens)
    return (*closed, *opened, *hours.hours)


def holiday_rules(practice: Practice) -> tuple[HoursRule, ...]:
    dates = holiday_dates(practice.holidays) if practice.holidays else {}
    return tuple(HoursRule(name, "closed", WHOLE_DAY, EVERY_DAY, day, day) for day, name in dates.items())
