"""What a practice wants everywhere: notices, limits, and who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from routing.rules.calendars import Span
from routing.rules.lawful.overrides import ContactTerms


@dataclass(frozen=True, slots=True)
class Policies:
    fallback_numbers: tuple[str, ...]
    """Dialled when live state is unreachable, E.164."""
    recording_notice: bool = True
    crisis_notice: bool = True
    person_first: str | None = None
    """Template greeted with at a treatment centre; None for the plain greeting."""
    review_deadline_s: int = 900
    sms_neutral: bool = False
    text_relay_content: bool = False
    """Coordinators' own phones get a person's words and first name; else only that somebody wrote."""
    record_calls: bool = False
    quiet_hours: Mapping[str, tuple[Span, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Way of contact to local times without it, on top of what the law forbids."""
    attempts_per_day: int = 3
    attempts_per_week: int = 7
    callback_offer_s: int = 60
    """When somebody who waits is offered a callback in so many words."""
    longest_wait_s: int = 480
    longest_hold_s: int = 300
    monitoring: bool = False
    """Supervisors may listen; every caller hears so first."""
    cover: bool = False
    """Whoever answers another's lead covers for the owner instead of becoming it."""
    retention_days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    forms_per_minute: int = 60
    """Posts of one form beyond this are looked at by a person first."""
    opt_out_scope: Literal["everything", "this_way"] = "everything"
    """What an opt-out covers that names no way of contact (compliance section 4)."""
    contact: ContactTerms = field(default_factory=ContactTerms)
