"""What happens later and within which bounds: cadences, ladders, policies, the CRM."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from routing.rulebook.models_contact import Contact
from routing.rulebook.models_hours import Spans
from routing.rulebook.words import Count, Entry, Phone, Seconds, Secret, Slug, Text, Words

ContactWay = Literal["call", "text", "email", "voicemail"]
OutcomeName = Literal["voicemail_left", "message_delivered", "no_response", "busy", "wrong_number", "declined"]


class FollowUp(Entry):
    """After this outcome: the next attempt by `way` in `wait_s`, or none where `stop`."""

    way: ContactWay = "call"
    wait_s: Seconds = 0
    template: str | None = None
    stop: bool = False


class Cadence(Entry):
    """Attempts at these seconds after the first; an outcome in `after` overrides the wait that follows it."""

    id: Slug
    attempts_s: tuple[Seconds, ...] = Field(min_length=1, max_length=20)
    after: Mapping[OutcomeName, FollowUp] = Field(default_factory=dict)
    categories: Words = ()


class Rung(Entry):
    """At this share of the response target (1 = the target) the lead's owner is warned, or the lead moves to the next
    eligible one (`to: next`) or to a named coordinator."""

    at: float = Field(gt=0, le=100, allow_inf_nan=False)
    step: Literal["warn", "move"]
    to: str = "next"
    alarm: bool = False


class Ladder(Entry):
    id: Slug
    rungs: tuple[Rung, ...] = Field(min_length=1)
    categories: Words = ()
    """Empty: for everything no other ladder names."""


class Retention(Entry):
    """Days each kind of record is kept. Opt-outs never expire, so they have no line here."""

    lead: Count = 730
    message: Count = 365
    recording: Count = 90
    transcript: Count = 90
    spam: Count = 30
    audit: Count = 2190


class Policies(Entry):
    fallback_numbers: tuple[Phone, ...] = Field(min_length=1, max_length=5)
    record_calls: bool = False
    recording_notice: bool = True
    crisis_notice: bool = True
    person_first: str | None = None
    """Template greeted with instead of the plain one."""
    review_deadline_s: int = Field(default=900, ge=60, le=900)
    sms_neutral: bool = False
    text_relay: bool = False
    """What persons text is told to their owner's own phone; a coordinator's own `text_relay` says otherwise for her."""
    text_relay_content: bool = False
    """With their words and first name, not only that somebody wrote."""
    quiet_hours: Mapping[ContactWay, Spans] = Field(default_factory=dict)
    attempts_per_day: int = Field(default=3, ge=1, le=3)
    attempts_per_week: int = Field(default=7, ge=1, le=7)
    callback_offer_s: Seconds = 60
    longest_wait_s: Seconds = 480
    longest_hold_s: int = Field(default=300, ge=30, le=1800)
    """After this a caller on hold is back with whoever put her there."""
    monitoring: bool = False
    """Supervisors may listen; every caller hears so first."""
    cover: bool = False
    """Whoever answers another's lead covers for the owner instead of becoming it."""
    forms_per_minute: int = Field(default=60, ge=1, le=100_000)
    """Posts of one form beyond this are set aside for a person to look at."""
    retention_days: Retention = Retention()
    opt_out_scope: Literal["everything", "this_way"] = "everything"
    """What somebody is spared who says STOP and names no way of contact."""
    contact: Contact = Contact()


class Crm(Entry):
    """`fields` maps our attribute to the CRM's field; `labels` our value to its picklist value."""

    kind: Literal["none", "hubspot", "salesforce", "generic"] = "none"
    url: str | None = Field(default=None, pattern=r"^https://\S+$")
    token: Secret | None = None
    fields: Mapping[str, Text] = Field(default_factory=dict)
    labels: Mapping[str, Mapping[str, Text]] = Field(default_factory=dict)
    owners: Mapping[str, Text] = Field(default_factory=dict)
    """Coordinator id to the CRM's owner id."""
