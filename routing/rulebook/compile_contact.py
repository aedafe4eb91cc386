"""A practice's approvals as the frozen values the rules of lawful contact read."""

from collections.abc import Sequence

from routing.rulebook.models_contact import Approval, Contact
from routing.rules.calendars import HoursRule
from routing.rules.lawful.overrides import ContactTerms, Override
from routing.rules.lawful.rows import Week


def terms(entry: Contact) -> ContactTerms:
    decided = tuple(override(each) for each in entry.approvals)
    return ContactTerms(decided, entry.territories, entry.consent_stale_s, tuple(dict.fromkeys(entry.scrubs)))


def override(entry: Approval) -> Override:
    hours = week(entry.hours) if entry.hours else None
    return Override(entry.rule, entry.approved_by, entry.reason, entry.first, entry.last, hours)


def week(rules: Sequence[HoursRule]) -> Week:
    return tuple(tuple(span for rule in rules if day in rule.weekdays for span in rule.spans) for day in range(7))
