"""Which rows of the law somebody has to read again. They stay in force until somebody did."""

from datetime import date

from routing.rules.lawful.overrides import HOURS
from routing.rules.lawful.rows import CapRow, HoursRow
from routing.rules.lawful.us_caps import DEFAULT_CAP, STATE_CAPS

EVERY_ROW: tuple[HoursRow | CapRow, ...] = (*HOURS.values(), DEFAULT_CAP, *STATE_CAPS.values())


def overdue(today: date) -> tuple[str, ...]:
    """Ids of those that were to be reviewed before ``today``."""
    return tuple(row.id for row in EVERY_ROW if row.source.review_by < today)
