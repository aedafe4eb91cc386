"""Is the number on a list that is kept elsewhere: the do-not-call registry, or numbers that have changed hands."""

from datetime import datetime, timedelta

from routing.rules.lawful.case import Approach, Denial
from routing.rules.lawful.ledger import REQUEST_LASTS
from routing.rules.lawful.timing import AT_ANY_HOUR

SCRUB_LASTS = timedelta(days=31)
"""So old may the copy of the registry be, 47 CFR 64.1200(c)(2)(i)(D)."""
LISTED = {"national_dnc": "do_not_call", "reassigned": "number_reassigned"}


def unscrubbed(approach: Approach, at: datetime) -> Denial | None:
    """For the lists that the practice asks for."""
    wanted = approach.case.standards.scrubs
    if not wanted or approach.way == "email" or approach.purpose in AT_ANY_HOUR or invited(approach, at):
        return None
    known = sorted(
        (each for each in approach.case.scrubs if at - SCRUB_LASTS <= each.at <= at), key=lambda each: each.at
    )
    newest = {each.kind: each.is_listed for each in known}
    listed = next((kind for kind in wanted if newest.get(kind)), None)
    if listed:
        return Denial(LISTED[listed])
    return None if all(kind in newest for kind in wanted) else Denial("not_scrubbed")


def invited(approach: Approach, at: datetime) -> bool:
    """She asked for it or agreed to it in the last seven days: an invitation, which no list forbids, from a number that
    was hers just then."""
    granted = (
        each for each in approach.case.consents if each.way == approach.way and each.is_granted and each.names_us
    )
    return approach.request(at) is not None or any(each.at <= at < each.at + REQUEST_LASTS for each in granted)
