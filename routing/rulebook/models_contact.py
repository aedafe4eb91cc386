"""What a practice decides about lawful contact, with the name of whoever approved it."""

from pydantic import Field

from routing.rulebook.models_hours import Weekly
from routing.rulebook.words import Day, Entry, Seconds, Text
from routing.rules.lawful.ledger import ScrubKind


class Approval(Entry):
    """From `first` to `last` these `hours` hold instead of the row `rule`, or the switch of that name is set."""

    rule: Text
    approved_by: Text
    reason: Text
    first: Day
    last: Day
    hours: tuple[Weekly, ...] = ()


class Contact(Entry):
    """`territories`: people of Puerto Rico and the Virgin Islands are called, so an unknown number may be there.
    `consent_stale_s`: how old a consent read from the CRM may be. `scrubs`: lists that a number is to be
    compared with before anybody is contacted who did not ask for it."""

    territories: bool = False
    consent_stale_s: Seconds = Field(default=86_400, ge=60)
    scrubs: tuple[ScrubKind, ...] = ()
    approvals: tuple[Approval, ...] = ()
