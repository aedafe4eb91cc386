"""Numbers that were compared with the national do-not-call registry or with those that have changed hands."""

from datetime import datetime, timedelta

from gateway.api.asking import Asked, FieldsRefused
from gateway.api.lead_models import ScrubsRecorded, ScrubsTold, ScrubTold
from routing.rulebook.numbers import e164
from routing.rules.contact import Scrub
from routing.state.lead.scrubs import Batch, Scrubbed, record

AHEAD = timedelta(minutes=5)
"""By so much another system's clock may be ahead of ours."""


def record_scrubs(asked: Asked, told: ScrubsTold) -> ScrubsRecorded:
    """All of them or none. :raises FieldsRefused: with each faulty line by its place in the list, from 0."""
    wrong = {
        f"scrubs.{at}.{name}": code
        for at, each in enumerate(told.scrubs)
        for name, code in faults(each, asked.now).items()
    }
    if wrong:
        raise FieldsRefused(wrong)
    results = tuple(
        Scrubbed(number, Scrub(each.kind, each.listed, min(each.checked_at, asked.now)))
        for each in told.scrubs
        if (number := e164(each.number))
    )
    record(asked.desk.db, Batch(asked.practice, asked.by, results), asked.now)
    return ScrubsRecorded(recorded=len(results))


def faults(told: ScrubTold, now: datetime) -> dict[str, str]:
    number = {} if e164(told.number) else {"number": "not_a_number"}
    return number | ({"checked_at": "in_the_future"} if told.checked_at > now + AHEAD else {})
